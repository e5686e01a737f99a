import type { SchemaSource } from '../schema/sources/types.ts'
import { givenSourceFlag } from './flags/schema-source.ts'
import type { Invocation } from './invocation.ts'
import type { SourceFlags } from './settings/schema-source.ts'

/** Returns the SQL that flags name; `null` if they name none. Errors: `USAGE`. */
export async function namedSource(invocation: Invocation, flags: SourceFlags): Promise<SchemaSource | null> {
  if (givenSourceFlag(flags) === null) return null
  const { resolveSchemaSource } = await import('./settings/schema-source.ts')
  return resolveSchemaSource(invocation, flags, null)
}
