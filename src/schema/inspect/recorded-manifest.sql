-- A query: the manifest of the source that the record names, else the first that any place holds. `places`
-- are rows (rank, sources, manifest); the name of the source stands in the comment of a schema as the record
-- writes it.
SELECT p.manifest
FROM ({{places}}) p
WHERE p.manifest IS NOT NULL
ORDER BY coalesce((
    SELECT substring(c.comment, {{sourcePattern}})
    FROM pg_catalog.pg_namespace n
    CROSS JOIN LATERAL (SELECT obj_description(n.oid, 'pg_namespace') AS comment) c
    WHERE n.nspname IN ({{schemas}}) AND starts_with(c.comment, {{recordPrefix}})
    ORDER BY array_position(ARRAY[{{schemas}}], n.nspname::text)
    LIMIT 1
  ) = ANY (p.sources), false) DESC, p.rank
LIMIT 1
