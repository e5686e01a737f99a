import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
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

/** How much of a file shows whose it is, in bytes: SQLite defines the tables of a new file at its start. */
const SHOWN_BYTES = 1024 * 1024

/**
 * Returns whether an SQLite file has the tables of a Mathesar, by its bytes: many programs use files of this
 * name. SQLite does not open it.
 */
export function hasMathesarTables(path: string): boolean {
  // Nothing may ever write to a pipe, which reading would wait for.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return false
  }
  try {
    const bytes = Buffer.alloc(SHOWN_BYTES)
    const start = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0))
    return start.indexOf('SQLite format 3\0') === 0 && start.includes('mathesar_database')
  } finally {
    closeSync(file)
  }
}
