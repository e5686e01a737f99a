import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Opened } from './opening.ts'

/** Returns the path of the journal of an internal database in a directory of the user. */
export function journalPathOf(directory: string, opened: Opened): string {
  return join(directory, `${databaseKey(opened)}.sqlite3`)
}

/**
 * Returns the name of an internal database among the journals of a user, however its host is spelled; where
 * its server does not tell who it is, by host and port.
 */
export function databaseKey({ systemIdentifier, databaseOid, session }: Opened): string {
  if (systemIdentifier !== null) return `${systemIdentifier}-${databaseOid}`
  const { host, port, database } = session.settings
  const text = JSON.stringify([host, port, database])
  return `by-address-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}
