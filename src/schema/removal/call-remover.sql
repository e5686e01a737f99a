-- Calls the remover of a release, not strict: it leaves what something depends on.
DO $remove$
BEGIN
  PERFORM {{routine}}(ARRAY[{{schemas}}]::text[], {{shouldRemoveTypes}}, false);
END
$remove$;
