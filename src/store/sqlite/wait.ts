import Database from 'better-sqlite3'
import { OperatorError } from '../../errors.ts'
import { type LockOwner, lockOwner } from '../../locks/lock-owner.ts'

/** How long to wait for another process's lock in silence, and then on, in milliseconds. */
const SILENT_MS = 1_500
const FURTHER_MS = 8_500

/**
 * Runs work that waits for a lock on an internal database. SQLite blocks the process while it waits, so the
 * work first waits for a short time. If another process then still holds the lock, `onWait` is called, and
 * the work runs again and waits for longer.
 *
 * @param work takes how long to wait in milliseconds; a second run of it must do the same as the first
 * @param location the path of the file
 */
export function waitAloud<T>(
  work: (timeoutMs: number) => T,
  location: string,
  onWait: ((owner: LockOwner | null) => void) | undefined,
): T {
  try {
    return work(SILENT_MS)
  } catch (error) {
    if (!isLocked(error)) throw error
  }
  onWait?.(ownerOf(location))
  return work(FURTHER_MS)
}

/** Returns the process that holds the lock of an internal database; `null` if that is unknown. */
export function ownerOf(location: string): LockOwner | null {
  return lockOwner([location, `${location}-shm`, `${location}-wal`])
}

/** Returns whether another process kept a lock for longer than SQLite waited. */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && /^SQLITE_(?:BUSY|LOCKED)/.test(error.code)
}

function isLocked(error: unknown): boolean {
  return isBusy(error) || (error instanceof OperatorError && error.code === 'LOCKED')
}
