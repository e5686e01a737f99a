-- A query: the size on disk of the tables {{tables}} (an array of OIDs) with their indexes, in bytes. For a
-- table that another session has locked, it is PostgreSQL's last figure.
WITH locked AS MATERIALIZED (
  {{lockedRelations}}
)
SELECT coalesce(sum(CASE WHEN c.oid IN (SELECT k.relation FROM locked k) THEN c.relpages::bigint * 8192
  ELSE pg_total_relation_size(c.oid) END), 0)::float8 AS bytes
FROM pg_catalog.pg_class c WHERE c.oid = ANY ({{tables}});
