-- One row for each of the schemas {{names}} that exists: its owner, what it holds, and whether the owner of
-- {{deciding}} (else the session's role) may drop it.
WITH {{inside}}
SELECT n.nspname::text AS name, pg_get_userbyid(n.nspowner)::text AS owner,
  coalesce((
    SELECT json_agg({{identity}} ORDER BY i.objid) FROM inside i WHERE i.schema = n.nspname
  ), '[]') AS objects,
  pg_has_role(coalesce((
    SELECT m.nspowner FROM pg_catalog.pg_namespace m WHERE m.nspname IN ({{deciding}})
  ), (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)), n.nspowner, 'USAGE')
    AS "canDrop"
FROM pg_catalog.pg_namespace n
WHERE n.nspname IN ({{names}})
ORDER BY n.nspname COLLATE "C"
