import { KNOWN_TABLES, KNOWN_TYPES } from '../sources/known.ts'
import { TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaOrigin } from '../sources/types.ts'
import type { Manifest } from './manifest.ts'
import { FEWEST, REMOVER } from './releases.ts'

/** The identities of the tables that some source or some Mathesar puts into the schemas. */
export const INSTALLED_TABLES: ReadonlySet<string> = new Set(KNOWN_TABLES.map((name) => `table ${name}`))

/** An object inside the schemas, as the catalog has it. */
export interface InsideObject {
  schema: string
  /** Kind and qualified name, such as `function msar.net_price(numeric)`. */
  identity: string
  /** Whether somebody granted or revoked privileges on a routine or a type; null for other objects. */
  hasOwnPrivileges: boolean | null
  /**
   * Of a range type kind and name of what PostgreSQL created with it in its schema; null for other objects.
   */
  rangeParts: readonly string[] | null
}

/** What decides whose the objects inside are, besides the objects themselves. */
export interface OwnObjectFacts {
  kind: SchemaOrigin['kind']
  manifest: Manifest | null
  /** The casts from hstore that a Mathesar created, as `regprocedure` prints them. */
  hstoreCasts: readonly string[]
}

/**
 * Returns those of the objects inside the schemas that are a user's own. The manifest lists what this program
 * installed. If it was lost, and in an install of somebody else's, these are a user's own:
 *
 * - objects of a kind that no source and no release of Mathesar puts into the schemas, such as range types,
 *   and relations and types that none of them has;
 * - casts beside the routines of a release of 0.2.0 or later, which creates none;
 * - routines without privileges of their own, where others have them: a release of 0.2.0 or later grants all
 *   of its routines to everybody at the end of its install. A dump omits such a grant, because it changes
 *   nothing: in a restored database nothing shows whose a function is.
 */
export function ownObjects<One extends InsideObject>(
  inside: readonly One[],
  { kind, manifest, hstoreCasts }: OwnObjectFacts,
): One[] {
  if (kind === 'ours' && manifest !== null) return inside.filter(({ identity }) => !manifest.has(identity))
  const granted = grantedSchemas(inside)
  const notOwn = new Set([...INSTALLED, ...hstoreCasts.map((name) => `function ${name}`)])
  return inside.filter((object) => !notOwn.has(object.identity) && isOwn(object, granted))
}

const INSTALLED: readonly string[] = [
  ...INSTALLED_TABLES,
  ...KNOWN_TYPES.flatMap((name) => [`domain ${TYPES_SCHEMA}.${name}`, `type ${TYPES_SCHEMA}.${name}`]),
  `function ${REMOVER}`,
]

function isOwn(
  { schema, identity, hasOwnPrivileges, rangeParts }: InsideObject,
  granted: ReadonlySet<string>,
): boolean {
  if (rangeParts !== null) return true
  const [kind] = identity.split(' ')
  switch (kind) {
    case 'function':
    case 'aggregate':
      return granted.has(schema) && hasOwnPrivileges === false
    case 'domain':
    case 'type':
      // A later release may have other types for columns, and grants them too.
      if (schema === TYPES_SCHEMA) return !(granted.has(schema) && hasOwnPrivileges)
      return kind === 'domain'
    case 'cast':
      // A release before 0.2.0 created some.
      return granted.has(schema)
    default:
      return true
  }
}

/**
 * Returns the schemas in which the SQL of a release has granted its routines to everybody: most of them have
 * privileges of their own. What is in the schema of the types is granted together with `msar`.
 */
function grantedSchemas(inside: readonly InsideObject[]): Set<string> {
  const isGranted = (name: string, fewest: number) => {
    const routines = inside.filter(
      ({ schema, identity }) => schema === name && /^(?:function|aggregate) /.test(identity),
    )
    const granted = routines.filter(({ hasOwnPrivileges }) => hasOwnPrivileges).length
    return granted >= fewest && (routines.length - granted) * 4 <= granted
  }
  if (!isGranted('msar', FEWEST.modern)) return new Set()
  return new Set(['msar', TYPES_SCHEMA, ...(isGranted('__msar', 1) ? ['__msar'] : [])])
}
