-- A query: the comment of a table. No row: there is no such table.
SELECT obj_description(c.oid, 'pg_class') AS manifest
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = {{schema}} AND c.relname = {{name}} AND c.relkind = 'r'
