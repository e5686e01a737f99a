import { OperatorError } from '../errors.ts'
import { openSession, type SessionOptions } from './connect.ts'
import { until } from './deadline.ts'
import { describeServer } from './describe.ts'
import { connectionReason } from './errors.ts'
import { toOperatorError } from './sqlstate.ts'
import type { ServerFacts, Session } from './types.ts'

/** How long the second session may wait for a server process, once it is logged in to the pooler. */
const SECOND_SESSION_MS = 3000

/**
 * Checks that the session has a server process of its own. A pooler invents the process number that it sends
 * to a client; without a pooler, or with one that passes the number on, the check costs nothing. Behind a
 * pooler a second session, opened while the first is idle, distinguishes transaction pooling, where both get
 * the same server process, from session pooling, where each keeps its own.
 *
 * Errors: `POOLED_CONNECTION`; those of `openSession` for the second session, except that the server is full.
 */
export async function checkNotPooled(
  session: Session,
  facts: Pick<ServerFacts, 'backendPid'>,
  options: SessionOptions,
): Promise<void> {
  // As 32-bit numbers: invented ones use the sign.
  if (session.keyDataPid !== null && (session.keyDataPid | 0) === (facts.backendPid | 0)) return
  if (await sharesServerProcess(session, facts.backendPid, options)) throw pooledError(session)
}

async function sharesServerProcess(
  session: Session,
  first: number,
  options: SessionOptions,
): Promise<boolean> {
  const limit = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, limit.signal]) : limit.signal
  let other: Session
  try {
    other = await openSession(session.settings, { ...options, signal })
  } catch (error) {
    if (options.signal?.aborted || !isNoRoom(error)) throw error
    return false
  }
  const timer = setTimeout(() => limit.abort(), SECOND_SESSION_MS)
  try {
    const second = await heldProcess(other).catch((error: unknown) => {
      // The second session has to wait because the first holds its server process: they share none.
      if (limit.signal.aborted) return null
      throw error
    })
    if (second === null || second === first) return second === first
    // A first session that has to wait, or gets another process, has none of its own.
    return await until(limit.signal, serverProcess(session)).then(
      (again) => again !== first,
      (error: unknown) => {
        if (limit.signal.aborted) return true
        throw error
      },
    )
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw toOperatorError(error, { settings: session.settings, doing: 'looking for a connection pooler' })
  } finally {
    clearTimeout(timer)
    await other.query('ROLLBACK').catch(() => {})
    await other.close()
  }
}

/**
 * Returns the server process of a session that keeps it, in a transaction, while the first session asks for
 * its own.
 */
async function heldProcess(session: Session): Promise<number | null> {
  await session.query('BEGIN')
  return serverProcess(session)
}

/** Without room for a second session nothing is known; the work itself needs only one. */
function isNoRoom(error: unknown): boolean {
  const reason = connectionReason(error)
  return reason === 'too many connections' || reason === 'timeout'
}

async function serverProcess(session: Session): Promise<number | null> {
  const query = () => session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  const [row] = await session.check(query)
  return row?.pid ?? null
}

function pooledError(session: Session): OperatorError {
  return new OperatorError(
    'POOLED_CONNECTION',
    `The connection to ${describeServer(session.settings)} goes through a connection pooler in transaction mode, which shares one server process among several clients.`,
    'Use the host and port of PostgreSQL itself (the "direct connection"), or of a pooler in session mode.',
    { field: 'port' },
  )
}
