import { connectionReason } from '../../postgres/errors.ts'
import type { Session } from '../../postgres/types.ts'
import type { LiveOptions } from '../types.ts'
import { type ErrorPlace, type Purpose, statementError, unknownOutcome } from './errors.ts'
import { interruptible } from './interruptible.ts'
import { connectTo } from './opening.ts'
import type { DjangoSession, Layout, Query } from './types.ts'

/** The session with what only the journal and the locks of operations use. */
export interface InternalSession extends DjangoSession {
  /**
   * Runs one statement that changes the journal and does no harm when it runs twice: once more where the
   * connection was lost meanwhile.
   */
  writeAgain: Query
  /** Runs several statements as one message, which is one transaction and does no harm when it runs twice. */
  script(text: string): Promise<void>
  /**
   * Has `restore` called on each new connection, before anything else runs there. What it throws is what the
   * statement rejects with that needed the connection.
   */
  onReconnect(restore: (query: Query) => Promise<void>): void
}

export interface SessionOptions {
  isReadOnly: boolean
  /** Remember nothing: every reading is the state of that moment. */
  isFresh: boolean
}

/** How often a statement is tried in all where the connection is lost. */
const ATTEMPTS = 2

/** Creates the session of an internal database from its first connection, whose layout was read. */
export function createDjangoSession(
  live: LiveOptions,
  first: Session,
  layout: Layout,
  place: ErrorPlace,
  { isReadOnly, isFresh }: SessionOptions,
): InternalSession {
  const remembered = new Map<string, Promise<unknown>>()
  const restorers: ((query: Query) => Promise<void>)[] = []
  let current: Promise<Session> = Promise.resolve(first)
  let isClosed = false

  /** Opens the next connection, and restores there what belonged to the last one. */
  const reconnect = async (lost: Session): Promise<Session> => {
    await lost.close()
    const { session } = await connectTo(live, place, { isReadOnly, isAgain: true })
    const query: Query = async (text, values) => {
      try {
        return await session.query(text, values)
      } catch (error) {
        throw statementError(error, place)
      }
    }
    try {
      for (const restore of restorers) await restore(query)
    } catch (error) {
      await session.close()
      throw error
    }
    return session
  }
  /** Returns a connection that is not known to be lost. Whoever finds it lost first opens the next one. */
  const connection = async (): Promise<Session> => {
    if (isClosed) throw new Error(`the internal database was closed: ${place.location}`)
    for (;;) {
      const known = current
      const session = await known
      if (!session.isLost()) return session
      // Another statement may have been first while this one waited.
      if (current !== known) continue
      const next = reconnect(session)
      // A failure concerns this statement; the next one tries again.
      current = next.catch(() => session)
      return next
    }
  }
  const { signal } = live.connect
  const run = async <T>(
    purpose: Purpose,
    work: (session: Session) => Promise<T>,
    attempts: number,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const session = await connection()
      try {
        return await session.check(() =>
          interruptible(session, { purpose, place, signal }, () => work(session)),
        )
      } catch (error) {
        if (isConnectionLoss(error)) {
          if (attempt < attempts) continue
          if (attempts === 1) throw unknownOutcome(statementError(error, place, purpose))
        }
        throw statementError(error, place, purpose)
      }
    }
  }
  const forget = () => remembered.clear()
  /** What is read while a change is under way may be the state before it, so it is forgotten twice. */
  const change: typeof run = async (purpose, work, attempts) => {
    if (isReadOnly) throw new Error(`the internal database was opened for reading: ${place.location}`)
    forget()
    try {
      return await run(purpose, work, attempts)
    } finally {
      forget()
    }
  }
  return {
    location: place.location,
    isReadOnly,
    layout,
    query: (text, values) => run('read', (session) => session.query(text, values), ATTEMPTS),
    write: (text, values) => change('write rows', (session) => session.query(text, values), 1),
    writeAgain: (text, values) => change('write journal', (session) => session.query(text, values), ATTEMPTS),
    async script(text) {
      await change('write journal', (session) => session.run(text), ATTEMPTS)
    },
    async transaction(work) {
      if (isReadOnly) throw new Error(`the internal database was opened for reading: ${place.location}`)
      const session = await connection()
      forget()
      try {
        return await inTransaction(session, signal, place, work)
      } finally {
        forget()
      }
    },
    remember(key, read) {
      const known = isFresh ? undefined : remembered.get(key)
      if (known !== undefined) return known as ReturnType<typeof read>
      const answer = read()
      remembered.set(key, answer)
      answer.catch(() => {
        if (remembered.get(key) === answer) remembered.delete(key)
      })
      return answer
    },
    forget,
    onReconnect: (restore) => void restorers.push(restore),
    async close() {
      if (isClosed) return
      isClosed = true
      const session = await current
      await session.close()
    },
  }
}

/** Runs work in one transaction. Each error is converted where its statement fails, and not again. */
async function inTransaction<T>(
  session: Session,
  signal: AbortSignal | undefined,
  place: ErrorPlace,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const context = { purpose: 'write rows', place, signal } as const
  const query: Query = async (text, values) => {
    try {
      return await session.check(() => interruptible(session, context, () => session.query(text, values)))
    } catch (error) {
      throw statementError(error, place)
    }
  }
  // Under a stricter level of the role or the database, statements would not see what others committed before
  // a lock was granted.
  await query('BEGIN ISOLATION LEVEL READ COMMITTED')
  let result: T
  try {
    result = await work(query)
  } catch (error) {
    await session.query('ROLLBACK').catch(() => {})
    throw error
  }
  try {
    await query('COMMIT')
  } catch (error) {
    throw isConnectionLoss(error) ? unknownOutcome(error) : error
  }
  return result
}

/** Returns whether the statement failed because its connection ended, or because nothing arrived any more. */
function isConnectionLoss(error: unknown): boolean {
  const reason = connectionReason(error)
  return reason === 'lost' || reason === 'timeout'
}
