-- A query: the extensions in the schemas {{schemas}} that the role {{role}} may not drop, with their
-- owners, and the statements that move them elsewhere, or drop those that can't be moved.
SELECT x.extname::text AS name, n.nspname::text AS schema, pg_get_userbyid(x.extowner)::text AS owner,
  CASE WHEN x.extrelocatable THEN format('ALTER EXTENSION %I SET SCHEMA public;', x.extname)
    ELSE format('DROP EXTENSION %I;', x.extname) END AS remedy
FROM pg_catalog.pg_extension x
JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace
WHERE n.nspname IN ({{schemas}}) AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = {{role}} AND pg_has_role(r.oid, x.extowner, 'USAGE'))
ORDER BY x.extname COLLATE "C"
