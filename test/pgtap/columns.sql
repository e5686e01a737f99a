-- Tests of column definitions, and of adding columns.
BEGIN;
SELECT plan(71);

CREATE FUNCTION defs(variadic elements text[]) RETURNS __msar.col_def[] LANGUAGE sql AS
  $$ SELECT elements::__msar.col_def[] $$;
CREATE FUNCTION col_text(def __msar.col_def) RETURNS text LANGUAGE sql AS
  $$ SELECT pg_catalog.regexp_replace(pg_catalog.btrim(__msar.build_col_def_text(def)), '\s+', ' ', 'g') $$;
-- Returns name, type, NOT NULL, default and comment of the columns of a table, in order.
CREATE FUNCTION columns_of(tab regclass) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT pg_catalog.concat_ws(
    '|', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
    COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '-'),
    COALESCE(pg_catalog.col_description(tab, a.attnum), '-'))
  FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = tab AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
$$;

CREATE TABLE t (id integer, b text, c text);
CREATE TABLE gaps (a integer, b integer, c integer, d integer);
ALTER TABLE gaps DROP COLUMN c;
ALTER TABLE gaps DROP COLUMN d;
CREATE TABLE empty ();

-- process_col_def_jsonb: names
SELECT is(
  msar.process_col_def_jsonb(0, '[{}, {"type":{"name":"date"}}]', false),
  defs('("""Column 1""",text,,,f,)', '("""Column 2""",date,,,f,)'),
  'process_col_def_jsonb numbers entries without a name, and makes entries without a type text'
);
SELECT is(
  msar.process_col_def_jsonb(0, '[{}, {"type":{"name":"date"}}]', false, true),
  defs(
    '(id,integer,t,,t,Mathesar default ID column)', '("""Column 1""",text,,,f,)', '("""Column 2""",date,,,f,)'
  ),
  'create_id adds the generated primary key first, with a plain comment, and keeps the numbers'
);
SELECT is(
  msar.process_col_def_jsonb(0, '[]', false, create_id => true),
  defs('(id,integer,t,,t,Mathesar default ID column)'),
  'create_id adds the generated primary key to an empty array'
);
SELECT is(msar.process_col_def_jsonb(0, '[{"name":"id"}]', false), NULL,
  'process_col_def_jsonb skips an entry named id, and returns NULL if none is left');
SELECT is(
  msar.process_col_def_jsonb(0, '[{"name":"id"},{},{"name":"ID"},{"name":"id"},{"name":null}]', false),
  defs('("""Column 1""",text,,,f,)', '("""ID""",text,,,f,)', '("""Column 3""",text,,,f,)'),
  'process_col_def_jsonb counts the remaining entries, keeps ID, and numbers a null name'
);
SELECT is(
  (SELECT array_agg(d.name_)
    FROM unnest(msar.process_col_def_jsonb('t'::regclass, '[{},{"name":"x"},{}]', false)) d),
  '{"\"Column 4\"",x,"\"Column 6\""}',
  'the numbers continue from the highest attnum'
);
SELECT is(
  (msar.process_col_def_jsonb('gaps'::regclass, '[{}]', false))[1].name_,
  '"Column 5"',
  'the highest attnum includes dropped columns'
);
SELECT is((msar.process_col_def_jsonb('empty'::regclass, '[{}]', false))[1].name_, '"Column 1"',
  'the numbers start at 1 for a table without columns');
SELECT is(
  (msar.process_col_def_jsonb(4000000000, '[{}]', false))[1].name_,
  '"Column 1"',
  'the numbers start at 1 for an unknown table'
);
SELECT is(
  (msar.process_col_def_jsonb(NULL, '[{}]', false))[1].name_,
  '"Column 1"',
  'the numbers start at 1 without a table'
);
SELECT is(
  (SELECT array_agg(d.name_) FROM unnest(msar.process_col_def_jsonb(
    0,
    '[{"name":"plain"},{"name":"select"},{"name":"a\"b"},{"name":"x.y; --"},{"name":"ünï"},{"name":"a''b\\"}]',
    false
  )) d),
  ARRAY['plain', '"select"', '"a""b"', '"x.y; --"', '"ünï"', '"a''b\"'],
  'process_col_def_jsonb quotes names if necessary'
);

-- process_col_def_jsonb: the other fields
SELECT is(
  msar.process_col_def_jsonb(
    0, '[{"name":"Due on","type":{"name":"date"},"not_null":true,"default":"2024-01-01","unknown":1}]', false
  ),
  defs('("""Due on""",date,t,''2024-01-01'',f,)'),
  'process_col_def_jsonb reads NOT NULL and a default, and ignores unknown keys'
);
SELECT is(
  msar.process_col_def_jsonb(
    0,
    '[{"name":"n","not_null":false},{"name":"n","not_null":"yes"},{"name":"n","not_null":"0"},
      {"name":"n","not_null":null}]',
    false
  ),
  defs('(n,text,f,,f,)', '(n,text,t,,f,)', '(n,text,f,,f,)', '(n,text,,,f,)'),
  'process_col_def_jsonb reads not_null from booleans and strings, and returns NULL for null'
);
SELECT is(
  (SELECT array_agg(d.default_) FROM unnest(msar.process_col_def_jsonb(
    0, '[{"default":5},{"default":2.50},{"default":true},{"default":"it''s"},{"default":"a\\b"},{"default":""},
      {"default":null},{"default":[1,"x"]},{"default":{"k":null}}]',
    NULL
  )) d),
  ARRAY['''5''', '''2.50''', '''true''', '''it''''s''', 'E''a\\b''', '''''', NULL, '''[1, "x"]''',
    '''{"k": null}'''],
  'process_col_def_jsonb quotes defaults as literals, even if raw_default is NULL'
);
SELECT is(
  (SELECT array_agg(d.default_) FROM unnest(msar.process_col_def_jsonb(
    0, '[{"default":"now()"},{"default":5},{"default":"it''s"},{"default":null},{}]', true
  )) d),
  ARRAY['now()', '5', 'it''s', NULL, NULL],
  'process_col_def_jsonb keeps the text of raw defaults'
);
SELECT is(
  (SELECT array_agg(d.description) FROM unnest(msar.process_col_def_jsonb(
    0,
    '[{"description":"A note"},{"description":"it''s"},{"description":"a\\b"},{"description":""},
      {"description":null},{}]',
    true
  )) d),
  ARRAY['''A note''', '''it''''s''', 'E''a\\b''', '''''', NULL, NULL],
  'process_col_def_jsonb quotes comments as literals'
);
SELECT is(
  (SELECT array_agg(d.type_) FROM unnest(msar.process_col_def_jsonb(
    0,
    '[{"type":null},{"type":{}},{"type":{"name":"numeric","options":{"precision":"7","scale":2}}},
      {"type":{"id":1043,"modifier":24}}]',
    false
  )) d),
  '{text,text,"numeric(7,2)","character varying(20)"}',
  'process_col_def_jsonb formats types as build_type_text does'
);
SELECT is(msar.process_col_def_jsonb(0, '[5, null, "x", [1]]', false),
  msar.process_col_def_jsonb(0, '[{},{},{},{}]', false),
  'process_col_def_jsonb treats an entry that is not an object as an empty one');

-- process_col_def_jsonb: arrays and NULL
SELECT is(
  msar.process_col_def_jsonb(0, '[]', false),
  NULL,
  'process_col_def_jsonb returns NULL for an empty array'
);
SELECT is(msar.process_col_def_jsonb(0, NULL, false), NULL, 'process_col_def_jsonb returns NULL for NULL');
SELECT is(
  cardinality(msar.process_col_def_jsonb(0, NULL, false, true)),
  1,
  'process_col_def_jsonb returns only the primary key for NULL with create_id'
);
SELECT is(
  cardinality(msar.process_col_def_jsonb(0, '[{}]', false, NULL)),
  1,
  'process_col_def_jsonb treats create_id NULL as false'
);
SELECT throws_ok($$SELECT msar.process_col_def_jsonb(0, '{}', false)$$, '22023',
  'cannot extract elements from an object',
  'process_col_def_jsonb refuses an object');
SELECT throws_ok($$SELECT msar.process_col_def_jsonb(0, '"x"', false)$$, '22023',
  'cannot extract elements from a scalar',
  'process_col_def_jsonb refuses a scalar');
SELECT throws_ok($$SELECT msar.process_col_def_jsonb(0, '[{"not_null":"maybe"}]', false)$$, '22P02', NULL,
  'process_col_def_jsonb refuses a not_null that is not boolean');
SELECT throws_ok($$SELECT msar.process_col_def_jsonb(0, '[{"type":{"name":"nope"}}]', false)$$, '42704',
  'type "nope" does not exist', 'process_col_def_jsonb refuses an unknown type');

-- build_col_def_text
SELECT is(
  col_text(ROW('"A b"', 'numeric(3,1)', NULL, NULL, false, 'x')::__msar.col_def), '"A b" numeric(3,1)',
  'build_col_def_text returns name and type');
SELECT is(
  col_text(ROW('a', 'date', true, 'now()', false, NULL)::__msar.col_def),
  'a date NOT NULL DEFAULT now()',
  'build_col_def_text returns NOT NULL and DEFAULT'
);
SELECT is(
  col_text(ROW('id', 'integer', true, NULL, true, NULL)::__msar.col_def),
  'id integer NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY',
  'build_col_def_text returns the generated primary key'
);
SELECT is(
  col_text(ROW('a', 'date', NULL, NULL, NULL, NULL)::__msar.col_def),
  'a date',
  'build_col_def_text treats NULLs as false'
);
SELECT is(__msar.build_col_def_text(NULL), NULL, 'build_col_def_text returns NULL without a column');

-- __msar.add_columns
CREATE TABLE raw_table (a integer);
SELECT ok(
  __msar.add_columns('public.raw_table',
    VARIADIC defs('("""B b""",text,t,''x'',f,''no'')', '(c,date,,,f,)')) LIKE 'ALTER TABLE%',
  '__msar.add_columns adds columns and returns the command'
);
SELECT results_eq(
  $$SELECT columns_of('raw_table')$$,
  ARRAY['a|integer|false|-|-', 'B b|text|true|''x''::text|-', 'c|date|false|-|-'],
  '__msar.add_columns sets no comments'
);
SELECT throws_ok($$SELECT __msar.add_columns('raw_table', VARIADIC '{}')$$, '42601', NULL,
  '__msar.add_columns refuses an empty array');
SELECT is(
  __msar.add_columns(NULL, VARIADIC defs('(x,text,,,f,)')),
  NULL,
  '__msar.add_columns returns NULL without a table'
);

-- msar.add_columns
SELECT is(
  msar.add_columns('t'::regclass::oid, '[{}]'),
  '{4}',
  'add_columns returns the attnum of one column'
);
SELECT is(msar.add_columns('t'::regclass::oid::integer, '[{},{"type":{"name":"date"}}]'), '{5,6}',
  'add_columns returns the attnums of two columns, and accepts an OID of type integer');
SELECT results_eq(
  $$SELECT columns_of('t')$$,
  ARRAY['id|integer|false|-|-', 'b|text|false|-|-', 'c|text|false|-|-', 'Column 4|text|false|-|-',
    'Column 5|text|false|-|-',
    'Column 6|date|false|-|-'],
  'add_columns adds unnamed columns as nullable text without a default'
);
SELECT is(
  pg_typeof(msar.add_columns('t'::regclass, '[]'))::text,
  'smallint[]',
  'add_columns returns smallint[]'
);
CREATE TABLE filled (a integer);
INSERT INTO filled VALUES (1), (2);
SELECT is(
  msar.add_columns(tab_id => 'filled'::regclass, col_defs => '[
    {"name":"it''s \"x\"; --","type":{"name":"numeric","options":{"precision":5,"scale":2}},
      "not_null":true,"default":2.5},
    {"name":"id","type":{"name":"nonsense"}},
    {"name":"select","default":"0; delete from filled","description":"it''s; \\ \"x\"\n--"},
    {"name":"j","type":{"name":"jsonb"},"default":{"a":[1,"b"]},"description":""},
    {"name":"v","type":{"name":"varchar","options":{"length":12,"array":true}}}]'),
  '{2,3,4,5}',
  'add_columns accepts names, types with modifiers, NOT NULL, defaults and comments'
);
SELECT results_eq(
  $$SELECT columns_of('filled')$$,
  ARRAY['a|integer|false|-|-', 'it''s "x"; --|numeric(5,2)|true|2.5|-',
    'select|text|false|''0; delete from filled''::text|it''s; \ "x"' || E'\n--',
    'j|jsonb|false|''{"a": [1, "b"]}''::jsonb|-',
    'v|character varying(12)[]|false|-|-'],
  'add_columns stores all of these unchanged'
);
SELECT results_eq(
  $$SELECT "it's ""x""; --"::text, "select" FROM filled$$,
  $$VALUES ('2.50', '0; delete from filled'), ('2.50', '0; delete from filled')$$,
  'the existing rows have the defaults'
);
SELECT is(
  msar.add_columns('filled'::regclass, '[{"name":"at","type":{"name":"time"},"default":"now()::time"}]',
    true),
  '{6}', 'add_columns accepts a raw default'
);
SELECT is(
  (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'filled'::regclass AND adnum = 6),
  '(now())::time without time zone', 'the raw default is an expression'
);
SELECT is(
  msar.add_columns(
    'public', 'filled', '[{"name":"n","type":{"name":"integer"},"default":"3 + 4"}]', raw_default => true
  ),
  '{7}', 'add_columns by name accepts a raw default'
);
SELECT is((SELECT n FROM filled LIMIT 1), 7, 'the server evaluates the raw default for existing rows');
SELECT is(
  msar.add_columns('public', 'filled', '[{"name":"id"}]', false),
  NULL,
  'add_columns returns NULL if the only entry is named id'
);
SELECT is(msar.add_columns('filled'::regclass, '[]'), NULL, 'add_columns returns NULL for an empty array');
SELECT is(
  (SELECT count(*)::integer FROM columns_of('filled')),
  7,
  'add_columns changes nothing for an empty array'
);
SELECT is(
  msar.add_columns('empty'::regclass, '[{},{}]'),
  '{1,2}',
  'add_columns adds to a table without columns'
);
SELECT is(
  msar.add_columns('gaps'::regclass, '[{}]'),
  '{5}',
  'add_columns adds to a table with dropped columns'
);
SELECT has_column('gaps', 'Column 5', 'the number of the new column continues after dropped columns');
SELECT is(
  msar.add_columns('t'::regclass, '[{"name":"x"}]', NULL),
  NULL,
  'add_columns returns NULL if raw_default is NULL'
);
SELECT is(
  msar.add_columns(NULL::oid, '[{"name":"x"}]'),
  NULL,
  'add_columns returns NULL if the table is NULL'
);
SELECT hasnt_column('t', 'x', 'add_columns changes nothing if an argument is NULL');

CREATE SCHEMA "Odd s";
CREATE TABLE "Odd s"."T ""t""" (a integer) PARTITION BY LIST (a);
CREATE TABLE "Odd s".part PARTITION OF "Odd s"."T ""t""" DEFAULT;
SELECT is(
  msar.add_columns('Odd s', 'T "t"', '[{"name":"b","description":"c"}]', false),
  '{2}', 'add_columns adds to a partitioned table whose name needs quoting'
);
SELECT results_eq(
  $$SELECT columns_of('"Odd s".part')$$, ARRAY['a|integer|false|-|-', 'b|text|false|-|-'],
  'the partition has the column too'
);
CREATE TYPE "Odd s"."My mood" AS ENUM ('so');
SET LOCAL search_path = tap;
SELECT is(
  msar.add_columns(
    'public', 't',
    '[{"name":"m","type":{"schema":"Odd s","name":"My mood"},"default":"so","description":"d"}]', false
  ),
  '{7}', 'add_columns by name does not need the schema in the search_path'
);
SELECT is(
  msar.add_columns('public.t'::pg_catalog.regclass, '[{"description":"d"}]'), '{8}',
  'add_columns by OID does not need the schema in the search_path'
);
SET LOCAL search_path = public, tap;
SELECT is(
  col_description('t'::regclass, 7) || col_description('t'::regclass, 8),
  'dd',
  'add_columns sets comments without the schema in the search_path'
);

SELECT throws_ok(
  $$SELECT msar.add_columns('t'::regclass, '[{"name":"x"},{"type":{"name":"nope"}}]')$$, '42704',
  'type "nope" does not exist', 'add_columns refuses an unknown type');
SELECT hasnt_column('t', 'x', 'an error rolls everything back');
SELECT throws_ok(
  $$SELECT msar.add_columns('t'::regclass, '[{"type":{"name":"varchar","options":{"length":0}}}]')$$,
  '22023',
  'length for type varchar must be at least 1', 'add_columns refuses an invalid option');
SELECT throws_ok(
  $$SELECT msar.add_columns('t'::regclass, '[{"type":{"name":"integer"},"default":"x"}]')$$, '22P02',
  'invalid input syntax for type integer: "x"', 'add_columns refuses a default that is invalid for the type');
SELECT throws_ok(
  $$SELECT msar.add_columns('filled'::regclass, '[{"name":"x","not_null":true}]')$$, '23502', NULL,
  'add_columns refuses NOT NULL without a default on a table with rows');
SELECT throws_ok($$SELECT msar.add_columns('t'::regclass, '[{"name":"b"}]')$$, '42701',
  'column "b" of relation "t" already exists', 'add_columns refuses a name that is taken');
SELECT throws_ok(
  $$SELECT msar.add_columns('t'::regclass, '[{"name":""}]')$$,
  '42601',
  NULL,
  'add_columns refuses an empty name'
);
SELECT throws_ok($$SELECT msar.add_columns('public', 'nope', '[]', false)$$, '42P01',
  'relation "public.nope" does not exist', 'add_columns refuses an unknown table');
SELECT throws_ok(
  $$SELECT msar.add_columns('nope', 't', '[{}]', false)$$, '3F000', 'schema "nope" does not exist',
  'add_columns refuses an unknown schema');
SELECT throws_ok($$SELECT msar.add_columns(99999999, '[{}]')$$, '42601', 'syntax error at or near "99999999"',
  'add_columns refuses an unknown OID');
SELECT throws_ok($$SELECT msar.add_columns('t'::regclass, '{"name":"x"}')$$, '22023',
  'cannot extract elements from an object', 'add_columns refuses an object');

SELECT * FROM finish();
ROLLBACK;
