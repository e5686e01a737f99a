-- Tests of the links between tables.
BEGIN;
SELECT plan(51);

-- Returns the constraints of a table, one on each line, without the NOT NULL ones that PostgreSQL 18 lists.
CREATE FUNCTION pg_temp.cons(tab regclass) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), E'\n' ORDER BY conname COLLATE "C")
  FROM pg_constraint WHERE conrelid = tab AND contype <> 'n'
$$;

CREATE TABLE clubs (id serial PRIMARY KEY, name text);
CREATE TABLE players (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
CREATE SCHEMA "Other s";
CREATE TABLE "Other s"."T t" ("The key" numeric(7,2) PRIMARY KEY);
CREATE TABLE codes (note text, code varchar(5) PRIMARY KEY);
CREATE TABLE chars (code char(5) PRIMARY KEY);
CREATE TABLE bits (code bit(5) PRIMARY KEY);
CREATE TABLE keyless (id integer UNIQUE);
CREATE TABLE pairs (a integer UNIQUE, b integer, PRIMARY KEY (a, b));
INSERT INTO clubs (name) VALUES ('c');
INSERT INTO players (name) VALUES ('p');

-- Many to one
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'players'::regclass, 'club'),
  3::smallint,
  'create_many_to_one_link returns the attnum'
);
SELECT col_type_is('players', 'club', 'integer', 'the link to a serial key is an integer');
SELECT col_is_null('players', 'club', 'the link is nullable');
SELECT col_hasnt_default('players', 'club', 'the link has no default');
SELECT is(
  pg_temp.cons('players'),
  E'players_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nplayers_pkey PRIMARY KEY (id)',
  'create_many_to_one_link adds only a foreign key with default name and actions'
);
SELECT lives_ok('UPDATE players SET club = 1', 'the link accepts an existing key');
SELECT throws_ok('UPDATE players SET club = 7', '23503', NULL, 'the link refuses an unknown key');
SELECT is(
  msar.create_many_to_one_link(unique_link => true, col_name => 'Best "p', rel_id => 'clubs'::regclass,
    frel_id => 'players'::regclass),
  3::smallint, 'create_many_to_one_link accepts named arguments'
);
SELECT is(
  pg_temp.cons('clubs'),
  E'clubs_Best "p_fkey FOREIGN KEY ("Best ""p") REFERENCES players(id)\nclubs_Best "p_key UNIQUE ("Best ""p")\n'
  || 'clubs_pkey PRIMARY KEY (id)',
  'unique_link adds a foreign key and a unique constraint'
);
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'players'::regclass, 'second', false),
  4::smallint,
  'create_many_to_one_link accepts false as unique_link'
);
SELECT unalike(pg_temp.cons('players'), '%UNIQUE%', 'the link is not unique if unique_link is false');
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'parent'),
  4::smallint,
  'create_many_to_one_link links a table to itself'
);
SELECT matches(
  pg_temp.cons('clubs'),
  'clubs_parent_fkey FOREIGN KEY \(parent\) REFERENCES clubs\(id\)',
  'the link references the table itself'
);
SELECT is(
  msar.create_many_to_one_link('"Other s"."T t"'::regclass, 'players'::regclass, 'num'), 5::smallint,
  'create_many_to_one_link links to a table of another schema'
);
SELECT col_type_is('players', 'num', 'numeric', 'the link has the type of the key without modifiers');
SELECT matches(
  pg_temp.cons('players'),
  'REFERENCES "Other s"."T t"\("The key"\)',
  'the link references the key of the other schema'
);
SELECT msar.create_many_to_one_link('codes'::regclass, 'players'::regclass, 'code');
SELECT col_type_is(
  'players',
  'code',
  'character varying',
  'create_many_to_one_link finds a key that is not the first column'
);
INSERT INTO codes VALUES ('n', 'abcde');
INSERT INTO chars VALUES ('abcde');
INSERT INTO bits VALUES ('10101');
SELECT msar.create_many_to_one_link('chars'::regclass, 'players'::regclass, 'ch');
SELECT msar.create_many_to_one_link('bits'::regclass, 'players'::regclass, 'bi');
SELECT lives_ok(
  $$UPDATE players SET code = 'abcde', ch = 'abcde', bi = '10101'$$,
  'the links accept keys of every length'
);

SELECT throws_ok(
  format('SELECT msar.create_many_to_one_link(%L::regclass, %L::regclass, %L)', frel, rel, name), state,
  message, what
)
FROM (VALUES
  ('keyless', 'players', 'x', '42704', 'there is no primary key for referenced table "keyless"',
    'create_many_to_one_link refuses a table without a primary key'),
  ('pairs', 'players', 'x', '42830', NULL, 'create_many_to_one_link refuses a primary key of two columns'),
  ('clubs', 'players', 'club', '42701', 'column "club" of relation "players" already exists',
    'create_many_to_one_link refuses a name that is taken'),
  ('clubs', 'players', 'id', '22023', NULL, 'create_many_to_one_link refuses the name id'),
  ('clubs', 'keyless', 'id', '22023', NULL, 'create_many_to_one_link refuses the name id for every table'),
  ('clubs', 'players', '', '42601', NULL, 'create_many_to_one_link refuses an empty name')
) AS cases(frel, rel, name, state, message, what);
SELECT hasnt_column('players', 'x', 'a failed call leaves no column');
SELECT throws_ok($$SELECT msar.create_many_to_one_link(99999999, 'players'::regclass, 'x')$$, '42601',
  'syntax error at or near "99999999"', 'create_many_to_one_link refuses an unknown referenced table');
SELECT throws_ok($$SELECT msar.create_many_to_one_link('clubs'::regclass, 99999999, 'x')$$, '42601',
  'syntax error at or near "99999999"', 'create_many_to_one_link refuses an unknown referencing table');
SELECT is(
  msar.create_many_to_one_link(NULL, 'clubs'::regclass, 'x'),
  NULL,
  'create_many_to_one_link returns NULL if frel_id is NULL'
);
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, NULL, 'x'),
  NULL,
  'create_many_to_one_link returns NULL if rel_id is NULL'
);
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, NULL),
  NULL,
  'create_many_to_one_link returns NULL if col_name is NULL'
);
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'x', NULL),
  NULL,
  'create_many_to_one_link returns NULL if unique_link is NULL'
);
SELECT is(
  msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'ID'),
  5::smallint,
  'create_many_to_one_link accepts the name ID'
);

-- Many to many
SELECT is(
  msar.create_many_to_many_link(
    'public'::regnamespace, 'club_player', ARRAY['clubs'::regclass, 'players'::regclass]::oid[],
    ARRAY['club', 'player']
  )::regclass::text,
  'club_player',
  'create_many_to_many_link returns the OID'
);
SELECT columns_are('club_player', ARRAY['id', 'club', 'player']);
SELECT is(
  pg_temp.cons('club_player'),
  E'club_player_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nclub_player_pkey PRIMARY KEY (id)\n'
  || 'club_player_player_fkey FOREIGN KEY (player) REFERENCES players(id)',
  'the linking table has a primary key and two foreign keys'
);
SELECT col_type_is('club_player', 'club', 'integer', 'the links have the type of the key');
SELECT is(obj_description('club_player'::regclass), NULL, 'the linking table has no comment');
SELECT ok(
  msar.is_mathesar_id_column('club_player'::regclass, 1),
  'the linking table has a default id column'
);
SELECT is(
  msar.create_many_to_many_link(
    col_names => ARRAY['b b', 'a'], from_rel_ids => ARRAY['clubs'::regclass, 'clubs'::regclass]::oid[],
    tab_name => 'L "l', sch_id => '"Other s"'::regnamespace
  )::regclass::text,
  '"Other s"."L ""l"',
  'create_many_to_many_link accepts named arguments, quotes names, and links a table twice'
);
SELECT columns_are('Other s', 'L "l', ARRAY['id', 'b b', 'a']);
SELECT is(
  msar.get_attnum('"Other s"."L ""l"'::regclass, 'a'),
  3::smallint,
  'the links keep the order of the arrays'
);
SELECT msar.create_many_to_many_link(
  'public'::regnamespace,
  'more_names',
  ARRAY['clubs'::regclass]::oid[],
  ARRAY['a', 'b']
);
SELECT columns_are('more_names', ARRAY['id', 'a'], 'create_many_to_many_link ignores surplus names');
SELECT msar.create_many_to_many_link(
  'public'::regnamespace,
  'more_tables',
  ARRAY['clubs'::regclass, 99999999]::oid[],
  ARRAY['a']
);
SELECT columns_are('more_tables', ARRAY['id', 'a'], 'create_many_to_many_link ignores surplus tables');
SELECT msar.create_many_to_many_link('public'::regnamespace, 'no_links', '{}', '{}');
SELECT columns_are('no_links', ARRAY['id'], 'create_many_to_many_link accepts empty arrays');
SELECT throws_ok(
  format($$SELECT msar.create_many_to_many_link('public'::regnamespace,
      %L, ARRAY['clubs'::regclass, 'players'::regclass]::oid[], %L)$$,
    tab, names),
  state, NULL, what
)
FROM (VALUES
  ('fresh', '{a,a}', '42701', 'create_many_to_many_link refuses duplicate names'),
  ('clubs', '{a,b}', '42P07', 'create_many_to_many_link refuses a table name that is taken'),
  ('fresh', '{a,id}', '22023', 'create_many_to_many_link refuses the name id')
) AS cases(tab, names, state, what);
SELECT hasnt_table('fresh', 'a failed call leaves no table');
SELECT is(
  msar.create_many_to_many_link('public'::regnamespace, NULL, '{}', '{}'),
  NULL,
  'create_many_to_many_link returns NULL if tab_name is NULL'
);
SELECT is(
  msar.create_many_to_many_link('public'::regnamespace, 'fresh', NULL, '{}'),
  NULL,
  'create_many_to_many_link returns NULL if from_rel_ids is NULL'
);

-- Another search path
SET LOCAL search_path = '';
SELECT msar.create_many_to_one_link(
  'public.clubs'::pg_catalog.regclass,
  '"Other s"."T t"'::pg_catalog.regclass,
  'club',
  true
);
SET LOCAL search_path = public, tap;
SELECT is(
  pg_temp.cons('"Other s"."T t"'),
  E'T t_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nT t_club_key UNIQUE (club)\nT t_pkey PRIMARY KEY ("The key")',
  'create_many_to_one_link works under an empty search path'
);

SELECT * FROM finish();
ROLLBACK;
