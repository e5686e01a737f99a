-- One row: the schemas of earlier releases, as legacy-schemas.sql returns them, the names of the relations
-- inside {{doomed}} that no source creates, and renamed types. pg_depend has an index for its rows of a
-- schema, pg_class has none.
SELECT coalesce((SELECT json_agg(l) FROM ({{legacySchemas}}) l), '[]') AS schemas,
  coalesce((
    SELECT json_agg(c.relname)
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
      AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'n'
    JOIN pg_catalog.pg_class c ON c.oid = d.objid
    WHERE n.nspname IN ({{doomed}}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND concat_ws('.', n.nspname, c.relname) NOT IN ({{tables}})
  ), '[]') AS relations,
  coalesce((SELECT json_agg(y) FROM ({{renamedTypes}}) y), '[]') AS "renamedTypes";
