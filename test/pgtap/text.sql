-- Tests of the functions that format text and execute commands.
BEGIN;
SELECT plan(46);

-- exec_ddl with a command
SELECT is(
  __msar.exec_ddl('CREATE TABLE one (n int)'),
  'CREATE TABLE one (n int)',
  'exec_ddl returns the command'
);
SELECT has_table('public', 'one', 'exec_ddl executes the command');
SELECT is(
  __msar.exec_ddl('CREATE TABLE two (n int); CREATE TABLE three (n int);'),
  'CREATE TABLE two (n int); CREATE TABLE three (n int);',
  'exec_ddl accepts several statements'
);
SELECT has_table('public', 'three', 'exec_ddl executes each of them');
SELECT is(__msar.exec_ddl(''), '', 'exec_ddl accepts an empty command');
SELECT is(__msar.exec_ddl('SELECT 1'), 'SELECT 1', 'exec_ddl discards rows');
SELECT is(__msar.exec_ddl(NULL), NULL, 'exec_ddl returns NULL for NULL');
SELECT is(__msar.exec_ddl(command => 'SELECT 1'), 'SELECT 1', 'exec_ddl accepts a named argument');
SELECT throws_ok(
  $$SELECT __msar.exec_ddl('DROP TABLE nope')$$, '42P01', 'table "nope" does not exist',
  'exec_ddl raises the error of the command'
);
SELECT throws_ok(
  $$SELECT __msar.exec_ddl('CREATE TABLE four (n int); SELECT 1/0')$$, '22012', 'division by zero',
  'exec_ddl fails if one of the statements fails'
);
SELECT hasnt_table('public', 'four', 'an error rolls all statements back');

-- exec_ddl with a template
SELECT is(
  __msar.exec_ddl('create table %I (n int)', 'My T'::text), 'create table "My T" (n int)',
  'exec_ddl returns the expansion of a template'
);
SELECT has_table('public', 'My T', 'exec_ddl executes the expansion');
SELECT is(__msar.exec_ddl('SELECT %L', 'it''s'::text), 'SELECT ''it''''s''', 'exec_ddl expands literals');
SELECT is(__msar.exec_ddl('SELECT 7 %% 2, %s', '1'::text), 'SELECT 7 % 2, 1', 'exec_ddl expands %%');
SELECT is(
  __msar.exec_ddl('SELECT %2$s, %1$s', 1, 2), 'SELECT 2, 1',
  'exec_ddl accepts positions, and arguments of any type'
);
SELECT is(
  __msar.exec_ddl('SELECT %s%s', NULL, '1'::text), 'SELECT 1', 'exec_ddl expands a NULL for %s to nothing'
);
SELECT is(
  __msar.exec_ddl('SELECT %s, %s', VARIADIC ARRAY['1', '2']), 'SELECT 1, 2',
  'exec_ddl accepts arguments as an array'
);
SELECT is(
  __msar.exec_ddl('SELECT %s', VARIADIC NULL::text[]),
  NULL,
  'exec_ddl with a template returns NULL for NULL'
);
SELECT throws_ok(
  $$SELECT __msar.exec_ddl('SELECT %s', 'x')$$, '42804', NULL, 'exec_ddl needs an argument of known type'
);
SELECT throws_ok(
  $$SELECT __msar.exec_ddl('SELECT %s, %s', 'x'::text)$$, '22023', 'too few arguments for format()',
  'exec_ddl refuses too few arguments'
);

-- build_text_tuple
SELECT is(__msar.build_text_tuple('{a,"B b"}'), '(a, B b)', 'build_text_tuple keeps elements unchanged');
SELECT is(__msar.build_text_tuple('{a,NULL,b}'), '(a, b)', 'build_text_tuple skips NULLs');
SELECT is(__msar.build_text_tuple('{NULL,NULL}'), NULL, 'build_text_tuple returns NULL for NULLs');
SELECT is(__msar.build_text_tuple('{}'), NULL, 'build_text_tuple returns NULL for an empty array');
SELECT is(__msar.build_text_tuple(NULL), NULL, 'build_text_tuple returns NULL for NULL');
SELECT is(__msar.build_text_tuple('{z,a,m}'), '(z, a, m)', 'build_text_tuple keeps the order');
SELECT is(__msar.build_text_tuple('{""}'), '()', 'build_text_tuple keeps an empty text');

-- jsonb_key_exists
SELECT is(__msar.jsonb_key_exists('{"a": 1}', 'a'), true, 'jsonb_key_exists finds a key');
SELECT is(
  __msar.jsonb_key_exists('{"a": null}', 'a'),
  true,
  'jsonb_key_exists finds a key with the value null'
);
SELECT is(__msar.jsonb_key_exists('{"b": {"a": 1}}', 'a'), false, 'jsonb_key_exists finds no nested key');
SELECT is(__msar.jsonb_key_exists('["a"]', 'a'), true, 'jsonb_key_exists finds a string in an array');
SELECT is(__msar.jsonb_key_exists('[["a"], 1]', 'a'), false, 'jsonb_key_exists finds no nested string');
SELECT is(__msar.jsonb_key_exists('"a"', 'a'), true, 'jsonb_key_exists compares a string');
SELECT is(__msar.jsonb_key_exists('5', '5'), false, 'jsonb_key_exists finds no key in a number');
SELECT is(__msar.jsonb_key_exists(NULL, 'a'), NULL, 'jsonb_key_exists returns NULL if the data is NULL');
SELECT is(__msar.jsonb_key_exists('{}', NULL), NULL, 'jsonb_key_exists returns NULL if the key is NULL');

-- get_fully_qualified_object_name
SELECT is(
  __msar.get_fully_qualified_object_name('a b', 'C'), 'a b.C', '__msar joins names unchanged'
);
SELECT is(
  msar.get_fully_qualified_object_name('a b', 'C'), '"a b"."C"', 'msar quotes names'
);
SELECT is(
  msar.get_fully_qualified_object_name('public', 'plain'), 'public.plain',
  'msar quotes names only if necessary'
);
SELECT is(
  msar.get_fully_qualified_object_name(sch_name => 'select', obj_name => 'a"b.c'), '"select"."a""b.c"',
  'msar quotes keywords, quotes and dots in names'
);
SELECT is(
  ARRAY[msar.get_fully_qualified_object_name(NULL, 'a'), __msar.get_fully_qualified_object_name('a', NULL)],
  ARRAY[NULL, NULL], 'a name of NULL yields NULL'
);

-- get_schema_name, get_relation_name
CREATE SCHEMA "S x";
CREATE TABLE "S x"."T t" ();
SELECT is(
  ARRAY[__msar.get_schema_name('public'::regnamespace), __msar.get_schema_name('"S x"'::regnamespace)],
  ARRAY['public', '"S x"'], 'get_schema_name quotes names if necessary'
);
SELECT is(
  ARRAY[__msar.get_schema_name(99999999), __msar.get_schema_name(0), __msar.get_schema_name(NULL)],
  ARRAY['99999999', '-', NULL], 'get_schema_name returns the number of an unknown schema'
);
SELECT is(
  ARRAY[
    __msar.get_relation_name('one'::regclass), __msar.get_relation_name('"My T"'::regclass),
    __msar.get_relation_name('"S x"."T t"'::regclass)
  ],
  ARRAY['one', '"My T"', '"S x"."T t"'],
  'get_relation_name qualifies relations that are not in the search path'
);
SELECT is(
  ARRAY[__msar.get_relation_name(4294967295), __msar.get_relation_name(0), __msar.get_relation_name(NULL)],
  ARRAY['4294967295', '-', NULL], 'get_relation_name returns the number of an unknown relation'
);

SELECT * FROM finish();
ROLLBACK;
