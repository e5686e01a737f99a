-- The end of a FROM clause after `q`, whose `name` is one of a release's table of its own objects: `x`
-- (classid, objid), what has the name. Some versions of the server raise an error for a name that they can't
-- read.
CROSS JOIN LATERAL (
  SELECT 'pg_catalog.pg_proc'::regclass::oid AS classid, to_regprocedure(q.name)::oid AS objid
  WHERE q.name LIKE '%(%'
  UNION ALL
  SELECT 'pg_catalog.pg_class'::regclass::oid, to_regclass(q.name)::oid WHERE q.name NOT LIKE '%(%'
  UNION ALL
  SELECT 'pg_catalog.pg_type'::regclass::oid, to_regtype(q.name)::oid WHERE q.name NOT LIKE '%(%'
) x
WHERE x.objid IS NOT NULL
