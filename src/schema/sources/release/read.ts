import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../../../errors.ts'
import type { ReleaseFiles } from './source.ts'

/** The files of `db/sql` that installs run, by their names; others are tests, or of releases before 0.2.0. */
const INSTALLED = /^\d\d_[a-z0-9_]+\.sql$/

/**
 * Reads the SQL of a release from its tree. Errors: `USAGE`.
 *
 * @param release the release, where the path is that of `db/sql` alone
 */
export async function readRelease(path: string, release: string | null = null): Promise<ReleaseFiles> {
  const directory = existsSync(join(path, 'db', 'sql')) ? join(path, 'db', 'sql') : path
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => INSTALLED.test(name)) : []
  const version = release ?? versionOf(path)
  if (names.length === 0 || version === null) {
    throw usageError(
      `${path} is not the tree of a Mathesar release.`,
      'Name the directory of a release, or its db/sql with --release.',
      'schema-source',
    )
  }
  const files = names.sort().map((name) => ({ name, sql: readFileSync(join(directory, name), 'utf8') }))
  return { version, files }
}

function versionOf(tree: string): string | null {
  const file = join(tree, 'mathesar', '__init__.py')
  if (!existsSync(file)) return null
  return /^__version__\s*=\s*"([^"]+)"/m.exec(readFileSync(file, 'utf8'))?.[1] ?? null
}
