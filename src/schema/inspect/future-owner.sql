-- No row, or one about role $1: whether it has CREATE on the database, whether the session's role may act as
-- it, and which of the schemas belong to roles that it may act as. From PostgreSQL 16 on a membership may be
-- without SET ROLE.
SELECT pg_catalog.has_database_privilege(r.oid, pg_catalog.current_database(), 'CREATE') AS "canCreate",
  r.rolname OPERATOR(pg_catalog.=) current_user
    OR pg_catalog.pg_has_role(session_user, r.oid, v.acting) AS "canActAs",
  r.rolsuper AS "isSuperuser",
  ARRAY(
    SELECT n.nspname::pg_catalog.text
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.name[])
      AND pg_catalog.pg_has_role(r.oid, n.nspowner, v.acting)
  ) AS "ownSchemas"
FROM pg_catalog.pg_roles r
CROSS JOIN (
  SELECT CASE
    WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 160000
      THEN 'SET' ELSE 'MEMBER'
  END AS acting
) v
WHERE r.rolname OPERATOR(pg_catalog.=) $1
