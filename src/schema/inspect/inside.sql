-- Two common table expressions about the schemas {{names}}: `schemas` (oid, nspname), and `inside` (classid,
-- objid, schema): the objects inside the schemas, each as PostgreSQL addresses it in pg_depend, which has a
-- row for every object of a schema, of whatever kind. What PostgreSQL creates by itself (row types, array
-- types, sequences of identity columns) either has no such row or belongs to something else. A cast lies in
-- no schema; it counts where its function lies inside, or, if it has none, one of its types, and nothing of
-- it is anybody else's.
schemas AS (
  SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{names}})
), inside AS MATERIALIZED (
  SELECT d.classid, d.objid, s.nspname AS schema
  FROM pg_catalog.pg_depend d
  JOIN schemas s ON s.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n'
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
      WHERE o.classid = d.classid AND o.objid = d.objid AND o.objsubid = 0
        AND (o.deptype = 'i' OR (o.deptype = 'a' AND c.relkind = 'S'))
    )
  UNION ALL
  SELECT 'pg_catalog.pg_cast'::regclass, c.oid, coalesce(fs.nspname, ss.nspname, ts.nspname)
  FROM (
    -- Subqueries, as the server takes long to plan a join of so many relations for what are mostly no rows.
    SELECT c.oid, c.castfunc,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.castsource) AS source,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.casttarget) AS target,
      (SELECT p.pronamespace FROM pg_catalog.pg_proc p WHERE p.oid = c.castfunc) AS routine
    FROM pg_catalog.pg_cast c
    WHERE c.oid >= 16384
    OFFSET 0
  ) c
  LEFT JOIN schemas ss ON ss.oid = c.source
  LEFT JOIN schemas ts ON ts.oid = c.target
  LEFT JOIN schemas fs ON fs.oid = c.routine
  WHERE coalesce(fs.oid, ss.oid, ts.oid) IS NOT NULL
    AND (c.castfunc = 0 OR fs.oid IS NOT NULL)
    AND (ss.oid IS NOT NULL OR c.source = 'pg_catalog'::regnamespace)
    AND (ts.oid IS NOT NULL OR c.target = 'pg_catalog'::regnamespace)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = 'pg_catalog.pg_cast'::regclass AND o.objid = c.oid AND o.deptype = 'i'
    )
)
