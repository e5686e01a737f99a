import { type ErrorDetails, OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { listDependents, nameOf } from '../dependents/dependents.ts'
import type { Dependent } from '../dependents/types.ts'
import { identity, insideOf, nameList, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { LEGACY_SCHEMAS, type MathesarSchema, TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaSource } from '../sources/types.ts'
import legacySchemasSql from './legacy-schemas.sql'
import { unlistedHint, wayOutHint } from './way-out.ts'

/**
 * Names what the server refused to replace, where no dependent explains it: a routine with another result,
 * other names of arguments (42P13) or of another kind (42809), something that a kept type uses, or what
 * another session built upon it at the same time (2BP01).
 */
export function describeConflict(error: unknown, database: string): unknown {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return error
  const { cause } = error.details
  const isInUse = cause.code === '2BP01'
  if (!isInUse && !CONFLICTS.has(cause.code ?? '')) return error
  // The server's own hint is to drop what depends on the schemas, with its data: only the name is taken from
  // it.
  const routine = DROPPED_ROUTINE.exec(cause.hint ?? '')?.[1]
  const inTheWay = routine === undefined ? cause.detail : `In the way is ${routine}.`
  const detail = inTheWay === undefined ? '' : `${inTheWay} `
  return new OperatorError(
    isInUse ? 'DEPENDENTS_EXIST' : 'SCHEMA_CONFLICT',
    `The Mathesar schemas of database "${database}" can't be replaced in place: ${cause.message}.`,
    `Nothing was changed. ${detail}The command "schema dependents" lists what depends on the schemas.`,
    error.details,
  )
}

const CONFLICTS = new Set(['42P13', '42809'])

/** The routine in a hint of the server, which keeps the command in every language. */
const DROPPED_ROUTINE = /\bDROP (?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE) (.+\))/

/**
 * The SQLSTATEs by which the server refuses the SQL of a release because something depends on an earlier
 * install: it can't drop a schema (2BP01), so that a table (42P07), type (42710) or function (42723) is still
 * there when it is created, or has another result (42P13), kind (42809) or other columns (42P16).
 */
const RELEASE_CONFLICTS = new Set(['2BP01', '42P07', '42710', '42723', '42P13', '42809', '42P16'])

/**
 * Explains why the server refused the SQL of a release, which itself drops what earlier installs left, after
 * the transaction was rolled back: `DEPENDENTS_EXIST` with the dependents, or with the schema of a release
 * before 0.2.0 that still holds something; else the error as it is, or that of `describeConflict`.
 */
export async function describeReleaseConflict(
  session: Session,
  source: SchemaSource,
  error: unknown,
): Promise<unknown> {
  const { database } = session.settings
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return error
  const { cause } = error.details
  const code = cause.code ?? ''
  if (code !== '42501' && !RELEASE_CONFLICTS.has(code)) return error
  const legacy = code === '42501' || code === '2BP01' ? await readLegacySchemas(session) : []
  if (code === '42501') return legacyOwnerError(legacy, error.details) ?? error
  const dependents = (await listDependents(session).catch(() => [])).filter(isInTheWay(source, code))
  const named = dependents.filter(({ reference }) => isNamedBy(cause, reference))
  const blocking = named.length > 0 ? named : dependents
  if (blocking.length > 0) return dependentsError(source, blocking, cause.message, error.details, database)
  const filled = legacySchemaError(legacy, error.details, database)
  if (filled !== null) return filled
  const inTheWay = code === '2BP01' ? (cause.detail ?? '').split('\n').filter((line) => line !== '') : []
  if (inTheWay.length > 0) return unlistedError(source, inTheWay, cause.message, error, database)
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `The SQL of Mathesar ${source.version} can't take the place of the schemas in database "${database}": ` +
      `${cause.message}.`,
    'Nothing was changed. The schemas may be those of a later release; use the SQL of that release, or a ' +
      'later one. The command "schema status" shows what is there, and "schema dependents" what depends on it.',
    error.details,
  )
}

/**
 * Returns the error for a fault in the SQL of a release itself, with the file: `SCHEMA_CONFLICT`. An error
 * that means something else stays as it is.
 */
export function describeFault(
  source: SchemaSource,
  part: string | null,
  error: unknown,
  database: string,
): unknown {
  if (part === null || !(error instanceof OperatorError) || error.code !== 'INTERNAL') return error
  const { cause } = error.details
  if (!isDatabaseError(cause) || !FAULTS.test(cause.code ?? '')) return error
  const place = source.origin === undefined ? '' : ` (${source.origin})`
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `The SQL of Mathesar ${source.version}${place} can't run in database "${database}". The server refused ` +
      `${part}: ${cause.message} (SQLSTATE ${cause.code}).`,
    STATES.test(cause.code ?? '')
      ? 'Nothing was changed. An object of the database is in a state that stops the SQL: change that state, ' +
          'then run the command again.'
      : 'Nothing was changed. Copy or unpack that release again, and check that it is complete and unchanged.',
    { ...error.details, field: 'schema-source' },
  )
}

/**
 * The classes of SQLSTATEs of faults in SQL: features that do not exist, data, transactions, prepared
 * statements, syntax and names, objects in another state, and errors that code raises.
 */
const FAULTS = /^(?:0A|0L|0P|0Z|20|21|22|23|25|26|2B|2D|2F|34|38|39|3B|3F|40|42|44|54|55|P0)/

/** The class of SQLSTATEs of objects in another state: that of the database, and no fault in the SQL. */
const STATES = /^55/

/** Returns whether a dependent explains an error of this SQLSTATE. The SQL of a release keeps its types. */
function isInTheWay(source: SchemaSource, code: string): (dependent: Dependent) => boolean {
  const isRoutine = (reference: string) => reference.endsWith(')')
  return ({ kind, reference }) => {
    if (kind === 'mention') return false
    if (code === '2BP01') return kind === 'own object'
    if (kind === 'own object') return false
    if (source.types.some((name) => reference === `${TYPES_SCHEMA}.${name}`)) return false
    return code === '42P13' || code === '42809' || code === '42723'
      ? isRoutine(reference)
      : !isRoutine(reference)
  }
}

/** The server names an object in the same way in every language. */
function isNamedBy(
  { message, detail, hint }: { message: string; detail?: string | undefined; hint?: string | undefined },
  reference: string,
): boolean {
  const bare = reference.replace(/^[a-z_]+\./, '').replace(/\(.*$/, '')
  return [message, detail ?? '', hint ?? ''].some(
    (text) => text.includes(reference) || text.includes(`"${bare}"`),
  )
}

/**
 * Returns the error for objects that only the server lists: a function inside the schemas, say, of which
 * nothing shows whether a user or an earlier release created it.
 */
function unlistedError(
  source: SchemaSource,
  inTheWay: readonly string[],
  reason: string,
  error: OperatorError,
  database: string,
): OperatorError {
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The SQL of Mathesar ${source.version} can't take the place of the schemas in database "${database}": ` +
      `${reason}.`,
    joinHints('Nothing was changed.', unlistedHint(inTheWay)),
    error.details,
  )
}

/** Returns the error for dependents that stop the SQL of a release, for a reason that ends a sentence. */
export function dependentsError(
  source: SchemaSource,
  dependents: readonly Dependent[],
  reason: string,
  details: ErrorDetails,
  database: string,
): OperatorError {
  const [first] = dependents
  const rest = dependents.length - 1
  const others = rest < 1 ? '' : rest === 1 ? ' and one other object' : ` and ${rest} other objects`
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The SQL of Mathesar ${source.version} can't take the place of the schemas in database "${database}" ` +
      `because of ${first ? nameOf(first) : 'an object'}${others}: ${reason}.`,
    joinHints('Nothing was changed.', wayOutHint(dependents)),
    { ...details, data: { dependents } },
  )
}

/** A schema of a name that the SQL of releases from 0.2.0 on drops, whoever created it. */
export interface LegacySchema {
  name: string
  owner: string
  /** Such as `table mathesar_inference_schema.mathesar_temp_table_1`. */
  objects: string[]
  /** Whether the session's role, or the owner of the Mathesar schemas, may drop it. */
  canDrop: boolean
}

/** A query: a row for each `LegacySchema`. */
export const LEGACY_SCHEMAS_SQL = compose(legacySchemasSql, {
  inside: insideOf(LEGACY_SCHEMAS),
  names: nameList(LEGACY_SCHEMAS),
  identity: identity('i.classid', 'i.objid'),
  deciding: nameList(['msar'] satisfies MathesarSchema[]),
})

async function readLegacySchemas(session: Session): Promise<LegacySchema[]> {
  return session.run<LegacySchema>(`${SAFE_SETTINGS}\n${LEGACY_SCHEMAS_SQL};`).catch(() => [])
}

/** Returns the error for schemas of other owners; `null` if there is none. */
export function legacyOwnerError(
  schemas: readonly LegacySchema[],
  details: ErrorDetails,
): OperatorError | null {
  const foreign = schemas.find(({ canDrop }) => !canDrop)
  if (foreign === undefined) return null
  const { name, owner, objects } = foreign
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Schema ${name}${holding(objects)} belongs to role "${owner}" and not to the owner of the Mathesar ` +
      'schemas, and the SQL of the release drops a schema of that name.',
    toRun(`Nothing was changed. Let "${owner}" or a superuser ${remedyText([foreign])}:`, remedy(foreign)),
    { ...details, data: { schema: name, owner, objects } },
  )
}

/** Returns the error for schemas that hold something; `null` if there is none. */
export function legacySchemaError(
  schemas: readonly LegacySchema[],
  details: ErrorDetails,
  database: string,
): OperatorError | null {
  const filled = schemas.filter(({ objects }) => objects.length > 0)
  const [first] = filled
  if (first === undefined) return null
  const objects = filled.flatMap((schema) => schema.objects)
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `Schema ${first.name} of database "${database}" still holds ${andOthers(objects)}, and the SQL of the ` +
      'release drops a schema of that name only if it is empty.',
    joinHints(
      toRun(`Nothing was changed. Let its owner ${remedyText(filled)}:`, ...filled.map(remedy)),
      'Then run the command again.',
    ),
    { ...details, data: { schema: first.name, objects } },
  )
}

function holding(objects: readonly string[]): string {
  return objects.length === 0 ? '' : `, which holds ${andOthers(objects)},`
}

function andOthers([first, ...rest]: readonly string[]): string {
  if (rest.length === 0) return String(first)
  return `${first} and ${rest.length === 1 ? 'one other object' : `${rest.length} other objects`}`
}

function remedyText(schemas: readonly LegacySchema[]): string {
  return schemas.some(({ objects }) => objects.length > 0)
    ? 'drop what nobody needs there, or rename the schema'
    : 'drop it'
}

/** The statement that clears the way and loses nothing. */
function remedy({ name, objects }: LegacySchema): string {
  return objects.length > 0 ? `ALTER SCHEMA ${name} RENAME TO ${name}_old;` : `DROP SCHEMA ${name};`
}
