import type { Manifest } from './record.ts'

/** The tables that Mathesar's releases put into the schemas. */
export const MATHESAR_TABLES: ReadonlySet<string> = new Set([
  'table mathesar_types.top_level_domains',
  'table msar.top_level_domains',
  'table msar.expr_templates',
  'table msar.all_mathesar_objects',
])

/** An object inside the schemas, as the catalog has it. */
export interface InsideObject {
  identity: string
  isRelation: boolean
}

/**
 * Whether an object inside the schemas is a user's own. Of ours the manifest tells; where it was lost, nothing can, and
 * nothing is called a user's own. Of a foreign install any other relation and any extension must be: Mathesar's releases
 * put none of these into the schemas.
 */
export function isOwnObject(
  object: InsideObject,
  kind: 'absent' | 'ours' | 'foreign',
  manifest: Manifest | null,
): boolean {
  if (kind === 'ours') return manifest !== null && !manifest.has(object.identity)
  if (object.identity.startsWith('extension ')) return true
  return object.isRelation && !MATHESAR_TABLES.has(object.identity)
}
