-- An expression: whether an install of the source keeps an existing object inside the schemas.
CASE {{classid}}
  WHEN 'pg_catalog.pg_type'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_type kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.typnamespace
    WHERE kept.oid = {{objid}} AND home.nspname = 'mathesar_types'
      AND kept.typname = ANY (ARRAY[{{types}}]::text[]))
  WHEN 'pg_catalog.pg_class'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_class kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.relnamespace
    WHERE kept.oid = {{objid}} AND kept.relkind = 'r'
      AND format('%s.%s', home.nspname, kept.relname) = ANY (ARRAY[{{tables}}]::text[]))
  ELSE false
END
