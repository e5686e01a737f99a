-- An expression: whether the schema public does not exist, or has a name already that a relation, a type or a
-- routine, or what goes with it (indexes, sequences, the row type), would have there.
CASE
  WHEN to_regnamespace('public') IS NULL THEN true
  WHEN {{classid}} = 'pg_catalog.pg_class'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_class c
    WHERE (
      c.oid = {{objid}}
      OR c.oid IN (SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE x.indrelid = {{objid}})
      OR c.oid IN (
        SELECT s.objid FROM pg_catalog.pg_depend s
        WHERE s.classid = 'pg_catalog.pg_class'::regclass AND s.refclassid = 'pg_catalog.pg_class'::regclass
          AND s.refobjid = {{objid}} AND s.deptype IN ('a', 'i'))
    ) AND (
      EXISTS (
        SELECT FROM pg_catalog.pg_class p
        WHERE p.relname = c.relname AND p.relnamespace = to_regnamespace('public'))
      OR c.reltype <> 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_type p
        WHERE p.typname = c.relname AND p.typnamespace = to_regnamespace('public'))
    ))
  WHEN {{classid}} = 'pg_catalog.pg_type'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_type t
    WHERE t.oid = {{objid}} AND (
      EXISTS (
        SELECT FROM pg_catalog.pg_type p
        WHERE p.typname = t.typname AND p.typnamespace = to_regnamespace('public'))
      OR t.typrelid <> 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_class p
        WHERE p.relname = t.typname AND p.relnamespace = to_regnamespace('public'))
    ))
  WHEN {{classid}} = 'pg_catalog.pg_proc'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_proc r
    JOIN pg_catalog.pg_proc p ON p.proname = r.proname AND p.proargtypes = r.proargtypes
    WHERE r.oid = {{objid}} AND p.pronamespace = to_regnamespace('public'))
  ELSE false
END
