import type { ServerFacts, Session } from '../../postgres/types.ts'
import { bundledSource } from '../sources/index.ts'
import { joinSql } from '../sources/pieces.ts'
import type { MathesarSchema, OtherOwned, SchemaPresence, SchemaState } from '../types.ts'
import { INSIDE, identity, MANIFEST, SAFE_SETTINGS, SCHEMA_NAMES } from './catalog.ts'
import { type Classified, classify } from './classify.ts'
import { INVENTORY, type Inventory } from './inventory.ts'

/** What the privilege decisions need to know of the session's role. */
export type RoleFacts = Pick<ServerFacts, 'role' | 'database'> & {
  privileges: { create: boolean; superuser: boolean }
}

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
  inventory: Inventory
  otherOwned: OtherOwned[]
}

/** A query after `INSIDE` and `home`: the objects inside that belong to a role which the schema's owner may not act as. */
const OTHER_OWNED = `SELECT f.nspname AS schema, ${identity('i.classid', 'i.objid')} AS identity,
    pg_catalog.pg_get_userbyid(o.owner) AS owner,
    pg_catalog.format('ALTER %s %s OWNER TO %I;', o.kind, o.name, pg_catalog.pg_get_userbyid(f.nspowner)) AS remedy
  FROM inside i
  JOIN home f ON f.nspname = i.schema
  CROSS JOIN LATERAL (
    SELECT p.proowner AS owner, 'ROUTINE' AS kind, p.oid::pg_catalog.regprocedure::pg_catalog.text AS name
    FROM pg_catalog.pg_proc p
    WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = i.objid
    UNION ALL
    SELECT t.typowner, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, pg_catalog.format_type(t.oid, NULL)
    FROM pg_catalog.pg_type t
    WHERE i.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = i.objid
    UNION ALL
    SELECT c.relowner, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, c.oid::pg_catalog.regclass::pg_catalog.text
    FROM pg_catalog.pg_class c
    WHERE i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = i.objid
  ) o
  WHERE o.owner <> f.nspowner AND NOT pg_catalog.pg_has_role(f.nspowner, o.owner, 'USAGE')`

/**
 * One row for each schema that exists, the deciding one first; if there is none, one row with the role's facts alone.
 * SET ROLE is a matter of the role that logged in, and from PostgreSQL 16 on a membership may be without it.
 */
export const STATE_QUERY = `WITH ${INSIDE}, home AS (
  SELECT n.oid, n.nspname, n.nspowner,
    (SELECT count(*)::integer FROM inside i WHERE i.schema = n.nspname) AS objects
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN (${SCHEMA_NAMES})
)
SELECT current_user::pg_catalog.text AS role, current_database()::pg_catalog.text AS database,
  has_database_privilege(current_database(), 'CREATE') AS create,
  (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = current_user) AS superuser,
  f.nspname::pg_catalog.text AS name, r.rolname::pg_catalog.text AS owner,
  r.rolname = current_user OR pg_has_role(session_user, r.oid,
    CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END
  ) AS "canActAsOwner",
  has_database_privilege(r.oid, current_database(), 'CREATE') AS "ownerMayCreate",
  has_database_privilege(r.oid, current_database(), 'TEMPORARY') AS "ownerMakesTemporary",
  f.objects, i.inventory, i."otherOwned"
FROM (
  SELECT ${INVENTORY} AS inventory,
    coalesce((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', w.schema, 'identity', w.identity,
        'owner', w.owner, 'remedy', w.remedy, 'isInstalled', coalesce(pg_catalog.strpos(m.manifest,
          pg_catalog.to_json(w.identity)::pg_catalog.text || ': ') > 0, false)) ORDER BY w.identity COLLATE "C")
      FROM (${OTHER_OWNED}) w
      LEFT JOIN (${MANIFEST}) m ON true
    ), '[]') AS "otherOwned"
) i
LEFT JOIN home f ON true
LEFT JOIN pg_catalog.pg_roles r ON r.oid = f.nspowner
ORDER BY array_position(ARRAY[${SCHEMA_NAMES}], f.nspname::pg_catalog.text);`

/** Who installed the schemas; the SQL of this program is only read where the comments do not suffice. */
export function originOf(inventory: Inventory): Classified {
  return classify(inventory, () => bundledSource().topics.map(joinSql).join(''))
}

/** Makes the state out of the query's rows. */
export function stateOf(rows: readonly Row[]): StateReading {
  const [first] = rows
  if (first === undefined) throw new Error('the state query gives at least one row')
  const present = rows.flatMap((row) => (row.name === null ? [] : [{ ...row, name: row.name }]))
  const schemas = present.map(
    ({ name, owner, canActAsOwner, objects }): SchemaPresence => ({ name, owner, canActAsOwner, objects }),
  )
  const { role, database, create, superuser, inventory, otherOwned } = first
  return {
    state: { ...originOf(inventory), schemas, otherOwned },
    facts: { role, database, privileges: { create, superuser } },
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
