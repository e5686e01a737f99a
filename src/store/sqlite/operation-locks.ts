import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { OperatorError } from '../../errors.ts'
import { systemErrorCode } from '../../files/file-reason.ts'
import { lockOwner } from '../../locks/lock-owner.ts'
import { acquireLock, lockState, type ProcessLock } from '../../locks/process-lock.ts'
import { rotationRunning, unavailable } from '../errors.ts'
import type { OperationLocks, RotationLock } from '../types.ts'
import { fileUnavailable } from './errors.ts'

/** How long to wait for a lock, in milliseconds: commands that only read hold one for the time of a look. */
const LOOK_MS = 25

/**
 * Returns the locks of operations, each on a file of its own beside an internal database.
 *
 * @param storePath the real path of the internal database
 */
export function fileLocks(storePath: string): OperationLocks {
  const pathOf = (id: string) => lockPath(storePath, id)
  const acquire = (id: string, shouldCreate: boolean) => {
    const path = pathOf(id)
    try {
      return acquireLock(path, { waitMs: LOOK_MS, create: shouldCreate, ownedLike: storePath })
    } catch (error) {
      throw lockError(storePath, path, error)
    }
  }
  return {
    async acquire(id) {
      const lock = acquire(id, true)
      return lock && asynchronous(lock)
    },
    async owner(id) {
      return lockOwner([pathOf(id)])
    },
    async state(id) {
      return lockState(pathOf(id))
    },
    async sweep(hasEntry) {
      for (const id of lockFiles(storePath)) {
        if (await hasEntry(id)) continue
        try {
          const lock = acquire(id, false)
          if (lock === null) continue
          // A new operation may have written its entry since.
          if (await hasEntry(id)) lock.release()
          else lock.remove()
        } catch (error) {
          // The file does no harm, and a process that may delete it will.
          if (!(error instanceof OperatorError)) throw error
        }
      }
    },
  }
}

/** What stands for the rotation of the secret key among the ids of operations, which are random UUIDs. */
const ROTATION = 'secret-key-rotation'

/**
 * Returns the lock of a rotation on a file. Whoever writes a row proves its key in the same transaction, and
 * whoever writes an entry is found by the rotation in its own.
 */
export function fileRotation(locks: OperationLocks, location: string): RotationLock {
  return {
    acquire: () => locks.acquire(ROTATION),
    async without(action) {
      if ((await locks.state(ROTATION)) === 'held') throw rotationRunning(location)
      return action()
    },
  }
}

/** Returns whether a process rotates the secret key of an internal database, by its real path. */
export function isRotating(storePath: string): boolean {
  return lockState(lockPath(storePath, ROTATION)) === 'held'
}

function lockPath(storePath: string, id: string): string {
  return `${storePath}.op-${id}.lock`
}

function asynchronous(lock: ProcessLock) {
  return {
    async release() {
      lock.release()
    },
    async remove() {
      lock.remove()
    },
  }
}

/** Returns the operations that have a lock file, whether it is locked or was left behind. */
function lockFiles(storePath: string): string[] {
  const prefix = `${basename(storePath)}.op-`
  try {
    return readdirSync(dirname(storePath))
      .filter((name) => name.startsWith(prefix) && name.endsWith('.lock'))
      .map((name) => name.slice(prefix.length, -'.lock'.length))
  } catch (error) {
    throw fileUnavailable(storePath, error)
  }
}

function lockError(storePath: string, path: string, error: unknown): unknown {
  if (systemErrorCode(error)?.startsWith('E')) return fileUnavailable(storePath, error)
  return unavailable(
    storePath,
    `its lock file ${path} could not be used`,
    'Make sure that you may read and write the files beside the internal database.',
    error,
  )
}
