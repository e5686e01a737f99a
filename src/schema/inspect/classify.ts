import { contentsOf, descriptionOf } from '../sources/known.ts'
import { A_MATHESAR } from '../sources/mathesar.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import type { SchemaOrigin, SchemaRecord, SourceDescription } from '../sources/types.ts'
import type { Inventory, RoutineBody } from './inventory.ts'
import { splitName } from './manifest.ts'
import { parseRecord } from './record.ts'
import {
  FEWEST,
  legacyReleases,
  modernReleases,
  RELEASE_TABLES,
  REMOVER,
  REMOVER_TABLE,
  releasesOfInnerSchema,
} from './releases.ts'
import type { SchemaState } from './types.ts'

/** The origin, and what else an inventory shows. */
export type Classified = SchemaOrigin & Pick<SchemaState, 'staleRecord' | 'hstoreCasts'>

/**
 * Decides who installed the schemas and whether a Mathesar can work with them, by their contents. A record in
 * a comment counts only where the routines are those of such an install: it survives an upgrade by a
 * Mathesar, and anybody who owns the schema can write one.
 */
export function classify(inventory: Inventory): Classified {
  const facts = factsOf(inventory)
  const record = inventory.schemas
    .map(({ comment }) => parseRecord(comment))
    .find((parsed) => parsed !== null)
  if (!inventory.schemas.some(({ isFilled }) => isFilled))
    return { kind: 'absent', record: null, staleRecord: null, hstoreCasts: [] }
  if (record && isOurs(inventory, facts, record)) {
    const isThere = (name: MathesarSchema) => inventory.schemas.some((schema) => schema.name === name)
    // What a release creates is a matter of its SQL; the manifest lists it.
    const expected =
      descriptionOf(record)?.upgrade === 'own' ? inventory.expectedSchemas : contentsOf(record).schemas
    const isComplete = expected.every(isThere) && facts.msar * 2 >= inventory.expectedInMsar
    const dropped = droppedObjects(inventory, record)
    return { kind: 'ours', record, isComplete, dropped, staleRecord: null, hstoreCasts: [] }
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
  /** Something is there that only releases from 0.2.0 on have. */
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

/** At least half of the routines must be as they were installed: somebody may have changed the rest. */
function isOurs(inventory: Inventory, { isModern }: Facts, record: SchemaRecord): boolean {
  const { sampled, matching, bodies } = inventory
  if (matching > 0 && matching * 2 >= sampled) return true
  const source = descriptionOf(record)
  if (source !== null && hasNoManifest(inventory, source)) {
    return (
      totalObjects(inventory) * 2 >= record.objects && inventory.schemas.some(({ routines }) => routines > 0)
    )
  }
  if (source === null || source.proof === null) return false
  // An upgrade by a Mathesar leaves helpers that something depends on: they prove nothing beside its own
  // routines.
  if (isModern && source.generation === 'legacy') return false
  const { routines, fewest, sql } = source.proof
  const isProof = ({ schema, name }: RoutineBody) =>
    routines.some((group) => group.schema === schema && (group.names?.includes(name) ?? true))
  const texts = bodies.filter(isProof).map(({ text }) => text)
  if (texts.length < fewest) return false
  const whole = sql()
  return texts.filter((text) => whole.includes(text)).length * 2 >= texts.length
}

/**
 * Returns how many objects of an install are not there any more. The manifest lists them. Where it was lost,
 * something that had it is not as it was, and the number in the record shows the rest, unless a user's own
 * objects fill it that nothing distinguishes.
 */
function droppedObjects(inventory: Inventory, record: SchemaRecord): number {
  if (inventory.hasManifest) return inventory.dropped
  const mayHaveNone = descriptionOf(record)?.record.isManifestOptional ?? false
  const missing = record.objects - (totalObjects(inventory) - ownObjectsOf(inventory))
  return Math.max(mayHaveNone ? 0 : 1, missing)
}

/** Returns how many of the objects are a user's own for sure. */
function ownObjectsOf(inventory: Inventory): number {
  const own = ownRoutines(inventory)
  return inventory.schemas.reduce((sum, { name, ownRelations }) => sum + ownRelations + own[name], 0)
}

/**
 * Returns how many of the routines are a user's own for sure. A release of 0.2.0 or later grants all of its
 * routines to everybody at the end of its install; `ownObjects` distinguishes them likewise.
 */
function ownRoutines({ schemas }: Inventory): Record<MathesarSchema, number> {
  const ungranted = (name: MathesarSchema) => schemas.find((schema) => schema.name === name)?.ungranted ?? 0
  const isGranted = (name: MathesarSchema, fewest: number) => {
    const granted = (schemas.find((schema) => schema.name === name)?.routines ?? 0) - ungranted(name)
    return granted >= fewest && ungranted(name) * 4 <= granted
  }
  if (!isGranted('msar', FEWEST.modern)) return { msar: 0, __msar: 0, mathesar_types: 0 }
  return {
    msar: ungranted('msar'),
    __msar: isGranted('__msar', 1) ? ungranted('__msar') : 0,
    mathesar_types: ungranted('mathesar_types'),
  }
}

function totalObjects({ schemas }: Inventory): number {
  return schemas.reduce((sum, schema) => sum + schema.objects, 0)
}

/** Returns whether the SQL of a version of the source may have created no object that holds a manifest. */
function hasNoManifest(
  { tables }: Inventory,
  { record: { manifest, isManifestOptional } }: SourceDescription,
) {
  return isManifestOptional && manifest.kind === 'table' && !tables.includes(splitName(manifest.table)[1])
}

function foreignOrigin(inventory: Inventory, facts: Facts): SchemaOrigin {
  const { msar, __msar, isModern, hasRemover } = facts
  const remains = (of: 'types' | 'removal' | 'msar missing' | 'parts', releases = null) =>
    ({ kind: 'remains', record: null, of, releases }) as const
  const isFilled = (name: MathesarSchema) =>
    inventory.schemas.some((schema) => schema.name === name && schema.isFilled)
  if (!isFilled('msar') && !isFilled('__msar')) return remains(inventory.types.length > 0 ? 'types' : 'parts')
  if (isWorking(inventory, facts)) {
    const own = ownRoutines(inventory)
    // The remover counts as a routine of `msar`, and so does what a user's object holds on to.
    const counts = { msar: msar - own.msar - (hasRemover ? 1 : 0), __msar: __msar - own.__msar }
    const releases = isModern ? modernReleases(counts, inventory.markers) : legacyReleases(counts)
    const missingTables = isModern ? RELEASE_TABLES.filter((name) => !inventory.tables.includes(name)) : []
    return { kind: 'foreign', record: null, releases, routines: counts, missingTables }
  }
  if (hasRemover) return remains('removal')
  if (msar === 0 && __msar > 0) return { ...remains('msar missing'), releases: releasesOfInnerSchema(__msar) }
  // The functions that only some releases have survive the loss of others.
  return { ...remains('parts'), releases: modernReleases({ msar, __msar }, inventory.markers) }
}

/** Returns whether all is there, as far as numbers tell, that any Mathesar needs. */
function isWorking({ types }: Inventory, { msar, __msar, mathesar_types, isModern }: Facts): boolean {
  if (__msar === 0 || !A_MATHESAR.types.every((name) => types.includes(name))) return false
  // The casts of releases before 0.2.0 lie in mathesar_types; later ones have all routines in the other two.
  return isModern ? msar >= FEWEST.modern : msar >= FEWEST.legacy && mathesar_types >= FEWEST.legacyCasts
}
