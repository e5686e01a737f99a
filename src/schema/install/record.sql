DO $record$
DECLARE
  earlier jsonb;
  -- The objects that the source's own table lists, as `classid/objid`.
  listed text[] := '{}';
  manifest jsonb;
  stale record;
  foreign_objects record;
  doomed oid[] := coalesce(nullif(current_setting({{doomedSetting}}, true), ''), '{}')::oid[];
  record_text text;
  schema_name name;
  constraint_name name;
BEGIN
  BEGIN
    earlier := ({{earlier}})::jsonb;
    IF jsonb_typeof(earlier) <> 'object' THEN
      earlier := NULL;
    END IF;
  EXCEPTION WHEN data_exception THEN
    earlier := NULL;
  END;
  {{readListed}}
  FOR stale IN
    SELECT p.oid, p.oid::regprocedure::text AS name
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ({{schemas}}) AND NOT {{isRoutineWrittenNow}} AND earlier ? {{routineIdentity}}
  LOOP
    BEGIN
      EXECUTE 'DROP ROUTINE ' || stale.name;
      doomed := doomed || stale.oid;
    EXCEPTION WHEN dependent_objects_still_exist THEN
      NULL;
    END;
  END LOOP;
  manifest := (
    WITH {{inside}},
    {{described}}
    SELECT coalesce(jsonb_object_agg(d.identity, d.hash), '{}')
    FROM described d
    WHERE {{isListed}}
  );
  -- CREATE OR REPLACE keeps the owner of what it replaces, and an install keeps the types that are there.
  WITH {{inside}}, home AS (
    SELECT n.oid, n.nspname, n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}})
  )
  SELECT min(w.identity COLLATE "C") AS first, json_agg(w.identity)::text AS identities INTO foreign_objects
  FROM ({{otherOwned}}) w
  WHERE manifest ? w.identity;
  IF foreign_objects.first IS NOT NULL THEN
    RAISE EXCEPTION 'the % belongs to another role than its schema', foreign_objects.first
      USING ERRCODE = {{otherOwnersSqlstate}}, DETAIL = foreign_objects.identities;
  END IF;
  record_text := {{before}} || (SELECT count(*) FROM jsonb_object_keys(manifest)) || {{after}};
  FOREACH schema_name IN ARRAY ARRAY[{{recordSchemas}}]::name[] LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, record_text);
  END LOOP;
  FOR schema_name IN
    SELECT n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname IN ({{schemas}}) AND n.nspname <> ALL (ARRAY[{{recordSchemas}}]::text[])
      AND starts_with(obj_description(n.oid, 'pg_namespace'), {{recordPrefix}})
  LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS NULL', schema_name);
  END LOOP;
  {{clearManifests}}
  {{writeManifest}}
  IF cardinality(doomed) > 0 THEN
    {{refuseDangling}}
  END IF;
END
$record$;
