import { OperatorError } from '../errors.ts'
import { quoteIdentifier } from '../postgres/quote.ts'
import type { Session } from '../postgres/types.ts'
import { SAFE_SETTINGS, SCHEMA_NAMES } from './catalog.ts'

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

/** The abilities, and what is needed to say what is missing. */
export interface AbilitiesReading {
  abilities: Abilities
  role: string
  database: string
  databaseOwner: string
  /** Who owns the Mathesar schemas; several where somebody changed that. */
  schemaOwners: string[]
  /** Names as SQL reads them, of what the role may not use. */
  missing: { schemas: string[]; functions: string[]; tables: string[]; types: string[] }
}

interface Row extends Omit<AbilitiesReading, 'abilities' | 'missing'> {
  connect: boolean
  createSchemas: boolean
  createTables: boolean
  schemas: string[]
  functions: string[]
  tables: string[]
  types: string[]
}

const ABILITIES_QUERY = `WITH found AS (
  SELECT n.oid, quote_ident(n.nspname) AS name, n.nspowner AS owner,
    array_position(ARRAY[${SCHEMA_NAMES}], n.nspname::text) AS place
  FROM pg_catalog.pg_namespace n WHERE n.nspname IN (${SCHEMA_NAMES})
)
SELECT current_user::text AS role, d.datname::text AS database, pg_get_userbyid(d.datdba)::text AS "databaseOwner",
  has_database_privilege(d.oid, 'CONNECT') AS connect,
  has_database_privilege(d.oid, 'CREATE') AS "createSchemas",
  has_database_privilege(d.oid, 'CREATE') OR EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN (${SCHEMA_NAMES}, 'information_schema') AND left(n.nspname, 3) <> 'pg_'
      AND has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE')
  ) AS "createTables",
  coalesce((SELECT json_agg(DISTINCT pg_get_userbyid(f.owner)) FROM found f), '[]') AS "schemaOwners",
  coalesce((SELECT json_agg(f.name ORDER BY f.place) FROM found f
    WHERE NOT has_schema_privilege(f.oid, 'USAGE')), '[]') AS schemas,
  coalesce((SELECT json_agg(f.name ORDER BY f.place) FROM found f
    WHERE EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = f.oid AND p.proowner = f.owner
      AND NOT has_function_privilege(p.oid, 'EXECUTE'))), '[]') AS functions,
  coalesce((SELECT json_agg(f.name || '.' || quote_ident(c.relname) ORDER BY f.place, c.relname)
    FROM found f JOIN pg_catalog.pg_class c ON c.relnamespace = f.oid
    WHERE c.relkind = 'r' AND c.relname IN ('top_level_domains', 'expr_templates')
      AND NOT has_table_privilege(c.oid, 'SELECT')), '[]') AS tables,
  coalesce((SELECT json_agg(f.name || '.' || quote_ident(t.typname) ORDER BY f.place, t.typname)
    FROM found f JOIN pg_catalog.pg_type t ON t.typnamespace = f.oid
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typowner = f.owner AND t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
      AND NOT has_type_privilege(t.oid, 'USAGE')), '[]') AS types
FROM pg_catalog.pg_database d WHERE d.datname = current_database();`

/** Reads what the role can do: one round trip. Only asks about privileges, and runs nothing of the schemas. */
export async function readAbilities(session: Session): Promise<AbilitiesReading> {
  const [row] = await session.run<Row>(`${SAFE_SETTINGS}\n${ABILITIES_QUERY}`)
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
 * The error for a role that can't work with the database as Mathesar does; `null` where it can. It must be able to use
 * the Mathesar schemas, and to create tables somewhere. To create schemas is not needed for that.
 */
export function unableError(reading: AbilitiesReading): OperatorError | null {
  const { role, database, databaseOwner, schemaOwners, missing, abilities } = reading
  const ownGrants = schemaGrants(reading)
  const databaseGrants = abilities.createTables ? [] : [grantCreate(reading)]
  if (ownGrants.length + databaseGrants.length === 0) return null
  const lacks = [
    ...(missing.schemas.length > 0 ? [`USAGE on ${noun('schema', missing.schemas)}`] : []),
    ...(missing.functions.length > 0 ? [`EXECUTE on functions of ${noun('schema', missing.functions)}`] : []),
    ...(missing.tables.length > 0 ? [`SELECT on ${noun('table', missing.tables)}`] : []),
    ...(missing.types.length > 0 ? [`USAGE on ${noun('type', missing.types)}`] : []),
    ...(abilities.createTables ? [] : ['CREATE on the database or on a schema of your own']),
  ]
  const owners = schemaOwners.map((owner) => `"${owner}"`).join(' and ')
  const hints = [
    ...(ownGrants.length > 0
      ? [`Let the owner of the schemas (${owners}) run in database "${database}": ${ownGrants.join(' ')}`]
      : []),
    ...(databaseGrants.length > 0
      ? [`Let the owner of the database ("${databaseOwner}") run: ${databaseGrants.join(' ')}`]
      : []),
  ]
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${role}" can't work with database "${database}" as Mathesar does: it lacks ${lacks.join('; ')}.`,
    hints.join(' '),
    { field: 'user', data: { role, database, grants: [...ownGrants, ...databaseGrants] } },
  )
}

/** The statement that lets the role create schemas. */
export function grantCreate({ role, database }: Pick<AbilitiesReading, 'role' | 'database'>): string {
  return `GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`
}

function schemaGrants({ role, missing }: AbilitiesReading): string[] {
  const to = `TO ${quoteIdentifier(role)};`
  const statement = (what: string, names: readonly string[]) =>
    names.length > 0 ? [`GRANT ${what} ${names.join(', ')} ${to}`] : []
  return [
    ...statement('USAGE ON SCHEMA', missing.schemas),
    ...statement('EXECUTE ON ALL ROUTINES IN SCHEMA', missing.functions),
    ...statement('SELECT ON TABLE', missing.tables),
    ...statement('USAGE ON TYPE', missing.types),
  ]
}

function noun(kind: string, names: readonly string[]): string {
  return `${kind}${names.length === 1 ? '' : 's'} ${names.join(', ')}`
}
