import { quoteLiteral } from '../../postgres/quote.ts'
import { MATHESAR_SCHEMAS } from '../types.ts'

/**
 * Parts of catalog queries that several modules share. Relations are qualified throughout; the queries run with a
 * `search_path` of PostgreSQL's own schema, so that unqualified functions, types and operators can only be its own, and so
 * that the names which the catalog functions print are always qualified. The temporary schema is named last: unnamed it
 * would come first for types and relations, whatever the path.
 */

/** The names of the schemas as a list of SQL constants. */
export const SCHEMA_NAMES = MATHESAR_SCHEMAS.map(quoteLiteral).join(', ')

/**
 * Makes a query that follows in the same message safe against any `search_path`, and its texts the same in every
 * session. A message of several statements is one transaction, with which these settings end.
 */
export const SAFE_SETTINGS = `SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL jit = off;`

/**
 * Two common table expressions about the schemas of these names: `schemas` (oid, nspname) and `inside` (classid, objid, schema): the objects inside the
 * schemas, each as PostgreSQL addresses it in pg_depend, which has a row for every object of a schema, of whatever
 * kind. What PostgreSQL makes by itself (row types, array types, sequences of identity columns …) either has no such
 * row or belongs to something else. A cast lies in no schema; it counts where its function lies inside, or, if it has
 * none, one of its types, and nothing of it is anybody else's.
 */
export const insideOf = (names: readonly string[]) => `schemas AS (
  SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname IN (${names.map(quoteLiteral).join(', ')})
), inside AS MATERIALIZED (
  SELECT d.classid, d.objid, s.nspname AS schema
  FROM pg_catalog.pg_depend d
  JOIN schemas s ON s.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n'
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
      WHERE o.classid = d.classid AND o.objid = d.objid AND o.objsubid = 0
        AND (o.deptype = 'i' OR (o.deptype = 'a' AND c.relkind = 'S'))
    )
  UNION ALL
  SELECT 'pg_catalog.pg_cast'::regclass, c.oid, coalesce(fs.nspname, ss.nspname, ts.nspname)
  FROM pg_catalog.pg_cast c
  JOIN pg_catalog.pg_type st ON st.oid = c.castsource
  JOIN pg_catalog.pg_type tt ON tt.oid = c.casttarget
  LEFT JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc
  LEFT JOIN schemas ss ON ss.oid = st.typnamespace
  LEFT JOIN schemas ts ON ts.oid = tt.typnamespace
  LEFT JOIN schemas fs ON fs.oid = f.pronamespace
  WHERE c.oid >= 16384
    AND coalesce(fs.oid, ss.oid, ts.oid) IS NOT NULL
    AND (c.castfunc = 0 OR fs.oid IS NOT NULL)
    AND (ss.oid IS NOT NULL OR st.typnamespace = 'pg_catalog'::regnamespace)
    AND (ts.oid IS NOT NULL OR tt.typnamespace = 'pg_catalog'::regnamespace)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = 'pg_catalog.pg_cast'::regclass AND o.objid = c.oid AND o.deptype = 'i'
    )
)`

/** The same for all three schemas. */
export const INSIDE = insideOf(MATHESAR_SCHEMAS)

/** An expression about a row of pg_proc: kind and qualified name, such as `function mathesar_types.uri_parts(text)`. */
export function routineIdentity(row: string): string {
  return `(CASE ${row}.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
    || ' ' || ${row}.oid::regprocedure)`
}

/** An expression: kind and qualified name of an object, such as `function mathesar_types.uri_parts(text)`. */
export function identity(classid: string, objid: string): string {
  return `CASE ${classid}
    WHEN 'pg_catalog.pg_proc'::regclass THEN (
      SELECT ${routineIdentity('p')} FROM pg_catalog.pg_proc p WHERE p.oid = ${objid})
    WHEN 'pg_catalog.pg_type'::regclass THEN (
      SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END || ' ' || format_type(t.oid, NULL)
      FROM pg_catalog.pg_type t WHERE t.oid = ${objid})
    ELSE (SELECT o.type || ' ' || o.identity FROM pg_identify_object(${classid}, ${objid}, 0) o)
  END`
}

/** An expression: whether this transaction wrote an object. Rows of it are never older than its own number. */
export function writtenNow(classid: string, objid: string): string {
  return `(coalesce(age(CASE ${classid}
      WHEN 'pg_catalog.pg_proc'::regclass THEN (SELECT written.xmin FROM pg_catalog.pg_proc written WHERE written.oid = ${objid})
      WHEN 'pg_catalog.pg_type'::regclass THEN (SELECT written.xmin FROM pg_catalog.pg_type written WHERE written.oid = ${objid})
      WHEN 'pg_catalog.pg_class'::regclass THEN (SELECT written.xmin FROM pg_catalog.pg_class written WHERE written.oid = ${objid})
      WHEN 'pg_catalog.pg_operator'::regclass THEN (SELECT written.xmin FROM pg_catalog.pg_operator written WHERE written.oid = ${objid})
      WHEN 'pg_catalog.pg_cast'::regclass THEN (SELECT written.xmin FROM pg_catalog.pg_cast written WHERE written.oid = ${objid})
    END) <= age(pg_current_xact_id()::xid), false))`
}

/**
 * An expression about `p`, `l` and `a`, rows of pg_proc, pg_language and (of aggregates) pg_aggregate: the facts of a
 * routine that a change of it would change.
 */
export const ROUTINE = `concat_ws(E'\\n', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.proretset,
    array_to_string(p.proconfig, ','), p.prosrc,
    -- A body of the SQL standard is kept parsed, not as text.
    CASE WHEN l.lanname = 'sql' AND p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
    CASE WHEN p.prokind = 'a' THEN concat_ws(',', a.aggkind, a.aggtransfn::regprocedure, a.aggfinalfn::regprocedure,
      a.aggcombinefn::regprocedure, format_type(a.aggtranstype, NULL), a.agginitval) END)`

/** An expression: the columns of a relation or the fields of a composite type. */
const COLUMNS = (relation: string) => `(
  SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\\n' ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = ${relation} AND a.attnum > 0 AND NOT a.attisdropped)`

/** An expression: constraints by name. Not-null ones are facts of the column; from PostgreSQL 18 on listed here too. */
const CONSTRAINTS = (condition: string) => `(
  SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\\n' ORDER BY c.conname COLLATE "C")
  FROM pg_catalog.pg_constraint c WHERE ${condition} AND c.contype <> 'n')`

const TYPE = `(
  SELECT concat_ws(E'\\n', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
    ${CONSTRAINTS('c.contypid = t.oid')},
    (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
    (SELECT format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
    ${COLUMNS('t.typrelid')})
  FROM pg_catalog.pg_type t WHERE t.oid = i.objid)`

const RELATION = `(
  SELECT concat_ws(E'\\n', r.relkind, r.relpersistence, ${COLUMNS('r.oid')}, ${CONSTRAINTS('c.conrelid = r.oid')},
    (SELECT string_agg(pg_get_indexdef(x.indexrelid), E'\\n' ORDER BY pg_get_indexdef(x.indexrelid) COLLATE "C")
      FROM pg_catalog.pg_index x WHERE x.indrelid = r.oid),
    (SELECT string_agg(pg_get_triggerdef(g.oid), E'\\n' ORDER BY g.tgname COLLATE "C")
      FROM pg_catalog.pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal),
    CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END)
  FROM pg_catalog.pg_class r WHERE r.oid = i.objid)`

/**
 * A common table expression after `INSIDE`: `described` (classid, objid, schema, identity, hash). The hash is taken
 * over what defines an object, without OIDs, owners, privileges or the contents of tables. The 16 digits of MD5 tell a
 * change from none; they are no protection against an attacker, who could change the manifest itself.
 */
export const DESCRIBED = `described AS MATERIALIZED (
  SELECT i.classid, i.objid, i.schema, ${routineIdentity('p')} AS identity, left(md5(${ROUTINE}), 16) AS hash
  FROM inside i
  JOIN pg_catalog.pg_proc p ON p.oid = i.objid
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
  WHERE i.classid = 'pg_catalog.pg_proc'::regclass
  UNION ALL
  SELECT i.classid, i.objid, i.schema, ${identity('i.classid', 'i.objid')},
    left(md5(coalesce(CASE i.classid
      WHEN 'pg_catalog.pg_type'::regclass THEN ${TYPE}
      WHEN 'pg_catalog.pg_class'::regclass THEN ${RELATION}
    END, '')), 16)
  FROM inside i
  WHERE i.classid <> 'pg_catalog.pg_proc'::regclass
)`

/**
 * A query: the manifest of the last install, kept as comment of the domain uri's check constraint: a place that no
 * listing shows, and that disappears with what it describes. No row or NULL where there is none.
 */
export const MANIFEST = `SELECT obj_description(c.oid, 'pg_constraint') AS manifest
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_type t ON t.oid = c.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = 'mathesar_types' AND t.typname = 'uri' AND c.contype = 'c'
  ORDER BY c.conname COLLATE "C"
  LIMIT 1`
