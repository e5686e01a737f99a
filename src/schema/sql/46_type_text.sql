-- These functions format types as text, from a JSON description.
--
-- The description is an object with the keys id and modifier, or schema, name and options. Options are
-- modifiers (length, precision, scale, fields) and array. The typmodin function of the type reads the
-- modifiers, so the type itself decides which it accepts and which errors it raises.

-- Adds up the codes of the time units in the fields of an interval type.
-- The argument is text that names units in any letter case. Returns a number as text: 32767, the code of no
-- restriction, if it names no units.
CREATE OR REPLACE FUNCTION __msar.prepare_fields_arg(fields pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT COALESCE(pg_catalog.sum(unit.code), 32767)::pg_catalog.text
    FROM (
      VALUES ('MONTH', 2), ('YEAR', 4), ('DAY', 8), ('HOUR', 1024), ('MINUTE', 2048), ('SECOND', 4096)
    ) AS unit(word, code)
    WHERE
      pg_catalog.strpos(pg_catalog.upper(fields COLLATE pg_catalog."C"), unit.word) OPERATOR(pg_catalog.>) 0
  $function$;

-- Sorts type options into the order that typmodin functions expect.
-- timespan_flag is whether the type is an interval: the result then includes the code of its fields. Absent
-- options are skipped, so a scale without a precision is in the position of the precision.
CREATE OR REPLACE FUNCTION __msar.build_typmodin_arg(
  typ_options pg_catalog.jsonb,
  timespan_flag pg_catalog.bool
) RETURNS pg_catalog.cstring[]
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.array_remove(
      ARRAY[
        pg_catalog.jsonb_extract_path_text(typ_options, 'length'),
        CASE
          WHEN timespan_flag
            THEN __msar.prepare_fields_arg(pg_catalog.jsonb_extract_path_text(typ_options, 'fields'))
        END,
        pg_catalog.jsonb_extract_path_text(typ_options, 'precision'),
        pg_catalog.jsonb_extract_path_text(typ_options, 'scale')
      ],
      NULL
    )::pg_catalog.cstring[]
  $function$;

-- Formats a type with its modifiers.
-- typ_name is the type as SQL; its own modifiers are ignored. Options that set no modifier are ignored, and
-- so are all options of a type without modifiers, and the precision of an interval without seconds. A range
-- of interval fields includes the units in between (day to second: day, hour, minute, second). Returns NULL
-- for NULL. Raises 42704 if the type does not exist, and the errors of the type for wrong options.
CREATE OR REPLACE FUNCTION __msar.get_formatted_base_type(
  typ_name pg_catalog.text,
  typ_options pg_catalog.jsonb
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      type_id pg_catalog.regtype := typ_name::pg_catalog.regtype;
      reader pg_catalog.regproc;
      is_interval pg_catalog.bool;
      fields integer;
      arguments pg_catalog.cstring[];
      modifier integer;
    BEGIN
      IF type_id IS NULL THEN
        RETURN NULL;
      END IF;
      SELECT t.typmodin INTO reader FROM pg_catalog.pg_type AS t WHERE t.oid OPERATOR(pg_catalog.=) type_id;
      IF NOT FOUND THEN
        RAISE EXCEPTION USING
          ERRCODE = 'undefined_object',
          MESSAGE = pg_catalog.format('type "%s" does not exist', typ_name);
      END IF;
      is_interval := reader OPERATOR(pg_catalog.=) 'pg_catalog.intervaltypmodin'::pg_catalog.regproc;
      fields := __msar.prepare_fields_arg(pg_catalog.jsonb_extract_path_text(typ_options, 'fields'))::integer;
      IF is_interval AND fields OPERATOR(pg_catalog.&) 4096 OPERATOR(pg_catalog.=) 0 THEN
        typ_options := pg_catalog.jsonb_delete(typ_options, 'precision'::pg_catalog.text);
      END IF;
      -- A range names its first and last unit, and includes the units between them.
      IF is_interval THEN
        typ_options := CASE
          WHEN fields OPERATOR(pg_catalog.=) 2056
            THEN pg_catalog.jsonb_set(typ_options, '{fields}', '"day hour minute"')
          WHEN fields OPERATOR(pg_catalog.=) 4104
            THEN pg_catalog.jsonb_set(typ_options, '{fields}', '"day hour minute second"')
          WHEN fields OPERATOR(pg_catalog.=) 5120
            THEN pg_catalog.jsonb_set(typ_options, '{fields}', '"hour minute second"')
          ELSE typ_options
        END;
      END IF;
      arguments := __msar.build_typmodin_arg(typ_options, is_interval);
      IF reader OPERATOR(pg_catalog.=) 0::pg_catalog.oid
        OR COALESCE(pg_catalog.cardinality(arguments), 0) OPERATOR(pg_catalog.=) 0
      THEN
        RETURN type_id::pg_catalog.text;
      END IF;
      EXECUTE pg_catalog.format('SELECT %s(%L::pg_catalog.cstring[])', reader, arguments) INTO modifier;
      RETURN pg_catalog.format_type(type_id, modifier);
    END
  $function$;

-- Formats the type that a JSON description names, with its modifiers.
-- If there is an id, it decides alone, with the modifier as the catalog stores it. Otherwise name and options
-- decide: the name is unquoted if there is a schema, and ready for SQL if there is none. Without a name, and
-- for anything but an object, the type is text. Raises 42704 if the type does not exist, 3F000 if the schema
-- does not exist, 42601 if the name is malformed, and the errors of the type for wrong options.
CREATE OR REPLACE FUNCTION msar.build_type_text(typ_jsonb pg_catalog.jsonb) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      type_id pg_catalog.oid := pg_catalog.jsonb_extract_path_text(typ_jsonb, 'id')::pg_catalog.oid;
      type_schema pg_catalog.text := pg_catalog.jsonb_extract_path_text(typ_jsonb, 'schema');
      type_name pg_catalog.text := pg_catalog.jsonb_extract_path_text(typ_jsonb, 'name');
      options pg_catalog.jsonb := pg_catalog.jsonb_extract_path(typ_jsonb, 'options');
    BEGIN
      IF type_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_type AS t WHERE t.oid OPERATOR(pg_catalog.=) type_id) THEN
          RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = pg_catalog.format('type "%s" does not exist', type_id);
        END IF;
        RETURN pg_catalog.format_type(
          type_id, pg_catalog.jsonb_extract_path_text(typ_jsonb, 'modifier')::integer
        );
      END IF;

      IF type_name IS NULL THEN
        type_name := 'pg_catalog.text';
      ELSIF type_schema IS NOT NULL THEN
        type_name := msar.get_fully_qualified_object_name(type_schema, type_name);
      END IF;
      RETURN pg_catalog.concat(
        __msar.get_formatted_base_type(type_name, options),
        CASE WHEN pg_catalog.jsonb_extract_path_text(options, 'array')::pg_catalog.bool THEN '[]' END
      );
    END
  $function$;

-- Formats the type that a JSON description names, with an existing type as the default.
-- Of the description, only name and options count; old_type is used if there is no name. Returns and raises
-- the same as msar.build_type_text.
CREATE OR REPLACE FUNCTION msar.build_type_text_complete(
  typ_jsonb pg_catalog.jsonb,
  old_type pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.build_type_text(
      pg_catalog.jsonb_build_object(
        'name', COALESCE(pg_catalog.jsonb_extract_path_text(typ_jsonb, 'name'), old_type),
        'options', pg_catalog.jsonb_extract_path(typ_jsonb, 'options')
      )
    )
  $function$;
