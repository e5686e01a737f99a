-- A query after inside.sql and `home`: the objects inside that belong to a role which the schema's owner may
-- not act as. A superuser may act as every role; its own objects are those of superusers alone, for any other
-- owner could change code that the superuser runs.
SELECT f.nspname AS schema, {{identity}} AS identity,
  pg_catalog.pg_get_userbyid(o.owner) AS owner,
  pg_catalog.format('ALTER %s %s OWNER TO %I;', o.kind,
    -- Here and not inside `o`: the server takes long to print the names of all routines.
    CASE i.classid
      WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN i.objid::pg_catalog.regprocedure::pg_catalog.text
      WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN pg_catalog.format_type(i.objid, NULL)
      ELSE i.objid::pg_catalog.regclass::pg_catalog.text
    END, pg_catalog.pg_get_userbyid(f.nspowner)) AS remedy
FROM home f
JOIN (
  SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid AS objid, p.pronamespace AS namespace,
    p.proowner AS owner, 'ROUTINE' AS kind
  FROM pg_catalog.pg_proc p
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, t.typowner,
    CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END
  FROM pg_catalog.pg_type t
  UNION ALL
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace, c.relowner,
    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END
  FROM pg_catalog.pg_class c
) o ON o.namespace = f.oid AND o.owner <> f.nspowner
JOIN inside i ON i.classid = o.classid AND i.objid = o.objid
WHERE NOT CASE
  WHEN (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.oid = f.nspowner)
    THEN (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.oid = o.owner)
  ELSE pg_catalog.pg_has_role(f.nspowner, o.owner, 'USAGE')
END
