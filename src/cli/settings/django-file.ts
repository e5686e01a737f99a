import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The internal database of a Mathesar 0.1.4 to 0.1.7 without PostgreSQL, in its working directory. */
export const DJANGO_FILE = 'db.sqlite3'

/**
 * Returns the path of the SQLite file in which the Mathesar of an `.env` file keeps its internal database, if
 * the file names none on PostgreSQL; `null` if there is no such file.
 */
export function djangoFileBeside(envFile: string): string | null {
  return djangoFileIn(dirname(envFile))
}

/** Returns the path of the SQLite file of a Mathesar in its working directory; `null` if there is none. */
export function djangoFileIn(directory: string): string | null {
  const path = join(directory, DJANGO_FILE)
  return existsSync(path) ? path : null
}

/** Returns whether a path is that of the SQLite file of a Mathesar, by its name. */
export function isDjangoFile(path: string): boolean {
  return basename(path) === DJANGO_FILE
}
