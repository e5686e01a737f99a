import { OperatorError } from '../../errors.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'

/*
 * Each write is one statement, which locks the rows that it is about, compares them with those that were read
 * before, and writes nothing if they differ. Then the rows are read again, and the write is planned again.
 */

/** How often a write is planned: others may change the same rows each time. */
const ATTEMPTS = 3

/** Another session wrote a row with the same key, or one that refers to a row that this one deletes. */
const CONFLICTS = new Set(['23505', '23503'])

/**
 * Runs an attempt at a write until it says that it is done.
 *
 * Errors: those of the attempt; `LOCKED` if rows were changed by others each time, or the error of a
 * constraint that stands in the way each time.
 *
 * @param attempt returns `null` if the rows are not as they were read, and nothing was written
 * @param refresh forgets what was read
 */
export async function untilWritten<T>(attempt: () => Promise<T | null>, refresh: () => void): Promise<T> {
  let conflict: unknown = null
  for (let count = 0; count < ATTEMPTS; count++) {
    try {
      const written = await attempt()
      if (written !== null) return written
    } catch (error) {
      refresh()
      if (!CONFLICTS.has(sqlstateOf(error) ?? '')) throw error
      conflict = error
    }
    refresh()
  }
  throw conflict ?? rowsChanged()
}

/** Returns the SQLSTATE of the server's error that an error is or was made from. */
export function sqlstateOf(error: unknown): string | undefined {
  if (error instanceof OperatorError) return error.details.sqlstate
  return isDatabaseError(error) ? error.code : undefined
}

/** `LOCKED`: somebody else changed the rows whenever this program was about to. */
function rowsChanged(): OperatorError {
  return new OperatorError(
    'LOCKED',
    'The application, or another process, keeps changing the same rows of the internal database.',
    'Run the same command again.',
  )
}
