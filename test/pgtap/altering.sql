-- Tests of the functions that alter columns: type, default, NOT NULL, name, comment, drop.
BEGIN;
SELECT plan(225);

-- Returns a column as one line: name, type, NOT NULL, default, comment. NULL if it does not exist.
CREATE FUNCTION pg_temp.col(tab regclass, num integer) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(
    '|',
    a.attname,
    format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN 'not null' END,
    'default ' || pg_get_expr(d.adbin, d.adrelid),
    'comment ' || col_description(tab, num)
  )
  FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = tab AND a.attnum = num AND NOT a.attisdropped
$$;
-- Returns all columns, one on each line.
CREATE FUNCTION pg_temp.cols(tab regclass) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat(n, ' ', pg_temp.col(tab, n)), E'\n' ORDER BY n)
  FROM generate_series(1, (SELECT max(attnum) FROM pg_attribute WHERE attrelid = tab)) AS n
$$;
-- Alters a column and returns it.
CREATE FUNCTION pg_temp.altered(tab regclass, num integer,
  alteration jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM msar.alter_columns(tab, jsonb_build_array(jsonb_build_object('attnum', num) || alteration));
  RETURN pg_temp.col(tab, num);
END
$$;

CREATE TYPE public.mood AS ENUM ('sad', 'happy');
CREATE DOMAIN public."Even" AS integer CHECK (VALUE % 2 = 0);

-- Casts by the functions of the schema mathesar_types
CREATE TABLE real_casts (
  id integer PRIMARY KEY, a text DEFAULT '7', u text DEFAULT 'x.org', ts timestamp DEFAULT now(),
  n numeric DEFAULT 12, t text, tm time, c text,
  b text DEFAULT 'abc', o numeric
);
INSERT INTO real_casts VALUES (1, '8', 'example.org', '2024-03-01', 5, '1234.567', '12:30:45.678', 'abc',
  NULL, 12345678);
SELECT is(
  pg_temp.altered('real_casts', col, alteration::jsonb),
  result,
  format('alter_columns alters column %s by %s', col, alteration)
)
FROM (VALUES
  (2, '{"type":{"name":"integer"}}', 'a|integer|default 7'),
  (3, '{"type":{"name":"mathesar_types.uri"}}', 'u|mathesar_types.uri|default ''http://x.org''::text'),
  (4, '{"type":{"name":"date"}}', 'ts|date|default mathesar_types.cast_to_date(now())'),
  (6, '{"type":{"name":"numeric","options":{"precision":6,"scale":1}}}', 't|numeric(6,1)'),
  (7, '{"type":{"options":{"precision":1}}}', 'tm|time(1) without time zone'),
  (8, '{"type":{"name":"character","options":{"length":5}}}', 'c|character(5)')
) AS cases(col, alteration, result);
SELECT msar.alter_columns('real_casts'::regclass, '[{"attnum":5,"type":{"name":"integer"}}]');
INSERT INTO real_casts (id, ts) VALUES (2, NULL);
SELECT is(
  (SELECT n FROM real_casts WHERE id = 2),
  12,
  'a default still applies after its column changes from numeric to integer'
);
SELECT is(
  (SELECT (a, u, ts, n, t, tm, c)::text FROM real_casts WHERE id = 1),
  '(8,http://example.org,2024-03-01,5,1234.6,12:30:45.7,"abc  ")',
  'alter_columns casts values with the cast functions, then applies the modifiers'
);
SELECT throws_ok(
  format($$SELECT msar.alter_columns('real_casts'::regclass, '[{"attnum":%s,"type":%s}]')$$, col, type_),
  state, NULL,
  format('alter_columns raises %s if column %s changes to %s', state, col, type_)
)
FROM (VALUES
  (9, '{"name":"integer"}', '22P02'),
  (9, '{"name":"boolean"}', 'P0001'),
  (10, '{"options":{"precision":6,"scale":1}}', '22003'),
  (8, '{"name":"varchar","options":{"length":2}}', '22001'),
  (7, '{"name":"integer"}', '42883'),
  (8, '{"name":"mood"}', '42883'),
  (8, '{"name":"text[]"}', '42883')
) AS cases(col, type_, state);

-- Every offered cast of a column without values
CREATE FUNCTION pg_temp.failed_conversions() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  numbers text[] := '{bigint,boolean,character,"character varying","double precision",integer,mathesar_types.mathesar_money,money,
    mathesar_types.multicurrency_money,numeric,real,smallint,text}';
  zoned text[] := '{character,"character varying",text,"time with time zone","time without time zone"}';
  stamps text[] := '{character,"character varying",date,text,"timestamp with time zone","timestamp without time zone"}';
  json_ text[] := '{character,"character varying",json,jsonb,mathesar_types.mathesar_json_array,mathesar_types.mathesar_json_object,text}';
  every text[] := (SELECT array_agg(DISTINCT t) FROM unnest(numbers || zoned || stamps || json_
    || '{interval,mathesar_types.email,mathesar_types.uri}') AS t);
  textual text[] := '{character,"character varying",text}';
  failures text;
  pair record;
BEGIN
  FOR pair IN
    SELECT source, target
    FROM (
      SELECT n, numbers FROM unnest('{smallint,integer,bigint,real,"double precision",numeric}'::text[]) AS n
      UNION ALL VALUES
        ('boolean',
          array_remove(array_remove(array_remove(numbers, 'money'), 'mathesar_types.mathesar_money'),
          'mathesar_types.multicurrency_money')),
        ('money', array_remove(numbers, 'boolean')),
        ('mathesar_types.mathesar_money', array_remove(numbers, 'boolean')),
        ('mathesar_types.multicurrency_money', textual || '{mathesar_types.multicurrency_money}'),
        ('text', every), ('character varying', every), ('character varying(9)', every),
        ('character(9)', array_remove(array_remove(every, 'time with time zone'), 'time without time zone')),
        ('mathesar_types.email', textual || '{mathesar_types.email}'),
        ('mathesar_types.uri', textual || '{mathesar_types.uri}'),
        ('interval', textual || '{interval}'), ('date', textual || '{date,"timestamp without time zone"}')
      UNION ALL SELECT n, zoned FROM unnest('{time with time zone,time without time zone}'::text[]) AS n
      UNION ALL SELECT n,
      stamps FROM unnest('{timestamp with time zone,timestamp without time zone}'::text[]) AS n
      UNION ALL SELECT n,
      json_ FROM unnest('{json,jsonb,mathesar_types.mathesar_json_array,mathesar_types.mathesar_json_object}'::text[]) AS n
      UNION ALL SELECT n, textual FROM unnest('{"\"char\"",bit(3),bytea,cidr,daterange,inet,int4range,int8range,macaddr,numrange,oid,regclass,
        tsrange,tstzrange,tsvector,uuid}'::text[]) AS n
    ) AS offers(source, targets), unnest(targets) AS target
  LOOP
    BEGIN
      EXECUTE format('CREATE TEMPORARY TABLE offered (id integer, c %s)', pair.source);
      INSERT INTO offered VALUES (1, NULL);
      PERFORM msar.alter_columns('offered'::regclass, jsonb_build_array(jsonb_build_object(
        'attnum', 2, 'type', jsonb_build_object('name', pair.target)
      )));
    EXCEPTION
      WHEN OTHERS THEN failures := concat_ws(E'\n', failures,
        format('%s to %s: %s', pair.source, pair.target, SQLERRM));
    END;
    DROP TABLE IF EXISTS offered;
  END LOOP;
  RETURN failures;
END
$$;
SELECT is(
  pg_temp.failed_conversions(),
  NULL,
  'alter_columns casts a column without values to every offered type'
);

-- Casts without the schema mathesar_types
DROP SCHEMA mathesar_types CASCADE;

SELECT is(
  __msar.build_cast_expr(val, type_),
  expression,
  format('build_cast_expr casts %s to %s', val, type_)
)
FROM (VALUES
  ('"B b"', 'numeric(5,2)', '"B b"::numeric'),
  ('a', 'NUMERIC', 'a::numeric'),
  ('a', 'varchar(3)', 'a::character varying'),
  ('a', 'timestamp(3) with time zone', 'a::timestamp with time zone'),
  ('a', 'integer[]', 'a::integer[]'),
  ('a', 'mood', 'a::mood'),
  ('a', 'public."Even"', 'a::"Even"'),
  ('(1 + 2)', 'text', '(1 + 2)::text'),
  ('a', 'char(3)', 'a::bpchar'),
  ('a', 'bit(3)', 'a::"bit"'),
  ('a', '"char"', 'a::"char"'),
  (NULL, 'text', NULL),
  ('a', NULL, NULL)
) AS cases(val, type_, expression);
SELECT throws_ok(
  $$SELECT __msar.build_cast_expr('a', 'nosuch')$$, '42704', 'type "nosuch" does not exist',
  'build_cast_expr refuses an unknown type'
);

-- The combined example, and what stays the same
CREATE TABLE books (
  id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  isbn text NOT NULL,
  pages numeric DEFAULT 12,
  blurb text,
  kilos numeric(9,2),
  seen timestamp,
  "Kept" varchar(7) NOT NULL DEFAULT 'x'
);
COMMENT ON COLUMN books."Kept" IS 'stays';
INSERT INTO books (isbn, pages, kilos, seen) VALUES ('123456789012.34', 3, 1.25, '2024-02-29'), ('5', NULL, 2,
  '2024-03-01');
SELECT is(
  msar.process_col_alter_jsonb('books'::regclass, alters),
  actions,
  format('process_col_alter_jsonb builds the actions of %s', alters)
)
FROM (VALUES
  ('[{"attnum":3,"default":8,"not_null":true}]'::jsonb,
    'ALTER COLUMN pages SET DEFAULT ''8'', ALTER COLUMN pages SET NOT NULL'),
  ('[]', NULL),
  ('[{"attnum":3}]', NULL),
  ('[{"attnum":3,"name":"x"}]', NULL),
  ('[{"attnum":3,"name":"x","description":"y"},{"attnum":4}]', NULL),
  ('[{"attnum":3,"delete":false}]', NULL),
  ('[{"attnum":3,"type":null}]', NULL),
  ('[{"attnum":99,"type":{"name":"nosuch"},"default":1,"not_null":true,"delete":true}]', NULL),
  ('[{"attnum":100000,"not_null":true}]', NULL),
  ('[{"attnum":-1,"not_null":true}]', NULL),
  ('[{"attnum":null,"not_null":true}, {}, 5, "attnum", null, []]', NULL),
  ('[{"attnum":1,"type":{"name":"text"},"default":1,"not_null":false,"delete":true}]', NULL),
  ('[{"attnum":"4","delete":true}]', 'DROP COLUMN blurb'),
  ('[{"attnum":7,"not_null":false},{"attnum":2,"default":null}]',
    'ALTER COLUMN "Kept" DROP NOT NULL, ALTER COLUMN isbn DROP DEFAULT'),
  ('[{"attnum":5,"delete":true,"not_null":true,"default":"a''b\\c;","type":{"name":"text"}}]',
    'ALTER COLUMN kilos DROP DEFAULT, ALTER COLUMN kilos TYPE text USING kilos::text, '
    || 'ALTER COLUMN kilos SET DEFAULT E''a''''b\\c;'', ALTER COLUMN kilos SET NOT NULL, DROP COLUMN kilos'),
  ('[{"attnum":3,"type":{"name":"integer"},"default":null}]',
    'ALTER COLUMN pages DROP DEFAULT, ALTER COLUMN pages TYPE integer USING pages::integer'),
  ('[{"attnum":3,"type":{"name":"integer"}}]',
    'ALTER COLUMN pages DROP DEFAULT, ALTER COLUMN pages TYPE integer USING pages::integer, '
    || 'ALTER COLUMN pages SET DEFAULT (12)::integer')
) AS cases(alters, actions);
SELECT is(msar.process_col_alter_jsonb(NULL, '[]'), NULL, 'process_col_alter_jsonb is strict');
SELECT is(
  msar.process_col_alter_jsonb(99999999, '[{"attnum":1,"not_null":true}]'),
  NULL,
  'process_col_alter_jsonb returns NULL for an unknown table'
);

SELECT is(
  msar.alter_columns('books'::regclass, '[
    {"attnum": 6, "not_null": true, "name": "last seen"},
    {"attnum": 4, "delete": true},
    {"attnum": 2, "type": {"name": "numeric", "options": {"precision": 13, "scale": 1}}, "not_null": false,
     "name": "book no", "description": "13 digits; no dashes"},
    {"attnum": 5, "not_null": true},
    {"attnum": 3, "name": "sheets"}
  ]'),
  '{6,4,2,5,3}'::integer[],
  'alter_columns returns the attnums in the order of the array'
);
SELECT is(pg_temp.cols('books'), concat_ws(
  E'\n',
  '1 id|integer|not null',
  '2 book no|numeric(13,1)|comment 13 digits; no dashes',
  '3 sheets|numeric|default 12',
  '4 ',
  '5 kilos|numeric(9,2)|not null',
  '6 last seen|timestamp without time zone|not null',
  '7 Kept|character varying(7)|not null|default ''x''::character varying|comment stays'
), 'alter_columns changes everything that the array lists and nothing else');
SELECT results_eq(
  'SELECT "book no", sheets, kilos FROM books ORDER BY id',
  'VALUES (123456789012.3, 3::numeric, 1.25), (5.0, NULL, 2.00)',
  'alter_columns casts values, then applies the modifiers'
);

-- Results
SELECT is(msar.alter_columns('books'::regclass, '[]'), NULL, 'alter_columns returns NULL for an empty array');
SELECT is(msar.alter_columns(NULL, '[]'), NULL, 'alter_columns returns NULL if the table is NULL');
SELECT is(
  msar.alter_columns('books'::regclass, NULL),
  NULL,
  'alter_columns returns NULL if the alterations are NULL'
);
SELECT is(
  msar.alter_columns('books'::regclass, '[{"attnum":99999,"name":"z","not_null":true}]'),
  '{99999}'::integer[],
  'alter_columns ignores an attnum that is out of range'
);
SELECT is(
  msar.alter_columns('books'::regclass, '[{"attnum":"3"},{"attnum":99,"name":"z","delete":true},{}]'),
  '{3,99,NULL}'::integer[],
  'alter_columns returns all attnums, even if nothing changes');
SELECT is(
  msar.alter_columns(col_alters => '[{"attnum":3}]', tab_id => 'books'::regclass), '{3}'::integer[],
  'alter_columns accepts named arguments'
);

-- Names
CREATE TABLE people (id integer PRIMARY KEY, a text, b text, "C d" text, e text);
SELECT is(
  msar.alter_columns('people'::regclass, '[{"attnum":3,"name":"Full name"},{"attnum":5,"name":"age"}]'),
  '{3,5}'::integer[],
  'alter_columns returns the attnums of renamed columns'
);
SELECT columns_are(
  'people',
  ARRAY['id', 'a', 'Full name', 'C d', 'age'],
  'alter_columns renames only the listed columns'
);
SELECT msar.alter_columns('people'::regclass, jsonb_build_array(
  jsonb_build_object('attnum', 2, 'name', 'q"u''o\t;e.é'), jsonb_build_object('attnum', 3, 'name', 'select'),
  jsonb_build_object('attnum', 4, 'name', 'plain'), jsonb_build_object('attnum', 5, 'name', NULL)
));
SELECT columns_are(
  'people',
  ARRAY['id', 'q"u''o\t;e.é', 'select', 'plain', 'age'],
  'alter_columns accepts any name, and keeps the name for null'
);
SELECT lives_ok(
  $$SELECT msar.alter_columns('people'::regclass,
      '[{"attnum":4,"name":"plain"},{"attnum":3,"name":"select"}]')$$,
  'alter_columns accepts the present name'
);
SELECT lives_ok(
  $$SELECT msar.alter_columns('people'::regclass,
      '[{"attnum":4,"name":"x"},{"attnum":3,"name":"plain"},{"attnum":4,"name":"y"}]')$$,
  'alter_columns renames columns one by one'
);
SELECT columns_are(
  'people',
  ARRAY['id', 'q"u''o\t;e.é', 'plain', 'y', 'age'],
  'a later rename can use a name that an earlier one released'
);
SELECT throws_ok(
  $$SELECT msar.alter_columns('people'::regclass, '[{"attnum":3,"name":"y"},{"attnum":4,"name":"plain"}]')$$,
  '42701', 'column "y" of relation "people" already exists', 'alter_columns refuses to swap names'
);
SELECT throws_ok(
  $$SELECT msar.alter_columns('people'::regclass, '[{"attnum":3,"name":""}]')$$, '42601', NULL,
  'alter_columns refuses an empty name'
);
SELECT columns_are(
  'people',
  ARRAY['id', 'q"u''o\t;e.é', 'plain', 'y', 'age'],
  'a failed call changes nothing'
);

SELECT is(
  msar.rename_column('people'::regclass, 3, 'New "one"'),
  3::smallint,
  'rename_column returns the attnum'
);
SELECT has_column('people', 'New "one"', 'rename_column renames the column');
SELECT is(
  msar.rename_column('people'::regclass, 3, 'New "one"'),
  3::smallint,
  'rename_column accepts the present name'
);
SELECT is(
  msar.rename_column('people'::regclass, 33, 'x'),
  33::smallint,
  'rename_column returns an unknown attnum unchanged'
);
SELECT is(
  msar.rename_column('people'::regclass, 3, NULL),
  NULL,
  'rename_column returns NULL for a NULL name'
);
SELECT throws_ok(
  $$SELECT msar.rename_column('people'::regclass, 3, 'y')$$,
  '42701',
  NULL,
  'rename_column refuses a name that is taken'
);
SELECT throws_ok(
  $$SELECT msar.rename_column('people'::regclass, 3, '')$$,
  '42601',
  NULL,
  'rename_column refuses an empty name'
);
SELECT is(
  __msar.rename_column('public.people', '"New ""one"""', '"B b"'),
  'ALTER TABLE public.people RENAME COLUMN "New ""one""" TO "B b"',
  '__msar.rename_column returns the command'
);
SELECT is(
  __msar.rename_column('public.people', '"B b"', '"B b"'),
  NULL,
  '__msar.rename_column returns NULL if the names are equal'
);
SELECT is(
  __msar.rename_column('public.people', NULL, 'c'),
  NULL,
  '__msar.rename_column returns NULL for a NULL name'
);
SELECT throws_ok(
  $$SELECT __msar.rename_column('people', 'nosuch', 'x')$$,
  '42703',
  NULL,
  '__msar.rename_column refuses an unknown column'
);

-- Drops
CREATE TABLE four (id integer PRIMARY KEY, b text, c text, d text, e text);
SELECT is(
  msar.alter_columns('four'::regclass, '[{"attnum":3,"delete":true},{"attnum":4,"delete":true}]'),
  '{3,4}'::integer[],
  'alter_columns returns the attnums of dropped columns'
);
SELECT columns_are('four', ARRAY['id', 'b', 'e'], 'alter_columns drops only the listed columns');
SELECT is(msar.alter_columns('four'::regclass, '[{"attnum":3,"delete":true,"name":"x"}]'), '{3}'::integer[],
  'alter_columns ignores a column that was dropped before');
SELECT throws_ok(
  format($$SELECT msar.alter_columns('four'::regclass, '[{"attnum":2,"delete":true,%s}]')$$, keys), '42703',
  NULL,
  format('alter_columns refuses to drop a column together with %s', keys)
)
FROM unnest(ARRAY['"name":"x"', '"name":"b"', '"description":"x"', '"description":null']) AS keys;
SELECT throws_ok(
  $$SELECT msar.alter_columns('four'::regclass, '[{"attnum":2,"delete":true},{"attnum":2,"name":"x"}]')$$,
  '42703', NULL,
  'alter_columns refuses to drop and rename a column in two entries'
);
SELECT lives_ok(
  $$SELECT msar.alter_columns('four'::regclass,
      '[{"attnum":2,"delete":true,"name":null},{"attnum":5,"name":"b"}]')$$,
  'another column can use the name of a column that the same call drops'
);
SELECT columns_are('four', ARRAY['id', 'b'], 'the other column has the name of the dropped one');
CREATE VIEW on_four AS SELECT b FROM four;
SELECT throws_ok(
  $$SELECT msar.alter_columns('four'::regclass, '[{"attnum":5,"delete":true}]')$$, '2BP01', NULL,
  'alter_columns refuses to drop a column that a view uses'
);

-- Types
CREATE TABLE kinds (
  id integer PRIMARY KEY, n numeric(9,2), t text COLLATE "C", v varchar(9), c char(12), i integer, "M m" text,
  a integer[],
  d timestamp(3)
);
INSERT INTO kinds VALUES (1, 1.5, '7', 'abc', 'some text', 4, 'happy', '{1,2}', '2024-02-29 12:30:45.678');
SELECT is(
  pg_temp.altered('kinds', col, alteration::jsonb),
  result,
  format('alter_columns alters column %s by %s', col, alteration)
)
FROM (VALUES
  (2, '{"type":{"options":{"precision":6}}}', 'n|numeric(6,0)'),
  (2, '{"type":{"name":null,"options":{"precision":7,"scale":3}}}', 'n|numeric(7,3)'),
  (2, '{"type":{}}', 'n|numeric'),
  (2, '{"type":{"name":"varchar","options":{"length":40}}}', 'n|character varying(40)'),
  (2, '{"type":null}', 'n|character varying(40)'),
  (2, '{"type":{"name":"NUMERIC","options":{"precision":"9","scale":"2"}}}', 'n|numeric(9,2)'),
  (2, '{"type":{"id":25,"schema":"nosuch","modifier":4}}', 'n|numeric'),
  (4, '{"type":{}}', 'v|character varying'),
  (4, '{"type":{"name":"char","options":{"length":8}}}', 'v|character(8)'),
  (5, '{"type":{"options":{"length":10}}}', 'c|character(10)'),
  (5, '{"type":{"name":"varchar"}}', 'c|character varying'),
  (6, '{"type":{"name":"\"Even\""}}', 'i|"Even"'),
  (6, '{"type":{}}', 'i|"Even"'),
  (6, '{"type":{"name":"public.\"Even\"","options":{"array":false}}}', 'i|"Even"'),
  (7, '{"type":{"name":"public.mood"}}', 'M m|mood'),
  (7, '{"type":{"name":"text"}}', 'M m|text'),
  (7, '{"type":{"name":"mood"},"default":"sad"}', 'M m|mood|default ''sad''::mood'),
  (8, '{"type":{"name":"text[]"}}', 'a|text[]'),
  (8, '{"type":{"name":"numeric","options":{"array":true,"precision":3,"scale":1}}}', 'a|numeric(3,1)[]'),
  (9, '{"type":{"name":"timestamp","options":{"precision":0}}}', 'd|timestamp(0) without time zone')
) AS cases(col, alteration, result);
SELECT results_eq(
  'SELECT v::text, c::text, i::text, "M m"::text, a::text, d::text FROM kinds',
  $$VALUES ('abc', 'some text', '4', 'happy', '{1.0,2.0}', '2024-02-29 12:30:46')$$,
  'the values survive all changes of type'
);
SELECT is(
  pg_temp.altered('kinds', 3, '{"type":{"name":"varchar"}}'),
  't|character varying',
  'alter_columns changes the type of a column with a collation'
);
SELECT col_type_is('kinds', 't', 'character varying', 'the column has the new type');
SELECT is(
  (SELECT attcollation::regcollation::text FROM pg_attribute
    WHERE attrelid = 'kinds'::regclass AND attnum = 3),
  '"C"',
  'the column keeps its collation'
);
SELECT is(
  pg_temp.altered('kinds', 3, '{"type":{"name":"integer"}}'),
  't|integer',
  'a column loses its collation if the new type is not collatable'
);

SELECT throws_ok(
  format($$SELECT msar.alter_columns('kinds'::regclass, '[{"attnum":%s,%s}]')$$, col, keys), state, message,
  what
)
FROM (VALUES
  (4, '"type":{"name":"integer"}', '22P02', 'invalid input syntax for type integer: "abc     "',
    'alter_columns refuses a value that cannot be cast'),
  (2, '"default":"x"', '22P02', NULL, 'alter_columns refuses a default that is invalid for the type'),
  (2, '"type":{"name":"integer"},"default":"x"', '22P02', NULL,
    'alter_columns refuses a default that is invalid for the new type'),
  (4, '"type":{"name":"varchar","options":{"length":0}}', '22023',
    'length for type varchar must be at least 1', 'alter_columns refuses an invalid option'),
  (4, '"type":{"name":"varchar","options":{"length":2}}', '22001', NULL,
    'alter_columns refuses values that are too long for the modifier'),
  (2, '"type":{"name":"nosuch"}', '42704', 'type "nosuch" does not exist',
    'alter_columns refuses an unknown type'),
  (2, '"type":{"name":"date"}', '42846', NULL, 'alter_columns refuses a type without a cast'),
  (2, '"not_null":null', '22023', 'cannot cast jsonb null to type boolean',
    'alter_columns refuses null as not_null'),
  (2, '"delete":null', '22023', 'cannot cast jsonb null to type boolean',
    'alter_columns refuses null as delete'),
  (2, '"not_null":"yes"', '22023', NULL, 'alter_columns refuses a string as not_null'),
  (2, '"delete":1', '22023', NULL, 'alter_columns refuses a number as delete'),
  (99, '"description":"x"', '42601', NULL, 'alter_columns refuses a comment on an unknown column')
) AS cases(col, keys, state, message, what);
SELECT throws_ok(
  $$SELECT msar.alter_columns('kinds'::regclass, '{"attnum":1}')$$, '22023',
  'cannot extract elements from an object', 'alter_columns refuses an object'
);
SELECT throws_ok(
  $$SELECT msar.alter_columns('kinds'::regclass, '"x"')$$, '22023', 'cannot extract elements from a scalar',
  'alter_columns refuses a scalar'
);
SELECT throws_ok(
  $$SELECT msar.alter_columns(99999999, '[{"attnum":1,"description":"x"}]')$$, '42601',
  'syntax error at or near "99999999"',
  'alter_columns refuses an unknown table'
);
INSERT INTO kinds (id) VALUES (2);
SELECT throws_ok(
  $$SELECT msar.alter_columns('kinds'::regclass, '[{"attnum":9,"not_null":true},{"attnum":6,"name":"x"}]')$$,
  '23502', NULL,
  'alter_columns refuses NOT NULL on a column with NULLs'
);
SELECT hasnt_column('kinds', 'x', 'an error rolls everything back');

-- Defaults
CREATE TABLE defaults (
  id integer PRIMARY KEY,
  txt text DEFAULT '7',
  ts timestamp DEFAULT now(),
  num numeric DEFAULT 12,
  vc varchar(3) DEFAULT 'abc',
  sum_ integer DEFAULT 3 + 5,
  yes boolean DEFAULT true,
  ch char(5) DEFAULT 'q ',
  hidden text DEFAULT 7,
  word text DEFAULT 'x''y\z',
  nothing text DEFAULT NULL,
  odd "Even" DEFAULT 4,
  sad mood DEFAULT 'sad',
  arr integer[] DEFAULT '{1,2}',
  whom text DEFAULT CURRENT_USER,
  ser serial
);
SELECT is(
  pg_temp.altered('defaults', col, alteration::jsonb),
  result,
  format('alter_columns changes the default of column %s by %s', col, alteration)
)
FROM (VALUES
  (2, '{"type":{"name":"integer"}}', 'txt|integer|default 7'),
  (2, '{"type":{"name":"numeric"},"default":2.50}', 'txt|numeric|default 2.50'),
  (4, '{"type":{"name":"integer"}}', 'num|integer|default 12'),
  (4, '{"default":null}', 'num|integer'),
  (4, '{"default":null}', 'num|integer'),
  (4, '{"not_null":true}', 'num|integer|not null'),
  (4, '{"not_null":true,"default":-3}', 'num|integer|not null|default ''-3''::integer'),
  (4, '{"type":{"name":"text"},"default":null}', 'num|text|not null'),
  (5, '{"default":"a"}', 'vc|character varying(3)|default ''a''::character varying'),
  (6, '{"type":{"name":"bigint"}}', 'sum_|bigint|default ''8''::bigint'),
  (7, '{"type":{"name":"text"}}', 'yes|text|default ''true''::text'),
  (8, '{"type":{"name":"text"},"default":""}', 'ch|text|default ''''::text'),
  (9, '{"type":{"name":"integer"}}', 'hidden|integer|default 7'),
  (10, '{"type":{"name":"varchar"}}', 'word|character varying|default ''x''''y\z''::character varying'),
  (10, '{"default":"0; drop table defaults"}',
    'word|character varying|default ''0; drop table defaults''::character varying'),
  (10, '{"default":{"a":[1,null]}}',
    'word|character varying|default ''{"a": [1, null]}''::character varying'),
  (10, '{"type":{"name":"jsonb"},"default":["x"]}', 'word|jsonb|default ''["x"]''::jsonb'),
  (11, '{"type":{"name":"integer"}}', 'nothing|integer'),
  (12, '{"type":{"name":"numeric","options":{"precision":5,"scale":1}}}',
    'odd|numeric(5,1)|default ''4''::numeric'),
  (13, '{"type":{"name":"text"}}', 'sad|text|default ''sad''::text'),
  (14, '{"type":{"name":"text[]"}}', 'arr|text[]|default ''{1,2}''::text[]'),
  (16, '{"type":{"name":"bigint"}}', 'ser|bigint|not null|default nextval(''defaults_ser_seq''::regclass)')
) AS cases(col, alteration, result);
SELECT throws_ok(
  format($$SELECT msar.alter_columns('defaults'::regclass, '[{"attnum":2,"default":"%s"}]')$$, value),
  '22P02', NULL,
  format('alter_columns reads a default as a value, never as SQL: %s', value)
)
FROM unnest(ARRAY['now()', '1+1', '7; drop table defaults']) AS value;
SELECT is(
  regexp_replace(pg_temp.altered('defaults', 3, '{"type":{"name":"date"}}'), '[()]', '', 'g'),
  'ts|date|default now::date',
  'alter_columns wraps a dynamic default in the cast'
);
SELECT is(
  pg_get_serial_sequence('defaults', 'ser'),
  'public.defaults_ser_seq',
  'a serial column keeps its sequence'
);
INSERT INTO defaults (id, num) VALUES (1, '');
SELECT is((SELECT ts FROM defaults), current_date, 'the wrapped default yields a value of the new type');
SELECT matches(
  pg_temp.altered('defaults', 15, '{"type":{"name":"varchar"}}'),
  'CURRENT_USER',
  'alter_columns treats a value keyword as dynamic'
);
SELECT throws_ok(
  $$SELECT msar.process_col_alter_jsonb('defaults'::regclass, '[{"attnum":7,"type":{"name":"integer"}}]')$$,
  '22P02', NULL,
  'process_col_alter_jsonb refuses a static default that cannot be cast'
);

-- Building blocks
SELECT is(
  __msar.build_col_drop_default_expr('defaults'::regclass, col, new_type, new_default::jsonb),
  result,
  what
)
FROM (VALUES
  (2, 'text', NULL, 'ALTER COLUMN txt DROP DEFAULT',
    'build_col_drop_default_expr drops the default for a new type'),
  (2, 'text', '5', 'ALTER COLUMN txt DROP DEFAULT',
    'build_col_drop_default_expr drops the default for a new type with a default'),
  (2, NULL, 'null', 'ALTER COLUMN txt DROP DEFAULT',
    'build_col_drop_default_expr drops the default for JSON null'),
  (2, NULL, '5', NULL, 'build_col_drop_default_expr returns NULL for a new default'),
  (2, NULL, NULL, NULL, 'build_col_drop_default_expr returns NULL if nothing changes'),
  (99, 'text', 'null', NULL, 'build_col_drop_default_expr returns NULL for an unknown column')
) AS cases(col, new_type, new_default, result, what);
SELECT is(__msar.build_col_retype_expr('defaults'::regclass, col, new_type), result, what)
FROM (VALUES
  (2, 'numeric(5,2)', 'ALTER COLUMN txt TYPE numeric(5,2) USING txt::numeric',
    'build_col_retype_expr changes the type and casts the values'),
  (2, NULL, NULL, 'build_col_retype_expr returns NULL without a type'),
  (99, 'text', NULL, 'build_col_retype_expr returns NULL for an unknown column')
) AS cases(col, new_type, result, what);
SELECT throws_ok(
  $$SELECT __msar.build_col_retype_expr('defaults'::regclass, 2, 'nosuch')$$, '42704', NULL,
  'build_col_retype_expr refuses an unknown type'
);
SELECT is(
  __msar.build_col_default_expr('defaults'::regclass, col, old_default, new_default::jsonb, new_type),
  result,
  what
)
FROM (VALUES
  (5, '''a''', '"it''s"', NULL, 'ALTER COLUMN vc SET DEFAULT ''it''''s''',
    'build_col_default_expr sets a string'),
  (5, '''a''', '7.50', 'numeric', 'ALTER COLUMN vc SET DEFAULT ''7.50''',
    'build_col_default_expr sets a number together with a type'),
  (5, '''a''', 'true', NULL, 'ALTER COLUMN vc SET DEFAULT ''true''', 'build_col_default_expr sets a boolean'),
  (5, '''a''', 'null', 'text', NULL, 'build_col_default_expr returns NULL for JSON null'),
  (5, 'lower(''A'')', NULL, NULL, NULL, 'build_col_default_expr returns NULL if nothing changes'),
  (5, NULL, NULL, 'text', NULL, 'build_col_default_expr returns NULL for a type without an old default'),
  (3, 'now()', NULL, 'date', 'ALTER COLUMN ts SET DEFAULT (now())::date',
    'build_col_default_expr casts a dynamic default'),
  (6, '3 + 5', NULL, 'text', 'ALTER COLUMN sum_ SET DEFAULT ''8''',
    'build_col_default_expr evaluates a static default'),
  (6, 'NULL', NULL, 'text', 'ALTER COLUMN sum_ SET DEFAULT NULL',
    'build_col_default_expr keeps a default of NULL'),
  (99, '5', '6', 'text', NULL, 'build_col_default_expr returns NULL for an unknown column')
) AS cases(col, old_default, new_default, new_type, result, what);
SELECT is(
  __msar.build_col_not_null_expr('defaults'::regclass, col, val),
  result,
  format('build_col_not_null_expr builds the action for column %s and %s', col, val)
)
FROM (VALUES
  (2, true, 'ALTER COLUMN txt SET NOT NULL'), (2, false, 'ALTER COLUMN txt DROP NOT NULL'), (2, NULL, NULL),
  (99, true, NULL)
) AS cases(col, val, result);
SELECT is(
  __msar.build_col_drop_text('kinds'::regclass, col, val),
  result,
  format('build_col_drop_text builds the action for column %s and %s', col, val)
)
FROM (VALUES
  (7, true, 'DROP COLUMN "M m"'), (7, false, NULL), (7, NULL, NULL), (99, true, NULL)
) AS cases(col, val, result);

-- Id columns, identity columns, generated columns
SELECT is(
  msar.alter_columns('books'::regclass,
    '[{"attnum":1,"type":{"name":"text"},"default":4,"not_null":false,"delete":true,"name":"key","description":"d"}]'),
  '{1}'::integer[], 'alter_columns changes only name and comment of a default id column'
);
SELECT is(
  pg_temp.col('books', 1),
  'key|integer|not null|comment d',
  'the default id column has the new name and comment'
);
SELECT is(
  pg_temp.altered('books', 1, '{"type":{"name":"bigint"}}'),
  'key|bigint|not null|comment d',
  'alter_columns can widen another identity column'
);
SELECT is(
  (SELECT attidentity FROM pg_attribute WHERE attrelid = 'books'::regclass AND attnum = 1),
  'd',
  'the widened column is still an identity column'
);
SELECT throws_ok(
  $$SELECT msar.alter_columns('books'::regclass, '[{"attnum":1,"type":{"name":"text"}}]')$$, '22023', NULL,
  'alter_columns refuses to change an identity column to text'
);
CREATE TABLE made (a integer, b integer GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO made VALUES (4);
SELECT is(
  pg_temp.altered('made', 2, '{"type":{"name":"numeric","options":{"precision":5,"scale":1}}}'),
  'b|numeric(5,1)|default (a * 2)',
  'alter_columns changes the type of a generated column'
);
SELECT is((SELECT b FROM made), 8.0, 'the values of the generated column have the new type');
SELECT is(pg_temp.altered('made', 2, '{"delete":true}'), NULL, 'alter_columns drops a generated column');

-- Comments
CREATE TABLE notes (id integer PRIMARY KEY, a text, b text);
COMMENT ON COLUMN notes.b IS 'other';
SELECT is(
  pg_temp.altered('notes', 2, alteration::jsonb),
  result,
  format('alter_columns changes the comment by %s', alteration)
)
FROM (VALUES
  ('{"not_null":false}', 'a|text'),
  ('{"description":"one"}', 'a|text|comment one'),
  ('{"description":"two"}', 'a|text|comment two'),
  ('{"name":"c"}', 'c|text|comment two'),
  ('{"type":{"name":"varchar"},"not_null":true}', 'c|character varying|not null|comment two'),
  ('{"name":"A \"d\"","description":null,"not_null":false}', 'A "d"|character varying'),
  ('{"description":"it''s; \\ \"x\" é"}', 'A "d"|character varying|comment it''s; \ "x" é'),
  ('{"description":""}', 'A "d"|character varying')
) AS cases(alteration, result);
SELECT is(
  pg_temp.col('notes', 3),
  'b|text|comment other',
  'alter_columns keeps the comments of other columns'
);

-- A schema that is not on the search path
CREATE SCHEMA "Away";
CREATE TYPE "Away"."Kind" AS ENUM ('a', 'b');
CREATE TABLE "Away"."T t" ("A a" text DEFAULT 'a', b "Away"."Kind" DEFAULT 'b');
INSERT INTO "Away"."T t" DEFAULT VALUES;
SET LOCAL search_path = '';
CREATE TEMPORARY TABLE away AS SELECT
  msar.process_col_alter_jsonb('"Away"."T t"'::pg_catalog.regclass,
    '[{"attnum":1,"type":{"name":"\"Away\".\"Kind\""}},{"attnum":2,"type":{}}]') AS actions,
  msar.alter_columns('"Away"."T t"'::pg_catalog.regclass,
    '[{"attnum":1,"type":{"name":"\"Away\".\"Kind\""},"name":"x"},{"attnum":2,"type":{},"description":"k"}]') AS attnums;
SET LOCAL search_path = public, tap;
SELECT is(
  actions,
  'ALTER COLUMN "A a" DROP DEFAULT, ALTER COLUMN "A a" TYPE "Away"."Kind" USING "A a"::"Away"."Kind", '
  || 'ALTER COLUMN "A a" SET DEFAULT ''a'', ALTER COLUMN b DROP DEFAULT, '
  || 'ALTER COLUMN b TYPE "Away"."Kind" USING b::"Away"."Kind", ALTER COLUMN b SET DEFAULT ''b''',
  'process_col_alter_jsonb qualifies names under an empty search path')
FROM away;
SELECT is(pg_temp.cols('"Away"."T t"'), E'1 x|"Away"."Kind"|default ''a''::"Away"."Kind"\n'
  || '2 b|"Away"."Kind"|default ''b''::"Away"."Kind"|comment k',
  'alter_columns works under an empty search path');

-- Casts with the schema mathesar_types, by its functions alone
CREATE SCHEMA mathesar_types;
CREATE FUNCTION mathesar_types.cast_to_integer(text) RETURNS integer LANGUAGE plpgsql STRICT AS $$
BEGIN
  IF $1 = 'no' THEN RAISE 'not an integer'; END IF;
  RETURN 1000 + $1::integer;
END
$$;
CREATE FUNCTION mathesar_types.cast_to_numeric(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 + 0.25';
CREATE FUNCTION mathesar_types.cast_to_date(timestamp) RETURNS date LANGUAGE sql AS 'SELECT $1::date - 1';
CREATE FUNCTION mathesar_types."cast_to__double_quote_Even_double_quote_"(integer)
  RETURNS "Even" LANGUAGE sql AS 'SELECT $1 * 2';
SELECT is(
  __msar.build_cast_expr(val, type_),
  expression,
  format('build_cast_expr casts %s to %s with mathesar_types', val, type_)
)
FROM (VALUES
  ('"B b"', 'numeric(5,2)', 'mathesar_types.cast_to_numeric("B b")'),
  ('a', 'timestamp(3) with time zone', 'mathesar_types.cast_to_timestamp_with_time_zone(a)'),
  ('a', '"char"', 'mathesar_types.cast_to__double_quote_char_double_quote_(a)'),
  ('a', 'public."Even"', 'mathesar_types."cast_to__double_quote_Even_double_quote_"(a)')
) AS cases(val, type_, expression);
SELECT throws_ok(
  $$SELECT __msar.build_cast_expr('a', 'nosuch')$$, '42704', 'type "nosuch" does not exist',
  'build_cast_expr refuses an unknown type with mathesar_types'
);
CREATE TABLE casts (
  id integer PRIMARY KEY, a text DEFAULT '7', n numeric(9,2) DEFAULT 1.5, ts timestamp DEFAULT localtimestamp,
  e integer DEFAULT 3,
  bad text DEFAULT 'no', s text
);
INSERT INTO casts VALUES (1, '8', 2.5, '2024-03-01', 5, '9', 'no');
SELECT is(
  pg_temp.altered('casts', col, alteration::jsonb),
  result,
  format('alter_columns alters column %s by %s with mathesar_types', col, alteration)
)
FROM (VALUES
  (2, '{"type":{"name":"integer"}}', 'a|integer|default 1007'),
  (3, '{"type":{"options":{"precision":6,"scale":1}},"default":5}', 'n|numeric(6,1)|default ''5''::numeric'),
  (4, '{"type":{"name":"date"}}', 'ts|date|default mathesar_types.cast_to_date(LOCALTIMESTAMP)'),
  (5, '{"type":{"name":"\"Even\""}}', 'e|"Even"|default 6')
) AS cases(col, alteration, result);
SELECT results_eq(
  'SELECT a, n, ts, e::integer FROM casts', $$VALUES (1008, 2.8, '2024-02-29'::date, 10)$$,
  'alter_columns casts values with the cast functions'
);
SELECT throws_ok(
  format($$SELECT msar.alter_columns('casts'::regclass, '[{"attnum":%s,"type":{"name":"%s"}}]')$$, col,
    type_),
  state, message, what
)
FROM (VALUES
  (6, 'integer', 'P0001', 'not an integer',
    'alter_columns raises the error of a cast function for the default'),
  (7, 'integer', 'P0001', 'not an integer', 'alter_columns raises the error of a cast function for a value'),
  (7, 'bigint', '42883', 'function mathesar_types.cast_to_bigint(text) does not exist',
    'alter_columns refuses a type without a cast function'),
  (7, 'mood', '42883', 'function mathesar_types.cast_to_mood(text) does not exist',
    'alter_columns refuses an enum without a cast function'),
  (2, 'integer', '42883', NULL, 'alter_columns refuses the same type without a cast function'),
  (7, 'integer[]', '42883', NULL, 'alter_columns refuses an array type, which has no cast function')
) AS cases(col, type_, state, message, what);
CREATE TYPE public."x(1); drop table casts; --" AS ENUM ('a');
SELECT throws_ok(
  $$SELECT msar.alter_columns('casts'::regclass,
      '[{"attnum":7,"type":{"name":"\"x(1); drop table casts; --\""}}]')$$,
  '42883', NULL,
  'alter_columns quotes the name of a type'
);

SELECT * FROM finish();
ROLLBACK;
