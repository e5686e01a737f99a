-- Text helpers and the execution of commands.

-- Executes SQL.
-- Takes any number of statements with semicolons between them; their rows are discarded. Returns the text as given.
CREATE OR REPLACE FUNCTION __msar.exec_ddl(command pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    BEGIN
      EXECUTE command;
      RETURN command;
    END
  $function$;

-- Executes the SQL that a template and its arguments make.
-- Takes a template of PostgreSQL's format() and its arguments; at least one of them needs a known type. Returns the
-- text executed. Raises 22023 for too few arguments.
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

-- Writes texts as a list in parentheses.
-- Takes the elements as they shall stand, and leaves NULLs out. NULL where nothing is left.
CREATE OR REPLACE FUNCTION __msar.build_text_tuple(pg_catalog.text[]) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT '(' OPERATOR(pg_catalog.||)
      pg_catalog.string_agg(item.value, ', ' ORDER BY item.place) OPERATOR(pg_catalog.||) ')'
    FROM pg_catalog.unnest($1) WITH ORDINALITY AS item(value, place)
  $function$;

-- Says whether a JSON object has a key at its top level.
-- Of an array, says whether the text is one of its elements; of a string, whether it equals the text. A key with the
-- value null counts. NULL where an argument is.
CREATE OR REPLACE FUNCTION __msar.jsonb_key_exists(data pg_catalog.jsonb, key pg_catalog.text) RETURNS pg_catalog.bool
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.jsonb_exists(data, key)
  $function$;

-- Joins a schema and a name by a dot.
-- Takes both as they shall stand in SQL. Does not look whether they exist.
CREATE OR REPLACE FUNCTION __msar.get_fully_qualified_object_name(
  sch_name pg_catalog.text,
  obj_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format('%s.%s', sch_name, obj_name)
  $function$;

-- Joins a schema and a name by a dot, each quoted where needed.
-- Takes plain names. Does not look whether they exist.
CREATE OR REPLACE FUNCTION msar.get_fully_qualified_object_name(
  sch_name pg_catalog.text,
  obj_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format('%I.%I', sch_name, obj_name)
  $function$;

-- Gives the name of a schema, quoted where needed.
-- For an OID that no schema has, gives the number.
CREATE OR REPLACE FUNCTION __msar.get_schema_name(sch_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT sch_id::pg_catalog.regnamespace::pg_catalog.text
  $function$;

-- Gives the name of a relation, quoted where needed.
-- The schema stands before it unless the search path finds the relation without. For an OID that no relation has, gives
-- the number.
CREATE OR REPLACE FUNCTION __msar.get_relation_name(rel_id pg_catalog.oid) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT rel_id::pg_catalog.regclass::pg_catalog.text
  $function$;
