import { quoteLiteral } from '../../postgres/quote.ts'
import { MATHESAR_SCHEMAS } from '../sources/schemas.ts'

/**
 * PostgreSQL's own functions that run a query which they are given as text, or that do more than to compute: nothing records
 * what an expression with one of them ends up running.
 */
const OPAQUE = `SELECT p.oid FROM pg_catalog.pg_proc p
    WHERE p.oid < 16384 AND (p.provolatile = 'v' OR p.proname LIKE '%_to_xml%')`

const MATHESAR = MATHESAR_SCHEMAS.map(quoteLiteral).join(', ')

/**
 * Common table expressions after `relation` and `known_type` of the graph: `code` and `read_code` (classid, objid, code: a `GraphCode`). `code` has the
 * tables, materialized views and domains in which an expression reaches a routine that belongs neither to a superuser nor to
 * the session's role, or one of PostgreSQL's own that can run anything.
 *
 * The walk goes upward through pg_depend from such routines. Routines and operators that merely share schema and name with one
 * count too,
 * since PostgreSQL looks names up again when an expression is put back. It leaves out what no statement of a
 * conversion runs: triggers, policies, rules, defaults of columns that keep their type, checks of domains inside the
 * Mathesar schemas, whose values are only read, and functions inside them, without which no expression can be put back.
 */
export const CODE = `foreign_routine AS MATERIALIZED (
  SELECT p.oid, min(b.proowner::text)::oid AS owner
  FROM pg_catalog.pg_proc b
  JOIN pg_catalog.pg_roles o ON o.oid = b.proowner AND NOT o.rolsuper AND o.rolname <> current_user
  JOIN pg_catalog.pg_proc p ON p.pronamespace = b.pronamespace AND p.proname = b.proname
  WHERE b.oid >= 16384
    AND (b.pronamespace NOT IN (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname IN (${MATHESAR}))
      OR EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE k.castfunc = b.oid)
      OR EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oprcode = b.oid))
  GROUP BY p.oid
), foreign_operator AS MATERIALIZED (
  SELECT p.oid, min(b.oprowner::text)::oid AS owner
  FROM pg_catalog.pg_operator b
  JOIN pg_catalog.pg_roles o ON o.oid = b.oprowner AND NOT o.rolsuper AND o.rolname <> current_user
  JOIN pg_catalog.pg_operator p ON p.oprnamespace = b.oprnamespace AND p.oprname = b.oprname
  WHERE b.oid >= 16384
  GROUP BY p.oid
), opaque AS MATERIALIZED (
  SELECT ':(funcid|opfuncid|aggfnoid|winfnoid) (' || string_agg(o.oid::text, '|') || ') ' AS pattern FROM (${OPAQUE}) o
), ascent AS (
  SELECT 'pg_catalog.pg_proc'::regclass::oid AS classid, f.oid AS objid, f.owner FROM foreign_routine f
  UNION
  SELECT 'pg_catalog.pg_operator'::regclass, f.oid, f.owner FROM foreign_operator f
  UNION
  SELECT 'pg_catalog.pg_constraint'::regclass, k.oid, 0::oid
  FROM pg_catalog.pg_constraint k CROSS JOIN opaque o
  WHERE k.contype = 'c' AND (k.contypid <> 0 OR k.conrelid IN (SELECT r.oid FROM relation r))
    AND k.conbin::text ~ o.pattern
  UNION
  SELECT n.classid, n.objid, a.owner
  FROM ascent a
  CROSS JOIN LATERAL (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_class c ON a.classid = 'pg_catalog.pg_class'::regclass AND c.oid = a.objid
    WHERE d.refclassid = a.classid AND d.refobjid = a.objid AND d.deptype NOT IN ('e', 'x')
      AND d.classid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_cast'::regclass,
        'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass,
        'pg_catalog.pg_attrdef'::regclass, 'pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_statistic_ext'::regclass,
        'pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass, 'pg_catalog.pg_opclass'::regclass)
      AND (d.classid <> 'pg_catalog.pg_proc'::regclass OR a.classid = 'pg_catalog.pg_proc'::regclass)
      -- A row of a view is no more than its columns.
      AND (d.classid <> 'pg_catalog.pg_type'::regclass OR a.classid <> 'pg_catalog.pg_class'::regclass)
      -- Reading a table runs none of its expressions.
      AND (c.oid IS NULL OR c.relkind NOT IN ('r', 'p', 'f', 'm'))
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, k.conrelid FROM pg_catalog.pg_constraint k
    WHERE a.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = a.objid AND k.conrelid <> 0
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_type t ON t.oid = k.contypid
    JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
    WHERE a.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = a.objid
      AND s.nspname NOT IN (${MATHESAR})
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, f.adrelid
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_attribute q ON q.attrelid = f.adrelid AND q.attnum = f.adnum
    WHERE a.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = a.objid
      AND (q.attgenerated <> '' OR q.atttypid IN (SELECT t.oid FROM known_type t))
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, x.indrelid FROM pg_catalog.pg_index x
    WHERE a.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = a.objid
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, c.reltype FROM pg_catalog.pg_class c
    WHERE a.classid = 'pg_catalog.pg_class'::regclass AND c.oid = a.objid AND c.relkind = 'c'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, c.reltype
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'f') AND c.reltype <> 0
    WHERE a.classid = 'pg_catalog.pg_type'::regclass AND d.refclassid = a.classid AND d.refobjid = a.objid
      AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, w.ev_class FROM pg_catalog.pg_rewrite w
    WHERE a.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = a.objid AND w.rulename = '_RETURN'
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, k.castsource FROM pg_catalog.pg_cast k
    WHERE a.classid = 'pg_catalog.pg_cast'::regclass AND k.oid = a.objid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, s.stxrelid FROM pg_catalog.pg_statistic_ext s
    WHERE a.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = a.objid
    UNION ALL
    SELECT d.refclassid, d.refobjid FROM pg_catalog.pg_depend d
    WHERE a.classid IN ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
      AND d.classid = a.classid AND d.objid = a.objid AND d.refclassid = 'pg_catalog.pg_opclass'::regclass
  ) n
), reading AS (
  -- The views that a superuser's materialized views read, however far away.
  SELECT r.oid AS root, r.oid
  FROM relation r JOIN pg_catalog.pg_roles o ON o.oid = r.relowner AND o.rolsuper
  WHERE r.relkind = 'm'
  UNION
  SELECT v.root, c.oid
  FROM reading v
  JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid AND w.rulename = '_RETURN'
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
  JOIN pg_catalog.pg_class c ON c.oid = d.refobjid AND c.relkind = 'v'
), code AS MATERIALIZED (
  SELECT n.classid, n.objid, json_build_object('owner', max(o.rolname::text)) AS code
  FROM (
    SELECT a.classid, a.objid, a.owner FROM ascent a
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, v.root, c.relowner
    FROM reading v
    JOIN pg_catalog.pg_class c ON c.oid = v.oid AND c.relkind = 'v'
    JOIN pg_catalog.pg_roles o ON o.oid = c.relowner AND NOT o.rolsuper
  ) n
  LEFT JOIN pg_catalog.pg_roles o ON o.oid = n.owner
  WHERE n.classid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass)
  GROUP BY n.classid, n.objid
), read_code AS MATERIALIZED (
  -- The input functions of arrays, rows and ranges check the domains in them, for constants as soon as these are read.
  SELECT coalesce(v.classid, d.classid) AS classid, coalesce(v.objid, d.objid) AS objid, min(k.code::text)::json AS code
  FROM code k
  JOIN pg_catalog.pg_depend d ON d.refclassid = k.classid AND d.refobjid = k.objid
  LEFT JOIN LATERAL (
    SELECT 'pg_catalog.pg_class'::regclass::oid AS classid, w.ev_class AS objid FROM pg_catalog.pg_rewrite w
    WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid AND w.rulename = '_RETURN'
  ) v ON true
  WHERE k.classid = 'pg_catalog.pg_type'::regclass AND d.deptype NOT IN ('e', 'x')
  GROUP BY 1, 2
)`

/** SQLSTATE of the error where code that ran meanwhile got hold of expressions which run with the session's rights. */
export const TRUST_SQLSTATE = 'MC003'

/** A relation whose expressions run with the session's rights, with the routines and operators that they call. */
export interface Trusted {
  /** Quoted and qualified: a materialized view that is put back has another OID. */
  name: string
  routines: readonly string[]
  operators: readonly string[]
}

/**
 * A statement that fails (TRUST_SQLSTATE) where an expression of these relations would run code of another role by now. Code
 * that ran in a guard may have made a cast of a type that they use, replaced a view that they read, or made a function
 * that is found in the place of another one when an expression is put back.
 */
export function refuseDistrusted(trusted: readonly Trusted[]): string {
  const oids = (list: readonly string[]) => `'{${[...new Set(list)].join(',')}}'::pg_catalog.oid[]`
  const names = [...new Set(trusted.map(({ name }) => `pg_catalog.to_regclass(${quoteLiteral(name)})`))].join(
    ', ',
  )
  return `DO ${quoteLiteral(`DECLARE
  changed pg_catalog.text;
BEGIN
  WITH RECURSIVE relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relname FROM pg_catalog.pg_class c
    WHERE c.oid = ANY (ARRAY[${names}]::pg_catalog.oid[])
  ), known_type AS (
    SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname IN (${MATHESAR})
  ), ${CODE}
  SELECT min(f.name) INTO changed
  FROM (
    SELECT r.relname::text AS name
    FROM relation r
    JOIN code k ON k.classid = 'pg_catalog.pg_class'::regclass AND k.objid = r.oid
    JOIN pg_catalog.pg_roles o ON o.oid = r.relowner
    WHERE NOT o.rolsuper OR k.code ->> 'owner' IS NOT NULL
    UNION ALL
    SELECT p.oid::regprocedure::text FROM foreign_routine p
    WHERE p.oid = ANY (${oids(trusted.flatMap(({ routines }) => routines))})
    UNION ALL
    SELECT p.oid::regoperator::text FROM foreign_operator p
    WHERE p.oid = ANY (${oids(trusted.flatMap(({ operators }) => operators))})
  ) f;
  IF changed IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = '${TRUST_SQLSTATE}', MESSAGE = changed;
  END IF;
END`)}`
}
