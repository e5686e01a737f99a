import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSession } from '../sqlite/index.ts'
import { sqliteJournal } from '../sqlite/journal.ts'
import { fileLocks } from '../sqlite/operation-locks.ts'
import type { OpenJournal } from './open-journal.ts'
import type { Opened } from './opening.ts'

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
  const path = join(directory, `${keyOf(opened)}.sqlite3`)
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
 * Returns the name of an internal database among the journals of a user, however its host is spelled; where
 * its server does not tell who it is, by host and port.
 */
function keyOf({ systemIdentifier, databaseOid, session }: Opened): string {
  if (systemIdentifier !== null) return `${systemIdentifier}-${databaseOid}`
  const { host, port, database } = session.settings
  const text = JSON.stringify([host, port, database])
  return `by-address-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}
