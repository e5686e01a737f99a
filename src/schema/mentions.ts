import { MATHESAR_SCHEMAS } from './types.ts'

/** A condition on a text: names the schema, as a whole word in either case. Written without backslashes, which not every session reads alike. */
const names = (text: string, schema: string) => `${text} ~* ('[[:<:]]' || ${schema} || '[[:>:]]')`

/** An expression about a row of pg_proc: the `search_path` that the routine sets, or NULL. */
const PATH = `(SELECT s FROM unnest(p.proconfig) s WHERE s LIKE 'search_path=%')`

/**
 * A common table expression after those of `reached`: `mention`, the routines outside the schemas whose body is kept as text
 * which names one of the schemas, or whose search_path does. PostgreSQL keeps no record of that. Those that depend by its
 * record are not in it, nor are those of extensions, nor PostgreSQL's own (OIDs below 16384).
 */
export const MENTIONS = `mention AS MATERIALIZED (
  SELECT n.nspname AS schema, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS relation,
    NULL::text AS column, 'mention' AS kind, NULL::text AS name,
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS type, m.reference, NULL::oid AS oid,
    concat_ws('/', 'pg_catalog.pg_proc'::regclass::oid, p.oid, 0) AS address
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
  CROSS JOIN LATERAL (
    SELECT string_agg(s.nspname, ', ' ORDER BY s.nspname COLLATE "C") AS reference
    FROM schemas s
    WHERE ${names('p.prosrc', 's.nspname')} OR ${names(PATH, 's.nspname')}
  ) m
  WHERE p.oid >= 16384 AND p.prokind <> 'a'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.oid NOT IN (SELECT s.oid FROM schemas s)
    -- One expression for all of them first, since it has to be tried on every routine.
    AND (${names('p.prosrc', `'(${MATHESAR_SCHEMAS.join('|')})'`)} OR p.proconfig IS NOT NULL)
    AND m.reference IS NOT NULL
    AND NOT EXISTS (SELECT FROM reached r WHERE r.classid = 'pg_catalog.pg_proc'::regclass AND r.objid = p.oid)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
    )
)`
