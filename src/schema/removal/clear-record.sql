-- Clears the record of an earlier install from a schema that stays.
DO $clear$
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_namespace n
    WHERE n.nspname = {{name}} AND starts_with(obj_description(n.oid, 'pg_namespace'), {{recordPrefix}})
  ) THEN
    EXECUTE format('COMMENT ON SCHEMA %I IS NULL', {{name}});
  END IF;
END
$clear$;
