import { closeSync, fchmodSync, fchownSync, fstatSync, openSync, rmSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'

/**
 * A lock that ends with its process. It is an exclusive transaction on an empty SQLite file: the operating
 * system ends it with the process, however the process dies, so that a killed process leaves a file but never
 * a lock. It holds among all that share the file system, containers too, where process numbers would mean
 * nothing.
 */
export interface ProcessLock {
  /** Releases the lock and leaves its file. */
  release(): void
  /** Deletes the file, then releases the lock. */
  remove(): void
}

/** `unreadable`: a file is there that this process may not read. */
export type LockState = 'held' | 'free' | 'unreadable'

export interface LockOptions {
  /** How long to wait for another process to release the lock, in milliseconds. Default: not at all. */
  waitMs?: number
  /**
   * Create a file that is missing. Default: yes. Without it a missing file counts as a lock that somebody
   * holds.
   */
  create?: boolean
  /** Let the umask decide who else may lock the file. Default: its owner alone may. */
  isShared?: boolean
  /** A file whose owner also gets the lock file where root creates it. */
  ownedLike?: string
}

/** How often a lock is tried again whose file was deleted meanwhile. */
const ATTEMPTS = 20

/**
 * The files that this process has locked, by device and inode. Such a file must not be opened and closed once
 * more: by POSIX, closing any descriptor of a file ends all locks that the process holds on it. The set is
 * one for all copies of this module, for the program consists of several bundles.
 */
const HELD: Set<string> = heldFiles()

/**
 * Acquires the lock on a path.
 *
 * Errors: those of the system where the file can't be created or read, those of SQLite where it can't be
 * opened.
 *
 * @returns `null` if another holder has it
 */
export function acquireLock(path: string, options: LockOptions = {}): ProcessLock | null {
  let failure: unknown = null
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (options.create !== false) createFile(path, options)
    const identity = identityOf(path)
    if (identity === null && options.create === false) return null
    if (identity !== null && HELD.has(identity)) return null
    try {
      const lock = lockFile(path, options.waitMs ?? 0)
      if (lock !== 'deleted') return lock
      failure = null
    } catch (error) {
      if (!isMissing(error)) throw error
      failure = identityOf(path) === identity ? error : null
    }
  }
  if (failure !== null) throw failure
  return null
}

/** Returns whether somebody holds the lock on a path. Creates and changes no file. */
export function lockState(path: string): LockState {
  if (identityOf(path) === null) return 'free'
  let connection: Database.Database | null = null
  try {
    connection = new Database(path, { fileMustExist: true, readonly: true, timeout: 0 })
    connection.prepare('SELECT count(*) FROM sqlite_schema').get()
    return 'free'
  } catch (error) {
    if (isBusy(error)) return 'held'
    return identityOf(path) === null ? 'free' : 'unreadable'
  } finally {
    connection?.close()
  }
}

/**
 * `null` if another holder has it; `deleted` if a former holder deleted the file before it could be
 * locked.
 */
function lockFile(path: string, timeout: number): ProcessLock | 'deleted' | null {
  let file: number | null = null
  let connection: Database.Database | null = null
  const close = () => {
    connection?.close()
    if (file !== null) closeSync(file)
  }
  try {
    // As long as it is open, no other file can get its inode: then an equal inode at the path means that the
    // path has led to this file all the time, and that SQLite has opened it too.
    file = openSync(path, 'r')
    const identity = keyOf(fstatSync(file, { bigint: true }))
    connection = new Database(path, { fileMustExist: true, timeout })
    // Nothing is ever written to it: a journal beside it would be one more file to delete.
    connection.pragma('journal_mode = MEMORY')
    connection.exec('BEGIN EXCLUSIVE')
    if (identityOf(path) !== identity) {
      close()
      return 'deleted'
    }
    HELD.add(identity)
    return lockOf(path, () => {
      close()
      HELD.delete(identity)
    })
  } catch (error) {
    close()
    if (isBusy(error)) return null
    throw error
  }
}

function lockOf(path: string, close: () => void): ProcessLock {
  let isHeld = true
  const release = () => {
    if (!isHeld) return
    isHeld = false
    close()
  }
  return {
    release,
    remove() {
      // Before the lock ends, so that nobody else's file is deleted.
      if (isHeld) rmSync(path, { force: true })
      release()
    },
  }
}

function createFile(path: string, { isShared = false, ownedLike }: LockOptions): void {
  let file: number
  try {
    file = openSync(path, 'wx', isShared ? 0o666 : 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw error
  }
  try {
    if (!isShared) fchmodSync(file, 0o600)
    if (ownedLike !== undefined && process.getuid?.() === 0) {
      const { uid, gid } = statSync(ownedLike)
      fchownSync(file, uid, gid)
    }
  } finally {
    closeSync(file)
  }
}

function identityOf(path: string): string | null {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : keyOf(stats)
}

function keyOf({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev}:${ino}`
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

/** The file may have been deleted just before it was opened. */
function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'ENOENT' || code.startsWith('SQLITE_CANTOPEN')
}

function heldFiles(): Set<string> {
  const key = Symbol.for('mathesarctl.heldLocks')
  const shared = globalThis as { [key]?: Set<string> }
  shared[key] ??= new Set()
  return shared[key]
}
