-- Tests of copying columns, and of names for the copies.
BEGIN;
SELECT plan(95);

-- Returns type, NOT NULL and default of a column.
CREATE FUNCTION column_of(tab regclass, col name) RETURNS text LANGUAGE sql AS $$
  SELECT pg_catalog.concat_ws('|', pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
    COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '-'))
  FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = tab AND a.attname = col
$$;
CREATE FUNCTION uniques(tab regclass) RETURNS text[] LANGUAGE sql AS $$
  SELECT pg_catalog.array_agg(pg_catalog.pg_get_constraintdef(oid) ORDER BY oid) FROM pg_catalog.pg_constraint
  WHERE conrelid = tab AND contype = 'u'
$$;

-- Names
CREATE TABLE names (abc integer, "abc 1" integer, "abc 3" integer, "A ""b" integer, gone integer,
  "gone 1" integer);
ALTER TABLE names DROP COLUMN "gone 1";
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 1::smallint),
  'abc 2',
  'get_fresh_copy_name appends the smallest free number'
);
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 2::smallint),
  'abc 1 1',
  'get_fresh_copy_name appends a number to a name that ends in a number'
);
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 4::smallint),
  'A "b 1',
  'get_fresh_copy_name returns an unquoted name'
);
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 5::smallint),
  'gone 1',
  'get_fresh_copy_name can use the name of a dropped column'
);
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 6::smallint),
  NULL,
  'get_fresh_copy_name returns NULL for a dropped column'
);
SELECT is(
  msar.get_fresh_copy_name('names'::regclass, 99::smallint),
  NULL,
  'get_fresh_copy_name returns NULL for an unknown column'
);
SELECT is(
  msar.get_fresh_copy_name(99999999, 1::smallint),
  NULL,
  'get_fresh_copy_name returns NULL for an unknown table'
);
SELECT is(msar.get_fresh_copy_name(NULL, 1::smallint), NULL, 'get_fresh_copy_name returns NULL for NULL');
SELECT is(
  msar.build_unique_column_name_unquoted('names'::regclass, 'abc'),
  'abc 2',
  'build_unique_column_name_unquoted appends a number to a name that is taken'
);
SELECT is(
  msar.build_unique_column_name_unquoted('names'::regclass, 'zz'),
  'zz',
  'build_unique_column_name_unquoted returns a name that is free'
);
SELECT is(
  msar.build_unique_column_name_unquoted('names'::regclass, 'ABC'),
  'ABC',
  'build_unique_column_name_unquoted distinguishes letter case'
);
SELECT is(
  msar.build_unique_column_name_unquoted('names'::regclass, 'A "b'),
  'A "b 1',
  'build_unique_column_name_unquoted compares unquoted names'
);
SELECT is(
  msar.build_unique_column_name_unquoted('names'::regclass, NULL),
  NULL,
  'build_unique_column_name_unquoted returns NULL for NULL'
);
SELECT is(msar.build_unique_fkey_column_name('names'::regclass, 'abc', 'frel'), 'abc 2',
  'build_unique_fkey_column_name appends a number to a name that is taken');
SELECT is(
  msar.build_unique_fkey_column_name('names'::regclass, 'zz', NULL),
  'zz',
  'build_unique_fkey_column_name returns a name that is free'
);
SELECT is(msar.build_unique_fkey_column_name('names'::regclass, NULL, 'My Tab'), 'My Tab_id',
  'build_unique_fkey_column_name builds a name from that of the table');
SELECT is(
  msar.build_unique_fkey_column_name(tab_id => NULL, fk_col_name => 'a', frel_name => 'b'),
  NULL,
  'build_unique_fkey_column_name returns NULL without a table'
);
SELECT is(
  msar.build_unique_fkey_column_name('names'::regclass, NULL, NULL),
  NULL,
  'build_unique_fkey_column_name returns NULL without a name'
);
CREATE TABLE referring ("My Tab_id" integer, "My Tab_id 1" integer);
SELECT is(msar.build_unique_fkey_column_name('referring'::regclass, NULL, 'My Tab'), 'My Tab_id 2',
  'build_unique_fkey_column_name appends a number to a built name that is taken');
DO $$ BEGIN EXECUTE format('CREATE TABLE long (%I integer, %I integer)', repeat('é', 31) || 'x',
  repeat('y', 61)); END $$;
SELECT is(
  msar.get_fresh_copy_name('long'::regclass, 1::smallint),
  repeat('é', 30) || ' 1',
  'get_fresh_copy_name shortens a long name'
);
SELECT is(msar.get_fresh_copy_name('long'::regclass, 2::smallint), repeat('y', 61) || ' 1',
  'get_fresh_copy_name keeps a name that just fits');
SELECT is(
  msar.build_unique_column_name_unquoted('long'::regclass, repeat('é', 31) || 'xyz'), repeat('é', 30) || ' 1',
  'a name is taken if the server would truncate it to one that is taken');

-- get_duplicate_col_defs
CREATE TABLE d (id serial PRIMARY KEY, "A b" numeric(6,2) NOT NULL DEFAULT 7, c interval second(2),
  gone integer,
  at timestamptz DEFAULT now(),
  i integer GENERATED ALWAYS AS IDENTITY);
ALTER TABLE d DROP COLUMN gone;
COMMENT ON COLUMN d."A b" IS 'it''s';
SELECT is(
  msar.get_duplicate_col_defs('d'::regclass, '{3,1,2}', '{x,"Y y"}', true),
  ARRAY[
    ROW('"Y y"', 'integer', false, 'nextval(''d_id_seq''::regclass)', false, NULL),
    ROW('"A b 1"', 'numeric(6,2)', false, '7', false, 'it''s'),
    ROW('x', 'interval second(2)', false, NULL, false, NULL)
  ]::__msar.col_def[],
  'get_duplicate_col_defs returns copies in the order of the attnums, with defaults, comments and types'
);
SELECT is(
  msar.get_duplicate_col_defs('d'::regclass, '{2,5,6}', ARRAY['n', NULL], false),
  ARRAY[
    ROW('n', 'numeric(6,2)', false, NULL, false, 'it''s'),
    ROW('"at 1"', 'timestamp with time zone', false, NULL, false, NULL),
    ROW('"i 1"', 'integer', false, NULL, false, NULL)
  ]::__msar.col_def[],
  'get_duplicate_col_defs omits defaults on request, and finds a name in place of NULL'
);
SELECT is(cardinality(msar.get_duplicate_col_defs('d'::regclass, '{99,2,4,-1}', '{a,b}', true)), 1,
  'get_duplicate_col_defs skips unknown attnums');
SELECT is((msar.get_duplicate_col_defs('d'::regclass, '{99,2}', '{a,b}', true))[1].name_, 'b',
  'get_duplicate_col_defs assigns names to attnums by position');
SELECT is(
  (msar.get_duplicate_col_defs('d'::regclass, '{2}', '{}', true))[1].name_,
  '"A b 1"',
  'get_duplicate_col_defs finds names if none are listed'
);
SELECT is(
  msar.get_duplicate_col_defs('d'::regclass, '{99}', '{a}', true),
  NULL,
  'get_duplicate_col_defs returns NULL for unknown attnums'
);
SELECT is(
  msar.get_duplicate_col_defs('d'::regclass, '{}', '{}', true),
  NULL,
  'get_duplicate_col_defs returns NULL without attnums'
);
SELECT is(
  msar.get_duplicate_col_defs('d'::regclass, '{2}', NULL, true),
  NULL,
  'get_duplicate_col_defs returns NULL for NULL'
);

-- copy_column: data, default, constraints
CREATE TABLE t (id serial PRIMARY KEY, code text NOT NULL UNIQUE, "due on" date DEFAULT '2020-02-02',
  price numeric(6,2) DEFAULT 7,
  span interval second(2), at timestamp DEFAULT now(), CHECK (price > 0));
COMMENT ON COLUMN t.code IS 'a comment';
INSERT INTO t (code, price, "due on") VALUES ('x', NULL, NULL), ('y', 2.5, '2021-01-01'), ('z', 1000, NULL);
SELECT is(msar.copy_column('t'::regclass, 2::smallint, NULL, true, true), 7::smallint,
  'copy_column copies a column and returns its attnum');
SELECT is(column_of('t', 'code 1'), 'text|true|-', 'the copy has a free name and NOT NULL');
SELECT is(uniques('t'), ARRAY['UNIQUE (code)', 'UNIQUE ("code 1")'], 'the copy is unique');
SELECT is(
  msar.copy_column('t'::regclass, 2::smallint, NULL, true, false),
  8::smallint,
  'copy_column copies the column again'
);
SELECT is(column_of('t', 'code 2'), 'text|false|-', 'the second copy has no NOT NULL');
SELECT is(array_length(uniques('t'), 1), 2, 'the second copy is not unique');
SELECT results_eq(
  $$SELECT "code 1", "code 2" FROM t ORDER BY id$$, $$VALUES ('x', 'x'), ('y', 'y'), ('z', 'z')$$,
  'both copies have the data');
SELECT is(col_description('t'::regclass, 7), NULL, 'copy_column does not copy the comment');
SELECT is(
  msar.copy_column('t'::regclass, 3::smallint, NULL, true, true),
  9::smallint,
  'copy_column copies a column with a default'
);
SELECT is(column_of('t', 'due on 1'), 'date|false|''2020-02-02''::date', 'the copy has the default');
SELECT results_eq($$SELECT "due on 1" FROM t ORDER BY id$$, $$VALUES (NULL), ('2021-01-01'::date), (NULL)$$,
  'the copy has NULL for NULL');
SELECT is(
  msar.copy_column('t'::regclass, 4::smallint, 'It''s "p"; --', true, true),
  10::smallint,
  'copy_column accepts a name'
);
SELECT is(
  column_of('t', 'It''s "p"; --'),
  'numeric(6,2)|false|7',
  'the copy has the type with its modifiers'
);
SELECT is(
  msar.copy_column('t'::regclass, 5::smallint, 's', true, NULL),
  11::smallint,
  'copy_column accepts NULL as copy_constraints'
);
SELECT is(column_of('t', 's'), 'interval second(2)|false|-', 'the copy of an interval has its fields');
SELECT is(
  msar.copy_column('t'::regclass, 6::smallint, 'at2', true, true),
  12::smallint,
  'copy_column copies a column with a dynamic default'
);
SELECT is(
  column_of('t', 'at2'),
  'timestamp without time zone|false|now()',
  'the copy has the dynamic default'
);
SELECT is(
  msar.copy_column('t'::regclass, 1::smallint, NULL, true, true),
  13::smallint,
  'copy_column copies a serial primary key'
);
SELECT is(
  column_of('t', 'id 1'),
  'integer|true|nextval(''t_id_seq''::regclass)',
  'the copy uses the same sequence'
);
SELECT col_is_pk('t', 'id', 'the primary key stays the same');
INSERT INTO t (code, "code 1") VALUES ('w', 'w');
SELECT results_eq(
  $$SELECT id, "id 1" FROM t WHERE code IN ('w', 'x') ORDER BY id$$, $$VALUES (1, 1), (4, 5)$$,
  'each insert draws two numbers');
SELECT is(
  msar.copy_column('t'::regclass, 4::smallint, 'none', false, true),
  14::smallint,
  'copy_column copies a column without data'
);
SELECT is(column_of('t', 'none'), 'numeric(6,2)|false|-', 'the copy without data has no default');
SELECT is((SELECT count("none")::integer FROM t), 0, 'the copy without data contains only NULLs');
SELECT is((SELECT count(*)::integer FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'c'), 1,
  'copy_column does not copy a check');
SELECT is(
  msar.copy_column('t'::regclass, 2::smallint, 'no', NULL, true),
  NULL,
  'copy_column returns NULL if copy_data is NULL'
);
SELECT hasnt_column('t', 'no', 'copy_column adds no column if copy_data is NULL');
SELECT is(msar.copy_column('t'::regclass, 99::smallint, NULL, false, true), NULL,
  'copy_column returns NULL for an unknown attnum without data');
SELECT is(
  msar.copy_column('t'::regclass, 99::smallint, 'no', NULL, true),
  NULL,
  'copy_column returns NULL for an unknown attnum if copy_data is NULL'
);
SELECT is(
  (SELECT max(attnum) FROM pg_attribute WHERE attrelid = 't'::regclass),
  14::smallint,
  'copy_column adds no column for an unknown attnum'
);
SELECT throws_ok($$SELECT msar.copy_column('t'::regclass, 99::smallint, NULL, true, true)$$, '42601', NULL,
  'copy_column refuses an unknown attnum with data');
SELECT throws_ok($$SELECT msar.copy_column('t'::regclass, 99::smallint, 'x', true, true)$$, '42601', NULL,
  'copy_column refuses an unknown attnum with data and a name');
SELECT throws_ok($$SELECT msar.copy_column(99999999, 1::smallint, NULL, true, true)$$, '42601',
  'syntax error at or near "99999999"',
  'copy_column refuses an unknown table');
SELECT throws_ok($$SELECT msar.copy_column('t'::regclass, 2::smallint, 'price', true, true)$$, '42701',
  'column "price" of relation "t" already exists', 'copy_column refuses a name that is taken');
SELECT throws_ok($$SELECT msar.copy_column('t'::regclass, 2::smallint, 'price', false, false)$$, '42701',
  'column "price" of relation "t" already exists', 'copy_column refuses a name that is taken without data');
SELECT throws_ok($$SELECT msar.copy_column('t'::regclass, 2::smallint, NULL, false, true)$$, '23502', NULL,
  'copy_column refuses NOT NULL without data on a table with rows');

-- copy_column: several unique constraints
CREATE TABLE u (a integer, b integer, c integer, UNIQUE (a, b), UNIQUE (c, a) DEFERRABLE, UNIQUE (c));
SELECT is(msar.copy_column('u'::regclass, 1::smallint, 'x', true, true), 4::smallint,
  'copy_column copies a column with several unique constraints');
SELECT is(
  uniques('u'),
  ARRAY['UNIQUE (a, b)', 'UNIQUE (c, a) DEFERRABLE', 'UNIQUE (c)', 'UNIQUE (x, b)', 'UNIQUE (c, x)'],
  'each unique constraint has a copy that keeps the order'
);
SELECT is(
  msar.copy_column('u'::regclass, 4::smallint, 'id', false, true),
  5::smallint,
  'copy_column accepts the name id'
);
SELECT is(
  uniques('u') @> ARRAY['UNIQUE (id, b)', 'UNIQUE (c, id)'],
  true,
  'a copy without data can have the constraints'
);

-- copy_column: odd columns and tables
CREATE TABLE g (a integer NOT NULL, b integer GENERATED ALWAYS AS (a * 2) STORED,
  c integer GENERATED ALWAYS AS (5) STORED,
  i integer GENERATED ALWAYS AS IDENTITY, f integer REFERENCES t);
INSERT INTO g (a, f) VALUES (3, 1);
SELECT throws_ok($$SELECT msar.copy_column('g'::regclass, 2::smallint, NULL, true, false)$$, '0A000', NULL,
  'copy_column refuses the data of a generated column');
SELECT throws_ok($$SELECT msar.copy_column('g'::regclass, 3::smallint, NULL, true, false)$$, '0A000', NULL,
  'copy_column refuses the data of a generated column without references');
SELECT is(msar.copy_column('g'::regclass, 2::smallint, NULL, false, false), 6::smallint,
  'copy_column copies a generated column without data');
SELECT is(column_of('g', 'b 1'), 'integer|false|-', 'the copy of a generated column is a plain column');
SELECT is(
  msar.copy_column('g'::regclass, 4::smallint, NULL, true, true),
  7::smallint,
  'copy_column copies an identity column'
);
SELECT is(column_of('g', 'i 1'), 'integer|true|-', 'the copy is not an identity column but has NOT NULL');
SELECT is(
  msar.copy_column('g'::regclass, 5::smallint, NULL, true, true),
  8::smallint,
  'copy_column copies a foreign key column'
);
SELECT is((SELECT count(*)::integer FROM pg_constraint WHERE conrelid = 'g'::regclass AND contype = 'f'), 1,
  'copy_column does not copy the foreign key');
SELECT results_eq(
  'SELECT * FROM g',
  'VALUES (3, 6, 5, 1, 1, NULL::integer, 1, 1)',
  'the copies have the data'
);

CREATE DOMAIN filled AS text NOT NULL CHECK (VALUE <> '');
CREATE TABLE dom (a filled, "char" "char");
INSERT INTO dom VALUES ('x', 'y');
SELECT is(
  msar.copy_column('dom'::regclass, 1::smallint, NULL, true, true),
  3::smallint,
  'copy_column copies a column of a domain that forbids NULL'
);
SELECT is(msar.copy_column('dom'::regclass, 2::smallint, NULL, true, true), 4::smallint,
  'copy_column copies a column whose type needs quoting');
SELECT results_eq(
  'SELECT "a 1"::text, "char 1"::text FROM dom',
  $$VALUES ('x', 'y')$$,
  'these copies have the data'
);

CREATE DOMAIN five AS integer DEFAULT 5;
CREATE TABLE collated (a text COLLATE "C" UNIQUE, f five, n five DEFAULT 6);
INSERT INTO collated VALUES ('x', 1, 2);
SELECT is(
  msar.copy_column('collated'::regclass, 1::smallint, NULL, true, true),
  4::smallint,
  'copy_column copies a column with a collation'
);
SELECT is(
  msar.copy_column('collated'::regclass, 1::smallint, NULL, false, false),
  5::smallint,
  'copy_column copies a column with a collation without data'
);
SELECT is(
  (SELECT array_agg(attcollation::regcollation::text ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = 'collated'::regclass AND attnum IN (1, 4, 5)),
  ARRAY['"C"', '"C"', '"C"'], 'the copies have the collation'
);
SELECT is(
  msar.copy_column('collated'::regclass, 2::smallint, 'data', true, true),
  6::smallint,
  'copy_column copies a column of a domain with a default'
);
SELECT is(
  msar.copy_column('collated'::regclass, 2::smallint, 'none', false, true),
  7::smallint,
  'copy_column copies a column of a domain with a default without data'
);
SELECT is(
  msar.copy_column('collated'::regclass, 3::smallint, 'own', true, true),
  8::smallint,
  'copy_column copies a column with a default of its own'
);
SELECT results_eq(
  'SELECT data::integer, none::integer, own::integer FROM collated', 'VALUES (1, NULL::integer, 2)',
  'the default of the domain fills no row');
SELECT is(
  column_of('collated', 'data') || column_of('collated', 'none') || column_of('collated', 'own'),
  'five|false|-five|false|-five|false|6', 'copy_column copies only the default of the column itself'
);

CREATE SCHEMA "Odd s";
CREATE TABLE "Odd s"."P p" (k integer, "A b" text DEFAULT 'no', gone integer) PARTITION BY LIST (k);
CREATE TABLE "Odd s".p1 ("A b" text, k integer, gone integer);
ALTER TABLE "Odd s"."P p" ATTACH PARTITION "Odd s".p1 DEFAULT;
ALTER TABLE "Odd s"."P p" DROP COLUMN gone;
INSERT INTO "Odd s"."P p" VALUES (1, 'x'), (2, NULL);
SET LOCAL search_path = tap;
SELECT is(msar.copy_column('"Odd s"."P p"'::regclass, 2::smallint, NULL, true, true), 4::smallint,
  'copy_column copies a column of a partitioned table');
SELECT results_eq('SELECT "A b 1" FROM "Odd s"."P p" ORDER BY k', $$VALUES ('x'), (NULL)$$,
  'the copy has the data even if partitions order their columns differently');
SET LOCAL search_path = public, tap;

-- copy_column: one pass in the present order
CREATE TABLE rows (n integer, a integer, pad text) WITH (fillfactor = 70);
INSERT INTO rows SELECT i, CASE WHEN i % 3 <> 0 THEN i END, repeat('p', 300) FROM generate_series(1, 500) i;
UPDATE rows SET pad = 'short' WHERE n % 7 = 0;
DELETE FROM rows WHERE n % 5 = 0;
INSERT INTO rows SELECT i, i, NULL FROM generate_series(1, 20) i;
CREATE FUNCTION complain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
CREATE TRIGGER complain BEFORE INSERT OR UPDATE ON rows FOR EACH ROW EXECUTE FUNCTION complain();
CREATE RULE ignore AS ON UPDATE TO rows DO INSTEAD NOTHING;
ALTER TABLE rows ENABLE ROW LEVEL SECURITY;
CREATE TEMP TABLE before AS SELECT array_agg(n) AS n, array_agg(a) AS a FROM rows;
ALTER TABLE rows FORCE ROW LEVEL SECURITY;
SELECT is(msar.copy_column('rows'::regclass, 2::smallint, 'b', true, true), 4::smallint,
  'copy_column copies in a table with several pages, a trigger, a rule and policies');
ALTER TABLE rows NO FORCE ROW LEVEL SECURITY;
SELECT is((SELECT array_agg(n) FROM rows), (SELECT n FROM before), 'the rows keep their physical order');
SELECT is((SELECT array_agg(b) FROM rows), (SELECT a FROM before), 'the copy has the values of all rows');

SELECT * FROM finish();
ROLLBACK;
