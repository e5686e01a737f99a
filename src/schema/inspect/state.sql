-- One row for each schema that exists, the deciding one first; if there is none, one row with the role's
-- facts alone. SET ROLE is a matter of the role that logged in, and from PostgreSQL 16 on a membership may be
-- without it.
WITH {{inside}}, home AS (
  SELECT n.oid, n.nspname, n.nspowner,
    (SELECT count(*)::integer FROM inside i WHERE i.schema = n.nspname) AS objects
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN ({{schemas}})
), known AS MATERIALIZED (
  {{manifest}}
)
SELECT current_user::pg_catalog.text AS role, current_database()::pg_catalog.text AS database,
  has_database_privilege(current_database(), 'CREATE') AS create,
  (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.rolname = current_user) AS superuser,
  f.nspname::pg_catalog.text AS name, r.rolname::pg_catalog.text AS owner,
  r.rolname = current_user OR pg_has_role(session_user, r.oid,
    CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END
  ) AS "canActAsOwner", r.rolsuper AS "isOwnerSuperuser",
  has_database_privilege(r.oid, current_database(), 'CREATE') AS "canOwnerCreate",
  has_database_privilege(r.oid, current_database(), 'TEMPORARY') AS "ownerMakesTemporary",
  f.objects, i.inventory, i."otherOwned",
  EXISTS (SELECT FROM known m WHERE m.manifest IS NOT NULL) AS "hasManifest", i.fingerprint
FROM (
  SELECT {{inventory}} AS inventory,
    coalesce((
      SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', w.schema, 'identity', w.identity,
        'owner', w.owner, 'remedy', w.remedy, 'isUsable', w."isUsable",
        'isInstalled', coalesce(pg_catalog.strpos(m.manifest,
          pg_catalog.to_json(w.identity)::pg_catalog.text || ': ') > 0, false))
        ORDER BY w.identity COLLATE "C")
      FROM ({{otherOwned}}) w
      LEFT JOIN known m ON true
    ), '[]') AS "otherOwned",
    {{fingerprint}} AS fingerprint
) i
LEFT JOIN home f ON true
LEFT JOIN pg_catalog.pg_roles r ON r.oid = f.nspowner
ORDER BY array_position(ARRAY[{{schemas}}], f.nspname::pg_catalog.text);
