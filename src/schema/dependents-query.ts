import { identity, MANIFEST, SAFE_SETTINGS, SCHEMA_COMMENTS } from './catalog.ts'
import { reached } from './reached.ts'
import type { SchemaComment } from './state.ts'

/** One dependent as the catalog query gives it. */
export interface FoundDependent {
  schema: string | null
  relation: string
  column: string | null
  kind: string
  name: string | null
  type: string | null
  reference: string
  /** The relation whose rows are told; null where there is none. */
  oid: string | null
  /** The object as pg_depend addresses it: `classid/objid/objsubid`. */
  address: string
}

/** The one row of the query. */
export interface DependentsRow {
  dependents: FoundDependent[]
  /** All objects inside; `relation` is the OID of those that are relations. */
  inside: { schema: string; identity: string; relation: string | null; address: string }[]
  schemas: SchemaComment[]
  manifest: string | null
}

/**
 * Everything outside the schemas that depends on anything inside, directly or through other objects, by PostgreSQL's
 * own record of dependencies (manual, "Dependency Tracking"); what function bodies kept as text refer to is not in it.
 */
export const dependentsQuery = (names: readonly string[]) => `${SAFE_SETTINGS}
${reached(names)}, whole AS MATERIALIZED (
  SELECT DISTINCT r.classid, r.objid FROM reached r WHERE r.objsubid = 0
), roots AS MATERIALIZED (
  SELECT r.rootclass, r.root, split_part(o.identity, ' ', 1) AS kind,
    substr(o.identity, strpos(o.identity, ' ') + 1) AS name
  FROM (SELECT DISTINCT rootclass, root FROM reached) r
  CROSS JOIN LATERAL (SELECT ${identity('r.rootclass', 'r.root')} AS identity) o
), nearest AS MATERIALIZED (
  -- The reference told is one that is depended on directly, if there is one.
  SELECT DISTINCT ON (r.classid, r.objid, r.objsubid) r.classid, r.objid, r.objsubid, o.name AS reference
  FROM reached r
  JOIN roots o ON o.rootclass = r.rootclass AND o.root = r.root
  ORDER BY r.classid, r.objid, r.objsubid, r.steps, o.name COLLATE "C"
), told AS MATERIALIZED (
  SELECT f.* FROM nearest f
  WHERE NOT EXISTS (
    -- Made by PostgreSQL together with something else: array and row types, constructors, indexes of constraints …
    SELECT FROM pg_catalog.pg_depend o
    WHERE o.classid = f.classid AND o.objid = f.objid AND o.objsubid = 0 AND o.deptype = 'i' AND f.objsubid = 0
      AND f.classid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass,
        'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_cast'::regclass)
  ) AND NOT EXISTS (
    -- Goes with a relation that is told as a whole.
    SELECT FROM pg_catalog.pg_depend o
    JOIN whole w ON w.classid = o.refclassid AND w.objid = o.refobjid
    WHERE o.classid = f.classid AND o.objid = f.objid AND o.deptype = 'a'
      AND (w.classid, w.objid) <> (f.classid, f.objid)
  )
), listed AS (
  SELECT n.nspname AS schema, c.relname AS relation, a.attname AS column,
    CASE WHEN c.relkind = 'c' THEN 'type' WHEN a.attgenerated <> '' AND b.typtype = 'b' AND b.typnamespace = 'pg_catalog'::regnamespace
      THEN 'generated column' ELSE 'column' END AS kind,
    NULL::name AS name, format_type(a.atttypid, a.atttypmod) AS type, f.reference,
    CASE WHEN c.relkind <> 'c' THEN c.oid END AS oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid) AS address
  FROM told f
  JOIN pg_catalog.pg_class c ON c.oid = f.objid AND c.relkind IN ('r', 'p', 'f', 'c')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.objsubid AND a.attinhcount = 0
  JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
  WHERE f.classid = 'pg_catalog.pg_class'::regclass AND f.objsubid > 0
  UNION ALL
  SELECT n.nspname, coalesce(t.relname, c.relname), NULL,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
      WHEN 'I' THEN 'index' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    CASE WHEN x.indexrelid IS NOT NULL THEN c.relname END, NULL, f.reference,
    CASE WHEN c.relkind NOT IN ('v', 'S') THEN coalesce(t.oid, c.oid) END,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_class c ON c.oid = f.objid AND c.relkind <> 'c'
    AND NOT (c.relispartition AND c.relkind IN ('i', 'I'))
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
  WHERE f.classid = 'pg_catalog.pg_class'::regclass AND f.objsubid = 0
  UNION ALL
  SELECT n.nspname, c.relname, a.attname, CASE WHEN a.attgenerated <> '' THEN 'generated column' ELSE 'default' END,
    NULL, format_type(a.atttypid, a.atttypmod), f.reference, c.oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_attrdef d ON d.oid = f.objid
  JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE f.classid = 'pg_catalog.pg_attrdef'::regclass
    -- A column that is told itself takes its default with it.
    AND NOT EXISTS (
      SELECT FROM told g
      WHERE g.classid = 'pg_catalog.pg_class'::regclass AND g.objid = d.adrelid AND g.objsubid = d.adnum
    )
  UNION ALL
  SELECT n.nspname, coalesce(c.relname, t.typname), NULL, 'constraint', k.conname, NULL, f.reference, c.oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_constraint k ON k.oid = f.objid AND k.contype <> 'n' AND k.conparentid = 0
    AND k.coninhcount = 0
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
  WHERE f.classid = 'pg_catalog.pg_constraint'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'trigger', g.tgname, NULL, f.reference, c.oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_trigger g ON g.oid = f.objid AND NOT g.tgisinternal
  JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_trigger'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'policy', p.polname, NULL, f.reference, c.oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_policy p ON p.oid = f.objid
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_policy'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'rule', w.rulename, NULL, f.reference, c.oid,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_rewrite w ON w.oid = f.objid AND w.rulename <> '_RETURN'
  JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_rewrite'::regclass
  UNION ALL
  SELECT n.nspname, t.typname, NULL, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, NULL,
    CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END, f.reference, NULL,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_type t ON t.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
  WHERE f.classid = 'pg_catalog.pg_type'::regclass
    -- A composite type is told by its attributes.
    AND c.oid IS NULL
  UNION ALL
  SELECT n.nspname, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', NULL,
    CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, NULL, NULL, f.reference, NULL,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  JOIN pg_catalog.pg_proc p ON p.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE f.classid = 'pg_catalog.pg_proc'::regclass
  UNION ALL
  SELECT o.schema, coalesce(o.name, o.identity), NULL, o.type, NULL, NULL, f.reference, NULL,
    concat_ws('/', f.classid::oid, f.objid, f.objsubid)
  FROM told f
  CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, f.objsubid) o
  WHERE f.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_attrdef'::regclass,
    'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_policy'::regclass,
    'pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass)
)
SELECT
  coalesce((
    SELECT json_agg(r ORDER BY r.schema COLLATE "C" NULLS FIRST, r.relation COLLATE "C", r.column COLLATE "C" NULLS FIRST,
      r.kind COLLATE "C", r.name COLLATE "C", r.type COLLATE "C", r.reference COLLATE "C")
    FROM (
      SELECT DISTINCT l.schema::text, l.relation::text, l.column::text, l.kind, l.name::text, l.type, l.reference,
        l.oid::text, l.address
      FROM listed l
    ) r
  ), '[]') AS dependents,
  coalesce((
    SELECT json_agg(r ORDER BY r.schema COLLATE "C", r.identity COLLATE "C")
    FROM (
      SELECT i.schema::text, ${identity('i.classid', 'i.objid')} AS identity,
        CASE WHEN i.classid = 'pg_catalog.pg_class'::regclass THEN i.objid::text END AS relation,
        concat_ws('/', i.classid::oid, i.objid, 0) AS address
      FROM inside i
    ) r
  ), '[]') AS inside,
  ${SCHEMA_COMMENTS} AS schemas,
  (${MANIFEST}) AS manifest;`
