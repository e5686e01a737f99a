import { KEPT_TYPES } from '../sources/kept-types.ts'
import { MATHESAR_SCHEMAS, type MathesarSchema, type SchemaOrigin, type SchemaState } from '../types.ts'
import { HELPERS, type Inventory } from './inventory.ts'
import { parseRecord } from './record.ts'
import {
  FEWEST,
  legacyReleases,
  modernReleases,
  REMOVER,
  REMOVER_TABLE,
  releasesOfInnerSchema,
} from './releases.ts'

/** What an inventory says besides the origin. */
export type Classified = SchemaOrigin & Pick<SchemaState, 'staleRecord' | 'hstoreCasts'>

/**
 * Decides who installed the schemas and whether a Mathesar can work with them, by what is there. A record in a comment is
 * believed only where the routines are those of such an install: it survives an upgrade by a Mathesar, and anybody who
 * owns the schema can write one. `bundledSql` is the SQL of this program, for where the manifest was lost.
 */
export function classify(inventory: Inventory, bundledSql: () => string): Classified {
  const facts = factsOf(inventory)
  const record = inventory.schemas.map(({ comment }) => parseRecord(comment)).find((found) => found !== null)
  if (!inventory.schemas.some(({ isFilled }) => isFilled))
    return { kind: 'absent', record: null, staleRecord: null, hstoreCasts: [] }
  if (record && isOurs(inventory, facts, bundledSql)) {
    const isComplete =
      inventory.schemas.length === MATHESAR_SCHEMAS.length && facts.msar * 2 >= inventory.expectedInMsar
    return { kind: 'ours', record, isComplete, staleRecord: null, hstoreCasts: [] }
  }
  const origin = foreignOrigin(inventory, facts)
  const isLegacy = !facts.isModern && facts.mathesar_types >= FEWEST.legacyCasts
  return {
    ...origin,
    staleRecord: record ?? null,
    // In an install of a release before 0.2.0 they belong to it.
    hstoreCasts: isLegacy ? [] : inventory.hstoreCasts,
  }
}

interface Facts {
  /** Routines in each schema; 0 where it does not exist. */
  msar: number
  __msar: number
  mathesar_types: number
  /** Mathesar's remover, or its table, is there. */
  hasRemover: boolean
  /** What is there tells of a release from 0.2.0 on. */
  isModern: boolean
}

function factsOf({ schemas, tables, markers }: Inventory): Facts {
  const routines = (name: MathesarSchema) => schemas.find((schema) => schema.name === name)?.routines ?? 0
  const msar = routines('msar')
  return {
    msar,
    __msar: routines('__msar'),
    mathesar_types: routines('mathesar_types'),
    hasRemover: markers.includes(REMOVER) || tables.includes(REMOVER_TABLE),
    isModern: msar >= FEWEST.modern || markers.length > 0 || tables.length > 0,
  }
}

/** At least half of what tells must be as it was installed: the rest may have been changed by hand. */
function isOurs(
  { sampled, matching, bodies }: Inventory,
  { isModern }: Facts,
  bundledSql: () => string,
): boolean {
  if (matching > 0 && matching * 2 >= sampled) return true
  // An upgrade by a Mathesar leaves helpers that something depends on: they prove nothing beside its own routines.
  if (isModern || bodies.length * 2 < HELPERS.length) return false
  const sql = bundledSql()
  return bodies.filter((body) => sql.includes(body)).length * 2 >= bodies.length
}

function foreignOrigin(inventory: Inventory, facts: Facts): SchemaOrigin {
  const { msar, __msar, isModern, hasRemover } = facts
  const remains = (of: 'types' | 'removal' | 'msar missing' | 'parts', releases = null) =>
    ({ kind: 'remains', record: null, of, releases }) as const
  const isFilled = (name: MathesarSchema) =>
    inventory.schemas.some((schema) => schema.name === name && schema.isFilled)
  if (!isFilled('msar') && !isFilled('__msar')) return remains(inventory.types.length > 0 ? 'types' : 'parts')
  if (isWorking(inventory, facts)) {
    // The remover counts as a routine of `msar`, and so does what a user's object holds on to.
    const counts = { msar: msar - (hasRemover ? 1 : 0), __msar }
    const releases = isModern ? modernReleases(counts, inventory.markers) : legacyReleases(counts)
    return { kind: 'foreign', record: null, releases }
  }
  if (hasRemover) return remains('removal')
  if (msar === 0 && __msar > 0) return { ...remains('msar missing'), releases: releasesOfInnerSchema(__msar) }
  return remains('parts')
}

/** Whether all is there, as far as numbers tell, that any Mathesar needs. */
function isWorking({ types }: Inventory, { msar, __msar, mathesar_types, isModern }: Facts): boolean {
  if (__msar === 0 || types.length < KEPT_TYPES.length) return false
  // The casts of releases before 0.2.0 lie in mathesar_types; later ones have all routines in the other two.
  return isModern ? msar >= FEWEST.modern : msar >= FEWEST.legacy && mathesar_types >= FEWEST.legacyCasts
}
