import { toOperatorError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import type { Drift, SchemaOrigin, SchemaStatus } from '../types.ts'
import { DESCRIBED, INSIDE, MANIFEST, SAFE_SETTINGS } from './catalog.ts'
import { INVENTORY, type Inventory } from './inventory.ts'
import { parseManifest } from './record.ts'
import { originOf } from './state.ts'

interface Row {
  inventory: Inventory
  manifest: string | null
  objects: { identity: string; hash: string }[]
}

const QUERY = `${SAFE_SETTINGS}
WITH ${INSIDE},
${DESCRIBED}
SELECT ${INVENTORY} AS inventory, (${MANIFEST}) AS manifest,
  coalesce((SELECT json_agg(json_build_object('identity', d.identity, 'hash', d.hash)) FROM described d), '[]') AS objects;`

/** Whether a Mathesar can work with the schemas. */
export function isInstalled(origin: SchemaOrigin): boolean {
  return origin.kind === 'foreign' || (origin.kind === 'ours' && origin.isComplete)
}

/**
 * Reports which Mathesar schemas a database has and, of those this program installed, every object that is no longer as
 * it was installed. One round trip; changes nothing. Of schemas that it did not install, it reports the number of objects
 * and the releases of Mathesar that they may be of.
 *
 * Errors: those of `toOperatorError`.
 */
export async function schemaStatus(session: Session): Promise<SchemaStatus> {
  let row: Row | undefined
  try {
    ;[row] = await session.run<Row>(QUERY)
  } catch (error) {
    throw toOperatorError(error, { settings: session.settings })
  }
  if (row === undefined) throw new Error('the status query gives one row')
  const origin = originOf(row.inventory)
  const { kind, record, staleRecord, hstoreCasts } = origin
  const typesOnly = kind !== 'absent' && row.inventory.schemas.every(({ name }) => name === 'mathesar_types')
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
    typesOnly,
    drift: kind === 'ours' ? findDrift(row.objects, row.manifest, typesOnly) : [],
  }
}

const URI = 'domain mathesar_types.uri'

/** The identity of an object in `msar` or `__msar`. */
const OTHER_SCHEMAS = /^[a-z ]+ (msar|__msar)\./

/** Where the other two schemas were removed and the types kept, what was in those is no drift. */
function findDrift(objects: Row['objects'], comment: string | null, typesOnly: boolean): Drift[] {
  const manifest = parseManifest(comment)
  const now = new Map(objects.map(({ identity, hash }) => [identity, hash]))
  // The manifest hangs on the domain's check: where it is gone, the domain at least was changed.
  if (manifest === null) return [{ object: URI, change: now.has(URI) ? 'changed' : 'dropped' }]
  const drift: Drift[] = []
  for (const [object, hash] of manifest) {
    if (typesOnly && OTHER_SCHEMAS.test(object)) continue
    const found = now.get(object)
    if (found === undefined) drift.push({ object, change: 'dropped' })
    else if (found !== hash) drift.push({ object, change: 'changed' })
  }
  for (const object of now.keys()) if (!manifest.has(object)) drift.push({ object, change: 'added' })
  return drift.sort((a, b) => (a.object < b.object ? -1 : a.object > b.object ? 1 : 0))
}
