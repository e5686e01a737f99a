-- A query: the tables in `msar` that only releases from 0.2.0 on have.
SELECT c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'msar' AND c.relkind = 'r' AND c.relname IN ({{tables}})
