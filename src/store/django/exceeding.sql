-- A common table expression: the kinds of rows of which more goes with the database of the table `candidate`
-- than the operator agreed to. {{agreed}} is the parameter with the agreed counts, as JSON; NULL accepts any.
exceeding AS MATERIALIZED (
  SELECT b.kind
  FROM (VALUES
    {{counts}}
  ) AS b (kind, number)
  WHERE b.number > COALESCE(({{agreed}}::jsonb OPERATOR(pg_catalog.->>) b.kind)::bigint, 0)
    AND {{agreed}}::jsonb IS NOT NULL
),
