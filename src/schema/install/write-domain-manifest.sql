FOR constraint_name IN
  SELECT c.conname
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_type t ON t.oid = c.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = {{schema}} AND t.typname = {{name}} AND c.contype = 'c'
  ORDER BY c.conname COLLATE "C"
  LIMIT 1
LOOP
  EXECUTE format('COMMENT ON CONSTRAINT %I ON DOMAIN %I.%I IS %L',
    constraint_name, {{schema}}, {{name}}, manifest);
END LOOP;
