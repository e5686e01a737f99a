-- Deletes the database $1 with everything that belongs to it, if its connection is still the host $2, the
-- port $3 and the database $4, and if no more goes with it than the counts $5; a NULL host and NULL counts
-- accept any. Locks the rows in the application's order, the server first. Composite keys are checked when
-- the statement ends, so the order of its parts is free.
WITH server_of AS MATERIALIZED (
  SELECT s.id, s.host, s.port
  FROM {{schema}}.mathesar_server AS s
  WHERE s.id = (SELECT d.server_id FROM {{schema}}.mathesar_database AS d WHERE d.id = $1)
  FOR UPDATE
),
locked AS MATERIALIZED (
  SELECT d.id, d.server_id, d.name
  FROM {{schema}}.mathesar_database AS d
  WHERE d.id = $1 AND (SELECT pg_catalog.count(*) FROM server_of) >= 0
  FOR UPDATE
),
candidate AS MATERIALIZED (
  SELECT d.id AS database_id, d.server_id
  FROM locked AS d JOIN server_of AS s ON s.id = d.server_id
  WHERE $2::text IS NULL
    OR s.host = $2::text AND COALESCE(s.port, 5432) = $3::integer AND d.name = $4::text
),
{{exceeding}}
leaving AS MATERIALIZED (
  SELECT c.database_id, c.server_id FROM candidate AS c WHERE NOT EXISTS (SELECT FROM exceeding)
),
{{form_fields}}
{{belongings}}
deleted_database AS (
  DELETE FROM {{schema}}.mathesar_database AS d USING leaving AS l WHERE d.id = l.database_id
),
{{left_without_use}}
SELECT
  (SELECT pg_catalog.count(*) FROM locked)::integer AS found,
  (SELECT pg_catalog.count(*) FROM locked AS d JOIN server_of AS s ON s.id = d.server_id)::integer AS joined,
  EXISTS (SELECT FROM exceeding) AS is_grown,
  (SELECT pg_catalog.count(*) FROM leaving)::integer AS deleted
