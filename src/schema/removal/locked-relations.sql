-- A query: the relations on which another session holds ACCESS EXCLUSIVE. A function that measures their size
-- would wait for that lock.
SELECT l.relation FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
