import { KNOWN_TABLES } from '../sources/known.ts'
import type { SchemaOrigin } from '../sources/types.ts'
import type { Manifest } from './manifest.ts'

/** The identities of the tables that some source or some Mathesar puts into the schemas. */
export const INSTALLED_TABLES: ReadonlySet<string> = new Set(KNOWN_TABLES.map((name) => `table ${name}`))

/** An object inside the schemas, as the catalog has it. */
export interface InsideObject {
  identity: string
  isRelation: boolean
}

/**
 * Returns whether an object inside the schemas is a user's own. The manifest lists what this program
 * installed. If it was lost, and in an install of somebody else's, any unknown relation and any extension
 * is a user's own: no source and no release of Mathesar puts one of these into the schemas. Of other objects
 * nothing shows whose they are.
 */
export function isOwnObject(
  object: InsideObject,
  kind: SchemaOrigin['kind'],
  manifest: Manifest | null,
): boolean {
  if (kind === 'ours' && manifest !== null) return !manifest.has(object.identity)
  if (object.identity.startsWith('extension ')) return true
  return object.isRelation && !INSTALLED_TABLES.has(object.identity)
}
