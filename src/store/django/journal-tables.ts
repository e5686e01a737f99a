import { OperatorError } from '../../errors.ts'
import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import { type ErrorPlace, mayNotCreateJournal } from './errors.ts'
import JOURNAL_TABLES from './journal-tables.sql'
import { JOURNAL_VERSION } from './journal-version.ts'
import { LOCK_CLASS } from './operation-locks.ts'
import type { InternalSession } from './session.ts'

const UNIQUE_VIOLATION = '23505'

const SCRIPT = compose(JOURNAL_TABLES, {
  lock_class: String(LOCK_CLASS),
  journal_version: String(JOURNAL_VERSION),
})

/** Refuses a role that may not create the journal. Errors: `INSUFFICIENT_PRIVILEGE`. */
export function requireCreation({ layout }: InternalSession, place: ErrorPlace): void {
  if (!layout.mayCreateSchema && !layout.hasJournal) throw mayNotCreateJournal(place)
}

/**
 * Creates the schema `mathesarctl` with the tables of the journal; any number of processes may do this at
 * once. Errors: `INSUFFICIENT_PRIVILEGE`, `LOCKED`, `STORE_UNAVAILABLE`.
 */
export async function createJournal(session: InternalSession, place: ErrorPlace): Promise<void> {
  requireCreation(session, place)
  try {
    await session.script(SCRIPT).catch((error: unknown) => {
      // Somebody who does not know the lock committed a schema of that name meanwhile: now it can be seen.
      if (isDatabaseError(error) && error.code === UNIQUE_VIOLATION) return session.script(SCRIPT)
      throw error
    })
  } catch (error) {
    const isDenied = error instanceof OperatorError && error.code === 'INSUFFICIENT_PRIVILEGE'
    throw isDenied ? mayNotCreateJournal(place) : error
  }
}
