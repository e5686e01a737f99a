-- These functions format text and execute commands.

-- Executes SQL.
-- The argument can be several statements, separated by semicolons; their rows are discarded. Returns the text
-- unchanged.
CREATE OR REPLACE FUNCTION __msar.exec_ddl(command pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    BEGIN
      EXECUTE command;
      RETURN command;
    END
  $function$;

-- Executes the SQL that a template and its arguments produce.
-- The template is one of PostgreSQL's format(); at least one argument needs a known type. Returns the text
-- that was executed. Raises 22023 if there are too few arguments.
CREATE OR REPLACE FUNCTION __msar.exec_ddl(
  command_template pg_catalog.text,
  VARIADIC arguments pg_catalog.anyarray
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    BEGIN
      RETURN __msar.exec_ddl(pg_catalog.format(command_template, VARIADIC arguments));
    END
  $function$;

-- Formats texts as a list in parentheses.
-- The elements must be ready for SQL; NULLs are skipped. Returns NULL if no element is left.
CREATE OR REPLACE FUNCTION __msar.build_text_tuple(pg_catalog.text[]) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT '(' OPERATOR(pg_catalog.||)
      pg_catalog.string_agg(item.value, ', ' ORDER BY item.place) OPERATOR(pg_catalog.||) ')'
    FROM pg_catalog.unnest($1) WITH ORDINALITY AS item(value, place)
  $function$;

-- Returns whether a JSON object has a key at its top level.
-- For an array, returns whether the text is one of its elements; for a string, whether the string equals the
-- text. A key with the value null counts. Returns NULL if an argument is NULL.
CREATE OR REPLACE FUNCTION __msar.jsonb_key_exists(
  data pg_catalog.jsonb,
  key pg_catalog.text
) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.jsonb_exists(data, key)
  $function$;

-- Joins a schema and a name with a dot.
-- Both must be ready for SQL. Does not check whether they exist.
CREATE OR REPLACE FUNCTION __msar.get_fully_qualified_object_name(
  sch_name pg_catalog.text,
  obj_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format('%s.%s', sch_name, obj_name)
  $function$;

-- Joins a schema and a name with a dot, and quotes each where needed.
-- The names are unquoted. Does not check whether they exist.
CREATE OR REPLACE FUNCTION msar.get_fully_qualified_object_name(
  sch_name pg_catalog.text,
  obj_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format('%I.%I', sch_name, obj_name)
  $function$;

-- Returns the name of a schema, quoted where needed.
-- Returns the OID as text if no schema has it.
CREATE OR REPLACE FUNCTION __msar.get_schema_name(sch_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT sch_id::pg_catalog.regnamespace::pg_catalog.text
  $function$;

-- Returns the name of a relation, quoted where needed.
-- The name is qualified unless the relation is visible in the search path. Returns the OID as text if no
-- relation has it.
CREATE OR REPLACE FUNCTION __msar.get_relation_name(rel_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT rel_id::pg_catalog.regclass::pg_catalog.text
  $function$;
