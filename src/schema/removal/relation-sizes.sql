-- A query: the relations {{oids}} (an array of OIDs) and those inside the schemas, with their size on disk in
-- bytes, the largest first. For a relation that another session has locked, it is PostgreSQL's last figure.
WITH locked AS MATERIALIZED (
  {{lockedRelations}}
), known AS (
  SELECT {{name}} AS relation, c.relkind AS kind,
    CASE WHEN c.oid IN (SELECT k.relation FROM locked k) THEN {{lastSize}} ELSE {{size}} END AS bytes
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ({{kinds}}) AND (c.oid = ANY ({{oids}}) OR n.nspname IN ({{schemas}}))
)
SELECT k.relation, k.kind, k.bytes::pg_catalog.float8 AS bytes
FROM known k ORDER BY k.bytes DESC, k.relation COLLATE pg_catalog."C"
