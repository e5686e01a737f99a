import { describeServer } from '../../databases/interface/server-address.ts'
import type { StoredDatabase, StoredSchema } from '../../store/types.ts'

/** Returns the server of a stored database as one word: `host:port`. */
export function serverText(stored: Pick<StoredDatabase, 'host' | 'port'>): string {
  return stored.host === '' ? '(none)' : describeServer(stored)
}

/** Returns how many of the last characters of `serverText` are the port and its colon. */
export function portLength(server: string): number {
  return /:\d+$/.exec(server)?.[0].length ?? 0
}

/** Returns the source and version of a stored database's Mathesar schemas; `-` if nothing is known. */
export function schemaText(schema: StoredSchema | null): string {
  if (schema === null) return '-'
  return schema.version === null ? schema.source : `${schema.source} ${schema.version}`
}

/** `2026-11-30T03:53:12.901000Z` -> `2026-11-30 03:53:12 UTC`; another text stays as it is. */
export function timeText(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC')
}

/** Returns the rows of `db show`. */
export function databaseRows(stored: StoredDatabase): (readonly [label: string, value: string])[] {
  return [
    ['name', stored.name],
    ['host', stored.host],
    ['port', String(stored.port)],
    ['database', stored.database],
    ['role', stored.user],
    ['password', '(stored, encrypted)'],
    ['sslmode', stored.sslmode],
    ['sslrootcert', stored.sslrootcert ?? '-'],
    ['schema', schemaText(stored.schema)],
    ['added', timeText(stored.createdAt)],
    ['changed', timeText(stored.updatedAt)],
  ]
}
