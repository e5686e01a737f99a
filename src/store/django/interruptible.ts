import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { type ErrorPlace, interruptedWhile, type Purpose, unansweredWhile } from './errors.ts'

/**
 * The time that a statement may take which begins when the run was interrupted already, in milliseconds: it
 * ends the operation.
 */
export const LAST_STATEMENT_MS = 1_000

/** The time that the server has to end a statement that it was asked to cancel, in milliseconds. */
const CANCELED_MS = 500

/** The SQLSTATE of a statement that was canceled: the server has rolled it back. */
const QUERY_CANCELED = '57014'

/** What an error of an interruption says that the statement was for. */
interface Context {
  purpose: Purpose
  place: ErrorPlace
  signal: AbortSignal | undefined
}

/**
 * Runs a statement that may wait for a lock. When the run is interrupted, the server is asked to cancel it,
 * and the connection stays open for what the run still has to undo. What began after the interruption ends
 * the operation, and gets a moment.
 *
 * Rejects with the signal's reason, which then states what the statement was for, if the server canceled it;
 * returns the result if it had finished before. If the server does not answer, the connection ends, and the
 * error of a write says that the outcome is unknown.
 */
export async function interruptible<T>(
  session: Session,
  { purpose, place, signal }: Context,
  statement: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return statement()
  const stuck = Promise.withResolvers<never>()
  let isOver = false
  let cancellation: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  const onStuck = () => {
    stuck.reject(unansweredWhile(purpose, signal.reason, place))
    // It sends another request, for which nobody has to wait.
    void session.close()
  }
  const cancel = () => {
    cancellation = session.cancel().then(() => {
      if (!isOver) timer = setTimeout(onStuck, CANCELED_MS)
    })
  }
  if (signal.aborted) timer = setTimeout(cancel, LAST_STATEMENT_MS)
  else signal.addEventListener('abort', cancel, { once: true })
  try {
    return await Promise.race([statement(), stuck.promise])
  } catch (error) {
    const isCanceled = signal.aborted && isDatabaseError(error) && error.code === QUERY_CANCELED
    throw isCanceled ? interruptedWhile(purpose, signal.reason, place) : error
  } finally {
    isOver = true
    signal.removeEventListener('abort', cancel)
    clearTimeout(timer)
    // A request that is under way would hit the next statement.
    await cancellation
  }
}
