import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { Session } from '../../postgres/types.ts'
import { append } from '../append.ts'
import abilitiesSql from './abilities.sql'
import { SAFE_SETTINGS, SCHEMA_NAMES } from './catalog.ts'
import { readChecked } from './catalog-read.ts'

/** What the session's role can do in its database, through the Mathesar schemas and beside them. */
export interface Abilities {
  connect: boolean
  /** USAGE on all Mathesar schemas that are there. */
  useSchemas: boolean
  /** EXECUTE on all functions in them that are of their owner. */
  callFunctions: boolean
  /** SELECT on the tables in them that Mathesar reads. */
  readTables: boolean
  /** USAGE on all types in them. */
  useTypes: boolean
  /** CREATE on the database. */
  createSchemas: boolean
  /** CREATE on a schema of a user's own, or on the database, where it can create a schema. */
  createTables: boolean
}

/** The abilities, and the facts for an error about the missing ones. */
export interface AbilitiesReading {
  abilities: Abilities
  role: string
  database: string
  databaseOwner: string
  /** What the role may not use. */
  missing: { schemas: Missing[]; functions: MissingFunctions[]; tables: Missing[]; types: Missing[] }
}

/** Something that the role may not use. */
interface Missing {
  /** As SQL reads it. */
  name: string
  /** Who can grant it. */
  owner: string
}

/** Functions of a schema that the role may not call; the name is that of the schema. */
interface MissingFunctions extends Missing {
  /**
   * The functions, as SQL reads them; `null` if the owner can grant all routines of the schema at once.
   */
  routines: string[] | null
}

interface Row extends Omit<AbilitiesReading, 'abilities' | 'missing'> {
  connect: boolean
  createSchemas: boolean
  createTables: boolean
  schemas: Missing[]
  functions: MissingFunctions[]
  tables: Missing[]
  types: Missing[]
}

const ABILITIES_QUERY = compose(abilitiesSql, { schemas: SCHEMA_NAMES })

/** Reads what the role can do, in one round trip. Errors: those of `readChecked`. */
export async function readAbilities(session: Session): Promise<AbilitiesReading> {
  const query = `${SAFE_SETTINGS}\n${ABILITIES_QUERY}`
  const [row] = await readChecked(session, () => session.run<Row>(query))
  if (row === undefined) throw new Error('the query for the abilities returned no row')
  const { connect, createSchemas, createTables, schemas, functions, tables, types, ...about } = row
  return {
    ...about,
    missing: { schemas, functions, tables, types },
    abilities: {
      connect,
      useSchemas: schemas.length === 0,
      callFunctions: functions.length === 0,
      readTables: tables.length === 0,
      useTypes: types.length === 0,
      createSchemas,
      createTables,
    },
  }
}

/**
 * Returns the error for a role that can't work with the database as Mathesar does; `null` if it can. It
 * must be able to use the Mathesar schemas and to create tables somewhere. It need not be able to create
 * schemas.
 */
export function unableError(reading: AbilitiesReading): OperatorError | null {
  const { role, database, databaseOwner, missing, abilities } = reading
  const ownGrants = grantStatementsByOwner(reading)
  const databaseGrants = abilities.createTables ? [] : [grantCreateStatement(reading)]
  if (ownGrants.size + databaseGrants.length === 0) return null
  const lacks = [
    ...(missing.schemas.length > 0 ? [`USAGE on ${noun('schema', missing.schemas)}`] : []),
    ...(missing.functions.length > 0 ? [`EXECUTE on functions of ${noun('schema', missing.functions)}`] : []),
    ...(missing.tables.length > 0 ? [`SELECT on ${noun('table', missing.tables)}`] : []),
    ...(missing.types.length > 0 ? [`USAGE on ${noun('type', missing.types)}`] : []),
    ...(abilities.createTables ? [] : ['CREATE on the database or on a schema of your own']),
  ]
  const whose = ownGrants.size === 1 ? 'the owner of the schemas' : 'their owner'
  const hints = [
    ...[...ownGrants].map(([owner, grants]) =>
      toRun(`Let ${whose} ("${owner}") run in database "${database}":`, ...grants),
    ),
    ...(databaseGrants.length > 0
      ? [toRun(`Let the owner of the database ("${databaseOwner}") run:`, ...databaseGrants)]
      : []),
  ]
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${role}" can't work with database "${database}" as Mathesar does: it lacks ${lacks.join('; ')}.`,
    joinHints(...hints),
    {
      field: 'user',
      data: { role, database, grants: [...[...ownGrants.values()].flat(), ...databaseGrants] },
    },
  )
}

/** Returns the statement that lets the role create schemas. */
export function grantCreateStatement({
  role,
  database,
}: Pick<AbilitiesReading, 'role' | 'database'>): string {
  return `GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`
}

/**
 * Returns the statements by the role that can run them: only the owner of an object can grant, and the
 * objects may have different owners.
 */
function grantStatementsByOwner({ role, missing }: AbilitiesReading): Map<string, string[]> {
  const grants = new Map<string, string[]>()
  const add = (privilege: string, objects: readonly Missing[]) => {
    for (const owner of new Set(objects.map((object) => object.owner))) {
      const names = objects.filter((object) => object.owner === owner).map(({ name }) => name)
      append(grants, owner, `GRANT ${privilege} ${names.join(', ')} TO ${quoteIdentifier(role)};`)
    }
  }
  add('USAGE ON SCHEMA', missing.schemas)
  const whole = missing.functions.filter(({ routines }) => routines === null)
  add('EXECUTE ON ALL ROUTINES IN SCHEMA', whole)
  const single = missing.functions.flatMap(({ owner, routines }) =>
    (routines ?? []).map((name) => ({ name, owner })),
  )
  add('EXECUTE ON ROUTINE', single)
  add('SELECT ON TABLE', missing.tables)
  add('USAGE ON TYPE', missing.types)
  return grants
}

function noun(kind: string, things: readonly Missing[]): string {
  return `${kind}${things.length === 1 ? '' : 's'} ${things.map(({ name }) => name).join(', ')}`
}
