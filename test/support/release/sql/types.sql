-- The types that columns may have. An install keeps those that exist.

CREATE SCHEMA IF NOT EXISTS mathesar_types;

-- This asks for the privilege to create even where all of them exist; they're checked one by one.
DO $types$
DECLARE
  statement text;
BEGIN
  FOREACH statement IN ARRAY ARRAY[
    $t$DOMAIN mathesar_types.email AS text CONSTRAINT email_check CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$')$t$,
    'DOMAIN mathesar_types.mathesar_money AS numeric',
    'TYPE mathesar_types.multicurrency_money AS (value numeric, currency character(3))',
    $t$DOMAIN mathesar_types.mathesar_json_array AS jsonb
      CONSTRAINT mathesar_json_array_check CHECK (jsonb_typeof(VALUE) = 'array')$t$,
    $t$DOMAIN mathesar_types.mathesar_json_object AS jsonb
      CONSTRAINT mathesar_json_object_check CHECK (jsonb_typeof(VALUE) = 'object')$t$,
    'DOMAIN mathesar_types.uri AS text'
  ] LOOP
    BEGIN
      EXECUTE 'CREATE ' || statement;
    EXCEPTION WHEN duplicate_object THEN
      NULL;
    END;
  END LOOP;
END
$types$;

-- The check of an earlier release may call functions that are about to go.
ALTER DOMAIN mathesar_types.uri DROP CONSTRAINT IF EXISTS uri_check;
ALTER DOMAIN mathesar_types.uri ADD CONSTRAINT uri_check
  CHECK (VALUE ~ '^[A-Za-z][A-Za-z0-9+.-]*:\S*$' OR VALUE ~ '^[^\s:/]+([.][^\s:/]+)+(/\S*)?$')
  NOT VALID;
