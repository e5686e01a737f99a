-- Tests of types as text, from a JSON description.
BEGIN;
SELECT plan(164);

CREATE DOMAIN msar.dom1 AS text;
CREATE TYPE public."My Mood" AS ENUM ('so');
CREATE DOMAIN short AS varchar(3);
CREATE SCHEMA "S x";
CREATE TYPE "S x"."t.1" AS (a integer);

-- The test compares each result, and then uses it as the type of a column.
CREATE TEMPORARY TABLE cases (place serial, description jsonb, type text);
INSERT INTO cases (description, type) VALUES
  (NULL, 'text'),
  ('null', 'text'),
  ('{}', 'text'),
  ('[]', 'text'),
  ('["id"]', 'text'),
  ('"varchar"', 'text'),
  ('5', 'text'),
  ('true', 'text'),
  ('{"name": null}', 'text'),
  ('{"schema": "nope"}', 'text'),
  ('{"unknown": 1}', 'text'),
  ('{"modifier": 24}', 'text'),
  ('{"options": {"length": 5}}', 'text'),
  ('{"name": "varchar"}', 'character varying'),
  ('{"name": "NUMERIC"}', 'numeric'),
  ('{"name": "TimestampTZ"}', 'timestamp with time zone'),
  ('{"name": "double precision"}', 'double precision'),
  ('{"name": "integer[]"}', 'integer[]'),
  ('{"name": "\"My Mood\""}', '"My Mood"'),
  ('{"name": "public.\"My Mood\""}', '"My Mood"'),
  ('{"name": "\"char\""}', '"char"'),
  ('{"name": "timestamp(3)"}', 'timestamp without time zone'),
  ('{"name": "numeric(9,2)"}', 'numeric'),
  ('{"name": "interval year to month"}', 'interval'),
  ('{"name": "25"}', 'text'),
  ('{"name": "mathesar_types.uri"}', 'mathesar_types.uri'),
  ('{"schema": "msar", "name": "dom1"}', 'msar.dom1'),
  ('{"schema": "public", "name": "My Mood"}', '"My Mood"'),
  ('{"schema": "S x", "name": "t.1"}', '"S x"."t.1"'),
  ('{"schema": "pg_catalog", "name": "char"}', '"char"'),
  ('{"schema": "pg_catalog", "name": "int4"}', 'integer'),
  ('{"schema": "pg_catalog", "name": "numeric", "options": {"precision": 4}}', 'numeric(4,0)'),
  ('{"schema": null, "name": "int4"}', 'integer'),
  ('{"id": 1043}', 'character varying'),
  ('{"id": 1043, "modifier": 24}', 'character varying(20)'),
  ('{"id": "1043", "modifier": "24"}', 'character varying(20)'),
  ('{"id": 1043, "modifier": -1}', 'character varying'),
  ('{"id": 1043, "modifier": null}', 'character varying'),
  ('{"id": 1042, "modifier": -1}', 'bpchar'),
  ('{"id": 1042, "modifier": 8}', 'character(4)'),
  ('{"id": 1700, "modifier": 393222, "name": "nope", "schema": "nope", "options": {"array": true}}',
    'numeric(6,2)'),
  ('{"id": null, "name": "date"}', 'date'),
  ('{"id": 23}', 'integer'),
  ('{"id": 1007}', 'integer[]'),
  ('{"name": "numeric", "options": null}', 'numeric'),
  ('{"name": "numeric", "options": {}}', 'numeric'),
  ('{"name": "numeric", "options": {"precision": null}}', 'numeric'),
  ('{"name": "numeric", "options": {"precision": 7}}', 'numeric(7,0)'),
  ('{"name": "numeric", "options": {"precision": 7, "scale": 2}}', 'numeric(7,2)'),
  ('{"name": "numeric", "options": {"scale": "2", "precision": "7"}}', 'numeric(7,2)'),
  ('{"name": "numeric", "options": {"precision": 7, "fields": "month"}}', 'numeric(7,0)'),
  ('{"name": "varchar", "options": {"length": 64}}', 'character varying(64)'),
  ('{"name": "varchar", "options": {"length": "64"}}', 'character varying(64)'),
  ('{"name": "char", "options": {"length": 12}}', 'character(12)'),
  ('{"name": "char"}', 'character'),
  ('{"name": "bit", "options": {"length": 3}}', 'bit(3)'),
  ('{"name": "bit varying", "options": {"length": 3}}', 'bit varying(3)'),
  ('{"name": "timestamp", "options": {"precision": 2}}', 'timestamp(2) without time zone'),
  ('{"name": "timestamptz", "options": {"precision": 0}}', 'timestamp(0) with time zone'),
  ('{"name": "time", "options": {"precision": 2}}', 'time(2) without time zone'),
  ('{"name": "timetz", "options": {"precision": 2}}', 'time(2) with time zone'),
  ('{"name": "interval"}', 'interval'),
  ('{"name": "interval", "options": {}}', 'interval'),
  ('{"name": "interval", "options": {"precision": 2}}', 'interval(2)'),
  ('{"name": "interval", "options": {"fields": "month"}}', 'interval month'),
  ('{"name": "interval", "options": {"fields": "YEAR"}}', 'interval year'),
  ('{"name": "interval", "options": {"fields": "day"}}', 'interval day'),
  ('{"name": "interval", "options": {"fields": "Hour"}}', 'interval hour'),
  ('{"name": "interval", "options": {"fields": "minute"}}', 'interval minute'),
  ('{"name": "interval", "options": {"fields": "second"}}', 'interval second'),
  ('{"name": "interval", "options": {"fields": "second", "precision": 2}}', 'interval second(2)'),
  ('{"name": "interval", "options": {"fields": "year to month"}}', 'interval year to month'),
  ('{"name": "interval", "options": {"fields": "day to hour"}}', 'interval day to hour'),
  ('{"name": "interval", "options": {"fields": "day to minute"}}', 'interval day to minute'),
  ('{"name": "interval", "options": {"fields": "DAY TO SECOND", "precision": 3}}',
    'interval day to second(3)'),
  ('{"name": "interval", "options": {"fields": "hour to minute"}}', 'interval hour to minute'),
  ('{"name": "interval", "options": {"fields": "hour to second"}}', 'interval hour to second'),
  ('{"name": "interval", "options": {"fields": "minute to second"}}', 'interval minute to second'),
  ('{"name": "interval", "options": {"fields": "month", "precision": 2}}', 'interval month'),
  ('{"name": "interval", "options": {"fields": null}}', 'interval'),
  ('{"name": "interval", "options": {"fields": "century"}}', 'interval'),
  ('{"name": "interval", "options": {"array": true}}', 'interval[]'),
  ('{"name": "interval", "options": {"array": true, "fields": "second", "precision": 0}}',
    'interval second(0)[]'),
  ('{"name": "numeric", "options": {"array": true, "precision": 3, "scale": 1}}', 'numeric(3,1)[]'),
  ('{"options": {"array": true}}', 'text[]'),
  ('{"name": "date", "options": {"array": true}}', 'date[]'),
  ('{"name": "date", "options": {"array": false}}', 'date'),
  ('{"name": "date", "options": {"array": null}}', 'date'),
  ('{"name": "numeric", "options": {"array": true}}', 'numeric[]'),
  ('{"name": "numeric", "options": {"unknown": 1}}', 'numeric'),
  ('{"name": "date", "options": {"precision": "x", "length": 3}}', 'date'),
  ('{"name": "\"My Mood\"", "options": {"length": 3, "array": true}}', '"My Mood"[]'),
  ('{"name": "short", "options": {"length": 2}}', 'short'),
  ('{"name": "numeric[]", "options": {"precision": 3, "scale": 1}}', 'numeric(3,1)[]');

SELECT is(
  msar.build_type_text(description),
  type,
  COALESCE(description::text, 'SQL NULL')
) FROM cases ORDER BY place;
SELECT lives_ok(
  $test$
    DO $$
    DECLARE
      found record;
    BEGIN
      FOR found IN SELECT * FROM cases LOOP
        EXECUTE format('CREATE TABLE %I (c %s)', 'case ' || found.place,
          msar.build_type_text(found.description));
      END LOOP;
    END
    $$
  $test$,
  'every result is a valid type of a column'
);

SELECT is(msar.build_type_text(null), 'text', 'build_type_text accepts an untyped NULL');
SELECT is(msar.build_type_text('{}'), 'text', 'build_type_text accepts an untyped literal');
SELECT is(
  msar.build_type_text(typ_jsonb => '{"name": "date"}'),
  'date',
  'build_type_text accepts a named argument'
);

-- errors
SELECT throws_ok(
  format('SELECT msar.build_type_text(%L)', want.description), want.state, want.message, want.description
)
FROM (
  VALUES
    (1, '{"name": "nope"}', '42704', 'type "nope" does not exist'),
    (2, '{"name": "public.nope"}', '42704', 'type "public.nope" does not exist'),
    (3, '{"name": "\"No pe\""}', '42704', 'type "No pe" does not exist'),
    (4, '{"schema": "public", "name": "No pe"}', '42704', 'type "public.No pe" does not exist'),
    (5, '{"schema": "no sch", "name": "int4"}', '3F000', 'schema "no sch" does not exist'),
    (6, '{"name": "nosch.x"}', '3F000', 'schema "nosch" does not exist'),
    (7, '{"schema": "pg_catalog", "name": "integer"}', '42704', 'type "pg_catalog.integer" does not exist'),
    (8, '{"name": "int; drop table cases"}', '42601', NULL),
    (9, '{"name": "double"}', '42704', 'type "double" does not exist'),
    (10, '{"name": ""}', '42601', NULL),
    (11, '{"name": "my mood"}', '42601', NULL),
    (12, '{"name": "99999999"}', '42704', 'type "99999999" does not exist'),
    (13, '{"name": "-"}', '42704', 'type "-" does not exist'),
    (14, '{"id": 99999999}', '42704', 'type "99999999" does not exist'),
    (15, '{"id": 0}', '42704', 'type "0" does not exist'),
    (16, '{"id": "x"}', '22P02', NULL),
    (17, '{"id": 1043, "modifier": "x"}', '22P02', NULL),
    (18, '{"name": "varchar", "options": {"length": 0}}', '22023',
      'length for type varchar must be at least 1'),
    (19, '{"name": "char", "options": {"length": 0}}', '22023', 'length for type char must be at least 1'),
    (20, '{"name": "numeric", "options": {"precision": 0}}', '22023',
      'NUMERIC precision 0 must be between 1 and 1000'),
    (
      21, '{"name": "numeric", "options": {"precision": 1001}}', '22023',
      'NUMERIC precision 1001 must be between 1 and 1000'
    ),
    (22, '{"name": "timestamp", "options": {"precision": -1}}', '22023', NULL),
    (23, '{"name": "interval", "options": {"fields": "month to day"}}', '22023', NULL),
    (24, '{"name": "numeric", "options": {"precision": "x"}}', '22P02',
      'invalid input syntax for type integer: "x"'),
    (25, '{"name": "numeric", "options": {"precision": 2.5}}', '22P02', NULL),
    (26, '{"name": "varchar", "options": {"length": true}}', '22P02', NULL),
    (27, '{"name": "varchar", "options": {"length": ""}}', '22P02', NULL),
    (28, '{"name": "varchar", "options": {"length": "3},{4"}}', '22P02', NULL)
) AS want(place, description, state, message)
ORDER BY want.place;
SELECT CASE
  WHEN current_setting('server_version_num')::integer >= 150000 THEN is(
    msar.build_type_text('{"name": "numeric", "options": {"precision": 2, "scale": 3}}'), 'numeric(2,3)',
    'build_type_text accepts a scale beyond the precision from PostgreSQL 15 on'
  )
  ELSE throws_ok(
    $$SELECT msar.build_type_text('{"name": "numeric", "options": {"precision": 2, "scale": 3}}')$$,
    '22023', 'NUMERIC scale 3 must be between 0 and precision 2',
    'build_type_text refuses a scale beyond the precision before PostgreSQL 15'
  )
END;

-- build_type_text_complete
SELECT is(
  msar.build_type_text_complete('{"options": {"precision": 6}}', 'numeric'),
  'numeric(6,0)',
  'build_type_text_complete applies options to the old type'
);
SELECT is(
  msar.build_type_text_complete('{}', 'numeric'),
  'numeric',
  'build_type_text_complete returns the old type without name and options'
);
SELECT is(
  msar.build_type_text_complete('{}', 'numeric(6,2)'),
  'numeric',
  'build_type_text_complete drops the old modifiers'
);
SELECT is(
  msar.build_type_text_complete('null', 'numeric'),
  'numeric',
  'build_type_text_complete returns the old type for JSON null'
);
SELECT is(
  msar.build_type_text_complete('{"name": null, "id": 25, "schema": "x", "modifier": 3}', 'date'), 'date',
  'build_type_text_complete reads only name and options'
);
SELECT is(
  msar.build_type_text_complete('{"name": "varchar", "options": {"length": 4, "array": true}}', 'numeric'),
  'character varying(4)[]', 'build_type_text_complete prefers the name of the description'
);
SELECT is(
  msar.build_type_text_complete(NULL, 'numeric'),
  NULL,
  'build_type_text_complete returns NULL without a description'
);
SELECT is(
  msar.build_type_text_complete('{}', NULL),
  NULL,
  'build_type_text_complete returns NULL without an old type'
);

-- get_formatted_base_type
SELECT is(
  __msar.get_formatted_base_type('varchar', '{"length": 4}'),
  'character varying(4)',
  'get_formatted_base_type formats name and options'
);
SELECT is(
  __msar.get_formatted_base_type('varchar', NULL),
  'character varying',
  'get_formatted_base_type accepts NULL for the options'
);
SELECT is(
  __msar.get_formatted_base_type('varchar', '{}'),
  'character varying',
  'get_formatted_base_type accepts empty options'
);
SELECT is(
  __msar.get_formatted_base_type(NULL, '{"length": 4}'),
  NULL,
  'get_formatted_base_type returns NULL without a name'
);
SELECT is(
  __msar.get_formatted_base_type('date', '{"array": true}'),
  'date',
  'get_formatted_base_type ignores the option array'
);

-- build_typmodin_arg, prepare_fields_arg
SELECT is(
  __msar.build_typmodin_arg('{"precision": 5, "scale": 2}', false)::text,
  '{5,2}',
  'build_typmodin_arg returns precision, then scale'
);
SELECT is(
  __msar.build_typmodin_arg('{"scale": 2, "precision": 5, "fields": "day", "length": 1}', true)::text,
  '{1,8,5,2}',
  'build_typmodin_arg returns length, fields, precision, scale in this order'
);
SELECT is(
  __msar.build_typmodin_arg('{"fields": "second", "precision": 3}', true)::text,
  '{4096,3}',
  'build_typmodin_arg returns the code of the fields'
);
SELECT is(
  __msar.build_typmodin_arg('{"fields": "day to second"}', true)::text,
  '{4104}',
  'build_typmodin_arg adds up only the named fields'
);
SELECT is(
  __msar.build_typmodin_arg('{"fields": "second", "precision": 3}', false)::text,
  '{3}',
  'build_typmodin_arg omits the fields if the type is not an interval'
);
SELECT is(
  __msar.build_typmodin_arg('{}', true)::text,
  '{32767}',
  'build_typmodin_arg returns the code of no restriction without fields'
);
SELECT is(
  __msar.build_typmodin_arg('{}', false)::text,
  '{}',
  'build_typmodin_arg returns an empty array without options'
);
SELECT is(
  __msar.build_typmodin_arg(NULL, false)::text,
  NULL,
  'build_typmodin_arg returns NULL if the options are NULL'
);
SELECT is(
  __msar.build_typmodin_arg('{}', NULL)::text,
  NULL,
  'build_typmodin_arg returns NULL if the flag is NULL'
);
SELECT is(
  __msar.prepare_fields_arg(want.fields),
  want.code,
  format('prepare_fields_arg adds up the codes of %s', want.fields)
)
FROM (
  VALUES
    (1, 'YEAR TO MONTH', '6'), (2, 'month', '2'), (3, 'Year', '4'), (4, 'day', '8'), (5, 'hour', '1024'),
    (6, 'minute', '2048'), (7, 'second', '4096'), (8, 'day to second', '4104'), (9, 'x', '32767'),
    (10, '', '32767'),
    (11, NULL, '32767')
) AS want(place, fields, code)
ORDER BY want.place;

-- The search path decides the meaning of a name, and which types are qualified, but not which type text is.
CREATE SCHEMA evil;
CREATE DOMAIN evil.text AS integer;
CREATE DOMAIN evil."numeric" AS integer;
CREATE FUNCTION evil.varchartypmodin(cstring[]) RETURNS integer LANGUAGE sql AS 'SELECT 1/0';
SET LOCAL search_path = evil, pg_catalog;
CREATE TEMPORARY TABLE answers AS SELECT
  msar.build_type_text(NULL) AS none,
  msar.build_type_text('{"name": "varchar", "options": {"length": 4}}') AS modified,
  msar.build_type_text('{"name": "text"}') AS named,
  msar.build_type_text('{"schema": "public", "name": "My Mood"}') AS elsewhere;
SET LOCAL search_path = public, tap;
SELECT is(none, 'pg_catalog.text', 'the default type is always PostgreSQL''s own text') FROM answers;
SELECT is(modified, 'character varying(4)', 'PostgreSQL''s own function reads the modifiers') FROM answers;
SELECT is(named, 'text', 'the search path decides the meaning of a name') FROM answers;
SELECT is(elsewhere, 'public."My Mood"', 'a type that is not in the search path is qualified') FROM answers;

SELECT * FROM finish();
ROLLBACK;
