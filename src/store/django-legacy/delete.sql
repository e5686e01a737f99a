-- Deletes the database $1 with everything that Mathesar 0.1.x keeps about it, if it still has the values of
-- $2, and if no more goes with it than the counts $3; NULL accepts any. All keys are checked at the end of
-- the transaction, so the order is free.
WITH locked AS MATERIALIZED (
  SELECT d.id, pg_catalog.jsonb_build_array(d.name, d.host, d.port, d.db_name, d.username, d.password) AS read
  FROM {{schema}}.mathesar_database AS d
  WHERE d.id = $1
  FOR UPDATE
),
candidate AS MATERIALIZED (
  SELECT l.id FROM locked AS l WHERE $2::jsonb IS NULL OR l.read = $2::jsonb
),
{{exceeding}}
leaving AS MATERIALIZED (
  SELECT c.id FROM candidate AS c WHERE NOT EXISTS (SELECT FROM exceeding)
),
{{belongings}}
deleted AS (
  DELETE FROM {{schema}}.mathesar_database AS d USING leaving AS l WHERE d.id = l.id
)
SELECT
  (SELECT pg_catalog.count(*) FROM locked)::integer AS found,
  EXISTS (SELECT FROM exceeding) AS is_grown,
  (SELECT pg_catalog.count(*) FROM leaving)::integer AS deleted
