-- The three schemas.
--
-- CREATE SCHEMA IF NOT EXISTS asks for CREATE on the database even where the schema exists. A database
-- administrator may have made the schemas beforehand for a role without that privilege, so each is looked for first.

DO $install$
DECLARE
  wanted pg_catalog.name;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['msar', '__msar', 'mathesar_types']::pg_catalog.name[] LOOP
    IF NOT EXISTS (
      SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) wanted
    ) THEN
      EXECUTE pg_catalog.format('CREATE SCHEMA %I', wanted);
    END IF;
  END LOOP;
END
$install$;
