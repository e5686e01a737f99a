-- An expression about `n`, one of the schemas: whether anything is in it.
EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
)
