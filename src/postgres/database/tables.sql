-- Tables that may hold what was put into the database: system catalogs first, those of what a person would
-- call an object before all others. Catalogs that are closed to everybody hold nothing that others do not; of
-- any other table that the role may not read nobody could tell. ANALYZE writes the statistics, which the
-- server runs by itself; the objects that they describe are in other catalogs too.
SELECT c.oid::regclass::text AS name,
  n.nspname = 'pg_catalog'
    AND c.relname IN ('pg_class', 'pg_proc', 'pg_type', 'pg_extension', 'pg_namespace') AS "isTelling",
  has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
    AND NOT row_security_active(c.oid) AS "isReadable"
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND NOT c.relisshared AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'
  AND (n.nspname NOT IN ('pg_catalog', 'information_schema') OR has_table_privilege(c.oid, 'SELECT'))
  AND NOT (n.nspname = 'pg_catalog' AND c.relname IN ('pg_statistic', 'pg_statistic_ext_data'))
ORDER BY n.nspname <> 'pg_catalog',
  array_position(ARRAY['pg_class', 'pg_proc', 'pg_type', 'pg_extension', 'pg_namespace'], c.relname::text),
  c.relname;
