FOR constraint_name IN
  SELECT c.conname
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_type t ON t.oid = c.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = {{schema}} AND t.typname = {{name}} AND c.contype = 'c'
    AND starts_with(obj_description(c.oid, 'pg_constraint'), '{')
LOOP
  EXECUTE format('COMMENT ON CONSTRAINT %I ON DOMAIN %I.%I IS NULL',
    constraint_name, {{schema}}, {{name}});
END LOOP;
