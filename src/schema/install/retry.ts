import { OperatorError } from '../../errors.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import { UnknownOutcomeError } from '../errors.ts'

/** How often the transaction runs at most. */
const ATTEMPTS = 5

/** The pause after the first attempt, in milliseconds; it grows with each. */
const PAUSE_MS = 100

/**
 * Runs a transaction, and runs it again, after a growing pause, while it fails because another session
 * changed the same objects at the same time. The installer of a Mathesar release acquires no lock that would
 * prevent it. `onRetry` is called before each further attempt with its number, of so many. A transaction for
 * which COMMIT was sent never runs again.
 *
 * Errors: those of the transaction; `LOCKED` after the last attempt.
 */
export async function retryConflicts<T>(
  run: () => Promise<T>,
  hasSentCommit: () => boolean,
  onRetry: ((attempt: number, attempts: number) => void) | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (hasSentCommit() || !isConflict(error)) throw error
      if (attempt === ATTEMPTS) throw stillInConflict(error)
      onRetry?.(attempt + 1, ATTEMPTS)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
}

/** Returns whether another session, which changed the same objects, made a transaction fail. */
function isConflict(error: unknown): error is OperatorError {
  if (!(error instanceof OperatorError) || error instanceof UnknownOutcomeError) return false
  const { cause } = error.details
  if (!isDatabaseError(cause)) return false
  switch (cause.code) {
    case '40P01':
      return true
    case '23505':
      return cause.schema === 'pg_catalog'
    case 'XX000':
      // PostgreSQL has no SQLSTATE for these, and does not translate them.
      return /concurrently|^cache lookup failed|^could not open relation/.test(cause.message)
    default:
      return false
  }
}

function stillInConflict(error: OperatorError): OperatorError {
  return new OperatorError(
    'LOCKED',
    `Another session installs or removes the Mathesar schemas at the same time; ${ATTEMPTS} attempts ` +
      'failed because of it.',
    'Nothing was changed. Run the command again when that session has ended.',
    { ...error.details, cause: error },
  )
}
