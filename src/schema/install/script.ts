import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import {
  DESCRIBED,
  INSIDE,
  nameList,
  routineIdentity,
  SAFE_SETTINGS,
  SCHEMA_NAMES,
  writtenNow,
} from '../inspect/catalog.ts'
import { manifestQueryAt, splitName } from '../inspect/manifest.ts'
import { RECORD_PREFIX, recordParts } from '../inspect/record.ts'
import { DOOMED_SETTING, refuseDanglingStatements } from '../session/dangling.ts'
import { progressStatement } from '../session/progress.ts'
import { totalObjects } from '../sources/pieces.ts'
import type { ManifestPlace, SchemaSource } from '../sources/types.ts'
import recordSql from './record.sql'
import writeDomainManifestSql from './write-domain-manifest.sql'
import writeTableManifestSql from './write-table-manifest.sql'

/**
 * Returns the SQL of a source under its settings, part by part, with a progress notice after each part and
 * within long ones. What follows runs under `SAFE_SETTINGS` again, whatever the SQL set.
 */
export function partsScript(source: Pick<SchemaSource, 'parts' | 'settings'>): string {
  const total = totalObjects(source.parts)
  const script = Object.entries(source.settings).map(([name, value]) => `SET LOCAL ${name} = ${value};`)
  let done = 0
  for (const { name: part, pieces } of source.parts) {
    for (const { sql, objects } of pieces) {
      done += objects
      script.push(sql.trim(), progressStatement({ phase: 'install', part, done, total }))
    }
  }
  return [...script, SAFE_SETTINGS].join('\n\n')
}

/**
 * Returns the end of an install: drops the functions that an earlier install of the source created and this
 * one no longer has, unless something depends on them, then writes the record and the manifest. `installId`
 * null: the server generates one.
 *
 * The manifest lists what this transaction wrote, and what the earlier manifest lists and still exists (types
 * are kept untouched). Anything else inside the schemas is a user's own and stays out of the manifest.
 * Without an earlier manifest nothing shows whose an object is, and the manifest lists everything. The script
 * clears the record of another source from the schemas on which this source records nothing. Its last
 * statements refuse what other sessions created with anything that was dropped: see
 * `refuseDanglingStatements`.
 */
export function recordScript(source: SchemaSource, installId: string | null): string {
  const { name, version, checksum, record } = source
  const { before, after } = recordParts({ source: name, version, checksum, installId: installId ?? '' })
  return compose(recordSql, {
    doomedSetting: quoteLiteral(DOOMED_SETTING),
    schemas: SCHEMA_NAMES,
    inside: INSIDE,
    described: DESCRIBED,
    manifest: manifestQueryAt(record.manifest),
    isRoutineWrittenNow: writtenNow("'pg_catalog.pg_proc'::regclass", 'p.oid'),
    isWrittenNow: writtenNow('d.classid', 'd.objid'),
    routineIdentity: routineIdentity('p'),
    before: quoteLiteral(before),
    after: `${quoteLiteral(after)}${installId === null ? ' || gen_random_uuid()' : ''}`,
    recordSchemas: nameList(record.schemas),
    recordPrefix: quoteLiteral(RECORD_PREFIX),
    writeManifest: writeManifestStatement(record.manifest),
    refuseDangling: refuseDanglingStatements('doomed'),
  })
}

function writeManifestStatement(place: ManifestPlace): string {
  const [schema, name] = splitName(place.kind === 'table' ? place.table : place.domain)
  return compose(place.kind === 'table' ? writeTableManifestSql : writeDomainManifestSql, {
    schema: quoteLiteral(schema),
    name: quoteLiteral(name),
  })
}
