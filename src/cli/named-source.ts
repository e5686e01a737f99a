import type { SchemaSource } from '../schema/sources/types.ts'
import type { Invocation } from './invocation.ts'
import type { SourceFlags } from './settings/schema-source.ts'

/** Returns the SQL that flags name; `null` if they name none. Errors: `USAGE`. */
export async function namedSource(invocation: Invocation, flags: SourceFlags): Promise<SchemaSource | null> {
  if (flags.schemaSource === undefined && flags.release === undefined) return null
  const { resolveSchemaSource } = await import('./settings/schema-source.ts')
  return resolveSchemaSource(invocation, flags, null)
}
