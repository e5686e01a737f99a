-- These functions alter columns: type, default, NOT NULL, name, comment; and they drop columns.
--
-- The functions of __msar each build one action of an ALTER TABLE command; msar.process_col_alter_jsonb joins
-- the actions, and msar.alter_columns executes them.

-- Builds the expression that casts a value to another type.
-- val is a piece of SQL; modifiers of the type are ignored. Returns a call of the cast function of the type
-- if the schema mathesar_types exists, whether or not that function exists, and an explicit cast otherwise.
-- Raises 42704 if the type does not exist.
CREATE OR REPLACE FUNCTION __msar.build_cast_expr(
  val pg_catalog.text,
  type_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT CASE
      WHEN msar.schema_exists('mathesar_types') THEN
        -- A type may have any name, so quote the text after the schema.
        pg_catalog.format(
          'mathesar_types.%I(%s)',
          pg_catalog.substr(
            msar.get_cast_function_name(type_::pg_catalog.regtype),
            pg_catalog.length('mathesar_types.') OPERATOR(pg_catalog.+) 1
          ),
          val
        )
      ELSE
        -- The modifier is -1 and not NULL, because a bare "character" or "bit" means a length of one.
        pg_catalog.concat(val, '::', pg_catalog.format_type(type_::pg_catalog.regtype, -1))
    END
  $function$;

-- Builds the action that drops the default of a column.
-- The arguments are the OID of the table, the attnum of the column, the new type or NULL, the new default as
-- JSON or NULL. Returns the action if the new default is JSON null, or if the type changes, since a default
-- need not be valid for the new type. Returns NULL otherwise, and if the column does not exist.
CREATE OR REPLACE FUNCTION __msar.build_col_drop_default_expr(
  tab_id pg_catalog.oid,
  col_id integer,
  new_type pg_catalog.text,
  new_default pg_catalog.jsonb
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.format('ALTER COLUMN %s DROP DEFAULT', col.quoted)
    FROM msar.get_column_name(tab_id, col_id) AS col(quoted)
    WHERE col.quoted IS NOT NULL
      AND (new_type IS NOT NULL OR pg_catalog.jsonb_typeof(new_default) OPERATOR(pg_catalog.=) 'null')
  $function$;

-- Builds the action that changes the type of a column and casts its values.
-- The arguments are the OID of the table, the attnum of the column, the new type as text. The action keeps a
-- collation of the column that differs from its type's, if the new type is collatable. The server computes
-- the values of a generated column anew. Returns NULL if the column does not exist. Raises 42704 if the type
-- does not exist.
CREATE OR REPLACE FUNCTION __msar.build_col_retype_expr(
  tab_id pg_catalog.oid,
  col_id integer,
  new_type pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.concat(
      pg_catalog.format('ALTER COLUMN %s TYPE %s', col.quoted, new_type),
      CASE
        WHEN att.attcollation OPERATOR(pg_catalog.<>) old_type.typcollation
          AND wanted.typcollation OPERATOR(pg_catalog.<>) 0
        THEN pg_catalog.format(' COLLATE %s', att.attcollation::pg_catalog.regcollation)
      END,
      CASE
        WHEN att.attgenerated OPERATOR(pg_catalog.=) ''
        THEN pg_catalog.format(' USING %s', __msar.build_cast_expr(col.quoted, new_type))
      END
    )
    FROM msar.get_column_name(tab_id, col_id) AS col(quoted)
    JOIN pg_catalog.pg_attribute AS att
      ON att.attrelid OPERATOR(pg_catalog.=) tab_id AND att.attnum OPERATOR(pg_catalog.=) col_id
    JOIN pg_catalog.pg_type AS old_type ON old_type.oid OPERATOR(pg_catalog.=) att.atttypid
    JOIN pg_catalog.pg_type AS wanted ON wanted.oid OPERATOR(pg_catalog.=) new_type::pg_catalog.regtype
  $function$;

-- Builds the action that sets the default of a column.
-- The arguments are the OID of the table, the attnum of the column, the present default as SQL or NULL, the
-- new default as JSON or NULL, the new type or NULL. A new default is set as a value; JSON null sets nothing.
-- Without a new default, a change of type keeps the present default: a static default is evaluated and cast
-- here, so errors of the cast are raised here; a dynamic one is wrapped in the cast. Returns NULL otherwise.
CREATE OR REPLACE FUNCTION __msar.build_col_default_expr(
  tab_id pg_catalog.oid,
  col_id integer,
  old_default pg_catalog.text,
  new_default pg_catalog.jsonb,
  new_type pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE
  AS $function$
  DECLARE
    quoted_name pg_catalog.text := msar.get_column_name(tab_id, col_id);
    expression pg_catalog.text;
  BEGIN
    IF pg_catalog.jsonb_typeof(new_default) OPERATOR(pg_catalog.<>) 'null' THEN
      expression := pg_catalog.quote_literal(pg_catalog.jsonb_extract_path_text(new_default, VARIADIC '{}'));
    ELSIF new_default IS NULL AND new_type IS NOT NULL AND old_default IS NOT NULL THEN
      IF msar.is_default_possibly_dynamic(tab_id, col_id) IS FALSE THEN
        -- The text of a default does not show the casts that the server added, such as the cast of 7 to '7'
        -- for a text column. So first cast the value to the present type, which is the type of the column's
        -- values.
        SELECT __msar.build_cast_expr(
          pg_catalog.format('(%s)::%s', old_default, pg_catalog.format_type(att.atttypid, -1)),
          new_type
        )
        INTO STRICT expression
        FROM pg_catalog.pg_attribute AS att
        WHERE att.attrelid OPERATOR(pg_catalog.=) tab_id AND att.attnum OPERATOR(pg_catalog.=) col_id;
        -- %L calls the output function of the type, whose result the input function can read. The result of a
        -- cast to text may be different.
        EXECUTE pg_catalog.concat('SELECT pg_catalog.format(''%L'', ', expression, ')')
        INTO STRICT expression;
      ELSE
        expression := __msar.build_cast_expr(pg_catalog.format('(%s)', old_default), new_type);
      END IF;
    END IF;
    IF quoted_name IS NULL OR expression IS NULL THEN
      RETURN NULL;
    END IF;
    RETURN pg_catalog.format('ALTER COLUMN %s SET DEFAULT %s', quoted_name, expression);
  END
  $function$;

-- Builds the action that sets or drops NOT NULL on a column.
-- The arguments are the OID of the table, the attnum of the column, true to set or false to drop. Returns
-- NULL if the last one is NULL or the column does not exist.
CREATE OR REPLACE FUNCTION __msar.build_col_not_null_expr(
  tab_id pg_catalog.oid,
  col_id integer,
  not_null boolean
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format(
      'ALTER COLUMN %s %s NOT NULL', col.quoted, CASE WHEN not_null THEN 'SET' ELSE 'DROP' END
    )
    FROM msar.get_column_name(tab_id, col_id) AS col(quoted)
    WHERE col.quoted IS NOT NULL
  $function$;

-- Builds the action that drops a column.
-- The arguments are the OID of the table, the attnum of the column, true to drop it. Returns NULL if the last
-- one is not true or the column does not exist.
CREATE OR REPLACE FUNCTION __msar.build_col_drop_text(
  tab_id pg_catalog.oid,
  col_id integer,
  col_delete boolean
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.format('DROP COLUMN %s', col.quoted)
    FROM msar.get_column_name(tab_id, col_id) AS col(quoted)
    WHERE col.quoted IS NOT NULL AND col_delete
  $function$;

-- Builds the actions of an ALTER TABLE command from a JSON array of column alterations, without executing
-- them.
-- The arguments are the OID of the table and the array. Returns the actions for types, defaults, NOT NULL and
-- dropped columns, separated by commas, in the order of the array; NULL if there is nothing to do. Names,
-- comments, attnums that do not exist and the default Mathesar id column are skipped, and "type": null counts
-- as absent. Static defaults of columns whose type changes are cast here. Raises 22023 for an argument that
-- is not an array, for a null in place of a boolean and for an invalid type option, 42704 if a type does not
-- exist, and the errors of the cast, such as 22P02, if a default cannot be cast.
CREATE OR REPLACE FUNCTION msar.process_col_alter_jsonb(tab_id pg_catalog.oid, col_alters pg_catalog.jsonb)
  RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  DECLARE
    entry record;
    new_type pg_catalog.text;
    actions pg_catalog.text[];
  BEGIN
    -- Before version 18, the server itself refuses to cast these to boolean.
    IF EXISTS (
      SELECT FROM pg_catalog.jsonb_array_elements(col_alters) AS listed(alteration)
      WHERE pg_catalog.jsonb_extract_path(listed.alteration, 'not_null') OPERATOR(pg_catalog.=) 'null'
        OR pg_catalog.jsonb_extract_path(listed.alteration, 'delete') OPERATOR(pg_catalog.=) 'null'
    ) THEN
      RAISE invalid_parameter_value USING MESSAGE = 'cannot cast jsonb null to type boolean';
    END IF;
    FOR entry IN
      SELECT
        att.attnum AS col_id,
        att.attidentity OPERATOR(pg_catalog.=) ''
          AND att.attgenerated OPERATOR(pg_catalog.=) '' AS can_have_default,
        pg_catalog.jsonb_extract_path(listed.alteration, 'type') AS type_,
        pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS old_default,
        pg_catalog.jsonb_extract_path(listed.alteration, 'default') AS new_default,
        pg_catalog.jsonb_extract_path(listed.alteration, 'not_null')::boolean AS not_null,
        pg_catalog.jsonb_extract_path(listed.alteration, 'delete')::boolean AS delete_
      FROM pg_catalog.jsonb_array_elements(col_alters) WITH ORDINALITY AS listed(alteration, place)
      JOIN pg_catalog.pg_attribute AS att
        ON att.attrelid OPERATOR(pg_catalog.=) tab_id
        AND att.attnum OPERATOR(pg_catalog.=)
          pg_catalog.jsonb_extract_path_text(listed.alteration, 'attnum')::integer
        AND att.attnum OPERATOR(pg_catalog.>) 0
        AND NOT att.attisdropped
      LEFT JOIN pg_catalog.pg_attrdef AS def
        ON def.adrelid OPERATOR(pg_catalog.=) att.attrelid
        AND def.adnum OPERATOR(pg_catalog.=) att.attnum
        -- The stored expression of a generated column is not a default and stays unchanged.
        AND att.attgenerated OPERATOR(pg_catalog.=) ''
      WHERE NOT msar.is_mathesar_id_column(tab_id, att.attnum)
      ORDER BY listed.place
    LOOP
      new_type := CASE
        WHEN pg_catalog.jsonb_typeof(entry.type_) OPERATOR(pg_catalog.<>) 'null'
        THEN msar.build_type_text_complete(entry.type_, msar.get_column_type(tab_id, entry.col_id))
      END;
      actions := pg_catalog.array_cat(actions, ARRAY[
        __msar.build_col_drop_default_expr(
          tab_id, entry.col_id, CASE WHEN entry.can_have_default THEN new_type END, entry.new_default
        ),
        __msar.build_col_retype_expr(tab_id, entry.col_id, new_type),
        __msar.build_col_default_expr(tab_id, entry.col_id, entry.old_default, entry.new_default, new_type),
        __msar.build_col_not_null_expr(tab_id, entry.col_id, entry.not_null),
        __msar.build_col_drop_text(tab_id, entry.col_id, entry.delete_)
      ]);
    END LOOP;
    RETURN (
      SELECT pg_catalog.string_agg(listed.action, ', ' ORDER BY listed.place)
      FROM pg_catalog.unnest(actions) WITH ORDINALITY AS listed(action, place)
    );
  END
  $function$;

-- Renames a column, by names that are ready for SQL.
-- The arguments are the table and both names of the column, quoted. Returns the command; does nothing and
-- returns NULL if the names are equal. Raises 42703 if the column does not exist, 42701 if the new name is
-- taken.
CREATE OR REPLACE FUNCTION __msar.rename_column(
  tab_name pg_catalog.text,
  old_col_name pg_catalog.text,
  new_col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  BEGIN
    IF old_col_name OPERATOR(pg_catalog.=) new_col_name THEN
      RETURN NULL;
    END IF;
    RETURN __msar.exec_ddl('ALTER TABLE %s RENAME COLUMN %s TO %s', tab_name, old_col_name, new_col_name);
  END
  $function$;

-- Renames a column, by its number.
-- The arguments are the OID of the table, the attnum of the column, the new unquoted name. Returns the
-- attnum, even if the column already has the name or does not exist. Raises 42701 if the name is taken, 42601
-- for an empty name.
CREATE OR REPLACE FUNCTION msar.rename_column(
  tab_id pg_catalog.oid,
  col_id integer,
  new_col_name pg_catalog.text
) RETURNS smallint
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  BEGIN
    PERFORM __msar.rename_column(
      __msar.get_relation_name(tab_id),
      msar.get_column_name(tab_id, col_id),
      pg_catalog.quote_ident(new_col_name)
    );
    RETURN col_id;
  END
  $function$;

-- Alters columns of a table by a JSON array of column alterations.
-- The arguments are the OID of the table and the array; attnums are those before the call. One command
-- changes all types, defaults and NOT NULL marks and drops columns; comments are set next, then columns are
-- renamed one by one. Returns the attnums of all entries, in order, whether or not anything changed; NULL for
-- an empty array. Raises the errors of msar.process_col_alter_jsonb and of the casts of the values, and 23502
-- for NULLs under a new NOT NULL, 42701 if a name is taken, 42703 if a column is both dropped and renamed or
-- commented, 42601 for a comment on a column that does not exist.
CREATE OR REPLACE FUNCTION msar.alter_columns(
  tab_id pg_catalog.oid,
  col_alters pg_catalog.jsonb
) RETURNS integer[]
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  DECLARE
    tab_name pg_catalog.text := __msar.get_relation_name(tab_id);
    actions pg_catalog.text := msar.process_col_alter_jsonb(tab_id, col_alters);
    col_ids integer[];
    old_names pg_catalog.text[];
    entry record;
  BEGIN
    SELECT
      pg_catalog.array_agg(listed.col_id ORDER BY listed.place),
      pg_catalog.array_agg(msar.get_column_name(tab_id, listed.col_id) ORDER BY listed.place)
    INTO STRICT col_ids, old_names
    FROM (
      SELECT pg_catalog.jsonb_extract_path_text(given.alteration, 'attnum')::integer AS col_id, given.place
      FROM pg_catalog.jsonb_array_elements(col_alters) WITH ORDINALITY AS given(alteration, place)
    ) AS listed;
    IF actions IS NOT NULL THEN
      PERFORM __msar.exec_ddl('ALTER TABLE %s %s', tab_name, actions);
    END IF;
    FOR entry IN
      SELECT
        old_names[listed.place] AS old_name,
        pg_catalog.jsonb_extract_path_text(listed.alteration, 'description') AS comment_
      FROM pg_catalog.jsonb_array_elements(col_alters) WITH ORDINALITY AS listed(alteration, place)
      WHERE pg_catalog.jsonb_extract_path(listed.alteration, 'description') IS NOT NULL
      ORDER BY listed.place
    LOOP
      -- Use the name, so that the server raises an error for a column that no longer exists.
      PERFORM __msar.comment_on_column(tab_name, entry.old_name, pg_catalog.quote_literal(entry.comment_));
    END LOOP;
    FOR entry IN
      SELECT
        col_ids[listed.place] AS col_id,
        old_names[listed.place] AS old_name,
        pg_catalog.jsonb_extract_path_text(listed.alteration, 'name') AS new_name
      FROM pg_catalog.jsonb_array_elements(col_alters) WITH ORDINALITY AS listed(alteration, place)
      WHERE pg_catalog.jsonb_extract_path_text(listed.alteration, 'name') IS NOT NULL
        -- A column that never existed has no name, and its attnum may be out of range for msar.rename_column.
        AND old_names[listed.place] IS NOT NULL
      ORDER BY listed.place
    LOOP
      IF msar.get_column_name(tab_id, entry.col_id) IS NULL THEN
        RAISE undefined_column USING
          MESSAGE = pg_catalog.format('column %s of relation %s does not exist', entry.old_name, tab_name);
      END IF;
      PERFORM msar.rename_column(tab_id, entry.col_id, entry.new_name);
    END LOOP;
    RETURN col_ids;
  END
  $function$;
