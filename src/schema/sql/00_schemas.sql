-- This file creates the three schemas.
--
-- CREATE SCHEMA IF NOT EXISTS requires CREATE on the database even if the schema exists. A database
-- administrator may have created the schemas beforehand for a role without that privilege, so this block
-- first checks whether each schema exists.

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
