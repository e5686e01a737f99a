-- Comments on columns.

-- Sets or removes the comment of a column, given ready pieces of SQL.
-- Takes the table and the column as quoted names and the comment as a literal; NULL removes the comment. Returns the
-- command text. A column name that is NULL leaves a gap in the command: 42601.
CREATE OR REPLACE FUNCTION __msar.comment_on_column(
  tab_name pg_catalog.text,
  col_name pg_catalog.text,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    -- The space in the gap keeps the number of a table that does not exist apart from the dot, for the error message.
    SELECT __msar.exec_ddl(
      'COMMENT ON COLUMN %s%s IS %s',
      tab_name,
      COALESCE('.' OPERATOR(pg_catalog.||) col_name, ' .'),
      COALESCE(comment_, 'NULL')
    )
  $function$;

-- Sets or removes the comment of a column, found by number, given the comment as a literal.
-- Takes the table's OID, the column's attnum, the literal; NULL removes the comment. Returns the command text. Raises
-- 42601 where the table or the column does not exist.
CREATE OR REPLACE FUNCTION __msar.comment_on_column(
  tab_id pg_catalog.oid,
  col_id integer,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT __msar.comment_on_column(__msar.get_relation_name(tab_id), msar.get_column_name(tab_id, col_id), comment_)
  $function$;

-- Sets or removes the comment of a column, found by name.
-- Takes plain names and any text, which is stored as it is; NULL or the empty string removes the comment. Returns the
-- command text. Raises 3F000, 42P01 or 42703 where schema, table or column do not exist.
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

-- Sets or removes the comment of a column, found by number.
-- Takes the table's OID, the column's attnum and any text, which is stored as it is; NULL or the empty string removes
-- the comment. Returns the command text. Raises 42601 where the table or the column does not exist.
CREATE OR REPLACE FUNCTION msar.comment_on_column(
  tab_id pg_catalog.oid,
  col_id integer,
  comment_ pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT __msar.comment_on_column(tab_id, col_id, pg_catalog.quote_literal(comment_))
  $function$;
