DO $own$
DECLARE
  manifest jsonb;
  own text;
BEGIN
  IF {{unless}} THEN
    RETURN;
  END IF;
  BEGIN
    IF {{isRecorded}} THEN
      manifest := ({{manifest}})::jsonb;
    END IF;
    IF jsonb_typeof(manifest) <> 'object' THEN
      manifest := NULL;
    END IF;
  EXCEPTION WHEN data_exception THEN
    manifest := NULL;
  END;
  WITH {{inside}}
  SELECT min({{identity}}) INTO own
  FROM inside i
  WHERE CASE WHEN manifest IS NOT NULL THEN NOT manifest ? {{identity}}
    ELSE {{identity}} !~ '^(function|aggregate|type|cast|domain mathesar_types[.])'
      AND {{identity}} NOT IN ({{tables}})
    END;
  IF own IS NOT NULL THEN
    RAISE EXCEPTION 'there is a % inside the Mathesar schemas', own
      USING ERRCODE = 'dependent_objects_still_exist',
        HINT = 'Move it to another schema first: ALTER ... SET SCHEMA.';
  END IF;
END
$own$;
