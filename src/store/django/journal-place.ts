import { usageError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { unavailable } from '../errors.ts'
import type { LiveOptions } from '../types.ts'
import { type ErrorPlace, foreignJournal, mayNot } from './errors.ts'
import { databaseJournal, emptyJournal } from './journal.ts'
import { journalOnDemand } from './journal-on-demand.ts'
import { createJournal, requireCreation } from './journal-tables.ts'
import { JOURNAL_VERSION } from './journal-version.ts'
import type { OpenJournal } from './open-journal.ts'
import type { Opened } from './opening.ts'
import { advisoryLocks } from './operation-locks.ts'
import type { InternalSession } from './session.ts'

/**
 * Opens the journal of an internal database where the operator wants it (`LiveOptions.journal`). If
 * `canWrite` and it is missing there, its first entry creates it. Where nothing can be written anyway, an
 * internal database without a journal is not refused.
 *
 * Errors: `STORE_UNAVAILABLE`, `INSUFFICIENT_PRIVILEGE`, `LOCKED`; `USAGE` if there is no directory.
 */
export async function openJournal(
  live: LiveOptions,
  session: InternalSession,
  opened: Opened,
  place: ErrorPlace,
  canWrite: boolean,
): Promise<OpenJournal> {
  const { state } = opened.journal
  const isInDatabase = live.journal === 'database' || (live.journal === null && state !== 'absent')
  if (!isInDatabase) return await openDirectory(live, opened, canWrite)
  if (state === 'foreign') throw foreignJournal(place)
  if (state === 'unreadable') throw mayNot(place, 'it may not use the schema mathesarctl')
  checkVersion(opened, place)
  if (state === 'absent') {
    if (!canWrite) return withoutJournal()
    requireCreation(session, place)
    if (live.createsJournal === true) await createJournal(session, place)
  }
  const schema = quoteIdentifier(session.layout.schema)
  const journal = databaseJournal(session, schema, opened.journal.entries)
  return {
    journal:
      state === 'absent' && live.createsJournal !== true ? journalOnDemand(session, journal, place) : journal,
    locks: advisoryLocks(session),
    journalPlace: 'database',
    async close() {},
  }
}

async function openDirectory(live: LiveOptions, opened: Opened, canWrite: boolean): Promise<OpenJournal> {
  const { journalDirectory } = live
  if (journalDirectory === null) {
    if (!canWrite) return withoutJournal()
    throw usageError(
      'There is no directory for the journal of pending operations: HOME is not set.',
      'Set HOME or XDG_STATE_HOME, or pass --journal database.',
      'journal',
    )
  }
  // Few commands need SQLite for an internal database on PostgreSQL.
  const { openDirectoryJournal } = await import('./directory-journal.ts')
  return openDirectoryJournal(journalDirectory, opened, canWrite) ?? withoutJournal()
}

function withoutJournal(): OpenJournal {
  return {
    journal: emptyJournal(),
    locks: {
      acquire: async () => null,
      state: async () => 'free',
      owner: async () => null,
      async sweep() {},
    },
    journalPlace: null,
    async close() {},
  }
}

function checkVersion({ journal }: Opened, { location }: ErrorPlace): void {
  const { version, state } = journal
  if (state !== 'present' || version === JOURNAL_VERSION) return
  throw unavailable(
    location,
    'its schema mathesarctl is of another version of mathesarctl',
    'Use the newest mathesarctl.',
  )
}
