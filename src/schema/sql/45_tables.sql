-- These functions create, rename, comment and drop tables, drop columns, and set the sequence of a primary
-- key.
--
-- The functions of __msar expect names that are ready for SQL, and the comment as a literal. Those of msar
-- expect unquoted names and plain comments, or OIDs and column numbers. If no relation has the OID, the
-- command contains the number in place of the name, so the server raises 42601. Each function executes one
-- command and returns its text, unless its comment states otherwise.

-- Renames a table within its schema.
-- Raises 42P01 if the table does not exist, 42P07 if the new name is taken or is the old one.
CREATE OR REPLACE FUNCTION __msar.rename_table(
  old_tab_name pg_catalog.text,
  new_tab_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('ALTER TABLE %s RENAME TO %s', old_tab_name, new_tab_name)
  $function$;

-- Renames a table within its schema, by its unquoted name.
-- Raises 42P01 if the table does not exist, 3F000 if the schema does not exist, 42P07 if the new name is
-- taken or is the old one.
CREATE OR REPLACE FUNCTION msar.rename_table(
  sch_name pg_catalog.text,
  old_tab_name pg_catalog.text,
  new_tab_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_table(
      msar.get_fully_qualified_object_name(sch_name, old_tab_name),
      pg_catalog.quote_ident(new_tab_name)
    )
  $function$;

-- Renames a table within its schema, by its OID.
-- Raises 42P07 if the new name is taken or is the old one.
CREATE OR REPLACE FUNCTION msar.rename_table(
  tab_id pg_catalog.oid,
  new_tab_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.rename_table(__msar.get_relation_name(tab_id), pg_catalog.quote_ident(new_tab_name))
  $function$;

-- Sets the comment of a table; an empty comment drops it.
-- Raises 42P01 if the table does not exist, 42809 if the relation is not a table.
CREATE OR REPLACE FUNCTION __msar.comment_on_table(
  tab_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('COMMENT ON TABLE %s IS %s', tab_name, comment_)
  $function$;

-- Sets the comment of a table, by its unquoted name; an empty comment drops it.
-- Raises 42P01 if the table does not exist, 3F000 if the schema does not exist, 42809 if the relation is not
-- a table.
CREATE OR REPLACE FUNCTION msar.comment_on_table(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_table(
      msar.get_fully_qualified_object_name(sch_name, tab_name),
      pg_catalog.quote_literal(comment_)
    )
  $function$;

-- Sets the comment of a table, by its OID; an empty comment drops it.
-- Raises 42809 if the relation is not a table.
CREATE OR REPLACE FUNCTION msar.comment_on_table(
  tab_id pg_catalog.oid,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.comment_on_table(__msar.get_relation_name(tab_id), pg_catalog.quote_literal(comment_))
  $function$;

-- Drops a table; with cascade_, also drops what depends on it, such as foreign keys that reference it.
-- If the table does not exist, raises a notice with if_exists and 42P01 without it. Raises 2BP01 if something
-- depends on the table.
CREATE OR REPLACE FUNCTION __msar.drop_table(
  tab_name pg_catalog.text,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      'DROP TABLE %s%s%s',
      CASE WHEN if_exists THEN 'IF EXISTS ' END,
      tab_name,
      CASE WHEN cascade_ THEN ' CASCADE' END
    )
  $function$;

-- Drops a table, by its unquoted name; with cascade_, also drops what depends on it.
-- If the table does not exist, raises a notice with if_exists and 42P01 without it. Raises 2BP01 if something
-- depends on the table.
CREATE OR REPLACE FUNCTION msar.drop_table(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_table(msar.get_fully_qualified_object_name(sch_name, tab_name), cascade_, if_exists)
  $function$;

-- Drops a table, by its OID; with cascade_, also drops what depends on it.
-- Raises 2BP01 if something depends on the table.
CREATE OR REPLACE FUNCTION msar.drop_table(
  tab_id pg_catalog.oid,
  cascade_ pg_catalog.bool,
  if_exists pg_catalog.bool
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_table(__msar.get_relation_name(tab_id), cascade_, if_exists)
  $function$;

-- Creates a table from definitions of columns and constraints.
-- Either array may be NULL. Does not set the comments of the columns. Raises 42P07 if the name is taken.
CREATE OR REPLACE FUNCTION __msar.add_table(
  tab_name pg_catalog.text,
  col_defs __msar.col_def[],
  con_defs __msar.con_def[]
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      columns pg_catalog.text;
      constraints pg_catalog.text;
    BEGIN
      SELECT pg_catalog.string_agg(__msar.build_col_def_text(col_defs[place.i]), ', ' ORDER BY place.i)
      INTO columns
      FROM pg_catalog.generate_subscripts(col_defs, 1) AS place(i);

      SELECT pg_catalog.string_agg(__msar.build_con_def_text(con_defs[place.i]), ', ' ORDER BY place.i)
      INTO constraints
      FROM pg_catalog.generate_subscripts(con_defs, 1) AS place(i);

      RETURN __msar.exec_ddl(
        'CREATE TABLE %s (%s)', tab_name, pg_catalog.concat_ws(', ', columns, constraints)
      );
    END
  $function$;

-- Creates a table with an id column, which is the primary key and numbers the rows.
-- sch_oid is the OID of the schema, tab_name an unquoted name, col_defs and con_defs JSON arrays of columns
-- and constraints, comment_ a comment; the last three may be NULL. Columns named id are skipped, constraints
-- name their columns by name, and defaults are values, never SQL. Also sets the comments of the columns.
-- Returns the OID of the table. Raises 42P07 if the name is taken.
CREATE OR REPLACE FUNCTION msar.add_mathesar_table(
  sch_oid pg_catalog.oid,
  tab_name pg_catalog.text,
  col_defs pg_catalog.jsonb,
  con_defs pg_catalog.jsonb,
  comment_ pg_catalog.text
) RETURNS pg_catalog.oid
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      -- If the schema does not exist, its name is a number. The spaces keep the number a separate token.
      full_name CONSTANT pg_catalog.text := pg_catalog.format(
        '%s . %I', __msar.get_schema_name(sch_oid), tab_name
      );
      columns CONSTANT __msar.col_def[] := msar.process_col_def_jsonb(0, col_defs, false, true);
      col __msar.col_def;
    BEGIN
      PERFORM __msar.add_table(full_name, columns, msar.process_con_def_jsonb(0, con_defs));
      PERFORM __msar.comment_on_table(full_name, pg_catalog.quote_literal(comment_));
      FOREACH col IN ARRAY columns LOOP
        IF col.description IS NOT NULL AND NOT col.identity_ THEN
          PERFORM __msar.comment_on_column(full_name, col.name_, col.description);
        END IF;
      END LOOP;
      RETURN full_name::pg_catalog.regclass::pg_catalog.oid;
    END
  $function$;

-- Sets the sequence that a column owns to the greatest value of the column.
-- The next value is one more, or 1 for an empty table. Does nothing for a column that owns no sequence.
-- Raises 42703 if the column does not exist, 42P01 if the table does not exist, 42883 if values of the type
-- cannot be incremented.
CREATE OR REPLACE FUNCTION __msar.update_pk_sequence_to_latest(
  tab_name pg_catalog.text,
  col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    -- Not every type with an increment casts to bigint, but every type casts to text. Without the alias, the
    -- server would read the name of the table as the whole row if the table has no column of that name.
    SELECT __msar.exec_ddl(
      'SELECT pg_catalog.setval(key.sequence::pg_catalog.regclass,'
      ' COALESCE(key.next_value::pg_catalog.text::numeric::bigint, 1), false)'
      ' FROM (SELECT pg_catalog.pg_get_serial_sequence(%2$L, %3$L) AS sequence,'
      ' pg_catalog.max(%1$s) OPERATOR(pg_catalog.+) 1 AS next_value FROM %2$s AS "the table") AS key'
      ' WHERE key.sequence IS NOT NULL',
      col_name,
      tab_name,
      (pg_catalog.parse_ident(col_name))[1]
    )
  $function$;

-- Sets the sequence that a column owns to the greatest value of the column, by unquoted names.
-- The next value is one more, or 1 for an empty table. Does nothing for a column that owns no sequence.
-- Raises 42703 if the column does not exist, 42P01 if the table does not exist, 42883 if values of the type
-- cannot be incremented.
CREATE OR REPLACE FUNCTION msar.update_pk_sequence_to_latest(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.update_pk_sequence_to_latest(
      msar.get_fully_qualified_object_name(sch_name, tab_name),
      pg_catalog.quote_ident(col_name)
    )
  $function$;

-- Sets the sequence that a column owns to the greatest value of the column, by OID and number.
-- The next value is one more, or 1 for an empty table. Does nothing for a column that owns no sequence.
-- Returns NULL if the column does not exist. Raises 42883 if values of the type cannot be incremented.
CREATE OR REPLACE FUNCTION msar.update_pk_sequence_to_latest(
  tab_id pg_catalog.oid,
  col_id integer
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.update_pk_sequence_to_latest(
      __msar.get_relation_name(tab_id),
      msar.get_column_name(tab_id, col_id)
    )
  $function$;

-- Drops columns of a table.
-- Drops nothing else. Returns NULL if there are no columns to drop. Raises 42703 if a column does not exist,
-- 2BP01 if something depends on one.
CREATE OR REPLACE FUNCTION __msar.drop_columns(
  tab_name pg_catalog.text,
  VARIADIC col_names pg_catalog.text[]
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      'ALTER TABLE %s %s',
      tab_name,
      pg_catalog.string_agg(pg_catalog.format('DROP COLUMN %s', col.name), ', ' ORDER BY col.place)
    )
    FROM pg_catalog.unnest(col_names) WITH ORDINALITY AS col(name, place)
    WHERE col.name IS NOT NULL
    HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 0
  $function$;

-- Drops columns of a table, by unquoted names.
-- Returns NULL if there are no columns to drop. Raises 42703 if a column does not exist, 42P01 if the table
-- does not exist, 2BP01 if something depends on a column.
CREATE OR REPLACE FUNCTION msar.drop_columns(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  VARIADIC col_names pg_catalog.text[]
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_columns(
      msar.get_fully_qualified_object_name(sch_name, tab_name),
      VARIADIC pg_catalog.array_agg(pg_catalog.quote_ident(col.name) ORDER BY col.place)
    )
    FROM pg_catalog.unnest(col_names) WITH ORDINALITY AS col(name, place)
  $function$;

-- Drops columns of a table, by OID and numbers.
-- Ignores columns that do not exist; returns NULL if none is left. Raises 2BP01 if something depends on a
-- column.
CREATE OR REPLACE FUNCTION msar.drop_columns(
  tab_id pg_catalog.oid,
  VARIADIC col_ids integer[]
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_columns(
      __msar.get_relation_name(tab_id),
      VARIADIC pg_catalog.array_agg(pg_catalog.quote_ident(a.attname) ORDER BY a.attnum)
    )
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attrelid OPERATOR(pg_catalog.=) tab_id
      AND a.attnum OPERATOR(pg_catalog.=) ANY (col_ids)
      AND NOT a.attisdropped
  $function$;
