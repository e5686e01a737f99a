import type { SchemaOrigin } from '../types.ts'
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
 * Whether an object inside the schemas is a user's own. The manifest says what is ours. Where it was lost, and in an
 * install of somebody else's, any other relation and any extension is a user's own: neither the bundled SQL nor a release
 * of Mathesar puts one of these into the schemas. Of other objects nothing says whose they are.
 */
export function isOwnObject(
  object: InsideObject,
  kind: SchemaOrigin['kind'],
  manifest: Manifest | null,
): boolean {
  if (kind === 'ours' && manifest !== null) return !manifest.has(object.identity)
  if (object.identity.startsWith('extension ')) return true
  return object.isRelation && !MATHESAR_TABLES.has(object.identity)
}
