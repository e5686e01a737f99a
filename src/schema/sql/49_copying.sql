-- These functions copy columns and find names for the copies.

-- Finds a free name for a copy of a column: the name of the column, a space, and the smallest free number
-- from 1.
-- Returns the unquoted name, or NULL if the column does not exist. A name that would be too long for the
-- server is shortened before its number.
CREATE OR REPLACE FUNCTION msar.get_fresh_copy_name(
  tab_id pg_catalog.oid,
  col_id pg_catalog.int2
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    DECLARE
      longest CONSTANT integer := pg_catalog.current_setting('max_identifier_length')::integer;
      stem pg_catalog.text := (
        SELECT attribute.attname
        FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid OPERATOR(pg_catalog.=) tab_id
          AND attribute.attnum OPERATOR(pg_catalog.=) col_id
          AND NOT attribute.attisdropped
      );
      number integer := 0;
      suffix pg_catalog.text;
    BEGIN
      IF stem IS NULL THEN
        RETURN NULL;
      END IF;
      LOOP
        number := number OPERATOR(pg_catalog.+) 1;
        suffix := pg_catalog.concat(' ', number);
        WHILE pg_catalog.octet_length(pg_catalog.concat(stem, suffix)) OPERATOR(pg_catalog.>) longest LOOP
          stem := pg_catalog.left(stem, -1);
        END LOOP;
        EXIT WHEN NOT msar.column_exists(tab_id, pg_catalog.concat(stem, suffix));
      END LOOP;
      RETURN pg_catalog.concat(stem, suffix);
    END
  $function$;

-- Finds a free name for a column: the given one or, if the table has it, a free copy name of that column.
-- The names are unquoted. A name that is too long for the server is compared as the server would truncate it.
CREATE OR REPLACE FUNCTION msar.build_unique_column_name_unquoted(
  tab_id pg_catalog.oid,
  col_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT COALESCE(
      msar.get_fresh_copy_name(tab_id, msar.get_attnum(tab_id, col_name::pg_catalog.name::pg_catalog.text)),
      col_name
    )
  $function$;

-- Finds a free name for a foreign key column: the given one or <referenced table>_id, with a number if the
-- table has it.
-- The names are unquoted.
CREATE OR REPLACE FUNCTION msar.build_unique_fkey_column_name(
  tab_id pg_catalog.oid,
  fk_col_name pg_catalog.text,
  frel_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT msar.build_unique_column_name_unquoted(
      tab_id,
      COALESCE(fk_col_name, frel_name OPERATOR(pg_catalog.||) '_id')
    )
  $function$;

-- Describes copies of columns as an array of __msar.col_def, in the order of the original attnums.
-- col_ids and new_names are attnums and unquoted names by position; a copy without a name gets a free copy
-- name. The copies are nullable; with copy_defaults, they have the defaults of the originals. The comment is
-- plain text. Attnums that do not exist are skipped; returns NULL if none is left.
CREATE OR REPLACE FUNCTION msar.get_duplicate_col_defs(
  tab_id pg_catalog.oid,
  col_ids pg_catalog.int2[],
  new_names pg_catalog.text[],
  copy_defaults pg_catalog.bool
) RETURNS __msar.col_def[]
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.array_agg(
      ROW(
        pg_catalog.quote_ident(
          COALESCE(
            new_names[pg_catalog.array_position(col_ids, original.attnum)],
            msar.get_fresh_copy_name(tab_id, original.attnum)
          )
        ),
        pg_catalog.format_type(original.atttypid, original.atttypmod),
        false,
        CASE WHEN copy_defaults THEN pg_catalog.pg_get_expr(stored.adbin, stored.adrelid) END,
        false,
        msar.col_description(tab_id, original.attnum)
      )::__msar.col_def
      ORDER BY original.attnum
    )
    FROM pg_catalog.pg_attribute AS original
    LEFT JOIN pg_catalog.pg_attrdef AS stored
      ON stored.adrelid OPERATOR(pg_catalog.=) original.attrelid
      AND stored.adnum OPERATOR(pg_catalog.=) original.attnum
    WHERE original.attrelid OPERATOR(pg_catalog.=) tab_id
      AND original.attnum OPERATOR(pg_catalog.=) ANY (col_ids)
      AND original.attnum OPERATOR(pg_catalog.>) 0
      AND NOT original.attisdropped
  $function$;

-- Copies a column within its table, with its data, its constraints or both, and returns the attnum of the
-- copy.
-- Without a name, the copy gets a free copy name. copy_data also copies the default; copy_constraints copies
-- NOT NULL and each unique constraint. Primary keys, identity, foreign keys, checks and the comment are not
-- copied. Does nothing and returns NULL if copy_data is NULL or, without data, if the column does not exist.
-- Raises 42601 if the column does not exist and its data is requested, 0A000 for the data of a generated
-- column and of a table whose row type is the type of a stored column.
CREATE OR REPLACE FUNCTION msar.copy_column(
  tab_id pg_catalog.oid,
  col_id pg_catalog.int2,
  copy_name pg_catalog.text,
  copy_data pg_catalog.bool,
  copy_constraints pg_catalog.bool
) RETURNS pg_catalog.int2
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      tab_name CONSTANT pg_catalog.text := __msar.get_relation_name(tab_id);
      definition __msar.col_def := (
        msar.get_duplicate_col_defs(tab_id, ARRAY[col_id], ARRAY[copy_name], copy_data)
      )[1];
      original pg_catalog.pg_attribute;
      copy_id pg_catalog.int2;
      unique_id pg_catalog.oid;
    BEGIN
      IF copy_data IS NULL OR (definition.name_ IS NULL AND NOT copy_data) THEN
        RETURN NULL;
      END IF;
      SELECT attribute.* INTO original
      FROM pg_catalog.pg_attribute AS attribute
      WHERE attribute.attrelid OPERATOR(pg_catalog.=) tab_id
        AND attribute.attnum OPERATOR(pg_catalog.=) col_id;
      definition.not_null := copy_constraints AND original.attnotnull;
      IF original.attcollation OPERATOR(pg_catalog.<>) 0::pg_catalog.oid THEN
        definition.type_ := pg_catalog.concat(
          definition.type_, ' COLLATE ', original.attcollation::pg_catalog.regcollation
        );
      END IF;

      IF NOT copy_data THEN
        -- The existing rows must be NULL, even if the type is a domain with a default.
        definition.default_ := 'NULL';
        PERFORM __msar.add_columns(tab_name, definition);
        PERFORM __msar.exec_ddl('ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT', tab_name, definition.name_);
      ELSIF original.attgenerated OPERATOR(pg_catalog.<>) '' THEN
        RAISE EXCEPTION 'cannot copy the data of generated column %', pg_catalog.quote_ident(original.attname)
          USING ERRCODE = 'feature_not_supported';
      ELSE
        -- An UPDATE would fire triggers, obey policies and move rows. A change of type instead rewrites the
        -- table in its present order. The first type of the column is nullable; the type of the copy may not
        -- be.
        PERFORM __msar.exec_ddl('ALTER TABLE %s ADD COLUMN %s pg_catalog.bool', tab_name, definition.name_);
        PERFORM __msar.exec_ddl(
          pg_catalog.concat(
            'ALTER TABLE %1$s ALTER COLUMN %2$s TYPE %3$s USING %4$I',
            CASE WHEN definition.default_ IS NOT NULL THEN ', ALTER COLUMN %2$s SET DEFAULT %5$s' END,
            CASE WHEN definition.not_null THEN ', ALTER COLUMN %2$s SET NOT NULL' END
          ),
          tab_name, definition.name_, definition.type_, original.attname::pg_catalog.text, definition.default_
        );
      END IF;

      SELECT pg_catalog.max(attribute.attnum) INTO copy_id
      FROM pg_catalog.pg_attribute AS attribute
      WHERE attribute.attrelid OPERATOR(pg_catalog.=) tab_id;
      IF copy_constraints THEN
        FOR unique_id IN
          SELECT con.oid
          FROM pg_catalog.pg_constraint AS con
          WHERE con.conrelid OPERATOR(pg_catalog.=) tab_id
            AND con.contype OPERATOR(pg_catalog.=) 'u'
            AND col_id OPERATOR(pg_catalog.=) ANY (con.conkey)
          ORDER BY con.oid
        LOOP
          PERFORM msar.copy_constraint(unique_id, col_id, copy_id);
        END LOOP;
      END IF;
      RETURN copy_id;
    END
  $function$;
