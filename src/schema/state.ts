import type { ServerFacts, Session } from '../postgres/types.ts'
import { INSIDE, SAFE_SETTINGS, SCHEMA_NAMES } from './catalog.ts'
import { parseRecord } from './record.ts'
import type { MathesarSchema, SchemaPresence, SchemaState } from './types.ts'

/** What the privilege decisions need to know of the session's role. */
export type RoleFacts = Pick<ServerFacts, 'role' | 'database'> & { privileges: { create: boolean } }

/** The state together with facts of the same instant. */
export interface StateReading {
  state: SchemaState
  facts: RoleFacts
  /** The owner of the schemas has CREATE on the database; false where there is none. */
  ownerMayCreate: boolean
  /** The session's role is a superuser, or the owner of the schemas has TEMPORARY on the database: see `Guard`. */
  guardPossible: boolean
  superuser: boolean
}

interface Row {
  role: string
  database: string
  create: boolean
  name: MathesarSchema | null
  owner: string
  canActAsOwner: boolean
  ownerMayCreate: boolean
  ownerMakesTemporary: boolean
  superuser: boolean
  objects: number
  comment: string | null
}

/**
 * One row for each schema that exists, the deciding one first; if there is none, one row with the role's facts alone.
 * SET ROLE is a matter of the role that logged in, and from PostgreSQL 16 on a membership may be without it.
 */
export const STATE_QUERY = `WITH ${INSIDE}, found AS (
  SELECT n.oid, n.nspname, n.nspowner, obj_description(n.oid, 'pg_namespace') AS comment,
    (SELECT count(*)::integer FROM inside i WHERE i.schema = n.nspname) AS objects
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN (${SCHEMA_NAMES})
)
SELECT current_user::text AS role, current_database()::text AS database,
  has_database_privilege(current_database(), 'CREATE') AS create,
  f.nspname::text AS name, r.rolname::text AS owner,
  r.rolname = current_user OR pg_has_role(session_user, r.oid,
    CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END
  ) AS "canActAsOwner",
  has_database_privilege(r.oid, current_database(), 'CREATE') AS "ownerMayCreate",
  has_database_privilege(r.oid, current_database(), 'TEMPORARY') AS "ownerMakesTemporary",
  (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = current_user) AS superuser,
  f.objects, f.comment
FROM (SELECT) one
LEFT JOIN found f ON true
LEFT JOIN pg_catalog.pg_roles r ON r.oid = f.nspowner
ORDER BY array_position(ARRAY[${SCHEMA_NAMES}], f.nspname::text);`

/** What tells who installed a schema. */
export interface SchemaComment {
  name: string
  comment: string | null
  objects: number
}

/**
 * Decides who installed the schemas, given in the order of `MATHESAR_SCHEMAS`. Mathesar drops and re-creates `msar` when
 * it installs, and the record goes with it: so the first schema that tells anything decides, and `msar` is the first.
 */
export function originOf(schemas: readonly SchemaComment[]): Pick<SchemaState, 'kind' | 'record'> {
  const deciding = schemas.find((schema) => schema.objects > 0 || parseRecord(schema.comment) !== null)
  if (deciding === undefined) return { kind: 'absent', record: null }
  const record = parseRecord(deciding.comment)
  return { kind: record === null ? 'foreign' : 'ours', record }
}

/** Makes the state out of the query's rows. */
export function stateOf(rows: readonly Row[]): StateReading {
  const [first] = rows
  if (first === undefined) throw new Error('the state query gives at least one row')
  const present = rows.flatMap((row) => (row.name === null ? [] : [{ ...row, name: row.name }]))
  const schemas = present.map(
    ({ name, owner, canActAsOwner, objects }): SchemaPresence => ({ name, owner, canActAsOwner, objects }),
  )
  return {
    state: { ...originOf(present), schemas },
    facts: { role: first.role, database: first.database, privileges: { create: first.create } },
    ownerMayCreate: present.some((row) => row.ownerMayCreate),
    guardPossible: first.superuser || (present.length > 0 && present.every((row) => row.ownerMakesTemporary)),
    superuser: first.superuser,
  }
}

/** Reads state and facts; meant to be run under the advisory lock as the last statement of `before`. */
export async function readState(session: Session, before = SAFE_SETTINGS): Promise<StateReading> {
  return stateOf(await session.run<Row>(`${before}\n${STATE_QUERY}`))
}

/**
 * Reads which Mathesar schemas the database has and whether this program installed them. One round trip; changes
 * nothing, waits for nothing.
 */
export async function readSchemaState(session: Session): Promise<SchemaState> {
  return (await readState(session)).state
}
