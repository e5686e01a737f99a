import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Opened } from './opening.ts'

/**
 * Returns the path of the journal of an internal database in a directory of the user. Where nothing
 * identifies its server, it is named by host and port.
 */
export function journalPathOf(directory: string, opened: Opened): string {
  return join(directory, `${serverKey(opened) ?? addressKey(opened)}.sqlite3`)
}

/**
 * Returns what identifies an internal database however its host is spelled. Where the role may not read what
 * identifies the server, it is the time of the first migration: a copy on another server may have that too.
 */
export function databaseKey(opened: Opened): string {
  const { firstMigration, databaseOid, session } = opened
  const known = serverKey(opened)
  if (known !== null) return known
  if (firstMigration === null) return addressKey(opened)
  return `by-migration-${digest([databaseOid, session.settings.database, firstMigration])}`
}

function serverKey({ systemIdentifier, databaseOid }: Opened): string | null {
  return systemIdentifier === null ? null : `${systemIdentifier}-${databaseOid}`
}

function addressKey({ session }: Opened): string {
  const { host, port, database } = session.settings
  return `by-address-${digest([host, port, database])}`
}

function digest(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)
}
