import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { acquireLock, type LockState, lockState, type ProcessLock } from '../locks/process-lock.ts'
import { systemErrorCode } from '../secrets/file-reason.ts'
import { fileUnavailable, unavailable } from './sqlite/errors.ts'

/** How long a lock is waited for, in milliseconds: commands that only read hold one for the time of a look. */
const LOOK_MS = 25

/**
 * The lock of an operation, on a file beside the internal database.
 *
 * A lock is acquired inside a write transaction of the internal database alone, so that two who look whether a process
 * lives never get into each other's way; and a file is deleted only by who holds its lock, when no entry of the journal
 * is left that it belongs to. So nobody takes over an entry by a lock on a file that is gone.
 */
export type OperationLock = ProcessLock

/**
 * Acquires the lock of an operation; its file is created if it is missing. `null` if somebody holds it.
 *
 * Errors: `STORE_UNAVAILABLE` if the file can't be created or opened.
 *
 * @param storePath the real path of the internal database
 * @param id the operation's UUID
 */
export function takeLock(storePath: string, id: string): OperationLock | null {
  const path = lockPath(storePath, id)
  try {
    return acquireLock(path, { waitMs: LOOK_MS, ownedLike: storePath })
  } catch (error) {
    if (systemErrorCode(error)?.startsWith('E')) throw fileUnavailable(storePath, error)
    throw unavailable(
      storePath,
      `its lock file ${path} could not be used`,
      'Make sure that you may read and write the files beside the internal database.',
      error,
    )
  }
}

/**
 * Whether a process holds the lock of an operation, without creating or changing a file.
 *
 * @param storePath the real path of the internal database
 * @param id the operation's UUID
 */
export function lookAtLock(storePath: string, id: string): LockState {
  return lockState(lockPath(storePath, id))
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
