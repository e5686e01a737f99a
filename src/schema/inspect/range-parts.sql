-- An expression: of a range type in the schema {{schema}} what PostgreSQL created with it there, and leaves
-- there if the type is moved: the constructors, then the multirange type; NULL for other objects.
CASE WHEN {{classid}} = 'pg_catalog.pg_type'::regclass AND EXISTS (
  SELECT FROM pg_catalog.pg_type t WHERE t.oid = {{objid}} AND t.typtype = 'r'
) THEN (
  SELECT coalesce(json_agg(y.identity ORDER BY y.is_type, y.identity COLLATE "C"), '[]')
  FROM (
    SELECT {{identity}} AS identity, d.classid = 'pg_catalog.pg_type'::regclass AS is_type
    FROM pg_catalog.pg_depend d
    LEFT JOIN pg_catalog.pg_type m ON d.classid = 'pg_catalog.pg_type'::regclass AND m.oid = d.objid
    LEFT JOIN pg_catalog.pg_proc f ON d.classid = 'pg_catalog.pg_proc'::regclass AND f.oid = d.objid
    JOIN pg_catalog.pg_namespace h ON h.oid = coalesce(m.typnamespace, f.pronamespace)
    WHERE d.deptype = 'i' AND d.refclassid = 'pg_catalog.pg_type'::regclass AND h.nspname = {{schema}}
      AND (f.oid IS NOT NULL OR m.typtype = 'm')
      AND (d.refobjid = {{objid}} OR d.refobjid IN (
        SELECT i.objid FROM pg_catalog.pg_depend i
        JOIN pg_catalog.pg_type u ON u.oid = i.objid AND u.typtype = 'm'
        WHERE i.classid = 'pg_catalog.pg_type'::regclass AND i.deptype = 'i'
          AND i.refclassid = 'pg_catalog.pg_type'::regclass AND i.refobjid = {{objid}}))
  ) y
) END
