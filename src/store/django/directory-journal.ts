import { existsSync } from 'node:fs'
import { openSession } from '../sqlite/index.ts'
import { sqliteJournal } from '../sqlite/journal.ts'
import { fileLocks } from '../sqlite/operation-locks.ts'
import { sealedJournal } from '../sqlite/sealed.ts'
import { journalPathOf } from './journal-path.ts'
import type { OpenJournal } from './open-journal.ts'
import type { Opened } from './opening.ts'
import type { ElsewhereJournal } from './sealed.ts'

/**
 * Opens the journal of an internal database in a directory of the user: an SQLite file of its own, beside
 * which the lock files of operations are. It is created if `canWrite`; `null` if there is none.
 *
 * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
 */
export function openDirectoryJournal(
  directory: string,
  opened: Opened,
  canWrite: boolean,
): OpenJournal | null {
  const path = journalPathOf(directory, opened)
  if (!canWrite && !existsSync(path)) return null
  const session = openSession(path, { create: true, readOnly: !canWrite, trust: { named: false } })
  // The rows that its tables refer to lie in the internal database.
  if (canWrite) session.connection.pragma('foreign_keys = OFF')
  return {
    journal: sqliteJournal(session),
    locks: fileLocks(session.realPath),
    journalPlace: 'directory',
    async close() {
      session.close()
    },
  }
}

/**
 * Opens the encrypted values of that journal, whether it is in use or not; `null` if there is none. Errors:
 * `STORE_UNAVAILABLE`, `LOCKED`.
 */
export function openSealedJournal(
  directory: string,
  opened: Opened,
  isReadOnly: boolean,
): ElsewhereJournal | null {
  const path = journalPathOf(directory, opened)
  if (!existsSync(path)) return null
  const session = openSession(path, { create: false, readOnly: isReadOnly, trust: { named: false } })
  return { ...sealedJournal(session), close: session.close }
}
