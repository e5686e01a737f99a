-- Tests of the commands on schemas: create, rename, comment, drop.
BEGIN;
SELECT plan(48);

CREATE FUNCTION schema_comment(name text) RETURNS text LANGUAGE sql
  AS $$SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1$$;

-- create
SELECT is(msar.create_schema('My S', false), 'CREATE SCHEMA "My S"', 'create_schema quotes the name');
SELECT has_schema('My S', 'create_schema creates the schema');
SELECT is(
  msar.create_schema('s2', true),
  'CREATE SCHEMA IF NOT EXISTS s2',
  'create_schema accepts if_not_exists'
);
SELECT has_schema('s2', 'create_schema creates the schema with if_not_exists');
SELECT is(
  msar.create_schema(sch_name => 's2', if_not_exists => true), 'CREATE SCHEMA IF NOT EXISTS s2',
  'create_schema accepts an existing schema with if_not_exists'
);
SELECT throws_ok(
  $$SELECT msar.create_schema('s2', false)$$, '42P06', 'schema "s2" already exists',
  'create_schema refuses an existing schema without if_not_exists'
);
SELECT is(
  msar.create_schema('a"b\c''); drop schema s2; --', false), 'CREATE SCHEMA "a""b\c''); drop schema s2; --"',
  'create_schema quotes any text as a name'
);
SELECT has_schema('a"b\c''); drop schema s2; --', 'the schema has exactly that name');
SELECT has_schema('s2', 'the name is not executed as SQL');
SELECT throws_ok(
  $$SELECT msar.create_schema('', false)$$,
  '42601',
  NULL,
  'create_schema refuses an empty name'
);
SELECT is(msar.create_schema(NULL, false), NULL, 'create_schema returns NULL if the name is NULL');
SELECT is(msar.create_schema('s3', NULL), NULL, 'create_schema returns NULL if if_not_exists is NULL');
SELECT hasnt_schema('s3', 'create_schema creates no schema if an argument is NULL');
SELECT is(
  __msar.create_schema('"Quoted s"', false),
  'CREATE SCHEMA "Quoted s"',
  '__msar.create_schema accepts quoted names'
);

-- rename
SELECT is(
  msar.rename_schema('s2', 'S three'),
  'ALTER SCHEMA s2 RENAME TO "S three"',
  'rename_schema by name returns the command'
);
SELECT hasnt_schema('s2', 'the old name no longer exists');
SELECT has_schema('S three', 'the new name exists');
SELECT is(
  msar.rename_schema('"S three"'::regnamespace, 's2'), 'ALTER SCHEMA "S three" RENAME TO s2',
  'rename_schema by OID returns the command'
);
SELECT has_schema('s2', 'rename_schema by OID renames the schema');
SELECT is(
  msar.rename_schema(sch_id => 's2'::regnamespace, new_sch_name => 'select'),
  'ALTER SCHEMA s2 RENAME TO "select"',
  'rename_schema quotes keywords'
);
SELECT is(
  __msar.rename_schema('"select"', 's2'),
  'ALTER SCHEMA "select" RENAME TO s2',
  '__msar.rename_schema accepts quoted names'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema('s2', 's2')$$, '42P06', 'schema "s2" already exists',
  'rename_schema refuses the present name'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema('s2'::regnamespace::oid, 'My S')$$, '42P06', 'schema "My S" already exists',
  'rename_schema refuses a name that is taken'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema('s9', 's10')$$, '3F000', 'schema "s9" does not exist',
  'rename_schema refuses an unknown schema'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema(99999999, 's10')$$, '42601', 'syntax error at or near "99999999"',
  'rename_schema refuses an unknown OID'
);
SELECT is(msar.rename_schema('s2', NULL), NULL, 'rename_schema returns NULL for NULL');

-- comment
SELECT is(
  msar.comment_on_schema('s2', 'it''s'), 'COMMENT ON SCHEMA s2 IS ''it''''s''',
  'comment_on_schema by name returns the command'
);
SELECT is(schema_comment('s2'), 'it''s', 'comment_on_schema by name sets the comment');
SELECT is(
  msar.comment_on_schema('"My S"'::regnamespace, E'a\\b''; drop schema s2;\n--'),
  E'COMMENT ON SCHEMA "My S" IS E''a\\\\b''''; drop schema s2;\n--''',
  'comment_on_schema by OID returns the command'
);
SELECT is(
  schema_comment('My S'),
  E'a\\b''; drop schema s2;\n--',
  'comment_on_schema stores any text unchanged'
);
SELECT is(msar.comment_on_schema('s2', NULL), NULL, 'comment_on_schema returns NULL for NULL');
SELECT is(schema_comment('s2'), 'it''s', 'comment_on_schema keeps the comment for NULL');
SELECT is(
  __msar.comment_on_schema('s2', '''new'''),
  'COMMENT ON SCHEMA s2 IS ''new''',
  '__msar.comment_on_schema accepts a literal'
);
SELECT is(
  msar.comment_on_schema('s2', ''),
  'COMMENT ON SCHEMA s2 IS ''''',
  'comment_on_schema accepts an empty comment'
);
SELECT is(schema_comment('s2'), NULL, 'an empty comment drops the comment');
SELECT throws_ok(
  $$SELECT msar.comment_on_schema('s9', 'x')$$, '3F000', 'schema "s9" does not exist',
  'comment_on_schema refuses an unknown schema'
);
SELECT throws_ok(
  $$SELECT msar.comment_on_schema(99999999, 'x')$$, '42601', 'syntax error at or near "99999999"',
  'comment_on_schema refuses an unknown OID'
);

-- drop
CREATE TABLE s2.full (a integer);
SELECT throws_ok(
  $$SELECT msar.drop_schema('s2', false, true)$$, '2BP01',
  'cannot drop schema s2 because other objects depend on it', 'drop_schema refuses a schema that is not empty'
);
SELECT is(
  msar.drop_schema('s2', true, true),
  'DROP SCHEMA IF EXISTS s2 CASCADE',
  'drop_schema accepts a schema that is not empty with cascade_'
);
SELECT hasnt_schema('s2', 'drop_schema drops the schema');
SELECT is(
  msar.drop_schema('s2', false, true),
  'DROP SCHEMA IF EXISTS s2',
  'drop_schema accepts an unknown schema with if_exists'
);
SELECT throws_ok(
  $$SELECT msar.drop_schema('s 2', true, false)$$, '3F000', 'schema "s 2" does not exist',
  'drop_schema refuses an unknown schema without if_exists'
);
SELECT is(
  msar.drop_schema('"My S"'::regnamespace, false, false), 'DROP SCHEMA "My S"',
  'drop_schema by OID returns the command'
);
SELECT hasnt_schema('My S', 'drop_schema by OID drops the schema');
SELECT throws_ok(
  $$SELECT msar.drop_schema(99999999, true, true)$$, '42601', 'syntax error at or near "99999999"',
  'drop_schema refuses an unknown OID even with if_exists'
);
SELECT is(
  __msar.drop_schema('"Quoted s"', false, false),
  'DROP SCHEMA "Quoted s"',
  '__msar.drop_schema accepts quoted names'
);
SELECT is(msar.drop_schema('public', NULL, true), NULL, 'drop_schema returns NULL for NULL');
SELECT has_schema('public', 'drop_schema drops nothing if an argument is NULL');

SELECT * FROM finish();
ROLLBACK;
