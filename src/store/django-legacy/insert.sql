-- Stores a database. The parameters: name, host, port, database, user and password, the last two encrypted;
-- and an encrypted value that must be stored still ($7; null: none has to be). A rotation of the key replaces
-- it. That locks the table before it reads, and this statement reads after its own lock.
INSERT INTO {{schema}}.mathesar_database AS d
  (created_at, updated_at, name, deleted, host, port, db_name, username, password)
SELECT m.now, m.now, $1, false, $2, $3, $4, $5, $6
FROM (SELECT pg_catalog.clock_timestamp() AS now) AS m
WHERE $7::text IS NULL
  OR EXISTS (
    SELECT FROM {{schema}}.mathesar_database AS k
    WHERE k.username = $7::text OR k.password = $7::text)
RETURNING d.id, pg_catalog.json_build_array(d.created_at, d.updated_at) AS times
