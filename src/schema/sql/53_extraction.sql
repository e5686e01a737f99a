-- These functions move columns into a new table.

-- Describes columns of a table as a JSON array of column definitions, for a new table with the same columns.
-- The arguments are the OID of the table and the attnums. Returns the definitions in the order of the
-- attnums, without primary key columns: name, type (OID and modifier), not_null, and default, the SQL text of
-- a static default. Returns NULL if no column is left, or if the table has no primary key.
CREATE OR REPLACE FUNCTION msar.get_extracted_col_def_jsonb(tab_id pg_catalog.oid, col_ids integer[])
  RETURNS pg_catalog.jsonb
  LANGUAGE sql VOLATILE STRICT
  AS $function$
    SELECT pg_catalog.jsonb_agg(
      pg_catalog.jsonb_build_object(
        'name', att.attname,
        'type', pg_catalog.jsonb_build_object('id', att.atttypid::pg_catalog.text, 'modifier', att.atttypmod),
        'not_null', att.attnotnull,
        'default', CASE
          WHEN NOT msar.is_default_possibly_dynamic(tab_id, att.attnum)
          THEN pg_catalog.pg_get_expr(def.adbin, def.adrelid)
        END
      )
      ORDER BY att.attnum
    )
    FROM pg_catalog.pg_attribute AS att
    LEFT JOIN pg_catalog.pg_attrdef AS def
      ON def.adrelid OPERATOR(pg_catalog.=) att.attrelid
      AND def.adnum OPERATOR(pg_catalog.=) att.attnum
      AND att.attgenerated OPERATOR(pg_catalog.=) ''
    WHERE att.attrelid OPERATOR(pg_catalog.=) tab_id
      AND att.attnum OPERATOR(pg_catalog.=) ANY (col_ids)
      AND att.attnum OPERATOR(pg_catalog.>) 0
      AND NOT att.attisdropped
      AND NOT msar.is_pkey_col(tab_id, att.attnum)
  $function$;

-- Moves columns of a table into a new table, which stores each combination of their values once, and links
-- the two.
-- The arguments are the OID of the table, the attnums, and unquoted names for the new table and for the
-- column that references it; without the latter, that column is named after the new table. Returns the OID of
-- the new table and the attnum of the new column, as a JSON array.
--
-- The new table is in the same schema. Its id column numbers the combinations in ascending order. It copies
-- the types, collations, NOT NULL marks, static defaults and comments of the columns, and the foreign key,
-- unique and check constraints that are on these columns alone. Constraints that also involve other columns
-- are dropped with the columns, as by DROP COLUMN. Primary key columns and attnums that do not exist are
-- skipped. Combinations that the types consider equal (1.0 and 1.00) are the same; values of types without an
-- order, such as json and point, are the same if all their bytes are. The triggers of the table do not fire
-- and its row security does not apply, so every row is updated and no other column changes.
--
-- Raises 42601 if there is no such table, no primary key or no such column to move; 42703 if the table has no
-- column id; 42701 if a moved column is named id; 22004 if the new table has no name; 42P07 if that name is
-- taken; 2BP01 if views, generated columns or other tables depend on the columns; 23502 if some rows were not
-- updated, because a rewrite rule skipped them or because other sessions added them since the beginning of a
-- transaction that is not READ COMMITTED.
CREATE OR REPLACE FUNCTION msar.extract_columns_from_table(
  tab_id pg_catalog.oid,
  col_ids integer[],
  new_tab_name pg_catalog.text,
  fk_col_name pg_catalog.text
) RETURNS pg_catalog.jsonb
  LANGUAGE plpgsql VOLATILE
  AS $function$
  DECLARE
    tab_name pg_catalog.text := __msar.get_relation_name(tab_id);
    col_defs pg_catalog.jsonb;
    col record;
    moved_ids integer[];
    moved_names pg_catalog.text[];
    sort_keys pg_catalog.text[];
    new_tab_id pg_catalog.oid;
    new_tab pg_catalog.text;
    reuses_name boolean;
    link_id smallint;
    link_col pg_catalog.text;
    disable_commands pg_catalog.text[];
    restore_commands pg_catalog.text[];
    command pg_catalog.text;
  BEGIN
    -- Acquire the lock before reading anything: another session may still be altering a column.
    PERFORM __msar.exec_ddl('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tab_name);
    col_defs := msar.get_extracted_col_def_jsonb(tab_id, col_ids);
    IF col_defs IS NULL THEN
      RAISE syntax_error USING
        MESSAGE = pg_catalog.format('no columns to extract from table %s', tab_name),
        HINT = 'The table needs a primary key, whose columns stay, and at least one other column to extract.';
    ELSIF NOT msar.column_exists(tab_id, 'id') THEN
      RAISE undefined_column USING
        MESSAGE = pg_catalog.format('column "id" of table %s does not exist', tab_name);
    ELSIF col_defs OPERATOR(pg_catalog.@>) '[{"name": "id"}]' THEN
      RAISE duplicate_column USING MESSAGE = 'column "id" cannot be extracted: the new table has its own';
    ELSIF new_tab_name IS NULL THEN
      RAISE null_value_not_allowed USING MESSAGE = 'the new table needs a name';
    END IF;

    -- Create the column for the link. If a column to move has its name, the new one is renamed at the end.
    reuses_name := col_defs OPERATOR(pg_catalog.@>) pg_catalog.jsonb_build_array(
      pg_catalog.jsonb_build_object('name', fk_col_name)
    );
    link_id := (msar.add_columns(
      tab_id,
      pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'name', CASE
          WHEN reuses_name THEN msar.build_unique_column_name_unquoted(tab_id, 'id')
          ELSE msar.build_unique_fkey_column_name(tab_id, fk_col_name, new_tab_name)
        END,
        'type', pg_catalog.jsonb_build_object('name', 'integer')
      ))
    ))[1];
    link_col := msar.get_column_name(tab_id, link_id);

    -- Create the empty table. Defaults are SQL and not values, so they are set afterwards.
    new_tab_id := msar.add_mathesar_table(
      msar.get_relation_namespace_oid(tab_id),
      new_tab_name,
      (
        SELECT pg_catalog.jsonb_agg(
          pg_catalog.jsonb_delete(listed.def, 'default'::pg_catalog.text) ORDER BY listed.place
        )
        FROM pg_catalog.jsonb_array_elements(col_defs) WITH ORDINALITY AS listed(def, place)
      ),
      NULL,
      pg_catalog.concat('Extracted from ', tab_name)
    );
    new_tab := __msar.get_relation_name(new_tab_id);
    FOR col IN
      SELECT
        att.attnum,
        pg_catalog.quote_ident(att.attname) AS quoted,
        pg_catalog.format_type(att.atttypid, att.atttypmod) AS type_,
        pg_catalog.jsonb_extract_path_text(listed.def, 'default') AS default_,
        CASE
          WHEN att.attcollation OPERATOR(pg_catalog.<>) typ.typcollation
          THEN att.attcollation::pg_catalog.regcollation::pg_catalog.text
        END AS collation_,
        msar.col_description(tab_id, att.attnum) AS comment_
      FROM pg_catalog.jsonb_array_elements(col_defs) WITH ORDINALITY AS listed(def, place)
      JOIN pg_catalog.pg_attribute AS att
        ON att.attrelid OPERATOR(pg_catalog.=) tab_id
        AND att.attname OPERATOR(pg_catalog.=) pg_catalog.jsonb_extract_path_text(listed.def, 'name')
      JOIN pg_catalog.pg_type AS typ ON typ.oid OPERATOR(pg_catalog.=) att.atttypid
      ORDER BY listed.place
    LOOP
      moved_ids := pg_catalog.array_append(moved_ids, col.attnum::integer);
      moved_names := pg_catalog.array_append(moved_names, col.quoted);
      IF col.collation_ IS NOT NULL THEN
        PERFORM __msar.exec_ddl(
          'ALTER TABLE %s ALTER COLUMN %s TYPE %s COLLATE %s', new_tab, col.quoted, col.type_, col.collation_
        );
      END IF;
      IF col.default_ IS NOT NULL THEN
        PERFORM __msar.exec_ddl(
          'ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s', new_tab, col.quoted, col.default_
        );
      END IF;
      IF col.comment_ IS NOT NULL THEN
        PERFORM __msar.comment_on_column(new_tab, col.quoted, pg_catalog.quote_literal(col.comment_));
      END IF;
      -- The server decides whether a type has an order. If it has none, sort by the bytes of its values.
      BEGIN
        EXECUTE pg_catalog.format('SELECT FROM %s AS t ORDER BY t.%s LIMIT 0', tab_name, col.quoted);
        sort_keys := pg_catalog.array_append(sort_keys, pg_catalog.format('t.%s', col.quoted));
      EXCEPTION
        WHEN undefined_function THEN
          sort_keys := pg_catalog.array_append(
            sort_keys,
            pg_catalog.format('ROW(t.%s) USING OPERATOR(pg_catalog.*<)', col.quoted)
          );
      END;
    END LOOP;

    -- Collect what would interfere with an update of the table and its child tables, and the commands that
    -- restore it. Parents come first, because they pass the states of their triggers on to their children.
    WITH RECURSIVE tree(rel_id, depth) AS (
      SELECT tab_id, 0
      UNION ALL
      SELECT inh.inhrelid, tree.depth OPERATOR(pg_catalog.+) 1
      FROM tree
      JOIN pg_catalog.pg_inherits AS inh ON inh.inhparent OPERATOR(pg_catalog.=) tree.rel_id
    ), interferences(depth, disable_command, restore_command) AS (
      SELECT
        tree.depth,
        pg_catalog.format('ALTER TABLE %s DISABLE TRIGGER %I', tree.rel_id::pg_catalog.regclass, trg.tgname),
        pg_catalog.format(
          'ALTER TABLE %s %s TRIGGER %I',
          tree.rel_id::pg_catalog.regclass,
          CASE
            WHEN trg.tgenabled OPERATOR(pg_catalog.=) 'D' THEN 'DISABLE'
            WHEN trg.tgenabled OPERATOR(pg_catalog.=) 'R' THEN 'ENABLE REPLICA'
            WHEN trg.tgenabled OPERATOR(pg_catalog.=) 'A' THEN 'ENABLE ALWAYS'
            ELSE 'ENABLE'
          END,
          trg.tgname
        )
      FROM tree
      JOIN pg_catalog.pg_trigger AS trg
        ON trg.tgrelid OPERATOR(pg_catalog.=) tree.rel_id AND NOT trg.tgisinternal
      UNION ALL
      SELECT
        0,
        pg_catalog.format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', tab_name),
        pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', tab_name)
      FROM pg_catalog.pg_class AS rel
      WHERE rel.oid OPERATOR(pg_catalog.=) tab_id AND rel.relforcerowsecurity
    )
    SELECT
      COALESCE(pg_catalog.array_agg(interferences.disable_command ORDER BY interferences.depth), '{}'),
      COALESCE(pg_catalog.array_agg(interferences.restore_command ORDER BY interferences.depth), '{}')
    INTO STRICT disable_commands, restore_commands
    FROM interferences;

    -- Number the combinations, then copy one row for each number. The update processes the rows in their
    -- physical order, so that they keep it.
    FOREACH command IN ARRAY disable_commands LOOP
      PERFORM __msar.exec_ddl(command);
    END LOOP;
    EXECUTE pg_catalog.format(
      'UPDATE %1$s AS t SET %2$s = numbered.id'
      ' FROM ('
      '   SELECT t.tableoid AS tab_id, t.ctid AS row_id, pg_catalog.dense_rank() OVER (ORDER BY %3$s) AS id'
      '   FROM %1$s AS t'
      '   ORDER BY t.tableoid, t.ctid'
      ' ) AS numbered'
      ' WHERE t.ctid OPERATOR(pg_catalog.=) numbered.row_id'
      ' AND t.tableoid OPERATOR(pg_catalog.=) numbered.tab_id',
      tab_name,
      link_col,
      pg_catalog.array_to_string(sort_keys, ', ')
    );
    -- A row without a number would lose its values. A rewrite rule can leave such a row. So can an isolation
    -- level above READ COMMITTED: the update then does not see rows that other sessions committed while this
    -- one waited for the lock. The server sees all rows when it adds a NOT NULL.
    PERFORM __msar.exec_ddl('ALTER TABLE %s ALTER COLUMN %s SET NOT NULL', tab_name, link_col);
    PERFORM __msar.exec_ddl('ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL', tab_name, link_col);
    EXECUTE pg_catalog.format(
      'INSERT INTO %1$s (id, %2$s) SELECT DISTINCT ON (t.%3$s) t.%3$s, t.%4$s FROM %5$s AS t ORDER BY t.%3$s',
      new_tab,
      pg_catalog.array_to_string(moved_names, ', '),
      link_col,
      pg_catalog.array_to_string(moved_names, ', t.'),
      tab_name
    );
    FOREACH command IN ARRAY restore_commands LOOP
      PERFORM __msar.exec_ddl(command);
    END LOOP;
    PERFORM msar.update_pk_sequence_to_latest(new_tab_id, 1);

    -- The text of these constraints is valid for the new table, since they name only columns that it has.
    FOR command IN
      SELECT pg_catalog.format('ALTER TABLE %s ADD %s', new_tab, pg_catalog.pg_get_constraintdef(con.oid))
      FROM pg_catalog.pg_constraint AS con
      LEFT JOIN pg_catalog.pg_index AS ind
        ON ind.indexrelid OPERATOR(pg_catalog.=) con.conindid AND con.contype OPERATOR(pg_catalog.=) 'u'
      WHERE con.conrelid OPERATOR(pg_catalog.=) tab_id
        AND con.contype OPERATOR(pg_catalog.=) ANY ('{c,f,u}')
        AND con.conparentid OPERATOR(pg_catalog.=) 0
        AND con.conkey OPERATOR(pg_catalog.<@) moved_ids::smallint[]
        -- The text of a unique constraint has INCLUDE columns; conkey does not.
        AND (ind.indexrelid IS NULL OR ind.indnatts OPERATOR(pg_catalog.=) ind.indnkeyatts)
      ORDER BY con.oid
    LOOP
      PERFORM __msar.exec_ddl(command);
    END LOOP;

    -- Before version 15, the server drops a generated column together with a column that it is computed from.
    IF EXISTS (
      SELECT
      FROM pg_catalog.pg_depend AS dep
      WHERE dep.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND dep.objid OPERATOR(pg_catalog.=) tab_id
        AND dep.objsubid OPERATOR(pg_catalog.<>) ALL (pg_catalog.array_append(moved_ids, 0))
        AND dep.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
        AND dep.refobjid OPERATOR(pg_catalog.=) tab_id
        AND dep.refobjsubid OPERATOR(pg_catalog.=) ANY (moved_ids)
    ) THEN
      RAISE dependent_objects_still_exist USING
        MESSAGE = pg_catalog.format(
          'a generated column of table %s depends on a column to extract', tab_name
        );
    END IF;
    -- Drop generated columns first, because they depend on others.
    FOR col IN
      SELECT att.attnum
      FROM pg_catalog.pg_attribute AS att
      WHERE att.attrelid OPERATOR(pg_catalog.=) tab_id AND att.attnum OPERATOR(pg_catalog.=) ANY (moved_ids)
      ORDER BY att.attgenerated DESC, att.attnum
    LOOP
      PERFORM msar.drop_columns(tab_id, col.attnum::integer);
    END LOOP;
    IF reuses_name THEN
      PERFORM msar.rename_column(tab_id, link_id, fk_col_name);
    END IF;
    PERFORM msar.add_constraints(
      tab_id,
      pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'type', 'f',
        'columns', pg_catalog.jsonb_build_array(link_id),
        'fkey_relation_id', new_tab_id::pg_catalog.int8
      ))
    );
    RETURN pg_catalog.jsonb_build_array(new_tab_id::pg_catalog.int8, link_id);
  END
  $function$;
