import { NO_SQL_VERSION, type StoredSchema } from './types.ts'

/** The name of the source whose version Mathesar records too. */
const RELEASE_SOURCE = 'release'

/**
 * Returns the version that a Mathesar of 0.2.0 or later records for a database with these schemas: that of a
 * release's own SQL, whose install this program can prove; `NO_SQL_VERSION` for others and for none.
 */
export function confirmedVersionOf(schema: StoredSchema | null): string {
  return schema?.source === RELEASE_SOURCE && schema.version !== null ? schema.version : NO_SQL_VERSION
}
