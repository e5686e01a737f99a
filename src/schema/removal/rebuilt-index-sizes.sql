-- A query: the number and the size, in bytes, of the indexes that PostgreSQL rebuilds: all of {{restored}}
-- (an array of OIDs), and those of {{kept}} that it rebuilds when the type of a column changes. For an index
-- whose table another session has locked, the size is PostgreSQL's last figure.
WITH locked AS MATERIALIZED (
  {{lockedRelations}}
), rebuilt AS (
  SELECT x.indexrelid, x.indrelid FROM pg_catalog.pg_index x
  WHERE x.indexrelid = ANY ({{restored}})
    OR x.indexrelid = ANY ({{kept}}) AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL OR EXISTS (
      SELECT FROM unnest(x.indclass::oid[], x.indkey::int2[]) WITH ORDINALITY k(class, number, position)
      JOIN pg_catalog.pg_opclass o ON o.oid = k.class
      JOIN pg_catalog.pg_type t ON t.oid = o.opcintype AND t.typtype = 'p'
      JOIN pg_catalog.pg_attribute s ON s.attrelid = x.indexrelid AND s.attnum = k.position
      JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
      WHERE s.atttypid <> a.atttypid))
)
SELECT count(*)::integer AS count, coalesce(sum(CASE
    WHEN r.indexrelid IN (SELECT k.relation FROM locked k) OR r.indrelid IN (SELECT k.relation FROM locked k)
      THEN c.relpages::bigint * 8192
    ELSE pg_relation_size(c.oid) END), 0)::float8 AS bytes
FROM rebuilt r JOIN pg_catalog.pg_class c ON c.oid = r.indexrelid AND c.relkind = 'i';
