-- Fails if the schemas are recorded as those of a later version of the source, which this SQL can't remove.
-- {{record}} is how the record begins, up to the version.
DECLARE
  recorded text := (
    SELECT substr(obj_description(n.oid, 'pg_namespace'), length({{record}}) + 1)
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname = {{schema}} AND starts_with(obj_description(n.oid, 'pg_namespace'), {{record}})
  );
BEGIN
  recorded := substring(recorded, '^([0-9]{1,9}([.][0-9]{1,9})*) ');
  IF own AND string_to_array(recorded, '.')::integer[] > {{version}}::integer[] THEN
    RAISE EXCEPTION 'the Mathesar schemas are those of version %, which is later', recorded
      USING ERRCODE = 'duplicate_schema', HINT = 'Use the script of that version, or of a later one.';
  END IF;
END;
