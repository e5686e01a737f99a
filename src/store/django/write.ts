import type pg from 'pg'
import type { OperatorError } from '../../errors.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import { RowsChangedError, unavailable } from '../errors.ts'
import type { DjangoSession } from './types.ts'

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
 * Errors: those of the attempt; `LOCKED` if rows were changed by others each time; `STORE_UNAVAILABLE` if a
 * constraint stood in the way each time.
 *
 * @param attempt returns `null` if the rows are not as they were read, and nothing was written
 */
export async function untilWritten<T>(
  attempt: () => Promise<T | null>,
  { location, forget }: Pick<DjangoSession, 'location' | 'forget'>,
): Promise<T> {
  let conflict: pg.DatabaseError | null = null
  for (let count = 0; count < ATTEMPTS; count++) {
    try {
      const written = await attempt()
      if (written !== null) return written
      conflict = null
    } catch (error) {
      if (!isDatabaseError(error) || !error.code?.startsWith('23')) throw error
      if (!CONFLICTS.has(error.code)) throw forbidden(location, error)
      conflict = error
    }
    forget()
  }
  if (conflict === null) throw rowsChanged(location)
  throw forbidden(location, conflict)
}

/** `STORE_UNAVAILABLE`: a constraint, or a trigger that raises such an error, stands in the way. */
function forbidden(location: string, error: pg.DatabaseError): OperatorError {
  return unavailable(
    location,
    `one of its constraints forbids the change (${error.message})`,
    'Run the same command again; if that does not help, a table that this version does not know may refer to the rows.',
    error,
  )
}

/** `LOCKED`: somebody else changed the rows when this program was about to. */
export function rowsChanged(location: string): RowsChangedError {
  return new RowsChangedError(
    'LOCKED',
    `Mathesar, or another process, changed the same rows of the internal database ${location}.`,
    "Mathesar's rows were not changed. Run the same command again.",
  )
}
