-- An expression about `p`, a row of pg_proc: whether it is a cast from hstore of a release before 0.2.0.
(pg_catalog.starts_with(p.proname, 'cast_to_') AND EXISTS (
  SELECT FROM pg_catalog.pg_namespace c
  WHERE c.oid = p.pronamespace AND c.nspname = 'mathesar_types'
) AND EXISTS (
  SELECT FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid
    AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
  WHERE t.oid = p.proargtypes[0] AND t.typname = 'hstore'
))
