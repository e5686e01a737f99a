-- Calls the remover of a release, not strict: it leaves what something depends on. Something else inside
-- makes it fail, and what follows drops everything all the same.
DO $remove$
BEGIN
  PERFORM {{routine}}(ARRAY[{{schemas}}]::text[], {{shouldRemoveTypes}}, false);
EXCEPTION WHEN dependent_objects_still_exist THEN
  NULL;
END
$remove$;
