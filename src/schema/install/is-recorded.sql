-- An expression: whether the database has an install whose record begins like this. A record proves nothing
-- by itself: it survives an upgrade by a Mathesar.
(EXISTS (
  SELECT FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN ({{schemas}})
    AND starts_with(obj_description(n.oid, 'pg_namespace'), {{record}})
) AND (NOT EXISTS ({{modernTables}})
  OR (SELECT f.matching > 0 AND f.matching * 2 >= f.sampled FROM ({{fingerprints}}) f)))
