import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { OperatorError } from '../../errors.ts'
import { rotationRunning } from '../errors.ts'
import type { OperationLock, OperationLocks, RotationLock } from '../types.ts'
import LOCK_STATES_QUERY from './lock-states.sql'
import type { InternalSession } from './session.ts'
import type { Query } from './types.ts'

/**
 * The first key of all advisory locks of this program in an internal database ("mctl" in ASCII). The second
 * is that of the operation, or 0 for the creation of the journal.
 */
export const LOCK_CLASS = 0x6d63746c

const ACQUIRE_STATEMENT = 'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS is_acquired'
const RELEASE_STATEMENT = 'SELECT pg_catalog.pg_advisory_unlock($1, $2)'

/**
 * Returns the locks of operations as advisory locks of the session, which the server releases when the
 * connection ends. They are acquired again on the connection that follows a lost one; if another process was
 * faster, what needs the connection fails with `LOCKED`.
 */
export function advisoryLocks(session: InternalSession): OperationLocks {
  /** The ids of the locks that this session holds: the server would grant them to it once more. */
  const held = new Set<string>()
  session.onReconnect(async (query) => {
    for (const id of held) if (!(await isGranted(query, id))) throw lostLock(session.location)
  })
  const release = async (id: string) => {
    if (!held.delete(id)) return
    // With the connection, the lock is gone.
    await session.query(RELEASE_STATEMENT, [LOCK_CLASS, keyOf(id)]).catch((error: unknown) => {
      if (!(error instanceof OperatorError)) throw error
    })
  }
  const holders = (id: string) => session.query<{ pid: number }>(LOCK_STATES_QUERY, [LOCK_CLASS, keyOf(id)])
  return {
    async acquire(id) {
      if (held.has(id) || !(await isGranted(session.query, id))) return null
      held.add(id)
      // Whoever held it until now may have changed the entry, and the rows.
      session.forget()
      const lock = () => release(id)
      return { release: lock, remove: lock } satisfies OperationLock
    },
    async state(id) {
      if ((await holders(id)).length > 0) return 'held'
      // Its holder may have ended the operation since the entries were read.
      session.forget()
      return 'free'
    },
    // The server knows the process of the connection, which is not the process that works on the operation.
    async owner() {
      return null
    },
    async sweep() {},
  }
}

/** What stands for the rotation of the secret key among the ids of operations, which are random UUIDs. */
const ROTATION = 'secret-key-rotation'

const SHARE_STATEMENT = 'SELECT pg_catalog.pg_try_advisory_lock_shared($1, $2) AS is_acquired'
const UNSHARE_STATEMENT = 'SELECT pg_catalog.pg_advisory_unlock_shared($1, $2)'

/** How often, and how many milliseconds apart, a rotation waits for those who write with the key. */
const WRITERS = { attempts: 20, delayMs: 100 }

/**
 * Returns the lock of a rotation in the internal database, which users with journals of their own share.
 * Those who write with the key hold it together from the proof of the key on.
 */
export function advisoryRotation(session: InternalSession): RotationLock {
  const locks = advisoryLocks(session)
  const values = [LOCK_CLASS, keyOf(ROTATION)]
  let writers = 0
  const share = async (query: Query) => {
    const [row] = await query<{ is_acquired: boolean }>(SHARE_STATEMENT, values)
    if (row?.is_acquired !== true) throw rotationRunning(session.location)
  }
  session.onReconnect(async (query) => {
    for (let count = 0; count < writers; count++) await share(query)
  })
  return {
    async acquire() {
      for (let attempt = 1; ; attempt++) {
        const lock = await locks.acquire(ROTATION)
        if (lock !== null || attempt === WRITERS.attempts) return lock
        await setTimeout(WRITERS.delayMs)
      }
    },
    async without(action) {
      await share(session.query)
      writers++
      session.forget()
      try {
        return await action()
      } finally {
        writers--
        // With the connection, the lock is gone.
        await session.query(UNSHARE_STATEMENT, values).catch((error: unknown) => {
          if (!(error instanceof OperatorError)) throw error
        })
      }
    },
  }
}

async function isGranted(query: Query, id: string): Promise<boolean> {
  const [row] = await query<{ is_acquired: boolean }>(ACQUIRE_STATEMENT, [LOCK_CLASS, keyOf(id)])
  return row?.is_acquired === true
}

/** Returns the second key of the lock of an operation: 32 bits of a hash, as a signed number. */
function keyOf(id: string): number {
  return createHash('sha256').update(id).digest().readInt32BE(0)
}

function lostLock(location: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `The connection to the internal database ${location} was lost, and another process took the operation over.`,
    'Run the same command again when that process has finished.',
  )
}
