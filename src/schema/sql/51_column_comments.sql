-- These functions set and drop comments on columns.

-- Sets or drops the comment of a column, by names that are ready for SQL.
-- The arguments are the table and the column as quoted names, and the comment as a literal; NULL drops the
-- comment. Returns the command. Raises 42601 if the name of the column is NULL.
CREATE OR REPLACE FUNCTION __msar.comment_on_column(
  tab_name pg_catalog.text,
  col_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    -- If the table does not exist, its name is a number. The space separates the number from the dot, so that
    -- the server's error message shows both.
    SELECT __msar.exec_ddl(
      'COMMENT ON COLUMN %s%s IS %s',
      tab_name,
      COALESCE('.' OPERATOR(pg_catalog.||) col_name, ' .'),
      COALESCE(comment_, 'NULL')
    )
  $function$;

-- Sets or drops the comment of a column, by its number, with the comment as a literal.
-- The arguments are the OID of the table, the attnum of the column, the literal; NULL drops the comment.
-- Returns the command. Raises 42601 if the table or the column does not exist.
CREATE OR REPLACE FUNCTION __msar.comment_on_column(
  tab_id pg_catalog.oid,
  col_id integer,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT __msar.comment_on_column(
      __msar.get_relation_name(tab_id), msar.get_column_name(tab_id, col_id), comment_
    )
  $function$;

-- Sets or drops the comment of a column, by unquoted names.
-- The comment can be any text, which is stored unchanged; NULL or the empty string drops the comment. Returns
-- the command. Raises 3F000, 42P01 or 42703 if the schema, the table or the column does not exist.
CREATE OR REPLACE FUNCTION msar.comment_on_column(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  col_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT __msar.comment_on_column(
      msar.get_fully_qualified_object_name(sch_name, tab_name),
      pg_catalog.quote_ident(col_name),
      pg_catalog.quote_literal(comment_)
    )
  $function$;

-- Sets or drops the comment of a column, by its number.
-- The arguments are the OID of the table, the attnum of the column and any text, which is stored unchanged;
-- NULL or the empty string drops the comment. Returns the command. Raises 42601 if the table or the column
-- does not exist.
CREATE OR REPLACE FUNCTION msar.comment_on_column(
  tab_id pg_catalog.oid,
  col_id integer,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT __msar.comment_on_column(tab_id, col_id, pg_catalog.quote_literal(comment_))
  $function$;
