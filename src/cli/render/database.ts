import type { StoredDatabase, StoredSchema } from '../../store/types.ts'

/** Returns the server of a stored database as one word: `host:port`. */
export function serverText({ host, port }: Pick<StoredDatabase, 'host' | 'port'>): string {
  if (host === '') return '(none)'
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
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

/** Returns the rows of `db show`. */
export function databaseRows(stored: StoredDatabase): (readonly [label: string, value: string])[] {
  return [
    ['name', stored.name],
    ['host', stored.host],
    ['port', String(stored.port)],
    ['database', stored.database],
    ['user', stored.user],
    ['password', '(stored, encrypted)'],
    ['sslmode', stored.sslmode],
    ['sslrootcert', stored.sslrootcert ?? '-'],
    ['schema', schemaText(stored.schema)],
    ['added', stored.createdAt],
    ['changed', stored.updatedAt],
  ]
}
