import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDescription } from '../../debian/control.ts'
import { parseParagraphs } from '../../debian/deb822.ts'
import type { About } from '../../types.ts'
import type { Checkout } from './checkout.ts'

/**
 * Returns the facts about this tool that every format writes into its packages. Their texts are those of
 * debian/control.
 */
export function aboutOf({ root, version, license, repository }: Checkout): About {
  const [source, own] = parseParagraphs(readFileSync(join(root, 'debian/control'), 'utf8'))
  const { synopsis, paragraphs } = parseDescription(own?.get('Description') ?? '')
  return {
    name: 'mathesarctl',
    version,
    summary: synopsis,
    description: paragraphs,
    license,
    homepage: repository,
    maintainer: source?.get('Maintainer') ?? '',
  }
}

/**
 * Returns the start of the day (UTC) on which CHANGELOG.md dates this version, in seconds since 1970: it is
 * the same for everybody, with a git history or without. A later hour could lie in the future on that day,
 * and apt refuses a repository from the future.
 */
export function releaseTime({ root, version }: Pick<Checkout, 'root' | 'version'>): number {
  const heading = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`## ${version} (`))
  const date = heading && /\((\d{4}-\d{2}-\d{2})\)/.exec(heading)?.[1]
  if (!date) throw new Error(`CHANGELOG.md has no heading "## ${version} (YYYY-MM-DD)"`)
  return Date.parse(`${date}T00:00:00Z`) / 1000
}
