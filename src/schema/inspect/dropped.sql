-- An expression after inventory.sql's `listed` and `home`: how many routines, tables and types the manifest
-- lists that are no longer there. It compares their names, and not numbers, which a user's own objects fill.
(SELECT count(*)
FROM listed l
WHERE pg_catalog.split_part(l.identity, ' ', 1)
    IN ('function', 'aggregate', 'procedure', 'table', 'type', 'domain')
  AND '"' || l.identity || '"' NOT IN (
    SELECT pg_catalog.to_json(x.identity)::pg_catalog.text
    FROM (
      SELECT {{routineIdentity}} AS identity
      FROM pg_catalog.pg_proc p JOIN home h ON h.oid = p.pronamespace
      UNION ALL
      SELECT 'table ' || c.oid::pg_catalog.regclass
      FROM pg_catalog.pg_class c JOIN home h ON h.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p')
      UNION ALL
      SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || pg_catalog.format_type(t.oid, NULL)
      FROM pg_catalog.pg_type t JOIN home h ON h.oid = t.typnamespace
    ) x))
