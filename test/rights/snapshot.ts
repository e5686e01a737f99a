import type { World } from './world.ts'

/** Owners, privileges and roles of a database and its server: by what it is about, what holds for it. */
export type Snapshot = ReadonlyMap<string, { owner: string; facts: string }>

const SHOWN = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'`

const acl = (kind: string, list: string, owner: string) =>
  `(SELECT pg_catalog.string_agg(a::text, ' ' ORDER BY a::text COLLATE "C") FROM pg_catalog.aclexplode(coalesce(${list}, pg_catalog.acldefault('${kind}', ${owner}))) a)`

const QUERY = `
SET search_path = '';
SELECT x.what, x.owner::regrole::text AS owner, coalesce(x.facts, '') AS facts FROM (
  SELECT 'relation ' || c.oid::regclass AS what, c.relowner AS owner,
    c.relkind::text || ' ' || c.relrowsecurity || c.relforcerowsecurity || ' ' || coalesce(${acl('r', 'c.relacl', 'c.relowner')}, '') AS facts
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE ${SHOWN} AND c.relkind NOT IN ('i', 'I', 't', 'c')
  UNION ALL
  SELECT 'routine ' || p.oid::regprocedure, p.proowner,
    p.prosecdef || ' ' || coalesce(p.proconfig::text, '') || ' ' || coalesce(${acl('f', 'p.proacl', 'p.proowner')}, '')
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE ${SHOWN}
  UNION ALL
  SELECT 'type ' || pg_catalog.format_type(t.oid, NULL), t.typowner, coalesce(${acl('T', 't.typacl', 't.typowner')}, '')
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE ${SHOWN}
  UNION ALL
  SELECT 'operator ' || o.oid::regoperator, o.oprowner, ''
  FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE ${SHOWN}
  UNION ALL
  SELECT 'schema ' || n.nspname, n.nspowner, coalesce(${acl('n', 'n.nspacl', 'n.nspowner')}, '')
  FROM pg_catalog.pg_namespace n WHERE ${SHOWN}
  UNION ALL
  SELECT 'role ' || r.rolname, 10, pg_catalog.concat_ws(' ', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb,
    r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil, pg_catalog.md5(r.rolpassword))
  FROM pg_catalog.pg_authid r
  UNION ALL
  SELECT 'membership ' || pg_catalog.to_jsonb(m)::text, 10, '' FROM (
    SELECT m.roleid::regrole, m.member::regrole, m.grantor::regrole, m.admin_option FROM pg_catalog.pg_auth_members m) m
  UNION ALL
  SELECT 'settings of ' || s.setdatabase || ' ' || s.setrole, 10, s.setconfig::text FROM pg_catalog.pg_db_role_setting s
  UNION ALL
  SELECT 'database ' || d.datname, d.datdba, coalesce(${acl('d', 'd.datacl', 'd.datdba')}, '')
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
  UNION ALL
  SELECT 'default privileges ' || d.oid, d.defaclrole, d.defaclacl::text FROM pg_catalog.pg_default_acl d
) x`

/** Returns what a database and its server say of owners, privileges and roles. */
export async function snapshot(world: World, database: string): Promise<Snapshot> {
  const rows = await world.sql<{ what: string; owner: string; facts: string }>(database, QUERY)
  return new Map(rows.map(({ what, owner, facts }) => [what, { owner, facts }]))
}

const OF_SERVER = /^(role|membership|settings|database|default privileges) /

/**
 * Returns what changed without right, in words: another owner or other privileges of what was there; a role
 * or a membership more or less; something new that belongs to somebody else than `owners`.
 */
export function changes(before: Snapshot, after: Snapshot, owners: readonly string[]): string[] {
  const differences: string[] = []
  for (const [what, { owner, facts }] of after) {
    const earlier = before.get(what)
    if (earlier === undefined) {
      if (OF_SERVER.test(what) || !owners.includes(owner)) differences.push(`new: ${what} of ${owner}`)
    } else if (earlier.owner !== owner) {
      differences.push(`${what} belonged to ${earlier.owner} and now to ${owner}`)
    } else if (earlier.facts !== facts) {
      differences.push(`${what}: ${earlier.facts} became ${facts}`)
    }
  }
  for (const what of before.keys())
    if (OF_SERVER.test(what) && !after.has(what)) differences.push(`gone: ${what}`)
  return differences
}
