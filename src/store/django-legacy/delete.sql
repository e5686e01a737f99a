-- Deletes the database $1 with everything that Mathesar 0.1.x keeps about it, if it still has the values of
-- $2; NULL accepts any. All keys are checked at the end of the transaction, so the order is free.
WITH locked AS MATERIALIZED (
  SELECT d.id, pg_catalog.jsonb_build_array(d.name, d.host, d.port, d.db_name, d.username, d.password) AS read
  FROM {{schema}}.mathesar_database AS d
  WHERE d.id = $1
  FOR UPDATE
),
leaving AS MATERIALIZED (
  SELECT l.id FROM locked AS l WHERE $2::jsonb IS NULL OR l.read = $2::jsonb
),
{{belongings}}
deleted AS (
  DELETE FROM {{schema}}.mathesar_database AS d USING leaving AS l WHERE d.id = l.id
)
SELECT
  (SELECT pg_catalog.count(*) FROM locked)::integer AS found,
  (SELECT pg_catalog.count(*) FROM leaving)::integer AS deleted
