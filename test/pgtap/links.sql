-- Links between tables.
BEGIN;
SELECT plan(51);

-- The constraints of a table, one to a line, without the NOT NULL ones that PostgreSQL 18 lists.
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
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'players'::regclass, 'club'), 3::smallint, 'returns the attnum');
SELECT col_type_is('players', 'club', 'integer', 'a serial key gives an integer');
SELECT col_is_null('players', 'club', 'the column is nullable');
SELECT col_hasnt_default('players', 'club', 'the column has no default');
SELECT is(
  pg_temp.cons('players'),
  E'players_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nplayers_pkey PRIMARY KEY (id)',
  'just a foreign key is added, with default name and actions, not deferrable'
);
SELECT lives_ok('UPDATE players SET club = 1', 'the link can be filled');
SELECT throws_ok('UPDATE players SET club = 7', '23503', NULL, 'and is enforced');
SELECT is(
  msar.create_many_to_one_link(unique_link => true, col_name => 'Best "p', rel_id => 'clubs'::regclass, frel_id => 'players'::regclass),
  3::smallint, 'one to one, with named arguments'
);
SELECT is(
  pg_temp.cons('clubs'),
  E'clubs_Best "p_fkey FOREIGN KEY ("Best ""p") REFERENCES players(id)\nclubs_Best "p_key UNIQUE ("Best ""p")\n'
  || 'clubs_pkey PRIMARY KEY (id)',
  'one to one: a foreign key and a unique constraint'
);
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'players'::regclass, 'second', false), 4::smallint, 'unique_link false');
SELECT unalike(pg_temp.cons('players'), '%UNIQUE%', 'unique_link false: not unique');
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'parent'), 4::smallint, 'a table may link to itself');
SELECT matches(pg_temp.cons('clubs'), 'clubs_parent_fkey FOREIGN KEY \(parent\) REFERENCES clubs\(id\)', 'a link to itself');
SELECT is(
  msar.create_many_to_one_link('"Other s"."T t"'::regclass, 'players'::regclass, 'num'), 5::smallint, 'another schema, a key to quote'
);
SELECT col_type_is('players', 'num', 'numeric', 'a type without modifiers');
SELECT matches(pg_temp.cons('players'), 'REFERENCES "Other s"."T t"\("The key"\)', 'a reference to the other schema');
SELECT msar.create_many_to_one_link('codes'::regclass, 'players'::regclass, 'code');
SELECT col_type_is('players', 'code', 'character varying', 'a key that is not the first column');
INSERT INTO codes VALUES ('n', 'abcde');
INSERT INTO chars VALUES ('abcde');
INSERT INTO bits VALUES ('10101');
SELECT msar.create_many_to_one_link('chars'::regclass, 'players'::regclass, 'ch');
SELECT msar.create_many_to_one_link('bits'::regclass, 'players'::regclass, 'bi');
SELECT lives_ok($$UPDATE players SET code = 'abcde', ch = 'abcde', bi = '10101'$$, 'no modifiers: room for the keys of every type');

SELECT throws_ok(
  format('SELECT msar.create_many_to_one_link(%L::regclass, %L::regclass, %L)', frel, rel, name), state, message, what
)
FROM (VALUES
  ('keyless', 'players', 'x', '42704', 'there is no primary key for referenced table "keyless"', 'no primary key'),
  ('pairs', 'players', 'x', '42830', NULL, 'a primary key of two columns'),
  ('clubs', 'players', 'club', '42701', 'column "club" of relation "players" already exists', 'a name taken'),
  ('clubs', 'players', 'id', '22023', NULL, 'the name id'),
  ('clubs', 'keyless', 'id', '22023', NULL, 'the name id, of any table'),
  ('clubs', 'players', '', '42601', NULL, 'an empty name')
) AS cases(frel, rel, name, state, message, what);
SELECT hasnt_column('players', 'x', 'a failed call leaves no column');
SELECT throws_ok($$SELECT msar.create_many_to_one_link(99999999, 'players'::regclass, 'x')$$, '42601',
  'syntax error at or near "99999999"', 'an unknown table to refer to');
SELECT throws_ok($$SELECT msar.create_many_to_one_link('clubs'::regclass, 99999999, 'x')$$, '42601',
  'syntax error at or near "99999999"', 'an unknown table to refer from');
SELECT is(msar.create_many_to_one_link(NULL, 'clubs'::regclass, 'x'), NULL, 'strict in frel_id');
SELECT is(msar.create_many_to_one_link('clubs'::regclass, NULL, 'x'), NULL, 'strict in rel_id');
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, NULL), NULL, 'strict in col_name');
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'x', NULL), NULL, 'strict in unique_link');
SELECT is(msar.create_many_to_one_link('clubs'::regclass, 'clubs'::regclass, 'ID'), 5::smallint, 'the name ID is not id');

-- Many to many
SELECT is(
  msar.create_many_to_many_link(
    'public'::regnamespace, 'club_player', ARRAY['clubs'::regclass, 'players'::regclass]::oid[], ARRAY['club', 'player']
  )::regclass::text,
  'club_player',
  'many to many returns the OID'
);
SELECT columns_are('club_player', ARRAY['id', 'club', 'player']);
SELECT is(
  pg_temp.cons('club_player'),
  E'club_player_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nclub_player_pkey PRIMARY KEY (id)\n'
  || 'club_player_player_fkey FOREIGN KEY (player) REFERENCES players(id)',
  'many to many: a primary key and two foreign keys'
);
SELECT col_type_is('club_player', 'club', 'integer', 'many to many: the columns'' type');
SELECT is(obj_description('club_player'::regclass), NULL, 'many to many: no comment');
SELECT ok(msar.is_mathesar_id_column('club_player'::regclass, 1), 'many to many: a default id column');
SELECT is(
  msar.create_many_to_many_link(
    col_names => ARRAY['b b', 'a'], from_rel_ids => ARRAY['clubs'::regclass, 'clubs'::regclass]::oid[], tab_name => 'L "l', sch_id => '"Other s"'::regnamespace
  )::regclass::text,
  '"Other s"."L ""l"',
  'many to many: named arguments, names to quote, one table twice'
);
SELECT columns_are('Other s', 'L "l', ARRAY['id', 'b b', 'a']);
SELECT is(msar.get_attnum('"Other s"."L ""l"'::regclass, 'a'), 3::smallint, 'many to many: columns in order');
SELECT msar.create_many_to_many_link('public'::regnamespace, 'more_names', ARRAY['clubs'::regclass]::oid[], ARRAY['a', 'b']);
SELECT columns_are('more_names', ARRAY['id', 'a'], 'surplus names are ignored');
SELECT msar.create_many_to_many_link('public'::regnamespace, 'more_tables', ARRAY['clubs'::regclass, 99999999]::oid[], ARRAY['a']);
SELECT columns_are('more_tables', ARRAY['id', 'a'], 'surplus tables are ignored');
SELECT msar.create_many_to_many_link('public'::regnamespace, 'no_links', '{}', '{}');
SELECT columns_are('no_links', ARRAY['id'], 'no links at all');
SELECT throws_ok(
  format($$SELECT msar.create_many_to_many_link('public'::regnamespace, %L, ARRAY['clubs'::regclass, 'players'::regclass]::oid[], %L)$$, tab, names),
  state, NULL, what
)
FROM (VALUES
  ('fresh', '{a,a}', '42701', 'duplicate names'),
  ('clubs', '{a,b}', '42P07', 'a table name taken'),
  ('fresh', '{a,id}', '22023', 'the name id in a list')
) AS cases(tab, names, state, what);
SELECT hasnt_table('fresh', 'a failed call leaves no table');
SELECT is(msar.create_many_to_many_link('public'::regnamespace, NULL, '{}', '{}'), NULL, 'strict in tab_name');
SELECT is(msar.create_many_to_many_link('public'::regnamespace, 'fresh', NULL, '{}'), NULL, 'strict in from_rel_ids');

-- Another search path
SET LOCAL search_path = '';
SELECT msar.create_many_to_one_link('public.clubs'::pg_catalog.regclass, '"Other s"."T t"'::pg_catalog.regclass, 'club', true);
SET LOCAL search_path = public, tap;
SELECT is(
  pg_temp.cons('"Other s"."T t"'),
  E'T t_club_fkey FOREIGN KEY (club) REFERENCES clubs(id)\nT t_club_key UNIQUE (club)\nT t_pkey PRIMARY KEY ("The key")',
  'an empty search path'
);

SELECT * FROM finish();
ROLLBACK;
