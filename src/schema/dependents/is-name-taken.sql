-- An expression: whether an object can't be moved into the schema {{target}}, since the owner of its schema may
-- not create anything there, or since there is a name already that a relation, a type or a routine, or what goes
-- with it (indexes, sequences, the row type), would have there. NULL if that schema does not exist.
CASE
  WHEN to_regnamespace({{target}}) IS NULL THEN NULL
  WHEN NOT has_schema_privilege((
      SELECT h.nspowner FROM pg_catalog.pg_namespace h WHERE h.nspname = {{schema}}
    ), to_regnamespace({{target}}), 'CREATE') THEN true
  WHEN {{classid}} = 'pg_catalog.pg_class'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_class c
    WHERE (
      c.oid = {{objid}}
      OR c.oid IN (SELECT x.indexrelid FROM pg_catalog.pg_index x WHERE x.indrelid = {{objid}})
      OR c.oid IN (
        SELECT s.objid FROM pg_catalog.pg_depend s
        WHERE s.classid = 'pg_catalog.pg_class'::regclass AND s.refclassid = 'pg_catalog.pg_class'::regclass
          AND s.refobjid = {{objid}} AND s.deptype IN ('a', 'i')
          -- Partitions stay where they are.
          AND s.objid IN (
            SELECT q.oid FROM pg_catalog.pg_class q WHERE q.relkind IN ('S', 'i', 'I') AND NOT q.relispartition))
    ) AND (
      EXISTS (
        SELECT FROM pg_catalog.pg_class p
        WHERE p.relname = c.relname AND p.relnamespace = to_regnamespace({{target}}))
      OR c.reltype <> 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_type p
        WHERE p.typname = c.relname AND p.typnamespace = to_regnamespace({{target}}))
    ))
  WHEN {{classid}} = 'pg_catalog.pg_type'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_type t
    WHERE t.oid = {{objid}} AND (
      EXISTS (
        SELECT FROM pg_catalog.pg_type p
        WHERE p.typname = t.typname AND p.typnamespace = to_regnamespace({{target}}))
      OR t.typrelid <> 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_class p
        WHERE p.relname = t.typname AND p.relnamespace = to_regnamespace({{target}}))
    ))
  WHEN {{classid}} = 'pg_catalog.pg_proc'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_proc r
    JOIN pg_catalog.pg_proc p ON p.proname = r.proname AND p.proargtypes = r.proargtypes
    WHERE r.oid = {{objid}} AND p.pronamespace = to_regnamespace({{target}}))
  ELSE false
END
