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
import isHstoreCastSql from '../inspect/is-hstore-cast.sql'
import { MANIFEST, manifestQueryAt, splitName } from '../inspect/manifest.ts'
import { RECORD_PREFIX, recordParts } from '../inspect/record.ts'
import { REMOVER } from '../inspect/releases.ts'
import { HAS_OTHER_OWNERS, OTHER_OWNED } from '../inspect/state.ts'
import {
  DROP_HSTORE_CASTS,
  dropForReplacementStatement,
  isKeptExpression,
  refuseLeftoversStatement,
  rememberContentsStatement,
} from '../removal/script.ts'
import { DOOMED_SETTING, EARLIER_SETTING, refuseDanglingStatements } from '../session/dangling.ts'
import { enclosedStatements } from '../session/enclosed.ts'
import { progressStatement } from '../session/progress.ts'
import { SCHEMA_SOURCES } from '../sources/index.ts'
import { totalObjects } from '../sources/pieces.ts'
import { MATHESAR_SCHEMAS, TYPES_SCHEMA } from '../sources/schemas.ts'
import type { ManifestPlace, SchemaSource, SourceDescription } from '../sources/types.ts'
import clearDomainManifestSql from './clear-domain-manifest.sql'
import isReplacedNowSql from './is-replaced-now.sql'
import listedObjectsSql from './listed-objects.sql'
import readListedSql from './read-listed.sql'
import recordSql from './record.sql'
import rememberManifestSql from './remember-manifest.sql'
import writeDomainManifestSql from './write-domain-manifest.sql'
import writeTableManifestSql from './write-table-manifest.sql'

/**
 * The SQLSTATE of the error for objects of the install that belong to other roles than their schemas; its
 * detail lists their identities in JSON.
 */
export const OTHER_OWNERS_SQLSTATE = 'MC003'

/**
 * Returns the SQL of a source under its settings, part by part, with a progress notice after each part and
 * within long ones. What follows runs under `SAFE_SETTINGS` again, whatever the SQL set.
 *
 * @param isEnclosed whether the SQL runs where the server refuses commands that end the transaction
 */
export function partsScript(source: Pick<SchemaSource, 'parts' | 'settings'>, isEnclosed = false): string {
  const total = totalObjects(source.parts)
  const settings = Object.entries(source.settings).map(([name, value]) => `SET LOCAL ${name} = ${value};`)
  const script = isEnclosed ? [] : settings
  let done = 0
  for (const { name: part, pieces } of source.parts) {
    if (isEnclosed) script.push(SAFE_SETTINGS, ...settings)
    for (const { sql, objects } of pieces) {
      done += objects
      script.push(
        isEnclosed ? enclosedStatements(sql) : sql.trim(),
        progressStatement({ phase: 'install', part, done, total }),
      )
    }
  }
  return [...script, SAFE_SETTINGS].join('\n\n')
}

/** Returns the enclosed SQL of a source, which many databases get, composed once. */
function enclosedParts(source: SchemaSource): string {
  const text = enclosedTexts.get(source) ?? partsScript(source, true)
  enclosedTexts.set(source, text)
  return text
}

const enclosedTexts = new WeakMap<SchemaSource, string>()

/**
 * Returns all statements of an install, which run as the owner of the schemas.
 *
 * @param isReplaced whether what is in the schemas is dropped first
 * @param hasManifest whether an earlier install may have left a manifest
 */
export function installStatements(
  source: SchemaSource,
  installId: string | null,
  isReplaced: boolean,
  hasManifest = true,
): string[] {
  const supersedes = source.upgrade === 'own'
  return [
    ...(supersedes ? rememberStatements(hasManifest) : []),
    ...(isReplaced ? [dropForReplacementStatement(source)] : supersedes ? [DROP_HSTORE_CASTS] : []),
    supersedes ? enclosedParts(source) : partsScript(source),
    // The SQL of a release leaves what something depends on.
    ...(isReplaced && !supersedes ? [refuseLeftoversStatement(source)] : []),
    recordScript(source, installId),
  ]
}

/**
 * Returns the statements that keep for `recordScript` what the SQL of a release drops: the manifest of the
 * earlier install, and the OIDs of what is in the schemas.
 */
export function rememberStatements(hasManifest = true): string[] {
  return [
    // The role or the database may have a setting of that name.
    hasManifest ? REMEMBER_MANIFEST : `SET LOCAL ${EARLIER_SETTING} = '';`,
    rememberContentsStatement(MATHESAR_SCHEMAS),
  ]
}

/**
 * Returns the end of an install: drops the functions that an earlier install of the source created and this
 * one no longer has, unless something depends on them, then writes the record and the manifest. `installId`
 * null: the server generates one.
 *
 * The manifest lists what this transaction wrote, and what the earlier manifest lists and still exists (types
 * are kept untouched). Anything else inside the schemas is a user's own and stays out of the manifest.
 * Without an earlier manifest it lists, of what was there before, the types and tables of the source, and
 * all types but domains in the schemas of the functions. Where the SQL itself drops earlier objects, it
 * lists, of what is left, the types and what the release's own table lists. The script clears the record of
 * another source from the schemas on which this source records nothing. Its last statements refuse what other
 * sessions created with anything that was dropped: see `refuseDanglingStatements`.
 */
export function recordScript(source: SchemaSource, installId: string | null): string {
  const { name, version, checksum, record } = source
  const { before, after } = recordParts({ source: name, version, checksum, installId: installId ?? '' })
  return compose(recordSql, {
    doomedSetting: quoteLiteral(DOOMED_SETTING),
    schemas: SCHEMA_NAMES,
    inside: INSIDE,
    described: DESCRIBED,
    otherOwned: OTHER_OWNED,
    hasOtherOwners: HAS_OTHER_OWNERS,
    otherOwnersSqlstate: quoteLiteral(OTHER_OWNERS_SQLSTATE),
    earlier: earlierExpression(source),
    readListed: source.upgrade === 'own' ? compose(readListedSql, { listedObjects: listedObjectsSql }) : '',
    isReplacedNow: isReplacedNowSql,
    names: nameList(installedNames(source)),
    isListed: isListedExpression(source),
    clearManifests: source.upgrade === 'own' ? clearManifestsStatements(source) : '',
    isRoutineWrittenNow: writtenNow("'pg_catalog.pg_proc'::regclass", 'p.oid'),
    routineIdentity: routineIdentity('p'),
    before: quoteLiteral(before),
    after: `${quoteLiteral(after)}${installId === null ? ' || gen_random_uuid()' : ''}`,
    recordSchemas: nameList(record.schemas),
    recordPrefix: quoteLiteral(RECORD_PREFIX),
    writeManifest: writeManifestStatement(record.manifest),
    refuseDangling: refuseDanglingStatements('doomed'),
  })
}

/**
 * A statement that keeps the earlier manifest for `recordScript`, before the SQL of a source that itself
 * drops what an earlier install left.
 */
const REMEMBER_MANIFEST = compose(rememberManifestSql, {
  earlierSetting: quoteLiteral(EARLIER_SETTING),
  manifest: MANIFEST,
})

/** Returns an expression, a text: the manifest of the earlier install. */
function earlierExpression({ upgrade, record }: SourceDescription): string {
  return upgrade === 'own'
    ? `nullif(current_setting(${quoteLiteral(EARLIER_SETTING)}, true), '')`
    : manifestQueryAt(record.manifest)
}

/**
 * An expression about `d`: whether it was not among the contents that `rememberContentsStatement` kept. The
 * SQL of a release grants privileges on everything in the schemas, and so writes what is a user's own too.
 */
const IS_NEW = `CASE
  WHEN d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_type'::regclass,
    'pg_catalog.pg_class'::regclass) THEN d.objid <> ALL (doomed)
  ELSE ${writtenNow('d.classid', 'd.objid')}
END`

/**
 * Returns an expression about `d`, an object inside the schemas: whether the manifest lists it. The server
 * tries the conditions in this order for each object, so what is true of most of them comes first.
 */
function isListedExpression(source: SchemaSource): string {
  const conditions =
    source.upgrade === 'own'
      ? [IS_NEW, 'earlier ? d.identity', isLeftoverExpression(source)]
      : ['earlier ? d.identity', writtenNow('d.classid', 'd.objid'), isUnprovedExpression(source)]
  return conditions.join('\n      OR ')
}

/**
 * Returns an expression about `d`, an object that was there before: whether it is the source's by its name or
 * kind, where no manifest shows it. A user's own table must never be listed: a removal would drop its rows.
 */
function isUnprovedExpression({ types, tables }: SourceDescription): string {
  return `(earlier IS NULL AND (${isKeptExpression({ types, keptTables: tables }, 'd.classid', 'd.objid')}
      OR (d.schema <> '${TYPES_SCHEMA}' AND starts_with(d.identity, 'type '))))`
}

/** Returns an expression about `d`, an object that was there before: whether an install left it. */
function isLeftoverExpression(source: SourceDescription): string {
  return `${isKeptExpression(source, 'd.classid', 'd.objid')}
OR concat_ws('/', d.classid::oid, d.objid) = ANY (listed)
OR d.objid = to_regprocedure(${quoteLiteral(REMOVER)})
OR EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE d.classid = 'pg_catalog.pg_proc'::regclass
  AND p.oid = d.objid AND ${isHstoreCastSql.trim()})`
}

/** Returns the names of the types and tables of a source, which an install fills or keeps. */
function installedNames({ types, tables }: SourceDescription): string[] {
  return [...types.map((name) => `${TYPES_SCHEMA}.${name}`), ...tables]
}

/** Returns statements that clear the manifests of other sources, which no drop of a table clears. */
function clearManifestsStatements({ record: { manifest: own } }: SourceDescription): string {
  const others = new Set(
    SCHEMA_SOURCES.flatMap(({ record: { manifest } }) =>
      manifest.kind === 'domain check' && manifestQueryAt(manifest) !== manifestQueryAt(own)
        ? [manifest.domain]
        : [],
    ),
  )
  return [...others]
    .map((domain) => {
      const [schema, name] = splitName(domain)
      return compose(clearDomainManifestSql, { schema: quoteLiteral(schema), name: quoteLiteral(name) })
    })
    .join('\n')
}

function writeManifestStatement(place: ManifestPlace): string {
  const [schema, name] = splitName(place.kind === 'table' ? place.table : place.domain)
  return compose(place.kind === 'table' ? writeTableManifestSql : writeDomainManifestSql, {
    schema: quoteLiteral(schema),
    name: quoteLiteral(name),
  })
}
