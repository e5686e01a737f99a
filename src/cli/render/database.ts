import type { StoredDatabase, StoredSchema } from '../../store/types.ts'

/** Where a stored database's server is, as one word. */
export function serverText({ host, port }: Pick<StoredDatabase, 'host' | 'port'>): string {
  if (host === '') return '(none)'
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** What is known of a stored database's Mathesar schemas, as one word or two. */
export function schemaText(schema: StoredSchema | null): string {
  if (schema === null) return '-'
  return schema.version === null ? schema.source : `${schema.source} ${schema.version}`
}
