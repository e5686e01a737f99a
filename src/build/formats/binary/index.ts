import { placeArtifact } from '../../files/artifact-file.ts'
import { NPM_PROGRAM } from '../../programs/npm.ts'
import type { Format } from '../types.ts'
import type { BinaryContents } from './contents.ts'
import { BINARY } from './description.ts'

/** A single executable for each platform, with a file beside it of the licenses that accompany every copy. */
export const binary: Format<BinaryContents, object> = {
  name: BINARY.name,
  requires: ['contents', 'executable'],
  after: [],
  programs: () => [NPM_PROGRAM],
  async build({ about, contents }, context) {
    const paths: string[] = []
    for (const platform of context.platforms) {
      const from = await context.executable(platform)
      const file = `${about.name}-${about.version}-${platform.name}`
      paths.push(await placeArtifact(context, file, { from }, 0o755))
      const { licenses } = await contents(platform, context)
      // The published name of this file stays as it is spelled.
      paths.push(await placeArtifact(context, `${file}-licences.txt`, { content: joinTexts(licenses) }))
    }
    return paths
  },
}

/** Joins texts, each under the name of its file. */
function joinTexts(texts: Readonly<Record<string, string>>): string {
  const sections = Object.entries(texts).map(([name, text]) => `${name}\n\n${text.trim()}\n`)
  return sections.join(`\n${'='.repeat(78)}\n\n`)
}
