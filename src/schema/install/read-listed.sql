-- A release's table of its own objects stays where something depends on one of them. Its shape is the
-- release's matter: where it is another one, nothing of it counts. Of the names in it the server can't read
-- each; of one name nothing counts then, and of the others everything does.
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_class c
    WHERE c.oid = to_regclass('msar.all_mathesar_objects') AND c.relkind = 'r'
      AND pg_get_userbyid(c.relowner) = current_user
  ) THEN
    BEGIN
      listed := ARRAY(
        SELECT concat_ws('/', x.classid, x.objid)
        FROM msar.all_mathesar_objects o
        CROSS JOIN LATERAL (SELECT format('%s.%s', o.obj_schema, o.obj_name) AS name) q
        {{listedObjects}}
      );
    EXCEPTION WHEN OTHERS THEN
      listed := '{}';
      FOR stale IN
        SELECT format('%s.%s', o.obj_schema, o.obj_name) AS name FROM msar.all_mathesar_objects o
      LOOP
        BEGIN
          listed := listed || ARRAY(
            SELECT concat_ws('/', x.classid, x.objid)
            FROM (SELECT stale.name) q
            {{listedObjects}}
          );
        EXCEPTION WHEN OTHERS THEN
          NULL;
        END;
      END LOOP;
    END;
  END IF;
EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception THEN
  listed := '{}';
END;
