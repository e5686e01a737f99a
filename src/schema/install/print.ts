import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { INSIDE, identity, nameList, SCHEMA_NAMES } from '../inspect/catalog.ts'
import { FINGERPRINTS, MODERN_TABLES_QUERY } from '../inspect/inventory.ts'
import { MANIFEST } from '../inspect/manifest.ts'
import { INSTALLED_TABLES } from '../inspect/own-objects.ts'
import { encodeSource, RECORD_PREFIX } from '../inspect/record.ts'
import {
  DROP_HSTORE_CASTS,
  dropForReplacementStatement,
  refuseLeftoversStatement,
} from '../removal/script.ts'
import { beginScript } from '../session/transaction.ts'
import { totalObjects } from '../sources/pieces.ts'
import { withAsciiParts } from '../sources/release/ascii.ts'
import type { SchemaSource, SourceDescription } from '../sources/types.ts'
import guardSql from './guard.sql'
import isFilledSql from './is-filled.sql'
import isRecordedSql from './is-recorded.sql'
import refuseLaterSql from './refuse-later.sql'
import refuseOthersSql from './refuse-others.sql'
import refuseOwnObjectsSql from './refuse-own-objects.sql'
import { partsScript, recordScript, rememberStatements } from './script.ts'

/** How long the printed script waits for a lock, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000

/** Returns an expression: whether the database has an install whose record begins with this text. */
function isRecordedExpression(record: string): string {
  return compose(isRecordedSql, {
    schemas: SCHEMA_NAMES,
    record: quoteLiteral(record),
    modernTables: MODERN_TABLES_QUERY,
    fingerprints: FINGERPRINTS,
  })
}

/** Returns an expression: whether the database has an install of the source. */
function isOwnInstallExpression({ name }: SourceDescription): string {
  return isRecordedExpression(`${RECORD_PREFIX}source=${encodeSource(name)} `)
}

/**
 * Returns a condition: the SQL of the source can run without dropping anything first.
 */
function nothingToReplaceCondition(source: SourceDescription): string {
  const isEmpty = `NOT EXISTS (
    SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname IN (${SCHEMA_NAMES}) AND ${isFilledSql})`
  return source.upgrade === 'in place' ? `${isOwnInstallExpression(source)} OR ${isEmpty}` : isEmpty
}

/** Returns a statement that fails if a user's own objects are inside schemas that are replaced. */
function refuseOwnObjectsStatement(source: SourceDescription): string {
  return compose(refuseOwnObjectsSql, {
    unless: nothingToReplaceCondition(source),
    isRecorded: isRecordedExpression(RECORD_PREFIX),
    manifest: MANIFEST,
    inside: INSIDE,
    identity: identity('i.classid', 'i.objid'),
    tables: nameList([...INSTALLED_TABLES]),
  })
}

/**
 * Returns a statement that decides what the program decides between two round trips of its own: the script
 * refuses if an install would, and if it would have to act as another role.
 */
function guardStatement(source: SchemaSource, replace: boolean): string {
  return compose(guardSql, {
    isOwnInstall: isOwnInstallExpression(source),
    isFilled: isFilledSql,
    schemas: SCHEMA_NAMES,
    refuseLater: source.upgrade === 'own' ? refuseLaterStatement(source) : '',
    refuseOthers: replace || source.upgrade === 'own' ? '' : refuseOthersSql,
  })
}

/** Returns a statement that fails where a later version of the source is recorded. */
function refuseLaterStatement({ name, version, record }: SchemaSource): string {
  const numbers = /^\d{1,9}(?:\.\d{1,9})*/.exec(version)?.[0]
  if (numbers === undefined) return ''
  return compose(refuseLaterSql, {
    record: quoteLiteral(`${RECORD_PREFIX}source=${encodeSource(name)} version=`),
    schema: quoteLiteral(record.schemas[0] ?? ''),
    version: quoteLiteral(`{${numbers.replaceAll('.', ',')}}`),
  })
}

const NEEDS_SCHEMAS = `Needs CREATE on the database, or these schemas created beforehand and owned
-- by the role that runs this`
const NEEDS_CREATE = `Needs CREATE on the database, and existing schemas owned by the role that runs
-- this`

/**
 * Returns the exact SQL that an install of this source runs, as one script for psql or any other client, in
 * one transaction. The same source gives the same bytes. With `replace` it is what an install with
 * `--existing-schema replace` runs.
 */
export function installScript(source: SchemaSource, { replace = false } = {}): string {
  const { name, version, checksum, schemas } = source
  const shouldDrop = replace || source.upgrade === 'drop and create'
  const supersedes = source.upgrade === 'own'
  const statements = [
    beginScript(LOCK_TIMEOUT_MS),
    guardStatement(source, replace),
    ...(supersedes ? rememberStatements() : []),
    ...(shouldDrop
      ? [
          refuseOwnObjectsStatement(source),
          dropForReplacementStatement(source, nothingToReplaceCondition(source)),
        ]
      : []),
    ...(supersedes && !shouldDrop ? [DROP_HSTORE_CASTS] : []),
    // Nobody knows the encoding of the database.
    partsScript(withAsciiParts(source, false)),
    ...(shouldDrop && !supersedes
      ? [refuseLeftoversStatement(source, nothingToReplaceCondition(source))]
      : []),
    `-- The record of this install: a comment on each schema, and the manifest of what was installed.
${recordScript(source, null)}`,
    // The remover of a release changes the setting for the rest of the session.
    ...(supersedes ? ['RESET client_min_messages;'] : []),
    'COMMIT;',
  ]
  return `-- The Mathesar schemas ${schemas.join(', ')}: source ${name}, version ${version}, ${totalObjects(source.parts)} objects.
-- Checksum of the SQL (SHA-256): ${checksum}
--
-- One transaction, safe to repeat. ${supersedes ? NEEDS_CREATE : NEEDS_SCHEMAS}. With psql: psql -X -v ON_ERROR_STOP=1 -f FILE
-- The script begins and commits its transaction. Omit psql's -1 (--single-transaction), which does so too.

${statements.join('\n\n')}
`
}
