import type { StoredSchema } from './types.ts'

/** What Mathesar records for a database in which no SQL of its own was installed yet. */
export const NO_SQL_VERSION = '0.0.0'

/** The name of the source whose version Mathesar records too. */
const RELEASE_SOURCE = 'release'

/**
 * Returns the version that a Mathesar of 0.2.0 or later records for a database with these schemas: that of a
 * release's own SQL, whose install this program can prove.
 */
export function confirmedVersionOf(schema: StoredSchema | null): string {
  return schema?.source === RELEASE_SOURCE && schema.version !== null ? schema.version : NO_SQL_VERSION
}
