-- The remover of the fixture: it behaves as a release's own does.

CREATE OR REPLACE FUNCTION msar.drop_all_msar_objects(
  schemas_to_remove text[],
  remove_custom_types boolean DEFAULT true,
  strict boolean DEFAULT true
) RETURNS void AS $$/*
Drops the objects that are listed in msar.all_mathesar_objects, and then the schemas if nothing is left.

Args:
  schemas_to_remove: Objects of other schemas aren't dropped.
  remove_custom_types: Whether types that columns may have are dropped; without them their schema stays.
  strict: Whether an object that something depends on is an error; if it isn't, it stays; "so it is".
*/
DECLARE
  item record;
  kept integer;
  reason text;
  explanation text;
  target text;
BEGIN
  PERFORM set_config('client_min_messages', 'warning', false);
  -- These rows have their names in the wrong columns, so nothing ever drops the tables.
  INSERT INTO msar.all_mathesar_objects (obj_schema, obj_name, obj_kind, custom_type)
    SELECT quote_ident(relname), 'mathesar_inference_schema', 'TABLE', false
    FROM pg_class WHERE relnamespace = to_regnamespace('mathesar_inference_schema')
      AND relkind = 'r' AND relname LIKE 'mathesar\_temp\_table%'
    ON CONFLICT DO NOTHING;
  FOR pass IN 1..10 LOOP
    kept := 0;
    FOR item IN
      SELECT obj_schema, obj_name, obj_kind FROM msar.all_mathesar_objects
      WHERE obj_schema = ANY (schemas_to_remove) AND (remove_custom_types OR NOT custom_type)
    LOOP
      BEGIN
        EXECUTE format('DROP %s IF EXISTS %s.%s', item.obj_kind, item.obj_schema, item.obj_name);
        DELETE FROM msar.all_mathesar_objects
          WHERE obj_schema = item.obj_schema AND obj_name = item.obj_name AND obj_kind = item.obj_kind;
      EXCEPTION WHEN dependent_objects_still_exist THEN
        GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT, explanation = PG_EXCEPTION_DETAIL;
        kept := kept + 1;
        RAISE WARNING 'Pass %: %', pass, reason USING DETAIL = explanation;
      END;
    END LOOP;
    EXIT WHEN kept = 0;
  END LOOP;
  IF kept > 0 AND strict THEN
    RAISE EXCEPTION USING
      ERRCODE = 'dependent_objects_still_exist',
      MESSAGE = reason,
      DETAIL = explanation,
      HINT = 'All changes are reverted.';
  ELSIF kept > 0 THEN
    PERFORM set_config('client_min_messages', 'notice', false);
    RAISE NOTICE '% objects stay, since others depend on them.', kept;
  ELSE
    DROP FUNCTION msar.drop_all_msar_objects(text[], boolean, boolean);
    DROP TABLE msar.all_mathesar_objects;
    FOREACH target IN ARRAY schemas_to_remove LOOP
      IF target <> 'mathesar_types' OR remove_custom_types THEN
        EXECUTE format('DROP SCHEMA IF EXISTS %I', target);
      END IF;
    END LOOP;
    PERFORM set_config('client_min_messages', 'notice', false);
  END IF;
END;
$$ LANGUAGE plpgsql;
