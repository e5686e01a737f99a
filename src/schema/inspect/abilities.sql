-- One row: what the session's role can do in its database, and what it may not use of the schemas. Asks about
-- privileges alone, and runs nothing of the schemas.
WITH found AS (
  SELECT n.oid, quote_ident(n.nspname) AS name, n.nspowner AS owner,
    array_position(ARRAY[{{schemas}}], n.nspname::text) AS place
  FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}})
)
SELECT current_user::text AS role, d.datname::text AS database,
  pg_get_userbyid(d.datdba)::text AS "databaseOwner",
  has_database_privilege(d.oid, 'CONNECT') AS connect,
  has_database_privilege(d.oid, 'CREATE') AS "createSchemas",
  has_database_privilege(d.oid, 'CREATE') OR EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN ({{schemas}}, 'information_schema') AND left(n.nspname, 3) <> 'pg_'
      AND has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE')
  ) AS "createTables",
  coalesce((
    SELECT json_agg(json_build_object('name', f.name, 'owner', pg_get_userbyid(f.owner)) ORDER BY f.place)
    FROM found f WHERE NOT has_schema_privilege(f.oid, 'USAGE')), '[]') AS schemas,
  coalesce((SELECT json_agg(json_build_object('name', f.name, 'owner', pg_get_userbyid(f.owner), 'routines',
      -- GRANT ... ON ALL ROUTINES fails where its role may not use one of them.
      CASE WHEN EXISTS (
          SELECT FROM pg_catalog.pg_proc p WHERE p.pronamespace = f.oid AND p.proowner <> f.owner)
        THEN closed.routines END) ORDER BY f.place)
    FROM found f CROSS JOIN LATERAL (
      SELECT json_agg(p.oid::regprocedure::text ORDER BY p.oid) AS routines
      FROM pg_catalog.pg_proc p WHERE p.pronamespace = f.oid AND p.proowner = f.owner
        AND NOT has_function_privilege(p.oid, 'EXECUTE')) closed
    WHERE closed.routines IS NOT NULL), '[]') AS functions,
  coalesce((SELECT json_agg(json_build_object('name', f.name || '.' || quote_ident(c.relname),
      'owner', pg_get_userbyid(c.relowner)) ORDER BY f.place, c.relname)
    FROM found f JOIN pg_catalog.pg_class c ON c.relnamespace = f.oid
    WHERE c.relkind = 'r' AND c.relname IN ('top_level_domains', 'expr_templates')
      AND NOT has_table_privilege(c.oid, 'SELECT')), '[]') AS tables,
  coalesce((SELECT json_agg(json_build_object('name', f.name || '.' || quote_ident(t.typname),
      'owner', pg_get_userbyid(t.typowner)) ORDER BY f.place, t.typname)
    FROM found f JOIN pg_catalog.pg_type t ON t.typnamespace = f.oid
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
    WHERE t.typowner = f.owner AND t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
      AND NOT has_type_privilege(t.oid, 'USAGE')), '[]') AS types
FROM pg_catalog.pg_database d WHERE d.datname = current_database();
