-- The beginning of a query: the other sessions that hold a lock in this database, and the locked relation
-- unless it is PostgreSQL's own. The server shows the start of a transaction only to roles that may see it.
-- Conditions on `l` follow.
SELECT l.pid, coalesce(a.application_name, '') AS "applicationName", a.usename::text AS role,
  to_char(timezone('UTC', a.xact_start), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
  (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = l.relation AND c.oid >= 16384 AND l.locktype = 'relation') AS relation
FROM pg_catalog.pg_locks l
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
WHERE l.granted AND l.pid <> pg_backend_pid()
