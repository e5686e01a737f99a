-- A query: of the routines other than casts how many there are (`sampled`), and how many of them are as the
-- manifest says (`matching`); both are 0 where there is no manifest. Its parameter `entries` is a query as in
-- manifest-entries.sql.
WITH listed AS MATERIALIZED (
  {{entries}}
)
SELECT count(*) AS sampled, count(*) FILTER (WHERE r.entry IN (SELECT e.entry FROM listed e)) AS matching
FROM (
  SELECT pg_catalog.substr(pg_catalog.to_json({{routineIdentity}})::pg_catalog.text, 2) || ': "'
    || pg_catalog.left(pg_catalog.md5({{routineFacts}}), 16) AS entry
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
  WHERE n.nspname IN ({{schemas}})
    AND (n.nspname <> 'mathesar_types' OR NOT pg_catalog.starts_with(p.proname, 'cast_to_'))
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
) r
WHERE EXISTS (SELECT FROM listed)
