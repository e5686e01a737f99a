import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { SCHEMA_SOURCES } from '../sources/index.ts'
import { KNOWN_TABLES, KNOWN_TYPES } from '../sources/known.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import { nameList, ROUTINE_FACTS, routineIdentity, SCHEMA_NAMES } from './catalog.ts'
import droppedSql from './dropped.sql'
import fingerprintsSql from './fingerprints.sql'
import inventorySql from './inventory.sql'
import isHstoreCastSql from './is-hstore-cast.sql'
import { entriesQuery, MANIFEST } from './manifest.ts'
import modernTablesSql from './modern-tables.sql'
import { RECORD_PREFIX } from './record.ts'
import { FEATURES, MODERN_TABLES, REMOVER } from './releases.ts'

/** One of the schemas as far as it shows who installed it. */
export interface InventorySchema {
  name: MathesarSchema
  comment: string | null
  /** Anything at all is in it. */
  isFilled: boolean
  /** Objects that lie in it, without casts, which lie in no schema. */
  objects: number
  /** Routines, without those of extensions and without casts from hstore. */
  routines: number
  /** Those of them on which nobody granted or revoked privileges, without the remover. */
  ungranted: number
  /** Relations that no source and no Mathesar puts into it: a user's own. */
  ownRelations: number
}

/** A routine with its body. */
export interface RoutineBody {
  schema: MathesarSchema
  name: string
  text: string
}

/** What is in the Mathesar schemas, as far as it shows who put it there and whether it works. */
export interface Inventory {
  /** Those that exist, in the order of `MATHESAR_SCHEMAS`. */
  schemas: InventorySchema[]
  /** Which of `MODERN_TABLES` are in `msar`. */
  tables: string[]
  /** Which of `KNOWN_TYPES` are in `mathesar_types`. */
  types: string[]
  /** Which of `FEATURES` and `REMOVER` there are. */
  markers: string[]
  /**
   * The casts from hstore that 0.1.x creates where that extension is installed, as `regprocedure` prints
   * them.
   */
  hstoreCasts: string[]
  /** How many routines other than casts there are, and how many of them the manifest lists unchanged. */
  sampled: number
  matching: number
  /** The manifest lists anything. */
  hasManifest: boolean
  /** How many routines, tables and types the manifest lists that are not there. */
  dropped: number
  /** How many routines of `msar` the manifest names. */
  expectedInMsar: number
  /** The schemas in which the manifest names an object. */
  expectedSchemas: MathesarSchema[]
  /** The routines that may prove some source, where a schema bears a record that no manifest proves. */
  bodies: RoutineBody[]
}

/**
 * A query: how many routines there are, and how many of them are as the manifest says: see fingerprints.sql.
 */
export const FINGERPRINTS = fingerprintsQuery(entriesQuery(MANIFEST))

function fingerprintsQuery(entries: string): string {
  return compose(fingerprintsSql, {
    schemas: SCHEMA_NAMES,
    routineIdentity: routineIdentity('p'),
    routineFacts: ROUTINE_FACTS,
    entries,
  })
}

/** A query: the tables of `MODERN_TABLES` that are in `msar`. */
export const MODERN_TABLES_QUERY = compose(modernTablesSql, { tables: nameList(MODERN_TABLES) })

const MARKERS = [...FEATURES, REMOVER]

/** A condition about `r`, a routine: its body may prove some source. */
const IS_PROOF = SCHEMA_SOURCES.flatMap(({ proof }) => proof?.routines ?? [])
  .map(({ schema, names }) => {
    const isInSchema = `r.nspname = ${quoteLiteral(schema)}`
    return names === null ? isInSchema : `${isInSchema} AND r.proname IN (${nameList(names)})`
  })
  .join(' OR ')

/** An expression: the `Inventory` as JSON: see inventory.sql. */
export const INVENTORY = inventoryExpression(MANIFEST)

/**
 * Returns the same expression for a query that reads the manifest itself, `manifest` being a query for it.
 */
export function inventoryExpression(manifest: string): string {
  return compose(inventorySql, {
    schemas: SCHEMA_NAMES,
    fingerprints: fingerprintsQuery('SELECT entry FROM entry'),
    modernTables: MODERN_TABLES_QUERY,
    types: nameList(KNOWN_TYPES),
    markers: nameList(MARKERS),
    markerNames: nameList(MARKERS.map(nameOf)),
    // Once in the whole query: the server takes longer to plan several than to run them.
    manifest,
    entries: entriesQuery('SELECT manifest FROM recorded'),
    removerName: quoteLiteral(nameOf(REMOVER)),
    knownTables: nameList(KNOWN_TABLES),
    dropped: compose(droppedSql, { routineIdentity: routineIdentity('p') }),
    isHstoreCast: isHstoreCastSql,
    isProof: IS_PROOF || 'false',
    recordPrefix: quoteLiteral(RECORD_PREFIX),
  })
}

/** Returns the bare name of a routine of `msar`. */
function nameOf(identity: string): string {
  return identity.replace(/^msar\.(\w+)\(.*$/, '$1')
}
