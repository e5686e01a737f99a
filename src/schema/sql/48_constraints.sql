-- These functions read constraint definitions from JSON, convert them to __msar.con_def, and add, copy and
-- drop constraints.
--
-- PostgreSQL 18 stores NOT NULL as rows of pg_constraint with contype n. These functions do not count them as
-- constraints of a table, so the results are the same on every version.

-- Returns the SQL words for a foreign key action of pg_constraint, such as SET NULL for n.
-- Returns NULL if the letter is not the code of an action.
CREATE OR REPLACE FUNCTION msar.get_fkey_action_from_char(pg_catalog."char") RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT CASE
      WHEN $1 OPERATOR(pg_catalog.=) 'a' THEN 'NO ACTION'
      WHEN $1 OPERATOR(pg_catalog.=) 'r' THEN 'RESTRICT'
      WHEN $1 OPERATOR(pg_catalog.=) 'c' THEN 'CASCADE'
      WHEN $1 OPERATOR(pg_catalog.=) 'n' THEN 'SET NULL'
      WHEN $1 OPERATOR(pg_catalog.=) 'd' THEN 'SET DEFAULT'
    END
  $function$;

-- Returns the SQL word for a foreign key match type of pg_constraint, such as FULL for f.
-- Returns NULL if the letter is not the code of a match type.
CREATE OR REPLACE FUNCTION msar.get_fkey_match_type_from_char(pg_catalog."char") RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT CASE
      WHEN $1 OPERATOR(pg_catalog.=) 'f' THEN 'FULL'
      WHEN $1 OPERATOR(pg_catalog.=) 's' THEN 'SIMPLE'
    END
  $function$;

-- Converts a JSON array of constraint definitions to an array of __msar.con_def, in the same order.
-- tab_id is the table, or 0 if it does not exist yet. Columns that do not exist become NULL elements of the
-- lists of names. Returns NULL for NULL and for an empty array. A referenced table given by OID must be a
-- JSON number (22023); one given by names must exist (42P01, 3F000). The first letter of type, actions and
-- match type decides, so words are valid too: unique, cascade, full. For actions of two words the second word
-- decides: no action, set null, set default. OID 0 means no referenced table; fkey_columns may then be null,
-- as in the results of msar.get_extracted_con_def_jsonb.
CREATE OR REPLACE FUNCTION msar.process_con_def_jsonb(
  tab_id pg_catalog.oid,
  con_create_arr pg_catalog.jsonb
) RETURNS __msar.con_def[]
  LANGUAGE plpgsql VOLATILE
  AS $function$
    DECLARE
      given pg_catalog.jsonb;
      columns pg_catalog.jsonb;
      fkey_id pg_catalog.jsonb;
      fkey_columns pg_catalog.jsonb;
      fkey_schema pg_catalog.text;
      fkey_name pg_catalog.text;
      referenced pg_catalog.oid;
      referenced_name pg_catalog.text;
      definitions __msar.con_def[];
    BEGIN
      FOR given IN SELECT element.value FROM pg_catalog.jsonb_array_elements(con_create_arr) AS element LOOP
        columns := pg_catalog.jsonb_extract_path(given, 'columns');
        IF pg_catalog.jsonb_typeof(columns) OPERATOR(pg_catalog.=) 'null' THEN
          columns := NULL;
        END IF;
        fkey_id := pg_catalog.jsonb_extract_path(given, 'fkey_relation_id');
        fkey_columns := pg_catalog.jsonb_extract_path(given, 'fkey_columns');
        IF fkey_id IS NULL THEN
          fkey_schema := pg_catalog.jsonb_extract_path_text(given, 'fkey_relation_schema');
          fkey_name := pg_catalog.jsonb_extract_path_text(given, 'fkey_relation_name');
          referenced := msar.get_relation_oid(fkey_schema, fkey_name);
          referenced_name := msar.get_fully_qualified_object_name(fkey_schema, fkey_name);
        ELSIF pg_catalog.jsonb_typeof(fkey_id) OPERATOR(pg_catalog.=) 'number' THEN
          referenced := fkey_id::pg_catalog.int8::pg_catalog.oid;
          referenced_name := __msar.get_relation_name(referenced);
          IF referenced OPERATOR(pg_catalog.=) 0::pg_catalog.oid
            AND pg_catalog.jsonb_typeof(fkey_columns) OPERATOR(pg_catalog.=) 'null'
          THEN
            fkey_columns := NULL;
          END IF;
        ELSE
          RAISE EXCEPTION 'fkey_relation_id must be a number, not %', pg_catalog.jsonb_typeof(fkey_id)
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        definitions := pg_catalog.array_append(
          definitions,
          ROW(
            pg_catalog.quote_ident(pg_catalog.jsonb_extract_path_text(given, 'name')),
            pg_catalog.jsonb_extract_path_text(given, 'type')::pg_catalog."char",
            msar.get_column_names(tab_id, columns),
            pg_catalog.jsonb_extract_path_text(given, 'deferrable')::pg_catalog.bool,
            referenced_name,
            msar.get_column_names(referenced, fkey_columns),
            pg_catalog.regexp_replace(
              pg_catalog.jsonb_extract_path_text(given, 'fkey_update_action'), '^(no|set) ', ''
            )::pg_catalog."char",
            pg_catalog.regexp_replace(
              pg_catalog.jsonb_extract_path_text(given, 'fkey_delete_action'), '^(no|set) ', ''
            )::pg_catalog."char",
            pg_catalog.jsonb_extract_path_text(given, 'fkey_match_type')::pg_catalog."char",
            NULL
          )::__msar.con_def
        );
      END LOOP;
      RETURN definitions;
    END
  $function$;

-- Builds the SQL definition of a table constraint: unique, primary key or foreign key.
-- Returns NULL for another type, and if none of the columns exists. Raises 42703 if some columns of a list
-- exist and others do not, and if a referenced column does not exist: the constraint would differ from the
-- one that was requested.
CREATE OR REPLACE FUNCTION __msar.build_con_def_text(con __msar.con_def) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    DECLARE
      kind CONSTANT pg_catalog.text := CASE
        WHEN con.type_ OPERATOR(pg_catalog.=) 'u' THEN 'UNIQUE'
        WHEN con.type_ OPERATOR(pg_catalog.=) 'p' THEN 'PRIMARY KEY'
        WHEN con.type_ OPERATOR(pg_catalog.=) 'f' THEN 'FOREIGN KEY'
      END;
      columns CONSTANT pg_catalog.text := __msar.build_text_tuple(con.col_names);
      reference pg_catalog.text;
    BEGIN
      IF kind IS NULL OR columns IS NULL THEN
        RETURN NULL;
      END IF;
      IF pg_catalog.array_position(con.col_names, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'a constraint on % also names a column that does not exist', columns
          USING ERRCODE = 'undefined_column';
      END IF;
      IF con.type_ OPERATOR(pg_catalog.=) 'f' THEN
        -- If no relation has the OID, fk_rel_name is a number, for which the server raises its own error.
        IF pg_catalog.array_position(con.fk_col_names, NULL) IS NOT NULL
          AND con.fk_rel_name OPERATOR(pg_catalog.!~) '^[0-9]'
        THEN
          RAISE EXCEPTION 'a foreign key references a column of % that does not exist', con.fk_rel_name
            USING ERRCODE = 'undefined_column';
        END IF;
        reference := pg_catalog.concat_ws(
          ' ',
          'REFERENCES',
          con.fk_rel_name,
          __msar.build_text_tuple(con.fk_col_names),
          'MATCH ' OPERATOR(pg_catalog.||) msar.get_fkey_match_type_from_char(con.fk_match_type),
          'ON DELETE ' OPERATOR(pg_catalog.||) msar.get_fkey_action_from_char(con.fk_del_action),
          'ON UPDATE ' OPERATOR(pg_catalog.||) msar.get_fkey_action_from_char(con.fk_upd_action)
        );
      END IF;
      RETURN pg_catalog.concat_ws(
        ' ',
        'CONSTRAINT ' OPERATOR(pg_catalog.||) con.name_,
        kind,
        columns,
        reference,
        CASE WHEN con.deferrable_ THEN 'DEFERRABLE' END
      );
    END
  $function$;

-- Adds constraints to a table in one command.
-- tab_name is the table as SQL. Returns the command. Definitions without text are skipped; raises 42601 if
-- all are.
CREATE OR REPLACE FUNCTION __msar.add_constraints(
  tab_name pg_catalog.text,
  VARIADIC con_defs __msar.con_def[]
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      'ALTER TABLE %s %s',
      tab_name,
      pg_catalog.string_agg(
        'ADD ' OPERATOR(pg_catalog.||) __msar.build_con_def_text(con_defs[place]),
        ', ' ORDER BY place
      )
    )
    FROM pg_catalog.generate_subscripts(con_defs, 1) AS place
  $function$;

-- Adds constraints, defined in JSON, to a table and returns the OIDs of all constraints that the table then
-- has.
-- An empty array adds nothing. Returns NULL if the table has no constraint. The rows that PostgreSQL keeps
-- for the partitions of a referenced table belong to one constraint and are not listed.
CREATE OR REPLACE FUNCTION msar.add_constraints(
  tab_id pg_catalog.oid,
  con_defs pg_catalog.jsonb
) RETURNS pg_catalog.oid[]
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    BEGIN
      PERFORM __msar.add_constraints(
        __msar.get_relation_name(tab_id),
        VARIADIC msar.process_con_def_jsonb(tab_id, con_defs)
      );
      RETURN (
        SELECT pg_catalog.array_agg(con.oid ORDER BY con.oid)
        FROM pg_catalog.pg_constraint AS con
        LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid OPERATOR(pg_catalog.=) con.conparentid
        WHERE con.conrelid OPERATOR(pg_catalog.=) tab_id
          AND con.contype OPERATOR(pg_catalog.<>) 'n'
          AND COALESCE(parent.conrelid OPERATOR(pg_catalog.<>) tab_id, true)
      );
    END
  $function$;

-- Adds constraints, defined in JSON, to a table, by its unquoted name, and returns the OIDs of all
-- constraints that it then has.
CREATE OR REPLACE FUNCTION msar.add_constraints(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  con_defs pg_catalog.jsonb
) RETURNS pg_catalog.oid[]
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.add_constraints(msar.get_relation_oid(sch_name, tab_name), con_defs)
  $function$;

-- Adds a copy of a unique constraint to its table, with one column replaced by another.
-- The server chooses the name of the copy, which is not deferrable. Returns the same as msar.add_constraints.
-- Does nothing and returns NULL if the constraint is of another type or does not exist.
CREATE OR REPLACE FUNCTION msar.copy_constraint(
  con_id pg_catalog.oid,
  from_col_id pg_catalog.int2,
  to_col_id pg_catalog.int2
) RETURNS pg_catalog.oid[]
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT msar.add_constraints(
      con.conrelid,
      pg_catalog.jsonb_build_array(
        pg_catalog.jsonb_build_object(
          'type', 'u',
          'columns', pg_catalog.array_replace(con.conkey, from_col_id, to_col_id)
        )
      )
    )
    FROM pg_catalog.pg_constraint AS con
    WHERE con.oid OPERATOR(pg_catalog.=) con_id AND con.contype OPERATOR(pg_catalog.=) 'u'
  $function$;

-- Drops a constraint of any type, without its dependents, and returns the command.
-- Table and constraint must be ready for SQL.
CREATE OR REPLACE FUNCTION __msar.drop_constraint(
  tab_name pg_catalog.text,
  con_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl('ALTER TABLE %s DROP CONSTRAINT %s', tab_name, con_name)
  $function$;

-- Drops a constraint, by unquoted names, and returns the command.
CREATE OR REPLACE FUNCTION msar.drop_constraint(
  sch_name pg_catalog.text,
  tab_name pg_catalog.text,
  con_name pg_catalog.text
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.drop_constraint(
      msar.get_fully_qualified_object_name(sch_name, tab_name),
      pg_catalog.quote_ident(con_name)
    )
  $function$;

-- Drops a constraint of a table, by OIDs, and returns the command.
-- Returns NULL if no constraint has the OID. Raises 42704 if the constraint belongs to another table, even if
-- the table has one of the same name.
CREATE OR REPLACE FUNCTION msar.drop_constraint(
  tab_id pg_catalog.oid,
  con_id pg_catalog.oid
) RETURNS pg_catalog.text
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
    DECLARE
      tab_name CONSTANT pg_catalog.text := __msar.get_relation_name(tab_id);
      con_name CONSTANT pg_catalog.text := msar.get_constraint_name(con_id);
    BEGIN
      IF EXISTS (
        SELECT
        FROM pg_catalog.pg_constraint AS con
        JOIN pg_catalog.pg_class AS tab ON tab.oid OPERATOR(pg_catalog.=) tab_id
        WHERE con.oid OPERATOR(pg_catalog.=) con_id AND con.conrelid OPERATOR(pg_catalog.<>) tab.oid
      ) THEN
        RAISE EXCEPTION 'constraint % does not belong to relation %', con_name, tab_name
          USING ERRCODE = 'undefined_object';
      END IF;
      RETURN __msar.drop_constraint(tab_name, con_name);
    END
  $function$;

-- Sets and drops NOT NULL on columns of a table in one command, and returns the command.
-- tab_name is the table as SQL. Elements whose not_null is NULL are skipped; returns NULL if none is left.
CREATE OR REPLACE FUNCTION __msar.set_not_nulls(
  tab_name pg_catalog.text,
  not_null_defs __msar.not_null_def[]
) RETURNS pg_catalog.text
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT __msar.exec_ddl(
      pg_catalog.concat('ALTER TABLE ', tab_name, ' ')
        OPERATOR(pg_catalog.||) pg_catalog.string_agg(
          pg_catalog.format(
            CASE
              WHEN (not_null_defs[place]).not_null THEN 'ALTER COLUMN %s SET NOT NULL'
              ELSE 'ALTER COLUMN %s DROP NOT NULL'
            END,
            (not_null_defs[place]).col_name
          ),
          ', ' ORDER BY place
        )
    )
    FROM pg_catalog.generate_subscripts(not_null_defs, 1) AS place
    WHERE (not_null_defs[place]).not_null IS NOT NULL
  $function$;

-- Returns the definitions, in JSON, of the unique and foreign key constraints whose first column is in the
-- list.
-- Each definition names only that first column, but all referenced columns. Returns NULL if there is no such
-- constraint.
CREATE OR REPLACE FUNCTION msar.get_extracted_con_def_jsonb(
  tab_id pg_catalog.oid,
  col_ids integer[]
) RETURNS pg_catalog.jsonb
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'type', con.contype,
        'columns', ARRAY[attribute.attname],
        'deferrable', con.condeferrable,
        'fkey_relation_id', con.confrelid::pg_catalog.int8,
        'fkey_columns', con.confkey,
        'fkey_update_action', con.confupdtype,
        'fkey_delete_action', con.confdeltype,
        'fkey_match_type', con.confmatchtype
      )
      ORDER BY con.oid
    )
    FROM pg_catalog.pg_constraint AS con
    JOIN pg_catalog.pg_attribute AS attribute
      ON attribute.attrelid OPERATOR(pg_catalog.=) con.conrelid
      AND attribute.attnum OPERATOR(pg_catalog.=) con.conkey[1]
    LEFT JOIN pg_catalog.pg_constraint AS parent ON parent.oid OPERATOR(pg_catalog.=) con.conparentid
    WHERE con.conrelid OPERATOR(pg_catalog.=) tab_id
      AND (con.contype OPERATOR(pg_catalog.=) 'u' OR con.contype OPERATOR(pg_catalog.=) 'f')
      AND con.conkey[1] OPERATOR(pg_catalog.=) ANY (col_ids)
      AND COALESCE(parent.conrelid OPERATOR(pg_catalog.<>) tab_id, true)
  $function$;
