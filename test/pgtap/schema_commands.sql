-- Commands on schemas: create, rename, comment, drop.
BEGIN;
SELECT plan(48);

CREATE FUNCTION schema_comment(name text) RETURNS text LANGUAGE sql
  AS $$SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = $1$$;

-- create
SELECT is(msar.create_schema('My S', false), 'CREATE SCHEMA "My S"', 'create_schema quotes the name');
SELECT has_schema('My S', 'create_schema creates the schema');
SELECT is(msar.create_schema('s2', true), 'CREATE SCHEMA IF NOT EXISTS s2', 'create_schema with if_not_exists');
SELECT has_schema('s2', 'creates the schema too');
SELECT is(
  msar.create_schema(sch_name => 's2', if_not_exists => true), 'CREATE SCHEMA IF NOT EXISTS s2',
  'a schema that exists is no error with if_not_exists'
);
SELECT throws_ok(
  $$SELECT msar.create_schema('s2', false)$$, '42P06', 'schema "s2" already exists',
  'a schema that exists is an error without'
);
SELECT is(
  msar.create_schema('a"b\c''); drop schema s2; --', false), 'CREATE SCHEMA "a""b\c''); drop schema s2; --"',
  'any text is safe as a name'
);
SELECT has_schema('a"b\c''); drop schema s2; --', 'and becomes the name');
SELECT has_schema('s2', 'nothing else is executed');
SELECT throws_ok($$SELECT msar.create_schema('', false)$$, '42601', NULL, 'an empty name is none');
SELECT is(msar.create_schema(NULL, false), NULL, 'create_schema is strict');
SELECT is(msar.create_schema('s3', NULL), NULL, 'in both arguments');
SELECT hasnt_schema('s3', 'so that nothing happens');
SELECT is(__msar.create_schema('"Quoted s"', false), 'CREATE SCHEMA "Quoted s"', '__msar takes quoted names');

-- rename
SELECT is(msar.rename_schema('s2', 'S three'), 'ALTER SCHEMA s2 RENAME TO "S three"', 'rename_schema by name');
SELECT hasnt_schema('s2', 'the old name is gone');
SELECT has_schema('S three', 'the new name exists');
SELECT is(
  msar.rename_schema('"S three"'::regnamespace, 's2'), 'ALTER SCHEMA "S three" RENAME TO s2', 'rename_schema by OID'
);
SELECT has_schema('s2', 'renames too');
SELECT is(
  msar.rename_schema(sch_id => 's2'::regnamespace, new_sch_name => 'select'), 'ALTER SCHEMA s2 RENAME TO "select"',
  'rename_schema quotes keywords'
);
SELECT is(__msar.rename_schema('"select"', 's2'), 'ALTER SCHEMA "select" RENAME TO s2', '__msar takes quoted names');
SELECT throws_ok(
  $$SELECT msar.rename_schema('s2', 's2')$$, '42P06', 'schema "s2" already exists', 'to its own name'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema('s2'::regnamespace::oid, 'My S')$$, '42P06', 'schema "My S" already exists',
  'to a name taken'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema('s9', 's10')$$, '3F000', 'schema "s9" does not exist', 'of an unknown name'
);
SELECT throws_ok(
  $$SELECT msar.rename_schema(99999999, 's10')$$, '42601', 'syntax error at or near "99999999"', 'of an unknown OID'
);
SELECT is(msar.rename_schema('s2', NULL), NULL, 'rename_schema is strict');

-- comment
SELECT is(
  msar.comment_on_schema('s2', 'it''s'), 'COMMENT ON SCHEMA s2 IS ''it''''s''', 'comment_on_schema by name'
);
SELECT is(schema_comment('s2'), 'it''s', 'sets the comment');
SELECT is(
  msar.comment_on_schema('"My S"'::regnamespace, E'a\\b''; drop schema s2;\n--'),
  E'COMMENT ON SCHEMA "My S" IS E''a\\\\b''''; drop schema s2;\n--''', 'comment_on_schema by OID'
);
SELECT is(schema_comment('My S'), E'a\\b''; drop schema s2;\n--', 'any text is safe as a comment');
SELECT is(msar.comment_on_schema('s2', NULL), NULL, 'a NULL does nothing');
SELECT is(schema_comment('s2'), 'it''s', 'so that the comment stays');
SELECT is(__msar.comment_on_schema('s2', '''new'''), 'COMMENT ON SCHEMA s2 IS ''new''', '__msar takes a literal');
SELECT is(msar.comment_on_schema('s2', ''), 'COMMENT ON SCHEMA s2 IS ''''', 'an empty comment');
SELECT is(schema_comment('s2'), NULL, 'removes the comment');
SELECT throws_ok(
  $$SELECT msar.comment_on_schema('s9', 'x')$$, '3F000', 'schema "s9" does not exist', 'on an unknown name'
);
SELECT throws_ok(
  $$SELECT msar.comment_on_schema(99999999, 'x')$$, '42601', 'syntax error at or near "99999999"', 'on an unknown OID'
);

-- drop
CREATE TABLE s2.full (a integer);
SELECT throws_ok(
  $$SELECT msar.drop_schema('s2', false, true)$$, '2BP01',
  'cannot drop schema s2 because other objects depend on it', 'drop_schema spares what is not empty'
);
SELECT is(msar.drop_schema('s2', true, true), 'DROP SCHEMA IF EXISTS s2 CASCADE', 'with cascade_ it does not');
SELECT hasnt_schema('s2', 'the schema is gone');
SELECT is(msar.drop_schema('s2', false, true), 'DROP SCHEMA IF EXISTS s2', 'if_exists bears with an unknown schema');
SELECT throws_ok(
  $$SELECT msar.drop_schema('s 2', true, false)$$, '3F000', 'schema "s 2" does not exist', 'nothing else does'
);
SELECT is(
  msar.drop_schema('"My S"'::regnamespace, false, false), 'DROP SCHEMA "My S"', 'drop_schema by OID'
);
SELECT hasnt_schema('My S', 'drops too');
SELECT throws_ok(
  $$SELECT msar.drop_schema(99999999, true, true)$$, '42601', 'syntax error at or near "99999999"',
  'if_exists does not bear with an unknown OID'
);
SELECT is(__msar.drop_schema('"Quoted s"', false, false), 'DROP SCHEMA "Quoted s"', '__msar takes quoted names');
SELECT is(msar.drop_schema('public', NULL, true), NULL, 'drop_schema is strict');
SELECT has_schema('public', 'so that nothing happens');

SELECT * FROM finish();
ROLLBACK;
