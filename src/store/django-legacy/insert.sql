-- Stores a database. The parameters: name, host, port, database, user and password, the last two encrypted.
INSERT INTO {{schema}}.mathesar_database AS d
  (created_at, updated_at, name, deleted, host, port, db_name, username, password)
SELECT m.now, m.now, $1, false, $2, $3, $4, $5, $6
FROM (SELECT pg_catalog.clock_timestamp() AS now) AS m
RETURNING d.id, pg_catalog.json_build_array(d.created_at, d.updated_at) AS times
