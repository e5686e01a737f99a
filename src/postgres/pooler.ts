import { OperatorError } from '../errors.ts'
import { openSession, type SessionOptions } from './connect.ts'
import { describeServer } from './describe.ts'
import { toOperatorError } from './sqlstate.ts'
import type { ServerFacts, Session } from './types.ts'

/** A pooler in session mode may keep the second session waiting for as long as the first lives. */
const SECOND_SESSION_MS = 3000

/**
 * Proves that the session has a server process of its own. A pooler makes up the process number that it tells a
 * client, so that without one (or with one that passes it on) this costs nothing. Behind a pooler a second session,
 * opened while the first is idle, tells transaction pooling, where both are given the same server process, from
 * session pooling, where each keeps its own.
 *
 * Errors: `POOLED_CONNECTION`; those of `openSession` for the second session, except that the server is full.
 */
export async function checkNotPooled(
  session: Session,
  facts: Pick<ServerFacts, 'backendPid'>,
  options: SessionOptions,
): Promise<void> {
  // As 32-bit numbers: the made-up ones use the sign.
  if (session.keyDataPid !== null && (session.keyDataPid | 0) === (facts.backendPid | 0)) return
  const limit = AbortSignal.timeout(SECOND_SESSION_MS)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  try {
    if (await sharesServerProcess(session, facts.backendPid, { ...options, signal }))
      throw pooledError(session)
  } catch (error) {
    if (options.signal?.aborted) throw error
    // Whoever has to wait does so because the first session holds its server process: no sharing.
    if (limit.aborted) return
    const known = toOperatorError(error, {
      settings: session.settings,
      step: 'looking for a connection pooler',
    })
    // With no room for a second session the question stays open; the work itself needs but one.
    if (known.details.data?.reason === 'too many connections') return
    throw known
  }
}

async function sharesServerProcess(
  session: Session,
  first: number,
  options: SessionOptions,
): Promise<boolean> {
  const other = await openSession(session.settings, options)
  try {
    // In a transaction, so that the second session holds on to its server process while the first asks for one.
    await other.query('BEGIN')
    if ((await serverProcess(other)) === first) return true
    return (await serverProcess(session)) !== first
  } finally {
    await other.query('ROLLBACK').catch(() => {})
    await other.close()
  }
}

async function serverProcess(session: Session): Promise<number | null> {
  const [row] = await session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid')
  return row?.pid ?? null
}

function pooledError(session: Session): OperatorError {
  return new OperatorError(
    'POOLED_CONNECTION',
    `The connection to ${describeServer(session.settings)} goes through a connection pooler in transaction mode, which lends one server process to several clients.`,
    'Give the host and port of PostgreSQL itself (the "direct connection"), or of a pooler in session mode.',
    { field: 'port' },
  )
}
