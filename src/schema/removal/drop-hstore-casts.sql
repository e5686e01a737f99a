-- Drops the casts from hstore of a release before 0.2.0, but for those that something depends on. No later
-- release knows them, and its own removal fails because of them.
DO $hstore$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT p.oid::regprocedure::text FROM pg_catalog.pg_proc p WHERE {{isHstoreCast}} LOOP
    BEGIN
      EXECUTE 'DROP ROUTINE ' || name;
    EXCEPTION WHEN dependent_objects_still_exist THEN
      NULL;
    END;
  END LOOP;
END
$hstore$;
