import { compose } from '../../postgres/compose.ts'
import type { Session } from '../../postgres/types.ts'
import { descriptionOf } from '../sources/known.ts'
import { TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaOrigin } from '../sources/types.ts'
import { DESCRIBED, INSIDE, SAFE_SETTINGS } from './catalog.ts'
import { readChecked } from './catalog-read.ts'
import { classify } from './classify.ts'
import { INVENTORY, type Inventory } from './inventory.ts'
import { MANIFEST, manifestHolder, parseManifest } from './manifest.ts'
import { countMissing, isKnownRelease } from './releases.ts'
import statusSql from './status.sql'
import type { Drift, SchemaStatus } from './types.ts'

type OurOrigin = Extract<SchemaOrigin, { kind: 'ours' }>

interface Row {
  inventory: Inventory
  manifest: string | null
  objects: { identity: string; hash: string }[]
}

const STATUS_QUERY = compose(statusSql, {
  inside: INSIDE,
  described: DESCRIBED,
  inventory: INVENTORY,
  manifest: MANIFEST,
})

/** Returns whether a Mathesar can work with the schemas. */
export function isInstalled(origin: SchemaOrigin): boolean {
  return origin.kind === 'foreign' || (origin.kind === 'ours' && origin.isComplete)
}

/**
 * Reports which Mathesar schemas a database has and, of those this program installed, every object that is no
 * longer as it was installed. One round trip; changes nothing. Of schemas that it did not install, it reports
 * the number of objects and the releases of Mathesar that they may be of.
 *
 * Errors: those of `readChecked`.
 *
 * @param recorded the release that a Mathesar recorded, if it installed them
 */
export async function schemaStatus(session: Session, recorded: string | null = null): Promise<SchemaStatus> {
  const query = `${SAFE_SETTINGS}\n${STATUS_QUERY}`
  const [row] = await readChecked(session, () => session.run<Row>(query))
  if (row === undefined) throw new Error('the status query returned no row')
  const origin = classify(row.inventory)
  const { kind, record, staleRecord, hstoreCasts } = origin
  const isTypesOnly = kind !== 'absent' && row.inventory.schemas.every(({ name }) => name === TYPES_SCHEMA)
  const drift = origin.kind === 'ours' ? findDrift(row, origin, isTypesOnly) : []
  return {
    installed: isInstalled(origin),
    state: kind,
    remains: kind === 'remains' ? origin.of : null,
    release: kind === 'foreign' || kind === 'remains' ? origin.releases : null,
    staleRecord: staleRecord && { source: staleRecord.source, version: staleRecord.version },
    hstoreCasts,
    source: record?.source ?? null,
    version: record?.version ?? null,
    checksum: record?.checksum ?? null,
    objects: row.objects.length,
    typesOnly: isTypesOnly,
    dropped: isTypesOnly
      ? drift.filter(({ change }) => change === 'dropped').length
      : countMissing(origin, recorded),
    drift,
  }
}

/** If a removal kept the types and dropped the other schemas, what was in those is no drift. */
function findDrift({ objects, manifest: comment }: Row, origin: OurOrigin, isTypesOnly: boolean): Drift[] {
  const manifest = parseManifest(comment)
  const now = new Map(objects.map(({ identity, hash }) => [identity, hash]))
  if (manifest === null) return lostManifest(origin, now)
  const drift: Drift[] = []
  for (const [object, hash] of manifest) {
    if (isTypesOnly && IN_OTHER_SCHEMAS.test(object)) continue
    const currentHash = now.get(object)
    if (currentHash === undefined) drift.push({ object, change: 'dropped' })
    else if (currentHash !== hash) drift.push({ object, change: 'changed' })
  }
  for (const object of now.keys()) if (!manifest.has(object)) drift.push({ object, change: 'added' })
  return drift.sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0))
}

/** The identity of an object in a schema that is not that of the types. */
const IN_OTHER_SCHEMAS = /^[a-z ]+ (?!mathesar_types[.])\w+[.]/

/** The manifest is a comment on an object or on a part of it: somebody changed that object at least. */
function lostManifest({ record, dropped }: OurOrigin, now: ReadonlyMap<string, string>): Drift[] {
  const source = descriptionOf(record)
  if (source === null) return []
  const { manifest, isManifestOptional } = source.record
  const object = manifestHolder(manifest)
  if (now.has(object)) return [{ object, change: 'changed' }]
  const mayHaveNone = isManifestOptional && !(dropped > 0 && isKnownRelease(record.version))
  return mayHaveNone ? [] : [{ object, change: 'dropped' }]
}
