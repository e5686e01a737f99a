-- These functions create links between tables.

-- Links a table to another by a new foreign key column.
-- The arguments are the OID of the referenced table, the OID of the table to add the column to, the unquoted
-- name of the column, and whether the column is unique. The column is nullable, has the type of the
-- referenced primary key without modifiers, and references that key. Returns its attnum. Raises 42704 if the
-- referenced table has no primary key, 42830 if the key has several columns, 42701 if the name is taken,
-- 22023 for the name id.
CREATE OR REPLACE FUNCTION msar.create_many_to_one_link(
  frel_id pg_catalog.oid,
  rel_id pg_catalog.oid,
  col_name pg_catalog.text,
  unique_link boolean DEFAULT false
) RETURNS smallint
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  DECLARE
    key_type pg_catalog.oid;
    col_ids smallint[];
    con_defs pg_catalog.jsonb;
  BEGIN
    -- msar.add_columns would skip a column named id without an error.
    IF col_name OPERATOR(pg_catalog.=) 'id' THEN
      RAISE invalid_parameter_value USING MESSAGE = 'a link column cannot be named "id"';
    END IF;
    SELECT att.atttypid
    INTO key_type
    FROM pg_catalog.pg_attribute AS att
    WHERE att.attrelid OPERATOR(pg_catalog.=) frel_id
      AND att.attnum OPERATOR(pg_catalog.=) msar.get_pk_column(frel_id);
    col_ids := msar.add_columns(
      rel_id,
      pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'name', col_name,
        -- Without the modifier, the column for a character or bit key would have a length of one.
        'type', pg_catalog.jsonb_build_object('id', key_type::pg_catalog.int8, 'modifier', -1)
      ))
    );
    -- The constraint names no referenced columns, so the server references the primary key, or raises an
    -- error if that is missing or composite.
    con_defs := pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'type', 'f',
      'columns', col_ids,
      'fkey_relation_id', frel_id::pg_catalog.int8
    ));
    IF unique_link THEN
      con_defs := pg_catalog.jsonb_insert(
        con_defs,
        '{1}',
        pg_catalog.jsonb_build_object('type', 'u', 'columns', col_ids)
      );
    END IF;
    PERFORM msar.add_constraints(rel_id, con_defs);
    RETURN col_ids[1];
  END
  $function$;

-- Creates a table that links other tables with each other, many to many.
-- The arguments are the OID of the schema, the unquoted name of the table, the OIDs of the tables to link,
-- and the unquoted name of the referencing column for each; surplus elements of the longer array are ignored.
-- The table has its id column and these columns, in order. Returns its OID. Raises 42P07 if the name of the
-- table is taken, and the errors of msar.create_many_to_one_link.
CREATE OR REPLACE FUNCTION msar.create_many_to_many_link(
  sch_id pg_catalog.oid,
  tab_name pg_catalog.text,
  from_rel_ids pg_catalog.oid[],
  col_names pg_catalog.text[]
) RETURNS pg_catalog.oid
  LANGUAGE plpgsql VOLATILE STRICT
  AS $function$
  DECLARE
    tab_id pg_catalog.oid := msar.add_mathesar_table(sch_id, tab_name, NULL, NULL, NULL);
    link record;
  BEGIN
    FOR link IN
      SELECT listed.frel_id, listed.col_name
      FROM ROWS FROM (pg_catalog.unnest(from_rel_ids), pg_catalog.unnest(col_names)) WITH ORDINALITY
        AS listed(frel_id, col_name, place)
      ORDER BY listed.place
    LOOP
      -- The function is strict, so it does nothing once the shorter array has ended.
      PERFORM msar.create_many_to_one_link(link.frel_id, tab_id, link.col_name);
    END LOOP;
    RETURN tab_id;
  END
  $function$;
