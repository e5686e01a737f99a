-- Records the version $2 of the SQL in the database $1, if its connection still is the host $3, the port $4
-- and the database $5, and if it has the version $6 (null: any). Returns the version that it had. Locks the
-- server first, as the application does: while that installs its SQL this waits, and the application then
-- saves the whole row before it is written here.
WITH server_of AS MATERIALIZED (
  SELECT s.id, s.host, s.port
  FROM {{schema}}.mathesar_server AS s
  WHERE s.id = (SELECT d.server_id FROM {{schema}}.mathesar_database AS d WHERE d.id = $1)
  FOR UPDATE
),
locked AS MATERIALIZED (
  SELECT d.id, d.server_id, d.name, d.last_confirmed_sql_version
  FROM {{schema}}.mathesar_database AS d
  WHERE d.id = $1 AND (SELECT pg_catalog.count(*) FROM server_of) >= 0
  FOR UPDATE
),
confirmed AS MATERIALIZED (
  SELECT d.id, d.last_confirmed_sql_version
  FROM locked AS d JOIN server_of AS s ON s.id = d.server_id
  WHERE s.host = $3::text AND s.port IS NOT DISTINCT FROM $4::integer AND d.name = $5::text
),
changed AS (
  UPDATE {{schema}}.mathesar_database AS d
  SET last_confirmed_sql_version = $2::text, updated_at = pg_catalog.clock_timestamp()
  FROM confirmed AS c
  WHERE d.id = c.id AND c.last_confirmed_sql_version <> $2::text
    AND ($6::text IS NULL OR c.last_confirmed_sql_version = $6::text)
)
SELECT pg_catalog.max(c.last_confirmed_sql_version) AS before FROM confirmed AS c
