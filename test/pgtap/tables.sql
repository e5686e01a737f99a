-- Tests of the commands on tables.
BEGIN;
SELECT plan(105);

CREATE FUNCTION table_comment(name text) RETURNS text LANGUAGE sql
  AS $$SELECT obj_description(name::regclass, 'pg_class')$$;
CREATE SCHEMA "S x";
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE "S x"."A b" (a integer);
CREATE VIEW looks AS SELECT 1 AS one;

-- rename
SELECT is(
  msar.rename_table('public', 'a', 'B b'), 'ALTER TABLE public.a RENAME TO "B b"',
  'rename_table by name returns the command'
);
SELECT hasnt_table('public', 'a', 'the old name no longer exists');
SELECT has_table('public', 'B b', 'the new name exists');
SELECT is(
  msar.rename_table('"B b"'::regclass, 'a'),
  'ALTER TABLE "B b" RENAME TO a',
  'rename_table by OID returns the command'
);
SELECT has_table('public', 'a', 'rename_table by OID renames the table');
SELECT is(
  msar.rename_table('"S x"."A b"'::regclass, 'a'), 'ALTER TABLE "S x"."A b" RENAME TO a',
  'rename_table by OID qualifies a table that is not in the search path'
);
SELECT has_table('S x', 'a', 'the renamed table stays in its schema');
SELECT is(
  __msar.rename_table('"S x".a', '"A b"'), 'ALTER TABLE "S x".a RENAME TO "A b"',
  '__msar.rename_table accepts quoted names'
);
SELECT is(
  msar.rename_table(sch_name => 'public', old_tab_name => 'a', new_tab_name => 'a"b\c''); drop table a; --'),
  'ALTER TABLE public.a RENAME TO "a""b\c''); drop table a; --"', 'rename_table quotes any text as a name'
);
SELECT has_table('public', 'a"b\c''); drop table a; --', 'the table has exactly that name');
SELECT is(
  msar.rename_table(tab_id => msar.get_relation_oid('public', 'a"b\c''); drop table a; --'),
    new_tab_name => 'a'),
  'ALTER TABLE "a""b\c''); drop table a; --" RENAME TO a', 'rename_table by OID quotes the old name'
);
SELECT throws_ok(
  $$SELECT msar.rename_table('public', 'a', 'a')$$, '42P07', 'relation "a" already exists',
  'rename_table refuses the present name'
);
SELECT throws_ok(
  $$SELECT msar.rename_table('a'::regclass::oid, 'looks')$$, '42P07', 'relation "looks" already exists',
  'rename_table refuses a name that is taken'
);
SELECT throws_ok(
  $$SELECT msar.rename_table('public', 'nope', 'b')$$, '42P01', 'relation "public.nope" does not exist',
  'rename_table refuses an unknown table'
);
SELECT throws_ok(
  $$SELECT msar.rename_table('nope', 'a', 'b')$$, '3F000', 'schema "nope" does not exist',
  'rename_table refuses an unknown schema'
);
SELECT throws_ok(
  $$SELECT msar.rename_table(99999999, 'b')$$, '42601', 'syntax error at or near "99999999"',
  'rename_table refuses an unknown OID'
);
SELECT is(msar.rename_table('public', 'a', NULL), NULL, 'rename_table returns NULL for NULL');

-- comment
SELECT is(
  msar.comment_on_table('public', 'a', 'it''s'), 'COMMENT ON TABLE public.a IS ''it''''s''',
  'comment_on_table by name returns the command'
);
SELECT is(table_comment('a'), 'it''s', 'comment_on_table by name sets the comment');
SELECT is(
  msar.comment_on_table('a'::regclass, E'a\\b''; drop table a;\n--'),
  E'COMMENT ON TABLE a IS E''a\\\\b''''; drop table a;\n--''', 'comment_on_table by OID returns the command'
);
SELECT is(table_comment('a'), E'a\\b''; drop table a;\n--', 'comment_on_table stores any text unchanged');
SELECT is(msar.comment_on_table('a'::regclass, NULL), NULL, 'comment_on_table returns NULL for NULL');
SELECT is(table_comment('a'), E'a\\b''; drop table a;\n--', 'comment_on_table keeps the comment for NULL');
SELECT is(
  __msar.comment_on_table('a', '''new'''),
  'COMMENT ON TABLE a IS ''new''',
  '__msar.comment_on_table accepts a literal'
);
SELECT is(
  msar.comment_on_table('public', 'a', ''),
  'COMMENT ON TABLE public.a IS ''''',
  'comment_on_table accepts an empty comment'
);
SELECT is(table_comment('a'), NULL, 'an empty comment drops the comment');
SELECT throws_ok(
  $$SELECT msar.comment_on_table('public', 'looks', 'x')$$, '42809', '"looks" is not a table',
  'comment_on_table refuses a view'
);
SELECT throws_ok(
  $$SELECT msar.comment_on_table('public', 'nope', 'x')$$, '42P01', 'relation "public.nope" does not exist',
  'comment_on_table refuses an unknown table'
);
SELECT throws_ok(
  $$SELECT msar.comment_on_table(99999999, 'x')$$, '42601', 'syntax error at or near "99999999"',
  'comment_on_table refuses an unknown OID'
);

-- drop
CREATE TABLE points_at_a (a_id integer REFERENCES a);
SELECT throws_ok(
  $$SELECT msar.drop_table('public', 'a', false, true)$$, '2BP01',
  'cannot drop table a because other objects depend on it',
  'drop_table refuses a table that another table references'
);
SELECT throws_ok(
  $$SELECT msar.drop_table('a'::regclass, false, false)$$, '2BP01',
  'cannot drop table a because other objects depend on it',
  'drop_table by OID refuses a table that another table references'
);
SELECT is(
  msar.drop_table('public', 'a', true, true), 'DROP TABLE IF EXISTS public.a CASCADE',
  'drop_table accepts such a table with cascade_'
);
SELECT hasnt_table('public', 'a', 'drop_table drops the table');
SELECT has_table('public', 'points_at_a', 'the referencing table stays');
SELECT col_isnt_fk('public', 'points_at_a', 'a_id', 'drop_table drops the foreign key');
SELECT is(
  msar.drop_table('points_at_a'::regclass, false, false), 'DROP TABLE points_at_a',
  'drop_table by OID returns the command'
);
SELECT hasnt_table('public', 'points_at_a', 'drop_table by OID drops the table');
SELECT is(
  msar.drop_table('public', 'nope', false, true), 'DROP TABLE IF EXISTS public.nope',
  'drop_table accepts an unknown table with if_exists'
);
SELECT throws_ok(
  $$SELECT msar.drop_table('public', 'no pe', true, false)$$, '42P01', 'table "no pe" does not exist',
  'drop_table refuses an unknown table without if_exists'
);
SELECT throws_ok(
  $$SELECT msar.drop_table('nope', 'nope', true, false)$$, '3F000', 'schema "nope" does not exist',
  'drop_table refuses an unknown schema'
);
SELECT throws_ok(
  $$SELECT msar.drop_table(99999999, true, true)$$, '42601', 'syntax error at or near "99999999"',
  'drop_table refuses an unknown OID even with if_exists'
);
SELECT is(
  __msar.drop_table('"S x"."A b"', false, true), 'DROP TABLE IF EXISTS "S x"."A b"',
  '__msar.drop_table accepts quoted names'
);
SELECT is(msar.drop_table('public', 'looks', NULL, true), NULL, 'drop_table returns NULL for NULL');

-- add_table
SELECT matches(
  __msar.add_table(
    'public."From defs"',
    ARRAY[
      ROW('"The id"', 'integer', true, NULL, true, '''not used'''),
      ROW('b', 'numeric(4,1)', NULL, '7', false, NULL)
    ]::__msar.col_def[],
    ARRAY[ROW('"My con"', 'u', '{b,"\"The id\""}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)]::__msar.con_def[]
  ),
  '^CREATE TABLE public."From defs" \("The id" .*, b .*"My con".*\)$', 'add_table returns the command'
);
SELECT columns_are('public', 'From defs', ARRAY['The id', 'b'], 'add_table adds the columns');
SELECT col_is_pk('public', 'From defs', 'The id', 'an identity column is the primary key');
SELECT col_is_unique('public', 'From defs', ARRAY['b', 'The id'], 'add_table adds the constraints');
SELECT is(col_description('"From defs"'::regclass, 1), NULL, 'add_table sets no comments');
SELECT is(
  __msar.add_table('bare', NULL, NULL),
  'CREATE TABLE bare ()',
  'add_table accepts NULL for both arrays'
);
SELECT has_table('public', 'bare', 'add_table creates a table without columns');
SELECT throws_ok(
  $$SELECT __msar.add_table('bare', NULL, NULL)$$, '42P07', 'relation "bare" already exists',
  'add_table refuses a name that is taken'
);

-- add_mathesar_table
CREATE FUNCTION columns_of(oid) RETURNS text[] LANGUAGE sql AS $$
  SELECT array_agg(format('%I %s', attname, format_type(atttypid, atttypmod)) ORDER BY attnum)
  FROM pg_attribute WHERE attrelid = $1 AND attnum > 0
$$;
CREATE FUNCTION make(name text, cols jsonb DEFAULT NULL, cons jsonb DEFAULT NULL, comment text DEFAULT NULL)
RETURNS oid LANGUAGE sql
  AS $$SELECT msar.add_mathesar_table('public'::regnamespace, name, cols, cons, comment)$$;
SELECT is(make('Just id'), msar.get_relation_oid('public', 'Just id'), 'add_mathesar_table returns the OID');
SELECT is(
  columns_of('"Just id"'::regclass),
  '{"id integer"}',
  'add_mathesar_table creates an id column without definitions'
);
SELECT col_is_pk('public', 'Just id', 'id', 'the id is the primary key');
SELECT col_not_null('public', 'Just id', 'id', 'the id has NOT NULL');
SELECT is(attidentity, 'd', 'the id is generated by default')
FROM pg_attribute WHERE attrelid = '"Just id"'::regclass AND attnum = 1;
SELECT is(col_description('"Just id"'::regclass, 1), NULL, 'the id has no comment');
SELECT is(table_comment('"Just id"'), NULL, 'a comment of NULL sets no comment');
SELECT is(
  columns_of(make(
    'Some', '[
      {"type": {"name":"varchar", "options":{"length":64}}}, {"name":"id"}, {"name":"price", "type":{"name":"money"}}, {}
    ]'
  )),
  ARRAY['id integer', '"Column 1" character varying(64)', 'price money', '"Column 3" text'],
  'add_mathesar_table keeps the order, skips columns named id, and numbers unnamed ones'
);
SELECT is(
  columns_of(make('Case', '[{"name": "ID"}, {"name": "Id", "type": {"name": "date"}}]')),
  ARRAY['id integer', '"ID" text', '"Id" date'], 'add_mathesar_table skips only the exact name id'
);
SELECT is(
  columns_of(msar.add_mathesar_table(
    sch_oid => '"S x"'::regnamespace, tab_name => 'named', col_defs => '[]', con_defs => '[]', comment_ => ''
  )),
  '{"id integer"}', 'add_mathesar_table accepts empty arrays'
);
SELECT has_table('S x', 'named', 'add_mathesar_table creates the table in the schema');
SELECT is(table_comment('"S x".named'), NULL, 'an empty comment sets no comment');
SELECT lives_ok(
  $$SELECT make('Facts', '[
    {"name": "raw", "default": "now(); drop table \"Some\""},
    {"name": "n", "type": {"name": "integer"}, "default": 5, "not_null": true, "description": "it''s\\; --"}
  ]', '[{"type": "u", "name": "Un", "columns": ["n", "raw"]}]', E'a\\b''; drop table "Some";\n--')$$,
  'add_mathesar_table accepts defaults, NOT NULL, comments and constraints'
);
INSERT INTO "Facts" DEFAULT VALUES;
SELECT results_eq(
  'SELECT id, raw, n FROM "Facts"', $$VALUES (1, 'now(); drop table "Some"', 5)$$,
  'defaults are values, not SQL'
);
SELECT col_not_null('public', 'Facts', 'n', 'add_mathesar_table sets NOT NULL');
SELECT is(
  col_description('"Facts"'::regclass, 3),
  'it''s\; --',
  'add_mathesar_table sets the comment of a column'
);
SELECT col_is_unique('public', 'Facts', ARRAY['n', 'raw'], 'constraints name columns by name');
SELECT is(
  table_comment('"Facts"'),
  E'a\\b''; drop table "Some";\n--',
  'add_mathesar_table stores any text as a comment unchanged'
);
SELECT is(
  make('a"b\c''); drop table "Some"; -- ünï'),
  msar.get_relation_oid('public', 'a"b\c''); drop table "Some"; -- ünï'),
  'add_mathesar_table quotes any text as a name'
);
SELECT has_table('public', 'Some', 'the name is not executed as SQL');
SELECT lives_ok(
  $$SELECT make('Pointing', '[{"name": "1", "type": {"name": "integer"}}]', format(
    '[{"type": "f", "columns": [1], "fkey_relation_id": %s}]', '"Some"'::regclass::oid)::jsonb)$$,
  'add_mathesar_table accepts a number as a column of a constraint'
);
SELECT fk_ok(
  'public',
  'Pointing',
  '1',
  'public',
  'Some',
  'id',
  'a number as a column of a constraint is a name'
);
SELECT throws_ok(
  $$SELECT make('Some')$$,
  '42P07',
  'relation "Some" already exists',
  'add_mathesar_table refuses a name that is taken'
);
SELECT throws_ok(
  $$SELECT make('X', '{}')$$,
  '22023',
  'cannot extract elements from an object',
  'add_mathesar_table refuses columns that are not in an array'
);
SELECT throws_ok(
  $$SELECT make('X', NULL, '5')$$,
  '22023',
  'cannot extract elements from a scalar',
  'add_mathesar_table refuses constraints that are not in an array'
);
SELECT throws_ok(
  $$SELECT make('X', '[{"type": {"name": "nope"}}]')$$, '42704', 'type "nope" does not exist',
  'add_mathesar_table refuses an unknown type'
);
SELECT throws_ok(
  $$SELECT msar.add_mathesar_table(99999999, 'X', NULL, NULL, NULL)$$, '42601',
  'syntax error at or near "99999999"', 'add_mathesar_table refuses an unknown schema'
);

-- update_pk_sequence_to_latest
CREATE TABLE seq (
  id serial, "Id b" integer GENERATED BY DEFAULT AS IDENTITY, small smallserial,
  plain integer, word text, day date, amount numeric(5, 2)
);
INSERT INTO seq (id, "Id b", small) VALUES (7, 8, 9), (3, 2, 1);
SELECT matches(
  msar.update_pk_sequence_to_latest('seq'::regclass, 1),
  'setval',
  'update_pk_sequence_to_latest by number returns the command'
);
SELECT is(nextval('seq_id_seq'), 8::bigint, 'the next value is one more than the greatest value');
SELECT isnt(
  msar.update_pk_sequence_to_latest('public', 'seq', 'Id b'),
  NULL,
  'update_pk_sequence_to_latest by name quotes the name'
);
SELECT is(
  nextval('"seq_Id b_seq"'),
  9::bigint,
  'the next value of an identity column is one more than the greatest value'
);
SELECT isnt(
  __msar.update_pk_sequence_to_latest('seq', '"Id b"'),
  NULL,
  '__msar.update_pk_sequence_to_latest accepts quoted names'
);
SELECT isnt(
  msar.update_pk_sequence_to_latest('seq'::regclass, 3),
  NULL,
  'update_pk_sequence_to_latest accepts a smallserial column'
);
SELECT is(
  nextval('seq_small_seq'),
  10::bigint,
  'the next value of a smallserial column is one more than the greatest value'
);
SELECT setval('seq_id_seq', 1000);
SELECT isnt(
  msar.update_pk_sequence_to_latest('seq'::regclass, 1),
  NULL,
  'update_pk_sequence_to_latest accepts a sequence that is ahead'
);
SELECT is(nextval('seq_id_seq'), 8::bigint, 'update_pk_sequence_to_latest lowers a sequence that is ahead');
DELETE FROM seq;
SELECT isnt(
  msar.update_pk_sequence_to_latest('seq'::regclass, 1),
  NULL,
  'update_pk_sequence_to_latest accepts an empty table'
);
SELECT is(nextval('seq_id_seq'), 1::bigint, 'the sequence of an empty table starts at 1');
SELECT lives_ok(
  $$SELECT msar.update_pk_sequence_to_latest('public', 'seq', 'plain')$$,
  'update_pk_sequence_to_latest ignores a column without a sequence'
);
INSERT INTO seq (day, amount) VALUES ('2024-02-29', 2.5);
SELECT lives_ok(
  $$SELECT msar.update_pk_sequence_to_latest('seq'::regclass, n) FROM generate_series(6, 7) AS n$$,
  'update_pk_sequence_to_latest ignores columns of other types without a sequence'
);
SELECT throws_ok(
  $$SELECT msar.update_pk_sequence_to_latest('seq'::regclass, 5)$$, '42883', NULL,
  'update_pk_sequence_to_latest refuses a type without an increment'
);
SELECT is(
  msar.update_pk_sequence_to_latest('seq'::regclass, 99),
  NULL,
  'update_pk_sequence_to_latest returns NULL for an unknown number'
);
SELECT throws_ok(
  $$SELECT msar.update_pk_sequence_to_latest('public', 'seq', 'nope')$$, '42703',
  'column "nope" does not exist',
  'update_pk_sequence_to_latest refuses an unknown name'
);
SELECT throws_ok(
  $$SELECT msar.update_pk_sequence_to_latest('public', 'seq', 'seq')$$, '42703',
  'column "seq" does not exist',
  'update_pk_sequence_to_latest refuses the name of the table as a column'
);
SELECT throws_ok(
  $$SELECT msar.update_pk_sequence_to_latest('public', 'nope', 'id')$$, '42P01',
  'relation "public.nope" does not exist',
  'update_pk_sequence_to_latest refuses an unknown table'
);

-- drop_columns
CREATE TABLE wide (a integer, "A b" integer, c integer PRIMARY KEY, d integer, e integer, f integer,
  g integer);
CREATE TABLE points_at_wide (c integer REFERENCES wide);
SELECT is(
  msar.drop_columns('wide'::regclass, 4, 99, 2, 4), 'ALTER TABLE wide DROP COLUMN "A b", DROP COLUMN d',
  'drop_columns by number uses the order of the table, and skips unknown columns'
);
SELECT columns_are('public', 'wide', ARRAY['a', 'c', 'e', 'f', 'g'], 'drop_columns keeps the other columns');
SELECT is(
  ARRAY[
    msar.drop_columns('wide'::regclass, 99, 2, 0), msar.drop_columns('wide'::regclass, VARIADIC '{}'),
    msar.drop_columns('public', 'wide', VARIADIC '{}'::text[]),
    __msar.drop_columns('wide', VARIADIC '{}'::text[])
  ],
  ARRAY[NULL, NULL, NULL, NULL]::text[], 'drop_columns returns NULL if there is no column to drop'
);
SELECT is(
  msar.drop_columns('public', 'wide', 'f', 'a'), 'ALTER TABLE public.wide DROP COLUMN f, DROP COLUMN a',
  'drop_columns accepts untyped names'
);
SELECT is(
  __msar.drop_columns('wide', '"g"'),
  'ALTER TABLE wide DROP COLUMN "g"',
  '__msar.drop_columns accepts quoted names'
);
SELECT throws_ok(
  $$SELECT msar.drop_columns('public', 'wide', 'e', 'x y')$$, '42703',
  'column "x y" of relation "wide" does not exist',
  'drop_columns refuses an unknown name'
);
SELECT throws_ok(
  $$SELECT msar.drop_columns('public', 'nope', 'e')$$,
  '42P01',
  NULL,
  'drop_columns refuses an unknown table'
);
SELECT throws_ok(
  $$SELECT msar.drop_columns('wide'::regclass, 3)$$, '2BP01', NULL,
  'drop_columns refuses a column with dependents'
);
SELECT columns_are('public', 'wide', ARRAY['c', 'e'], 'an error rolls everything back');

SELECT * FROM finish();
ROLLBACK;
