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
FROM inside i
JOIN home f ON f.nspname = i.schema
CROSS JOIN LATERAL (
  SELECT p.proowner AS owner, 'ROUTINE' AS kind
  FROM pg_catalog.pg_proc p
  WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = i.objid
  UNION ALL
  SELECT t.typowner, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END
  FROM pg_catalog.pg_type t
  WHERE i.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = i.objid
  UNION ALL
  SELECT c.relowner, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
    WHEN 'S' THEN 'SEQUENCE'
    WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END
  FROM pg_catalog.pg_class c
  WHERE i.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = i.objid
) o
WHERE o.owner <> f.nspowner AND NOT CASE
  WHEN (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.oid = f.nspowner)
    THEN (SELECT u.rolsuper FROM pg_catalog.pg_roles u WHERE u.oid = o.owner)
  ELSE pg_catalog.pg_has_role(f.nspowner, o.owner, 'USAGE')
END
