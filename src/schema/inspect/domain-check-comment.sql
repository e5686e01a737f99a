-- A query: the comment of a domain's check constraint, the first by name. No row: there is no such
-- constraint.
SELECT obj_description(c.oid, 'pg_constraint') AS manifest
FROM pg_catalog.pg_constraint c
JOIN pg_catalog.pg_type t ON t.oid = c.contypid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = {{schema}} AND t.typname = {{name}} AND c.contype = 'c'
ORDER BY c.conname COLLATE "C"
LIMIT 1
