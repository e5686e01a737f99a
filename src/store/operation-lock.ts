import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import Database from 'better-sqlite3'
import { systemErrorCode } from '../secrets/file-reason.ts'
import { fileUnavailable, unavailable } from './sqlite/errors.ts'

/** How long a lock is waited for, in milliseconds: commands that only read hold one for the time of a look. */
const LOOK_MS = 25

/**
 * A lock that lives as long as its process: on an empty SQLite file beside the internal database, which is kept in an
 * exclusive transaction. The operating system ends the lock with the process, however that dies, and it holds among
 * all that share the file system, containers too, where process numbers would mean nothing.
 *
 * A lock is taken inside a write transaction of the internal database alone, so that two who look whether a process
 * lives never get into each other's way; and a file is deleted only by who holds its lock, when no entry of the journal
 * is left that it belongs to. So nobody takes over an entry by a lock on a file that is gone.
 */
export interface OperationLock {
  /** Lets go of the lock and leaves its file. */
  release(): void
  /** Deletes the file and lets go of the lock. */
  end(): void
}

/**
 * Takes the lock of an operation; its file is made if it is missing. `null` if somebody holds it.
 *
 * Errors: `STORE_UNAVAILABLE` if the file can't be made or opened.
 *
 * @param storePath the real path of the internal database
 * @param id the operation's UUID
 */
export function takeLock(storePath: string, id: string): OperationLock | null {
  const path = lockPath(storePath, id)
  createLockFile(storePath, path)
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { fileMustExist: true, timeout: LOOK_MS })
    // Nothing is ever written to it: a journal file beside it would be one more thing to sweep up.
    connection.pragma('journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    connection?.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw unavailable(
      storePath,
      `its lock file ${path} could not be used`,
      'Make sure that you may read and write the files beside the internal database.',
      error,
    )
  }
  const held = connection
  const release = () => {
    held.close()
  }
  return {
    release,
    end() {
      rmSync(path, { force: true })
      release()
    },
  }
}

/**
 * Whether a process holds the lock of an operation, without creating or changing a file; `unknown` where the lock file
 * can't be read.
 *
 * @param storePath the real path of the internal database
 * @param id the operation's UUID
 */
export function lookAtLock(storePath: string, id: string): 'held' | 'free' | 'unknown' {
  const path = lockPath(storePath, id)
  // The lock is taken before the entry is written, and its file goes after the entry.
  if (!existsSync(path)) return 'free'
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { fileMustExist: true, readonly: true, timeout: 0 })
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return 'free'
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return 'held'
    return existsSync(path) ? 'unknown' : 'free'
  } finally {
    connection?.close()
  }
}

/** The operations that have a lock file, whether it is locked or was left behind. */
export function lockFiles(storePath: string): string[] {
  const prefix = `${basename(storePath)}.op-`
  try {
    return readdirSync(dirname(storePath))
      .filter((name) => name.startsWith(prefix) && name.endsWith('.lock'))
      .map((name) => name.slice(prefix.length, -'.lock'.length))
  } catch (error) {
    throw fileUnavailable(storePath, error)
  }
}

function lockPath(storePath: string, id: string): string {
  return `${storePath}.op-${id}.lock`
}

function createLockFile(storePath: string, path: string): void {
  try {
    // `wx`: an existing file must not be opened and closed here, or this process would lose a lock that it holds on
    // it through SQLite (POSIX, fcntl).
    const file = openSync(path, 'wx', 0o600)
    try {
      fchmodSync(file, 0o600)
      if (process.getuid?.() === 0) {
        // Else the owner of the internal database could not look after what root left behind.
        const { uid, gid } = statSync(storePath)
        fchownSync(file, uid, gid)
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw fileUnavailable(storePath, error)
  }
}
