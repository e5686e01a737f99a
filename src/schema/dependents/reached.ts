import { identity, insideOf } from '../inspect/catalog.ts'

/**
 * Common table expressions, to begin a query with: `inside` (see `insideOf`), `named` (the inside with `identity`, such as
 * `domain mathesar_types.email`), `member`, and `reached` (classid, objid, objsubid, rootclass, root, reference, steps):
 * everything outside the schemas of these names that depends on anything inside, directly (`steps` is 1) or through other
 * objects (2), by PostgreSQL's own record of dependencies (manual, "Dependency Tracking"). Each object is in it once; `root`
 * is what it goes back to inside the schemas, one that it depends on directly if there is any, and `reference` its name.
 *
 * `member` is the inside together with what is part of it: array and row types, constraints, indexes, triggers; and the
 * schemas themselves, since default privileges and publications are of a schema. `walk` goes outward from there.
 * PostgreSQL's rule is followed: what depends on a column depends not on the whole relation, and the other way round it
 * does. Beyond that rule the walk steps
 * - from what is only a part to what it is a part of: from a view's rule or column to the view, from the expression of a
 *   generated column to the column, from the index of a constraint to the constraint;
 * - from an attribute of a composite type to the type, since columns of that type hold such values too, but not to typed
 *   tables, which have such a column themselves (a table whose partition key names the type does depend on it);
 * - from a table's column to the row type of the table, but only to columns and types that hold such rows (`held`): to a
 *   function that takes them it makes no difference.
 *
 * @param moved addresses of objects inside that count as outside, together with what belongs to them if they are extensions
 */
export const reached = (
  names: readonly string[],
  moved: readonly string[] = [],
) => `WITH RECURSIVE ${insideOf(names)}, named AS MATERIALIZED (
  SELECT n.classid, n.objid, n.schema, n.identity, o.name,
    row_number() OVER (ORDER BY o.name COLLATE "C", n.classid, n.objid) AS rank
  FROM (
    SELECT i.classid, i.objid, i.schema, ${identity('i.classid', 'i.objid')} AS identity FROM inside i${notMoved('WHERE', moved, 'i.classid', 'i.objid')}
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::regclass, s.oid, s.nspname, 'schema ' || s.nspname FROM schemas s
  ) n
  CROSS JOIN LATERAL (SELECT substr(n.identity, strpos(n.identity, ' ') + 1) AS name) o
), closure AS (
  SELECT n.classid, n.objid, n.rank, 0 AS distance FROM named n
  UNION
  SELECT d.classid, d.objid, w.rank, 1
  FROM closure w
  JOIN pg_catalog.pg_depend d ON d.refclassid = w.classid AND d.refobjid = w.objid
  LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
  WHERE d.deptype IN ('a', 'i', 'P', 'S')
    AND (c.oid IS NULL OR c.relnamespace IN (SELECT s.oid FROM schemas s))
    -- Default privileges, publications of a table or (6237) a schema, and members of somebody's operator family.
    AND d.classid NOT IN ('pg_catalog.pg_default_acl'::regclass, 'pg_catalog.pg_publication_rel'::regclass, 6237)
    AND (d.classid NOT IN ('pg_catalog.pg_amop'::regclass, 'pg_catalog.pg_amproc'::regclass)
      OR d.refclassid IN ('pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass))
), member AS MATERIALIZED (
  SELECT DISTINCT ON (c.classid, c.objid) c.classid, c.objid, c.rank
  FROM closure c
  ORDER BY c.classid, c.objid, c.distance, c.rank
), walk AS (
  SELECT m.classid, m.objid, 0 AS objsubid, m.rank, 0 AS steps, false AS held FROM member m
  UNION
  -- One root for an object is enough: with all of them the walk would take as many times as long.
  SELECT s.classid, s.objid, s.objsubid, s.rank, s.steps, s.held
  FROM (
    SELECT DISTINCT ON (n.classid, n.objid, n.objsubid, n.held) n.classid, n.objid, n.objsubid, w.rank,
      least(w.steps + n.step, 2) AS steps, n.held
    FROM walk w
    CROSS JOIN LATERAL (
      SELECT d.classid, d.objid, d.objsubid, 1 AS step,
        w.held AND w.classid = 'pg_catalog.pg_type'::regclass AS held
      FROM pg_catalog.pg_depend d
      WHERE d.refclassid = w.classid AND d.refobjid = w.objid AND (w.objsubid = 0 OR d.refobjsubid = w.objsubid)
        AND d.deptype NOT IN ('e', 'x')${notMovedFrom(moved, { on: 'w.classid', classid: 'd.classid', objid: 'd.objid' })}
        AND (w.steps = 0 OR w.classid <> 'pg_catalog.pg_type'::regclass
          OR d.classid <> 'pg_catalog.pg_class'::regclass OR d.objsubid > 0
          OR EXISTS (SELECT FROM pg_catalog.pg_class p
            WHERE p.oid = d.objid AND p.relkind = 'p' AND p.reloftype <> w.objid))
        AND (NOT w.held OR w.classid <> 'pg_catalog.pg_type'::regclass
          OR d.classid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_class'::regclass))
      UNION ALL
      SELECT o.refclassid, o.refobjid, o.refobjsubid, (o.refclassid = 'pg_catalog.pg_type'::regclass)::integer, w.held
      FROM pg_catalog.pg_depend o
      WHERE o.classid = w.classid AND o.objid = w.objid AND o.objsubid = 0 AND o.deptype = 'i'
        AND w.classid IN ('pg_catalog.pg_rewrite'::regclass, 'pg_catalog.pg_attrdef'::regclass,
          'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_trigger'::regclass, 'pg_catalog.pg_amop'::regclass,
          'pg_catalog.pg_amproc'::regclass)
      UNION ALL
      SELECT 'pg_catalog.pg_class'::regclass, c.oid, 0, 0, false
      FROM pg_catalog.pg_class c
      WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objsubid > 0 AND c.oid = w.objid AND c.relkind IN ('v', 'm')
      UNION ALL
      SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, 1, true
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_type t ON t.oid = c.reltype
      WHERE w.classid = 'pg_catalog.pg_class'::regclass AND w.objsubid > 0 AND c.oid = w.objid
        AND c.relkind IN ('r', 'p', 'f')
        AND EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray)
            AND (d.classid, d.objid) <> ('pg_catalog.pg_type'::regclass, t.typarray)
            AND d.classid IN ('pg_catalog.pg_type'::regclass, 'pg_catalog.pg_class'::regclass)
        )
    ) n
    LEFT JOIN member m ON m.classid = n.classid AND m.objid = n.objid
    WHERE m.objid IS NULL
    ORDER BY n.classid, n.objid, n.objsubid, n.held, least(w.steps + n.step, 2), w.rank
  ) s
), reached AS MATERIALIZED (
  SELECT DISTINCT ON (w.classid, w.objid, w.objsubid) w.classid, w.objid, w.objsubid,
    n.classid AS rootclass, n.objid AS root, n.name AS reference, w.steps
  FROM walk w
  JOIN named n ON n.rank = w.rank
  WHERE w.steps > 0
  ORDER BY w.classid, w.objid, w.objsubid, w.steps, w.rank
)`

/**
 * A condition, to begin with WHERE or AND: an object is none of those that count as outside, nor part of an extension that
 * is. Empty where nothing is moved.
 *
 * @param moved addresses as `classid/objid/objsubid`
 */
export function notMoved(begin: string, moved: readonly string[], classid: string, objid: string): string {
  if (moved.length === 0) return ''
  const isMoved = (aClass: string, anObject: string) =>
    `concat_ws('/', ${aClass}::oid, ${anObject}, 0) = ANY ('{${moved.join(',')}}'::text[])`
  return ` ${begin} NOT (${isMoved(classid, objid)} OR EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = ${classid} AND e.objid = ${objid} AND e.objsubid = 0 AND e.deptype = 'e'
        AND ${isMoved('e.refclassid', 'e.refobjid')}))`
}

/** The same for what lies in a schema: that it does is a dependency on the schema, which a move ends. */
export function notMovedFrom(
  moved: readonly string[],
  { on, classid, objid }: Record<'on' | 'classid' | 'objid', string>,
): string {
  const isStaying = notMoved('OR', moved, classid, objid)
  return isStaying === '' ? '' : ` AND (${on} <> 'pg_catalog.pg_namespace'::regclass${isStaying})`
}
