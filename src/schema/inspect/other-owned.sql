-- A query after inside.sql and `home`: the objects inside that belong to a role which the schema's owner may
-- not act as, or as which others may act. Whoever may act as the owner of an object can change it, and with
-- it code that the schema's owner runs: each of them must be able to act as the schema's owner already, or as
-- a superuser. In schemas of a superuser all objects are those of superusers. `isUsable`: the schema's owner
-- may act as the owner of the object, though others may too.
SELECT o.schema, {{identity}} AS identity, i.classid, i.objid, o.is_usable AS "isUsable",
  pg_catalog.pg_get_userbyid(o.owner) AS owner,
  pg_catalog.format('ALTER %s %s OWNER TO %I;', o.kind,
    -- Here and not inside `o`: the server takes long to print the names of all routines.
    CASE i.classid
      WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN i.objid::pg_catalog.regprocedure::pg_catalog.text
      WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN pg_catalog.format_type(i.objid, NULL)
      ELSE i.objid::pg_catalog.regclass::pg_catalog.text
    END, pg_catalog.pg_get_userbyid(o.schema_owner)) AS remedy
FROM (
  WITH owned AS MATERIALIZED (
    SELECT f.nspname AS schema, f.nspowner AS schema_owner, o.classid, o.objid, o.owner, o.kind
    FROM home f
    JOIN (
      SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid AS objid,
        p.pronamespace AS namespace, p.proowner AS owner, 'ROUTINE' AS kind
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
  ), pair AS MATERIALIZED (
    SELECT x.owner, x.schema_owner,
      coalesce(CASE WHEN s.rolsuper THEN o.rolsuper
        ELSE pg_catalog.pg_has_role(x.schema_owner, x.owner, 'USAGE') END, false) AS is_usable,
      CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
        THEN 'USAGE, SET, MEMBER WITH ADMIN OPTION' ELSE 'MEMBER' END AS power
    FROM (SELECT DISTINCT w.owner, w.schema_owner FROM owned w) x
    LEFT JOIN pg_catalog.pg_roles o ON o.oid = x.owner
    LEFT JOIN pg_catalog.pg_roles s ON s.oid = x.schema_owner
  ), foreign_pair AS MATERIALIZED (
    SELECT p.owner, p.schema_owner, p.is_usable
    FROM pair p
    WHERE NOT p.is_usable OR EXISTS (
      SELECT FROM pg_catalog.pg_roles m
      WHERE m.rolcanlogin AND pg_catalog.pg_has_role(m.oid, p.owner, 'MEMBER') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_roles u
        WHERE (u.oid = p.schema_owner OR u.rolsuper) AND pg_catalog.pg_has_role(m.oid, u.oid, p.power)
      )
    )
  )
  SELECT w.*, p.is_usable
  FROM owned w
  JOIN foreign_pair p ON p.owner = w.owner AND p.schema_owner = w.schema_owner
) o
JOIN inside i ON i.classid = o.classid AND i.objid = o.objid
