-- One row: whether something other than a routine of the schemas {{schemas}} depends on what the SQL of a
-- release drops in them, and the names of the routines there that do. `doomed` are all routines in them, and
-- the types of {{dropped}} with the tables {{tables}}. What PostgreSQL drops by itself (deptype `a`, `i`)
-- holds nothing; a member of an extension (`e`) is held by that.
WITH relations AS (
  SELECT c.oid, c.relkind, concat_ws('.', n.nspname, c.relname) IN ({{tables}}) AS is_installed
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ({{schemas}})
), doomed AS MATERIALIZED (
  SELECT 'pg_catalog.pg_proc'::regclass AS classid, p.oid AS objid
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname IN ({{schemas}})
  UNION ALL
  SELECT 'pg_catalog.pg_class'::regclass, r.oid FROM relations r WHERE r.is_installed OR r.relkind = 'c'
  UNION ALL
  SELECT 'pg_catalog.pg_type'::regclass, t.oid
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN relations r ON r.oid = t.typrelid
  WHERE n.nspname IN ({{dropped}}) AND coalesce(r.is_installed OR r.relkind = 'c', true)
), holders AS (
  SELECT d.classid, d.objid
  FROM doomed x
  JOIN pg_catalog.pg_depend d ON d.refclassid = x.classid AND d.refobjid = x.objid AND d.deptype = 'n'
  UNION
  SELECT e.refclassid, e.refobjid
  FROM doomed x
  JOIN pg_catalog.pg_depend e ON e.classid = x.classid AND e.objid = x.objid AND e.deptype = 'e'
)
SELECT EXISTS (
    SELECT FROM holders h
    WHERE NOT EXISTS (SELECT FROM doomed x WHERE x.classid = h.classid AND x.objid = h.objid)
  ) AS "hasOthers",
  coalesce((
    SELECT json_agg(DISTINCT p.proname::text)
    FROM holders h
    JOIN pg_catalog.pg_proc p ON h.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = h.objid
  ), '[]') AS routines;
