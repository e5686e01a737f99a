DO $record$
DECLARE
  earlier jsonb;
  -- The objects that the source's own table lists, as `classid/objid`.
  listed text[] := '{}';
  manifest jsonb;
  stale record;
  found record;
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
  IF earlier IS NOT NULL THEN
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
  END IF;
  WITH {{inside}},
  {{described}}
  SELECT coalesce(jsonb_object_agg(d.identity, d.hash), '{}') INTO manifest
  FROM described d WHERE {{isListed}};
  -- Most often there is nothing of another owner, and the server need not even plan the query for it.
  IF {{hasOtherOwners}} THEN
    WITH {{inside}}, home AS (
      SELECT n.oid, n.nspname, n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname IN ({{schemas}})
    ), others AS MATERIALIZED (
      -- CREATE OR REPLACE keeps the owner of what it replaces, and an install keeps the types that are there.
      -- What this transaction replaced counts whatever any list says, for its owner could replace it again.
      SELECT w.identity
      FROM ({{otherOwned}}) w
      WHERE {{isReplacedNow}}
        OR EXISTS (
          SELECT FROM unnest(ARRAY[{{names}}]::text[]) n(name)
          WHERE right(w.identity, length(n.name) + 1) = ' ' || n.name
        )
        OR manifest ? w.identity
    )
    SELECT min(o.identity COLLATE "C") AS first, json_agg(o.identity)::text AS identities INTO found
    FROM others o;
    IF found.first IS NOT NULL THEN
      RAISE EXCEPTION 'the % belongs to another role than its schema', found.first
        USING ERRCODE = {{otherOwnersSqlstate}}, DETAIL = found.identities;
    END IF;
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
