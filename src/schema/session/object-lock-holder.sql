-- A query: the session that holds a lock on the Mathesar schemas, on something in them or on one of the
-- relations {{relations}} (an array of OIDs), otherwise ACCESS EXCLUSIVE on any relation.
WITH schemas AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN ({{schemas}})),
inside AS (
  SELECT 'pg_catalog.pg_namespace'::regclass::oid AS classid, oid AS objid FROM schemas
  UNION ALL
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN schemas s ON s.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
  UNION ALL
  SELECT 'pg_catalog.pg_class'::regclass, unnest({{relations}})
)
{{lockHolder}}
  AND l.locktype IN ('object', 'relation')
  AND (l.mode = 'AccessExclusiveLock' OR l.classid IS NOT NULL
    OR l.relation IN (SELECT i.objid FROM inside i))
ORDER BY EXISTS (
    SELECT FROM inside i
    WHERE (l.locktype = 'object' AND l.classid = i.classid AND l.objid = i.objid)
      OR (l.locktype = 'relation' AND i.classid = 'pg_catalog.pg_class'::regclass AND l.relation = i.objid)
  ) DESC, l.mode = 'AccessExclusiveLock' DESC, l.pid
LIMIT 1;
