-- Tests of the role for basic users.
BEGIN;
SELECT plan(23);

-- Returns the privileges of a role on the database and the schemas: object, privilege, grant option.
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
    '__msar USAGE f', 'database CONNECT f', 'database CREATE f', 'database TEMPORARY f',
    'mathesar_types USAGE f',
    'msar USAGE f'
  ]
$$;
CREATE TABLE t (a integer);

SELECT is(
  msar.create_basic_mathesar_user('plain', 'secret'),
  'plain',
  'create_basic_mathesar_user returns the name'
);
SELECT is(granted('plain'), basic(), 'the role has exactly its privileges');
SELECT is(
  ARRAY[
    has_database_privilege('plain', current_database(), 'CREATE'),
    has_schema_privilege('plain', 'msar', 'USAGE'),
    has_schema_privilege('plain', 'msar', 'CREATE'), has_schema_privilege('plain', '__msar', 'CREATE'),
    has_schema_privilege('plain', 'mathesar_types', 'CREATE')
  ],
  ARRAY[true, true, false, false, false], 'the role has no other privileges on the schemas'
);
SELECT is(
  ARRAY[rolcanlogin, rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls],
  ARRAY[true, true, false, false, false, false, false], 'the role has LOGIN and no other attribute'
)
FROM pg_roles WHERE rolname = 'plain';
SELECT is(
  ARRAY[rolconnlimit::text, rolvaliduntil::text], ARRAY['-1', NULL], 'the role has no limits'
)
FROM pg_roles WHERE rolname = 'plain';
SELECT is(
  (SELECT count(*) FROM pg_auth_members WHERE member = 'plain'::regrole), 0::bigint,
  'the role is not a member of another role'
);

SELECT is(
  msar.create_basic_mathesar_user(username => 'a"b\c''); drop table t; --',
    password_ => 'p"w\c''); drop table t; --'),
  'a"b\c''); drop table t; --', 'create_basic_mathesar_user quotes any text as a name'
);
SELECT is(
  granted('a"b\c''); drop table t; --'),
  basic(),
  'the role with the quoted name has exactly these privileges too'
);
SELECT has_table('public', 't', 'the name is not executed as SQL');
SELECT lives_ok(
  $$SELECT msar.create_basic_mathesar_user('%I %s select', '%L %1$s')$$,
  'create_basic_mathesar_user does not expand format specifiers'
);
SELECT is(
  granted('%I %s select'),
  basic(),
  'the role with format specifiers in its name has these privileges'
);
SELECT lives_ok(
  $$SELECT msar.create_basic_mathesar_user('Ünï.x', 'ünï')$$,
  'create_basic_mathesar_user accepts a name that is not ASCII'
);
SELECT is(granted('Ünï.x'), basic(), 'the role with that name has these privileges');

SELECT is(
  msar.create_basic_mathesar_user('collated' COLLATE "POSIX", 'x'), 'collated',
  'create_basic_mathesar_user accepts a name of any collation'
);
SELECT throws_ok(
  $$SELECT msar.create_basic_mathesar_user('plain', 'x')$$, '42710', 'role "plain" already exists',
  'create_basic_mathesar_user refuses a name that is taken'
);
SELECT throws_ok(
  $$SELECT msar.create_basic_mathesar_user('', 'x')$$,
  '42601',
  NULL,
  'create_basic_mathesar_user refuses an empty name'
);
SELECT is(
  msar.create_basic_mathesar_user('other', NULL),
  NULL,
  'create_basic_mathesar_user returns NULL if the password is NULL'
);
SELECT is(
  msar.create_basic_mathesar_user(NULL, 'x'),
  NULL,
  'create_basic_mathesar_user returns NULL if the name is NULL'
);
SELECT hasnt_role('other', 'create_basic_mathesar_user creates no role if an argument is NULL');

-- Schemas that do not exist.
ALTER SCHEMA mathesar_types RENAME TO types_elsewhere;
ALTER SCHEMA __msar RENAME TO parts_elsewhere;
SELECT is(
  msar.create_basic_mathesar_user('partial', 'x'),
  'partial',
  'create_basic_mathesar_user accepts a missing schema'
);
SELECT is(
  granted('partial'),
  ARRAY['database CONNECT f', 'database CREATE f', 'database TEMPORARY f', 'msar USAGE f'],
  'the role has the privileges on the existing schemas'
);
ALTER SCHEMA types_elsewhere RENAME TO mathesar_types;
ALTER SCHEMA parts_elsewhere RENAME TO __msar;

-- A caller who may create roles, but not grant.
CREATE ROLE maker CREATEROLE;
GRANT USAGE ON SCHEMA msar, __msar TO maker;
GRANT USAGE ON SCHEMA tap TO maker;
DO $$BEGIN EXECUTE format('GRANT maker TO %I', current_user); END$$;
SET LOCAL ROLE maker;
CREATE TEMPORARY TABLE errors (state text, message text);
DO $$
DECLARE
  error_message text;
BEGIN
  PERFORM msar.create_basic_mathesar_user('halfway', 'x');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS error_message = MESSAGE_TEXT;
  INSERT INTO errors VALUES (SQLSTATE, error_message);
END
$$;
RESET ROLE;
SELECT is(state, '42501', 'a caller who may not grant gets an error, not a warning') FROM errors;
SELECT hasnt_role('halfway', 'a failed call leaves no role behind');

SELECT * FROM finish();
ROLLBACK;
