import { MATHESAR_SCHEMAS } from '../sources/schemas.ts'

/**
 * A condition: the text names the schema, as a whole word in either case. `schema` is an expression, a regular one of
 * several names at once too. Written without backslashes, which not every session reads alike.
 */
const names = (text: string, schema: string) => `${text} ~* ('[[:<:]](' || ${schema} || ')[[:>:]]')`

/**
 * Common table expressions after those of `reached`: `mention` lists the routines outside the schemas whose body is kept as text
 * which names one of the schemas, or whose search_path does. PostgreSQL keeps no record of that. Those that depend by its
 * record are not in it, nor are those of extensions, nor PostgreSQL's own (OIDs below 16384).
 */
export const MENTIONS = `naming AS MATERIALIZED (
  -- First of all, since it takes long, and once: what is joined to it could make it run for every schema of the database.
  SELECT p.oid, p.proname, p.prokind, p.prosrc, p.pronamespace, p.prolang,
    (SELECT c FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%') AS path
  FROM pg_catalog.pg_proc p
  WHERE p.oid >= 16384 AND p.prokind <> 'a' AND p.pronamespace NOT IN (SELECT s.oid FROM schemas s)
    AND (${names('p.prosrc', `'${MATHESAR_SCHEMAS.join('|')}'`)} OR p.proconfig IS NOT NULL)
), mention AS MATERIALIZED (
  SELECT n.nspname::text AS schema, quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS relation,
    NULL::text AS column, 'mention' AS kind, NULL::text AS name,
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS type, m.reference, NULL::oid AS oid,
    concat_ws('/', 'pg_catalog.pg_proc'::regclass::oid, p.oid, 0) AS address
  FROM naming p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
  CROSS JOIN LATERAL (
    SELECT string_agg(s.nspname, ', ' ORDER BY s.nspname COLLATE "C") AS reference
    FROM schemas s
    WHERE ${names('p.prosrc', 's.nspname')} OR ${names('p.path', 's.nspname')}
  ) m
  WHERE m.reference IS NOT NULL
    AND p.oid NOT IN (SELECT r.objid FROM reached r WHERE r.classid = 'pg_catalog.pg_proc'::regclass)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'
    )
)`
