import { closeSync, fchmodSync, openSync, realpathSync, type Stats, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { OperatorError } from '../../errors.ts'
import { systemErrorCode } from '../../files/file-reason.ts'
import { isInContainer } from '../../files/mounts.ts'
import { unavailable } from '../errors.ts'
import { fileUnavailable, storeError } from './errors.ts'
import { checkStoreFile, createStoreDirectory, type StoreFileOptions } from './file-owners.ts'
import { openReader, type Reader } from './reader.ts'

/**
 * Opens the SQLite file at an absolute path. With `create`, it creates a missing file with mode 0600 in a
 * directory of mode 0700, before SQLite opens it: the -wal and -shm files get the same mode.
 *
 * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
 *
 * @param timeout how long to wait for another process's lock, in milliseconds
 */
export function openFile(
  path: string,
  shouldCreate: boolean,
  options: StoreFileOptions,
  timeout: number,
): Database.Database {
  refuseName(path)
  if (shouldCreate) createFile(path, options)
  requireFile(path)
  checkStoreFile(path, options)
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { fileMustExist: true, timeout })
    connection.pragma('foreign_keys = ON')
    connection.pragma('synchronous = FULL')
    // Overwrites what is deleted, so that a credential under an old key does not stay in the file.
    connection.pragma('secure_delete = ON')
    return connection
  } catch (error) {
    connection?.close()
    throw explain(error, path)
  }
}

/**
 * Opens the SQLite file at an absolute path for reading: nothing is created or changed, so the file and its
 * directory may be read-only.
 *
 * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
 *
 * @param timeout how long to wait for another process's lock, in milliseconds
 */
export function openFileForReading(path: string, options: StoreFileOptions, timeout: number): Reader {
  refuseName(path)
  requireFile(path)
  checkStoreFile(path, options)
  try {
    return openReader(realPath(path), timeout)
  } catch (error) {
    throw explain(error, path)
  }
}

/**
 * Returns the path without symbolic links: processes that name one file in two ways must find the same files
 * beside it.
 */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    throw fileUnavailable(path, error)
  }
}

function refuseName(path: string): void {
  // better-sqlite3 trims the name, and would open another file.
  if (path.trim() !== path) throw unavailable(path, 'its name ends in a space', 'Rename the file.')
}

function createFile(path: string, options: StoreFileOptions): void {
  try {
    createStoreDirectory(path, options)
    const file = openSync(path, 'wx', 0o600)
    fchmodSync(file, 0o600)
    closeSync(file)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    // An existing file must not even be opened here: closing it would end the locks that SQLite holds on it
    // for another store of this process (POSIX, fcntl).
    if (systemErrorCode(error) !== 'EEXIST') throw fileUnavailable(path, error)
  }
}

function requireFile(path: string): void {
  let stats: Stats
  try {
    stats = statSync(path)
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileUnavailable(path, error)
    throw unavailable(
      path,
      'it does not exist',
      isInContainer()
        ? 'Mount the volume with it and name the file with MATHESAR_INTERNAL_DB or --internal-db, or run ' +
            '"mathesarctl setup" to create one.'
        : 'Run "mathesarctl setup" to create one, or name the right one with --internal-db.',
      error,
    )
  }
  if (stats.isFile()) return
  throw unavailable(
    path,
    stats.isDirectory() ? 'it is a directory' : 'it is not a regular file',
    'Name the file of the internal database with --internal-db.',
  )
}

function explain(error: unknown, path: string): unknown {
  const code = systemErrorCode(error)
  if (code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND') {
    return unavailable(
      path,
      'the SQLite library for this system could not be loaded',
      'Install mathesarctl again on this system, with the Node.js that runs it.',
      error,
    )
  }
  return storeError(error, path)
}
