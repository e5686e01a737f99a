-- These functions create, rename, comment and drop schemas.
--
-- Each function executes one command and returns its text. The functions of __msar expect names that are
-- ready for SQL, and the comment as a literal. Those of msar expect unquoted names and plain comments, or
-- OIDs. If no schema has the OID, the command contains the number in place of the name, so the server raises
-- 42601.

-- Creates a schema.
-- If the schema exists, raises a notice with if_not_exists and 42P06 without it.
CREATE OR REPLACE FUNCTION __msar.create_schema(
  sch_name pg_catalog.text,
  if_not_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      'CREATE SCHEMA %s%s',
      CASE WHEN if_not_exists THEN 'IF NOT EXISTS ' END,
      sch_name
    )
  $function$;

-- Creates a schema, by its unquoted name.
-- If the schema exists, raises a notice with if_not_exists and 42P06 without it.
CREATE OR REPLACE FUNCTION msar.create_schema(
  sch_name pg_catalog.text,
  if_not_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.create_schema(pg_catalog.quote_ident(sch_name), if_not_exists)
  $function$;

-- Renames a schema.
-- Raises 3F000 if the schema does not exist, 42P06 if the new name is taken or is the old one.
CREATE OR REPLACE FUNCTION __msar.rename_schema(
  old_sch_name pg_catalog.text,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('ALTER SCHEMA %s RENAME TO %s', old_sch_name, new_sch_name)
  $function$;

-- Renames a schema, by its unquoted name.
-- Raises 3F000 if the schema does not exist, 42P06 if the new name is taken or is the old one.
CREATE OR REPLACE FUNCTION msar.rename_schema(
  old_sch_name pg_catalog.text,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_schema(pg_catalog.quote_ident(old_sch_name), pg_catalog.quote_ident(new_sch_name))
  $function$;

-- Renames a schema, by its OID.
-- Raises 42P06 if the new name is taken or is the old one.
CREATE OR REPLACE FUNCTION msar.rename_schema(
  sch_id pg_catalog.oid,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_schema(__msar.get_schema_name(sch_id), pg_catalog.quote_ident(new_sch_name))
  $function$;

-- Sets the comment of a schema; an empty comment drops it.
-- Raises 3F000 if the schema does not exist.
CREATE OR REPLACE FUNCTION __msar.comment_on_schema(
  sch_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('COMMENT ON SCHEMA %s IS %s', sch_name, comment_)
  $function$;

-- Sets the comment of a schema, by its unquoted name; an empty comment drops it.
-- Raises 3F000 if the schema does not exist.
CREATE OR REPLACE FUNCTION msar.comment_on_schema(
  sch_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_schema(pg_catalog.quote_ident(sch_name), pg_catalog.quote_literal(comment_))
  $function$;

-- Sets the comment of a schema, by its OID; an empty comment drops it.
CREATE OR REPLACE FUNCTION msar.comment_on_schema(
  sch_id pg_catalog.oid,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_schema(__msar.get_schema_name(sch_id), pg_catalog.quote_literal(comment_))
  $function$;

-- Drops a schema; with cascade_, also drops its contents.
-- If the schema does not exist, raises a notice with if_exists and 3F000 without it. Raises 2BP01 if the
-- schema is not empty.
CREATE OR REPLACE FUNCTION __msar.drop_schema(
  sch_name pg_catalog.text,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      'DROP SCHEMA %s%s%s',
      CASE WHEN if_exists THEN 'IF EXISTS ' END,
      sch_name,
      CASE WHEN cascade_ THEN ' CASCADE' END
    )
  $function$;

-- Drops a schema, by its unquoted name; with cascade_, also drops its contents.
-- If the schema does not exist, raises a notice with if_exists and 3F000 without it. Raises 2BP01 if the
-- schema is not empty.
CREATE OR REPLACE FUNCTION msar.drop_schema(
  sch_name pg_catalog.text,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_schema(pg_catalog.quote_ident(sch_name), cascade_, if_exists)
  $function$;

-- Drops a schema, by its OID; with cascade_, also drops its contents.
-- Raises 2BP01 if the schema is not empty.
CREATE OR REPLACE FUNCTION msar.drop_schema(
  sch_id pg_catalog.oid,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_schema(__msar.get_schema_name(sch_id), cascade_, if_exists)
  $function$;
