import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { identity } from '../inspect/catalog.ts'
import hasOwnPrivilegesSql from '../inspect/has-own-privileges.sql'
import { INVENTORY, type Inventory } from '../inspect/inventory.ts'
import { MANIFEST } from '../inspect/manifest.ts'
import type { InsideObject } from '../inspect/own-objects.ts'
import rangePartsSql from '../inspect/range-parts.sql'
import isNameTakenSql from './is-name-taken.sql'
import { MENTIONS } from './mentions.ts'
import { TARGETS } from './move-targets.ts'
import { reached } from './reached.ts'

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
  /** Of an own object: the schema that it can be moved to. */
  target?: string
  /** Of an own range type: kind and name of what has to be moved together with it. */
  parts?: readonly string[]
}

/** The one row of the query. */
export interface DependentsRow {
  dependents: FoundDependent[]
  /** Routines whose text names the schemas. */
  mentions: FoundDependent[]
  /** All objects inside, without what belongs to an extension inside; `relation` is the OID of those that are relations. */
  inside: (InsideObject & {
    relation: string | null
    address: string
    /** Whether the schemas of `TARGETS` have no place for it; null for one that does not exist. */
    isTaken: (boolean | null)[]
  })[]
  inventory: Inventory
  manifest: string | null
}

/** The object that the fragments about one inside are about. */
const INSIDE_OBJECT = { classid: 'n.classid', objid: 'n.objid' }

const RANGE_PARTS = compose(rangePartsSql, {
  ...INSIDE_OBJECT,
  schema: 'n.schema',
  identity: identity('d.classid', 'd.objid'),
})

const isNameTaken = (target: string) =>
  compose(isNameTakenSql, { ...INSIDE_OBJECT, schema: 'n.schema', target: quoteLiteral(target) })

const ADDRESS = "concat_ws('/', f.classid::oid, f.objid, f.objsubid)"

/** An expression: a name with the types in parentheses after it. An operator without a left side has none there. */
const OPERATOR = `o.oprname || '(' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE') || ', '
  || coalesce(format_type(nullif(o.oprright, 0), NULL), 'NONE') || ')'`

/** The rows of a query as a JSON array, in an order that is the same in every database. */
const ordered = (rows: string) => `coalesce((
    SELECT json_agg(r ORDER BY r.schema COLLATE "C" NULLS FIRST, r.relation COLLATE "C", r.column COLLATE "C" NULLS FIRST,
      r.kind COLLATE "C", r.name COLLATE "C", r.type COLLATE "C", r.reference COLLATE "C")
    FROM (
      SELECT l.schema::text, l.relation::text, l.column::text, l.kind, l.name::text, l.type, l.reference, l.oid::text,
        l.address
      FROM ${rows} l
    ) r
  ), '[]')`

/**
 * Everything outside the schemas that depends on anything inside, directly or through other objects, by PostgreSQL's
 * own record of dependencies (manual, "Dependency Tracking"), each once; and routines whose text names the schemas, of
 * which PostgreSQL keeps no record.
 */
export const dependentsQuery = (names: readonly string[]) => `${reached(names)}, whole AS MATERIALIZED (
  SELECT r.classid, r.objid FROM reached r WHERE r.objsubid = 0
), told AS MATERIALIZED (
  -- IN and not a join: for a list that it takes to be short, the planner would go through all of it for each row.
  SELECT r.classid, r.objid, r.objsubid, r.reference
  FROM reached r
  WHERE CASE WHEN r.objsubid > 0
    -- A column goes with a relation that is told as a whole ...
    THEN (r.classid, r.objid) NOT IN (SELECT w.classid, w.objid FROM whole w)
    ELSE NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = r.classid AND o.objid = r.objid AND o.objsubid = 0 AND (
        -- ... as does what is on it, or what is in an operator family or class; a domain's constraint goes with the domain.
        o.deptype = 'a' AND o.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass,
            'pg_catalog.pg_opfamily'::regclass, 'pg_catalog.pg_opclass'::regclass)
          AND (o.refclassid, o.refobjid) IN (SELECT w.classid, w.objid FROM whole w)
        -- Made by PostgreSQL together with something else: array and row types, constructors, indexes of constraints ...
        OR o.deptype = 'i' AND r.classid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass,
          'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_cast'::regclass,
          'pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass))
    )
  END
), listed AS (
  SELECT n.nspname::text AS schema, c.relname::text AS relation, a.attname AS column,
    CASE WHEN c.relkind = 'c' THEN 'type' WHEN a.attgenerated <> '' THEN 'generated column' ELSE 'column' END AS kind,
    NULL::name AS name, format_type(a.atttypid, a.atttypmod) AS type, f.reference,
    CASE WHEN c.relkind <> 'c' THEN c.oid END AS oid, ${ADDRESS} AS address
  FROM told f
  JOIN pg_catalog.pg_class c ON c.oid = f.objid AND c.relkind IN ('r', 'p', 'f', 'c')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.objsubid
  WHERE f.classid = 'pg_catalog.pg_class'::regclass AND f.objsubid > 0
    -- Told at the parent; but a child may generate the column by another expression.
    AND (a.attinhcount = 0 OR a.attgenerated <> '' AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_inherits h
      JOIN pg_catalog.pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname
      WHERE h.inhrelid = c.oid
        AND (b.attrelid, b.attnum::integer) IN (
          SELECT g.objid, g.objsubid FROM told g WHERE g.classid = 'pg_catalog.pg_class'::regclass)
    ))
  UNION ALL
  SELECT n.nspname, coalesce(t.relname, c.relname), NULL,
    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index'
      WHEN 'I' THEN 'index' WHEN 'f' THEN 'foreign table' ELSE 'table' END,
    CASE WHEN x.indexrelid IS NOT NULL THEN c.relname END, NULL, f.reference,
    CASE WHEN c.relkind NOT IN ('v', 'S') THEN coalesce(t.oid, c.oid) END, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_class c ON c.oid = f.objid AND c.relkind <> 'c'
    AND NOT (c.relispartition AND c.relkind IN ('i', 'I'))
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class t ON t.oid = x.indrelid
  WHERE f.classid = 'pg_catalog.pg_class'::regclass AND f.objsubid = 0
  UNION ALL
  SELECT n.nspname, c.relname, a.attname, 'default', NULL, format_type(a.atttypid, a.atttypmod), f.reference, c.oid,
    ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_attrdef d ON d.oid = f.objid
  JOIN pg_catalog.pg_class c ON c.oid = d.adrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE f.classid = 'pg_catalog.pg_attrdef'::regclass
    -- A column that is told itself takes its default with it.
    AND ('pg_catalog.pg_class'::regclass::oid, d.adrelid, d.adnum::integer)
      NOT IN (SELECT g.classid, g.objid, g.objsubid FROM told g)
    -- Told at the parent, if it is the same there.
    AND NOT (a.attinhcount > 0 AND EXISTS (
      SELECT FROM pg_catalog.pg_inherits h
      JOIN pg_catalog.pg_attribute b ON b.attrelid = h.inhparent AND b.attname = a.attname
      JOIN pg_catalog.pg_attrdef e ON e.adrelid = b.attrelid AND e.adnum = b.attnum
      WHERE h.inhrelid = c.oid AND pg_get_expr(e.adbin, e.adrelid) = pg_get_expr(d.adbin, d.adrelid)
    ))
  UNION ALL
  SELECT n.nspname, coalesce(c.relname, t.typname), NULL, 'constraint', k.conname, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_constraint k ON k.oid = f.objid AND k.contype <> 'n' AND k.conparentid = 0
    AND k.coninhcount = 0
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = coalesce(c.relnamespace, t.typnamespace)
  WHERE f.classid = 'pg_catalog.pg_constraint'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'trigger', g.tgname, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_trigger g ON g.oid = f.objid AND NOT g.tgisinternal AND g.tgparentid = 0
  JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_trigger'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'policy', p.polname, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_policy p ON p.oid = f.objid
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_policy'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'rule', w.rulename, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_rewrite w ON w.oid = f.objid AND w.rulename <> '_RETURN'
  JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_rewrite'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'statistics object', s.stxname, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_statistic_ext s ON s.oid = f.objid
  JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_statistic_ext'::regclass
  UNION ALL
  SELECT n.nspname, c.relname, NULL, 'publication', b.pubname, NULL, f.reference, c.oid, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_publication_rel p ON p.oid = f.objid
  JOIN pg_catalog.pg_publication b ON b.oid = p.prpubid
  JOIN pg_catalog.pg_class c ON c.oid = p.prrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE f.classid = 'pg_catalog.pg_publication_rel'::regclass
  UNION ALL
  SELECT n.nspname, t.typname, NULL, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, NULL,
    format_type(coalesce(nullif(t.typbasetype, 0), g.rngsubtype), CASE t.typtype WHEN 'd' THEN t.typtypmod END),
    f.reference, NULL, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_type t ON t.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
  -- A composite type is told by its attributes.
  WHERE f.classid = 'pg_catalog.pg_type'::regclass AND t.typrelid = 0
  UNION ALL
  SELECT n.nspname, quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')', NULL,
    CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, NULL, NULL, f.reference, NULL,
    ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_proc p ON p.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE f.classid = 'pg_catalog.pg_proc'::regclass
  UNION ALL
  SELECT n.nspname, ${OPERATOR}, NULL, 'operator', NULL, NULL, f.reference, NULL, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_operator o ON o.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  WHERE f.classid = 'pg_catalog.pg_operator'::regclass
  UNION ALL
  SELECT n.nspname, quote_ident(c.opcname) || ' USING ' || m.amname, NULL, 'operator class', NULL, format_type(c.opcintype, NULL),
    f.reference, NULL, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_opclass c ON c.oid = f.objid
  JOIN pg_catalog.pg_am m ON m.oid = c.opcmethod
  JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
  WHERE f.classid = 'pg_catalog.pg_opclass'::regclass
  UNION ALL
  SELECT n.nspname, CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines'
      WHEN 'T' THEN 'types' ELSE d.defaclobjtype::text END || ' of ' || quote_ident(pg_get_userbyid(d.defaclrole)), NULL,
    'default privileges', NULL, NULL, f.reference, NULL, ${ADDRESS}
  FROM told f
  JOIN pg_catalog.pg_default_acl d ON d.oid = f.objid
  JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
  WHERE f.classid = 'pg_catalog.pg_default_acl'::regclass
  UNION ALL
  SELECT CASE o.type WHEN 'publication namespace' THEN f.reference ELSE o.schema END,
    CASE o.type WHEN 'publication namespace' THEN '*' ELSE coalesce(o.name, o.identity) END, NULL,
    CASE o.type WHEN 'publication namespace' THEN 'publication' ELSE o.type END,
    CASE o.type WHEN 'publication namespace' THEN a.object_args[1] END, NULL, f.reference, NULL, ${ADDRESS}
  FROM told f
  CROSS JOIN LATERAL pg_identify_object(f.classid, f.objid, f.objsubid) o
  CROSS JOIN LATERAL pg_identify_object_as_address(f.classid, f.objid, f.objsubid) a
  WHERE f.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_attrdef'::regclass,
    'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_policy'::regclass,
    'pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_statistic_ext'::regclass,
    'pg_catalog.pg_publication_rel'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass,
    'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_default_acl'::regclass)
), ${MENTIONS}
SELECT
  ${ordered('listed')} AS dependents,
  ${ordered('mention')} AS mentions,
  coalesce((
    SELECT json_agg(r ORDER BY r.schema COLLATE "C", r.identity COLLATE "C")
    FROM (
      SELECT n.schema::text, n.identity, CASE WHEN n.classid = 'pg_catalog.pg_class'::regclass THEN n.objid::text END AS relation,
        concat_ws('/', n.classid::oid, n.objid, 0) AS address,
        ${compose(hasOwnPrivilegesSql, INSIDE_OBJECT)} AS "hasOwnPrivileges",
        ${RANGE_PARTS} AS "rangeParts",
        json_build_array(${TARGETS.map(isNameTaken).join(', ')}) AS "isTaken"
      FROM named n
      WHERE n.classid <> 'pg_catalog.pg_namespace'::regclass
        -- What belongs to an extension inside goes with it.
        AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend e
          WHERE e.classid = n.classid AND e.objid = n.objid AND e.objsubid = 0 AND e.deptype = 'e'
            AND (e.refclassid, e.refobjid) IN (SELECT i.classid, i.objid FROM inside i)
        )
    ) r
  ), '[]') AS inside,
  ${INVENTORY} AS inventory,
  (${MANIFEST}) AS manifest`
