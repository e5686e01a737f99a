-- Commands on schemas: create, rename, comment, drop.
--
-- Each executes one command and returns its text. Those of __msar take names as they shall stand in SQL, and a comment
-- as a literal; those of msar take plain names and comments, or OIDs. For an OID that no schema has, the number stands
-- in the command where the name belongs, so the server raises 42601.

-- Creates a schema.
-- With if_not_exists, a schema of that name is only a notice. Raises 42P06 otherwise.
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

-- Creates a schema, by its plain name.
-- With if_not_exists, a schema of that name is only a notice. Raises 42P06 otherwise.
CREATE OR REPLACE FUNCTION msar.create_schema(
  sch_name pg_catalog.text,
  if_not_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.create_schema(pg_catalog.quote_ident(sch_name), if_not_exists)
  $function$;

-- Renames a schema.
-- Raises 3F000 for an unknown schema, 42P06 for a name taken, be it by itself.
CREATE OR REPLACE FUNCTION __msar.rename_schema(
  old_sch_name pg_catalog.text,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('ALTER SCHEMA %s RENAME TO %s', old_sch_name, new_sch_name)
  $function$;

-- Renames a schema, by its plain name.
-- Raises 3F000 for an unknown schema, 42P06 for a name taken, be it by itself.
CREATE OR REPLACE FUNCTION msar.rename_schema(
  old_sch_name pg_catalog.text,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_schema(pg_catalog.quote_ident(old_sch_name), pg_catalog.quote_ident(new_sch_name))
  $function$;

-- Renames a schema, by its OID.
-- Raises 42P06 for a name taken, be it by itself.
CREATE OR REPLACE FUNCTION msar.rename_schema(
  sch_id pg_catalog.oid,
  new_sch_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_schema(__msar.get_schema_name(sch_id), pg_catalog.quote_ident(new_sch_name))
  $function$;

-- Sets the comment of a schema; an empty one removes it.
-- Raises 3F000 for an unknown schema.
CREATE OR REPLACE FUNCTION __msar.comment_on_schema(
  sch_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('COMMENT ON SCHEMA %s IS %s', sch_name, comment_)
  $function$;

-- Sets the comment of a schema, by its plain name; an empty one removes it.
-- Raises 3F000 for an unknown schema.
CREATE OR REPLACE FUNCTION msar.comment_on_schema(
  sch_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_schema(pg_catalog.quote_ident(sch_name), pg_catalog.quote_literal(comment_))
  $function$;

-- Sets the comment of a schema, by its OID; an empty one removes it.
CREATE OR REPLACE FUNCTION msar.comment_on_schema(
  sch_id pg_catalog.oid,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_schema(__msar.get_schema_name(sch_id), pg_catalog.quote_literal(comment_))
  $function$;

-- Drops a schema, with cascade_ also all that it contains.
-- With if_exists, an unknown schema is only a notice. Raises 3F000 otherwise, 2BP01 if it is not empty.
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

-- Drops a schema, by its plain name, with cascade_ also all that it contains.
-- With if_exists, an unknown schema is only a notice. Raises 3F000 otherwise, 2BP01 if it is not empty.
CREATE OR REPLACE FUNCTION msar.drop_schema(
  sch_name pg_catalog.text,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_schema(pg_catalog.quote_ident(sch_name), cascade_, if_exists)
  $function$;

-- Drops a schema, by its OID, with cascade_ also all that it contains.
-- Raises 2BP01 if it is not empty.
CREATE OR REPLACE FUNCTION msar.drop_schema(
  sch_id pg_catalog.oid,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_schema(__msar.get_schema_name(sch_id), cascade_, if_exists)
  $function$;
