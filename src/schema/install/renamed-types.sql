-- A query: types of the source that are not there, while the function that casts to each returns another one:
-- somebody renamed or moved it. Its name then, and the statements that undo that.
SELECT format('%s.%s', 'mathesar_types', x.name) AS name, format_type(t.oid, NULL) AS present,
  array_remove(ARRAY[
    CASE WHEN n.nspname <> 'mathesar_types'
      THEN format('ALTER %s %I.%I SET SCHEMA mathesar_types;', k.kind, n.nspname, t.typname) END,
    CASE WHEN t.typname <> x.name
      THEN format('ALTER %s mathesar_types.%I RENAME TO %I;', k.kind, t.typname, x.name) END
  ], NULL) AS statements
FROM unnest(ARRAY[{{types}}]::text[]) x(name)
JOIN pg_catalog.pg_type t ON t.oid = (
  SELECT min(p.prorettype)
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace h ON h.oid = p.pronamespace
  WHERE h.nspname IN ('msar', 'mathesar_types') AND p.proname = 'cast_to_' || x.name
  HAVING count(DISTINCT p.prorettype) = 1
)
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END AS kind) k
WHERE n.nspname <> 'pg_catalog' AND to_regtype(format('mathesar_types.%I', x.name)) IS NULL
ORDER BY 1
