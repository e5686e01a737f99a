import { requireFittingSource } from '../databases/fitting-source.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import type { Store } from '../store/types.ts'
import type { Invocation } from './invocation.ts'
import { resolveSchemaSource, type SourceFlags } from './settings/schema-source.ts'

/**
 * Returns the SQL to install in a stored database: what the flags name, else what its Mathesar needs. Errors:
 * `USAGE` if that Mathesar can't work with it, or nothing names the release that it needs.
 */
export async function fittingSource(
  invocation: Invocation,
  flags: SourceFlags,
  store: Store,
): Promise<SchemaSource> {
  const source = await resolveSchemaSource(invocation, flags, store)
  requireFittingSource(store.capabilities, source)
  return source
}
