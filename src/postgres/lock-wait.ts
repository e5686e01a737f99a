import LOCK_WAIT_QUERY from './lock-wait.sql'
import { isDatabaseError } from './sqlstate.ts'
import type { BlockingSession, Session } from './types.ts'

/** A session waits for a lock. */
export interface LockWait {
  /** A session that holds the lock, or is before it in the queue; `null` if the server does not tell. */
  holder: BlockingSession | null
}

interface Row {
  own: string | null
  wait: string | null
  pid: number | null
  application: string | null
  role: string | null
  since: string | null
}

/** How long the question itself may wait for a lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 1_000

const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Asks the server over another session whether the session of process `pid` waits for a lock; `null` if it
 * does not, or if no such session of this program exists: a pooler invents process numbers.
 *
 * If the question waits for a lock too, on a catalog that it can't do without, then so does the session.
 */
export async function readLockWait(session: Session, pid: number): Promise<LockWait | null> {
  await session.check(() => session.run(`SET search_path = pg_temp; SET lock_timeout = ${LOCK_TIMEOUT_MS};`))
  try {
    const rows = await session.check(() => session.query<Row>(LOCK_WAIT_QUERY, [pid]))
    const [row] = rows
    if (row?.own !== 'mathesarctl' || row.wait !== 'Lock') return null
    const { pid: holder, application, role, since } = row
    return {
      holder: holder === null ? null : { pid: holder, applicationName: application ?? '', role, since },
    }
  } catch (error) {
    if (isDatabaseError(error) && error.code === LOCK_NOT_AVAILABLE) return { holder: null }
    throw error
  }
}
