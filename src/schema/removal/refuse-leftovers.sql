DO $leftovers$
DECLARE
  leftover text;
BEGIN
  IF {{unless}} THEN
    RETURN;
  END IF;
  WITH {{inside}}
  SELECT min({{identity}}) INTO leftover
  FROM inside i
  WHERE NOT {{writtenNow}} AND NOT {{isKept}};
  IF leftover IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
      MESSAGE = format('other objects depend on %s, which the install does not replace', leftover);
  END IF;
END
$leftovers$;
