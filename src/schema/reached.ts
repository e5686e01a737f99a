import { insideOf } from './catalog.ts'

/**
 * Common table expressions, to begin a query with: `inside` (see `insideOf`), `closure`, and `reached` (classid, objid,
 * objsubid, rootclass, root, steps): everything outside the schemas of these names that depends on anything inside, directly (`steps` is
 * 1) or through other objects (2), by PostgreSQL's own record of dependencies (manual, "Dependency Tracking").
 *
 * `closure` is the inside together with what is part of it: array and row types, constraints, indexes, triggers. `walk`
 * goes outward from there. PostgreSQL's rule is followed: what depends on a column depends not on the whole relation,
 * and the other way round it does. Beyond that rule the walk steps from a view's rule or column to the view, from the expression of a
 * generated column to the column, and from an
 * attribute of a composite type to the type, since columns of that type hold such values too. `root` is carried along:
 * the object inside that all goes back to.
 */
export const reached = (names: readonly string[]) => `WITH RECURSIVE ${insideOf(names)}, closure AS (
  SELECT i.classid, i.objid, i.classid AS rootclass, i.objid AS root FROM inside i
  UNION
  SELECT d.classid, d.objid, w.rootclass, w.root
  FROM closure w
  JOIN pg_catalog.pg_depend d ON d.refclassid = w.classid AND d.refobjid = w.objid
  LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
  WHERE d.deptype IN ('a', 'i', 'P', 'S')
    AND (c.oid IS NULL OR c.relnamespace IN (SELECT s.oid FROM schemas s))
), member AS MATERIALIZED (
  SELECT DISTINCT classid, objid FROM closure
), walk AS (
  SELECT c.classid, c.objid, 0 AS objsubid, c.rootclass, c.root, 0 AS steps FROM closure c
  UNION
  SELECT n.classid, n.objid, n.objsubid, w.rootclass, w.root, least(w.steps + n.step, 2)
  FROM walk w
  CROSS JOIN LATERAL (
    SELECT d.classid, d.objid, d.objsubid, 1 AS step
    FROM pg_catalog.pg_depend d
    WHERE d.refclassid = w.classid AND d.refobjid = w.objid AND (w.objsubid = 0 OR d.refobjsubid = w.objsubid)
      AND d.deptype NOT IN ('e', 'x')
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, r.ev_class, 0, 0
    FROM pg_catalog.pg_rewrite r
    WHERE w.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = w.objid AND r.rulename = '_RETURN'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, c.oid, 0, 0
    FROM pg_catalog.pg_class c
    WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objsubid > 0 AND c.oid = w.objid AND c.relkind IN ('v', 'm')
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, c.reltype, 0, 1
    FROM pg_catalog.pg_class c
    WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objsubid > 0 AND c.oid = w.objid AND c.relkind = 'c'
    UNION ALL
    -- A generated column goes with its expression.
    SELECT 'pg_catalog.pg_class'::regclass, f.adrelid, f.adnum, 0
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated <> ''
    WHERE w.classid = 'pg_catalog.pg_attrdef'::regclass AND f.oid = w.objid
  ) n
  LEFT JOIN member m ON m.classid = n.classid AND m.objid = n.objid
  WHERE m.objid IS NULL
), reached AS MATERIALIZED (
  SELECT w.classid, w.objid, w.objsubid, w.rootclass, w.root, w.steps FROM walk w WHERE w.steps > 0
)`
