-- The role for basic users.
BEGIN;
SELECT plan(23);

-- Who has been granted what on the database and the schemas: object, privilege, whether it may be passed on.
CREATE FUNCTION granted(role_name text) RETURNS text[] LANGUAGE sql AS $$
  SELECT array_agg(acl.grant_ ORDER BY acl.grant_ COLLATE "C")
  FROM (
    SELECT acl.grantee, format('%s %s %s', acl.object, acl.privilege_type, acl.is_grantable) AS grant_
    FROM (
      SELECT 'database' AS object, (aclexplode(datacl)).* FROM pg_database WHERE datname = current_database()
      UNION ALL
      SELECT nspname, (aclexplode(nspacl)).* FROM pg_namespace
    ) AS acl
  ) AS acl
  WHERE acl.grantee = (SELECT oid FROM pg_roles WHERE rolname = role_name)
$$;
CREATE FUNCTION basic() RETURNS text[] LANGUAGE sql AS $$
  SELECT ARRAY[
    '__msar USAGE f', 'database CONNECT f', 'database CREATE f', 'database TEMPORARY f', 'mathesar_types USAGE f',
    'msar USAGE f'
  ]
$$;
CREATE TABLE t (a integer);

SELECT is(msar.create_basic_mathesar_user('plain', 'secret'), 'plain', 'it returns the name');
SELECT is(granted('plain'), basic(), 'the role has exactly its privileges');
SELECT is(
  ARRAY[
    has_database_privilege('plain', current_database(), 'CREATE'), has_schema_privilege('plain', 'msar', 'USAGE'),
    has_schema_privilege('plain', 'msar', 'CREATE'), has_schema_privilege('plain', '__msar', 'CREATE'),
    has_schema_privilege('plain', 'mathesar_types', 'CREATE')
  ],
  ARRAY[true, true, false, false, false], 'nor does it get more from elsewhere'
);
SELECT is(
  ARRAY[rolcanlogin, rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls],
  ARRAY[true, true, false, false, false, false, false], 'it can log in and nothing more'
)
FROM pg_roles WHERE rolname = 'plain';
SELECT is(
  ARRAY[rolconnlimit::text, rolvaliduntil::text], ARRAY['-1', NULL], 'without limits'
)
FROM pg_roles WHERE rolname = 'plain';
SELECT is(
  (SELECT count(*) FROM pg_auth_members WHERE member = 'plain'::regrole), 0::bigint, 'it is a member of no role'
);

SELECT is(
  msar.create_basic_mathesar_user(username => 'a"b\c''); drop table t; --', password_ => 'p"w\c''); drop table t; --'),
  'a"b\c''); drop table t; --', 'any text is safe as a name'
);
SELECT is(granted('a"b\c''); drop table t; --'), basic(), 'and such a role has exactly these privileges too');
SELECT has_table('public', 't', 'nothing else is executed');
SELECT lives_ok($$SELECT msar.create_basic_mathesar_user('%I %s select', '%L %1$s')$$, 'nor expanded');
SELECT is(granted('%I %s select'), basic(), 'in a name');
SELECT lives_ok($$SELECT msar.create_basic_mathesar_user('Ünï.x', 'ünï')$$, 'a name may be other than ASCII');
SELECT is(granted('Ünï.x'), basic(), 'and has these privileges');

SELECT is(
  msar.create_basic_mathesar_user('collated' COLLATE "POSIX", 'x'), 'collated', 'a name may be of any collation'
);
SELECT throws_ok(
  $$SELECT msar.create_basic_mathesar_user('plain', 'x')$$, '42710', 'role "plain" already exists', 'a name taken'
);
SELECT throws_ok($$SELECT msar.create_basic_mathesar_user('', 'x')$$, '42601', NULL, 'no name');
SELECT is(msar.create_basic_mathesar_user('other', NULL), NULL, 'it is strict');
SELECT is(msar.create_basic_mathesar_user(NULL, 'x'), NULL, 'in both arguments');
SELECT hasnt_role('other', 'so that nothing happens');

-- Schemas that are not there.
ALTER SCHEMA mathesar_types RENAME TO types_elsewhere;
ALTER SCHEMA __msar RENAME TO parts_elsewhere;
SELECT is(msar.create_basic_mathesar_user('partial', 'x'), 'partial', 'a schema that is not there is no error');
SELECT is(
  granted('partial'), ARRAY['database CONNECT f', 'database CREATE f', 'database TEMPORARY f', 'msar USAGE f'],
  'the others are granted'
);
ALTER SCHEMA types_elsewhere RENAME TO mathesar_types;
ALTER SCHEMA parts_elsewhere RENAME TO __msar;

-- A caller that may make roles, but not grant.
CREATE ROLE maker CREATEROLE;
GRANT USAGE ON SCHEMA msar, __msar TO maker;
GRANT USAGE ON SCHEMA tap TO maker;
DO $$BEGIN EXECUTE format('GRANT maker TO %I', current_user); END$$;
SET LOCAL ROLE maker;
CREATE TEMPORARY TABLE errors (state text, message text);
DO $$
DECLARE
  told text;
BEGIN
  PERFORM msar.create_basic_mathesar_user('halfway', 'x');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS told = MESSAGE_TEXT;
  INSERT INTO errors VALUES (SQLSTATE, told);
END
$$;
RESET ROLE;
SELECT is(state, '42501', 'a caller that may not grant gets an error, not a warning') FROM errors;
SELECT hasnt_role('halfway', 'and leaves no role behind');

SELECT * FROM finish();
ROLLBACK;
