-- Changes the row $1 to the name $2, host $3, port $4, database $5, and the encrypted user $6 and password
-- $7, if it still has the values of $8: the application saves whole rows.
WITH locked AS MATERIALIZED (
  SELECT d.id, pg_catalog.jsonb_build_array(d.name, d.host, d.port, d.db_name, d.username, d.password) AS read
  FROM {{schema}}.mathesar_database AS d
  WHERE d.id = $1
  FOR UPDATE
)
UPDATE {{schema}}.mathesar_database AS d
SET updated_at = pg_catalog.clock_timestamp(), name = $2, host = $3, port = $4, db_name = $5, username = $6,
  password = $7
FROM locked AS l
WHERE d.id = l.id AND l.read = $8::jsonb
RETURNING d.id, pg_catalog.json_build_array(d.created_at, d.updated_at) AS times
