-- Tests of the functions that read the catalog.
BEGIN;
SELECT plan(108);

CREATE SCHEMA "S x";
CREATE TYPE "S x"."My Type" AS ENUM ('a');
CREATE TABLE "S x"."Ta b" (
  "Id x" integer,
  b text,
  dropped integer,
  "Due ""Date" date,
  "select" varchar(3),
  n numeric(5, 2)[],
  "Ünï" "S x"."My Type",
  c character(4),
  CONSTRAINT "My key" PRIMARY KEY (b, "Id x")
);
ALTER TABLE "S x"."Ta b" DROP COLUMN dropped;
CREATE TABLE keyless (a integer);
CREATE VIEW looks AS SELECT 1 AS "One x", 'a'::text AS two;
CREATE TABLE parts (a integer, b integer, PRIMARY KEY (b)) PARTITION BY RANGE (b);
CREATE TEMPORARY TABLE fleeting (a integer PRIMARY KEY);
CREATE FUNCTION tab() RETURNS oid LANGUAGE sql AS $$SELECT '"S x"."Ta b"'::regclass::oid$$;

-- col_description
COMMENT ON TABLE "S x"."Ta b" IS 'a table';
COMMENT ON COLUMN "S x"."Ta b"."Id x" IS 'it''s; "one"';
COMMENT ON COLUMN looks.two IS 'of a view';
SELECT is(msar.col_description(tab(), 1), 'it''s; "one"', 'col_description returns the comment unchanged');
SELECT is(
  msar.col_description(tab_id => 'looks'::regclass, col_id => 2),
  'of a view',
  'col_description returns the comment on a column of a view'
);
SELECT is(msar.col_description(tab(), 2), NULL, 'col_description returns NULL without a comment');
SELECT is(msar.col_description(tab(), 99), NULL, 'col_description returns NULL for an unknown column');
SELECT is(msar.col_description(tab(), 0), NULL, 'col_description never returns the comment of the table');
SELECT is(msar.col_description(99999999, 1), NULL, 'col_description returns NULL for an unknown table');
SELECT is(msar.col_description(NULL, 1), NULL, 'col_description returns NULL if the table is NULL');
SELECT is(msar.col_description(tab(), NULL), NULL, 'col_description returns NULL if the column is NULL');

-- get_relation_oid, get_relation_namespace_oid
SELECT is(msar.get_relation_oid('S x', 'Ta b'), tab(), 'get_relation_oid accepts unquoted names');
SELECT is(msar.get_relation_oid('public', 'looks'), 'looks'::regclass::oid, 'get_relation_oid finds views');
SELECT is(
  msar.get_relation_oid('S x', 'My key'),
  '"S x"."My key"'::regclass::oid,
  'get_relation_oid finds indexes'
);
SELECT throws_ok(
  $$SELECT msar.get_relation_oid('S x', 'no''pe')$$, '42P01', 'relation "S x.no''pe" does not exist',
  'get_relation_oid refuses an unknown relation'
);
SELECT throws_ok(
  $$SELECT msar.get_relation_oid('S x', 'ta b')$$, '42P01', 'relation "S x.ta b" does not exist',
  'get_relation_oid distinguishes letter case'
);
SELECT throws_ok(
  $$SELECT msar.get_relation_oid('s x', 'Ta b')$$, '3F000', 'schema "s x" does not exist',
  'get_relation_oid refuses an unknown schema'
);
SELECT is(msar.get_relation_oid(NULL, 'looks'), NULL, 'get_relation_oid returns NULL for NULL');
SELECT is(
  msar.get_relation_namespace_oid(tab()), '"S x"'::regnamespace::oid,
  'get_relation_namespace_oid returns the schema of a table'
);
SELECT is(
  msar.get_relation_namespace_oid(99999999),
  NULL,
  'get_relation_namespace_oid returns NULL for an unknown relation'
);

-- get_column_name
SELECT is(msar.get_column_name(tab(), 1), '"Id x"', 'get_column_name by number quotes the name');
SELECT is(msar.get_column_name(tab(), 2), 'b', 'get_column_name quotes only if necessary');
SELECT is(msar.get_column_name(tab(), 4), '"Due ""Date"', 'get_column_name doubles quotes in the name');
SELECT is(msar.get_column_name(tab(), 5), '"select"', 'get_column_name quotes keywords');
SELECT is(msar.get_column_name(tab(), 7), '"Ünï"', 'get_column_name quotes names that are not ASCII');
SELECT is(
  msar.get_column_name(tab(), 'Due "Date'),
  '"Due ""Date"',
  'get_column_name by unquoted name quotes the name'
);
SELECT is(
  msar.get_column_name(tab(), 'due "date'),
  NULL,
  'get_column_name by name distinguishes letter case'
);
SELECT is(msar.get_column_name(tab(), '"Id x"'), NULL, 'get_column_name finds no column by a quoted name');
SELECT is(msar.get_column_name(tab(), '2'), NULL, 'get_column_name reads an untyped literal as a name');
SELECT is(
  msar.get_column_name(rel_id => tab(), col_id => -1),
  'ctid',
  'get_column_name finds system columns by number'
);
SELECT is(
  msar.get_column_name(rel_id => tab(), col_name => 'ctid'),
  'ctid',
  'get_column_name finds system columns by name'
);
SELECT is(msar.get_column_name('looks'::regclass, 1), '"One x"', 'get_column_name finds columns of views');
SELECT is(msar.get_column_name(tab(), 3), NULL, 'get_column_name returns NULL for a dropped column');
SELECT is(
  msar.get_column_name(tab(), '........pg.dropped.3........'),
  NULL,
  'get_column_name finds no dropped column by its internal name'
);
SELECT is(
  msar.get_column_name(tab(), 100000),
  NULL,
  'get_column_name returns NULL for a number that is out of range'
);
SELECT is(msar.get_column_name(99999999, 1), NULL, 'get_column_name returns NULL for an unknown relation');
SELECT is(
  msar.get_column_name(tab(), NULL::integer),
  NULL,
  'get_column_name by number returns NULL for NULL'
);
SELECT is(msar.get_column_name(tab(), NULL::text), NULL, 'get_column_name by name returns NULL for NULL');

-- get_column_names
SELECT is(
  msar.get_column_names(tab(), '[1, "b", 2, "zz", 77]'), ARRAY['"Id x"', 'b', 'b', NULL, NULL],
  'get_column_names accepts numbers and names'
);
SELECT is(
  msar.get_column_names(tab(), '["1", null, true, {"a": 1}, [1], 3, 2.5, 1e30, -1]'),
  ARRAY[NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'ctid'],
  'get_column_names returns NULL for elements that are not columns'
);
SELECT is(
  msar.get_column_names(0, '[5, "b c", "b", null, "select"]'), ARRAY['"5"', '"b c"', 'b', NULL, '"select"'],
  'get_column_names only quotes for a table that does not exist yet'
);
SELECT is(
  msar.get_column_names(99999999, '[1, "b"]'),
  ARRAY[NULL, NULL],
  'get_column_names returns NULLs for an unknown relation'
);
SELECT is(msar.get_column_names(tab(), '[]'), NULL, 'get_column_names returns NULL for an empty array');
SELECT is(
  msar.get_column_names(0, '[]'),
  NULL,
  'get_column_names returns NULL for an empty array without a table'
);
SELECT is(msar.get_column_names(tab(), NULL), NULL, 'get_column_names returns NULL for NULL');
SELECT throws_ok(
  $$SELECT msar.get_column_names(0, '{}')$$, '22023', 'cannot extract elements from an object',
  'get_column_names refuses an object'
);
SELECT throws_ok(
  $$SELECT msar.get_column_names(0, 'null')$$, '22023', 'cannot extract elements from a scalar',
  'get_column_names refuses a scalar'
);

-- get_attnum, column_exists, schema_exists
SELECT is(msar.get_attnum(tab(), 'Due "Date'), 4::smallint, 'get_attnum accepts an unquoted name');
SELECT is(msar.get_attnum(tab(), 'ctid'), -1::smallint, 'get_attnum finds system columns');
SELECT is(msar.get_attnum(tab(), 'zz'), NULL, 'get_attnum returns NULL for an unknown column');
SELECT is(msar.get_attnum(tab(), NULL), NULL, 'get_attnum returns NULL for NULL');
SELECT is(
  msar.get_attnum(tab(), 'b' COLLATE "POSIX"), 2::smallint, 'get_attnum accepts names of any collation'
);
SELECT is(msar.column_exists(tab(), 'select'), true, 'column_exists finds a column');
SELECT is(msar.column_exists(tab(), 'SELECT'), false, 'column_exists distinguishes letter case');
SELECT is(msar.column_exists(99999999, 'b'), false, 'column_exists returns false for an unknown relation');
SELECT is(msar.column_exists(tab(), NULL), NULL, 'column_exists returns NULL for NULL');
SELECT is(msar.schema_exists('S x'), true, 'schema_exists finds a schema');
SELECT is(msar.schema_exists('s x'), false, 'schema_exists distinguishes letter case');
SELECT is(msar.schema_exists('"S x"'), false, 'schema_exists finds no schema by a quoted name');
SELECT is(msar.schema_exists(NULL), NULL, 'schema_exists returns NULL for NULL');

-- is_pkey_col, get_pk_column
SELECT is(msar.is_pkey_col(tab(), 1), true, 'is_pkey_col returns true for one column of the key');
SELECT is(msar.is_pkey_col(tab(), 2), true, 'is_pkey_col returns true for another column of the key');
SELECT is(msar.is_pkey_col(tab(), 4), false, 'is_pkey_col returns false for a column outside the key');
SELECT is(msar.is_pkey_col(tab(), 100000), false, 'is_pkey_col returns false for an unknown column');
SELECT is(msar.is_pkey_col('keyless'::regclass, 1), NULL, 'is_pkey_col returns NULL without a key');
SELECT is(msar.is_pkey_col(99999999, 1), NULL, 'is_pkey_col returns NULL for an unknown table');
SELECT is(msar.get_pk_column(tab()), 2::smallint, 'get_pk_column uses the order of the key');
SELECT is(
  msar.get_pk_column('parts'::regclass),
  2::smallint,
  'get_pk_column finds the key of a partitioned table'
);
SELECT is(
  msar.get_pk_column('fleeting'::regclass),
  1::smallint,
  'get_pk_column finds the key of a temporary table'
);
SELECT is(msar.get_pk_column('keyless'::regclass), NULL, 'get_pk_column returns NULL without a key');
SELECT is(msar.get_pk_column('looks'::regclass), NULL, 'get_pk_column returns NULL for a view');
SELECT is(msar.get_pk_column('S x', 'Ta b'), 2::smallint, 'get_pk_column finds the key by unquoted names');
SELECT is(msar.get_pk_column('public', 'keyless'), NULL, 'get_pk_column by name returns NULL without a key');
SELECT throws_ok(
  $$SELECT msar.get_pk_column('public', 'nope')$$, '42P01', 'relation "public.nope" does not exist',
  'get_pk_column by name refuses an unknown table'
);

-- get_column_type
SELECT is(
  ARRAY(SELECT msar.get_column_type(tab(), n::smallint) FROM generate_series(1, 9) AS n ORDER BY n),
  ARRAY['integer', 'text', NULL, 'date', 'character varying', 'numeric[]', '"S x"."My Type"', 'character',
    NULL],
  'get_column_type returns types without modifiers'
);
SELECT is(
  msar.get_column_type('looks'::regclass, 2::smallint),
  'text',
  'get_column_type finds the column of a view'
);
SELECT is(msar.get_column_type('S x', 'Ta b', 'b'), 'text', 'get_column_type finds the column by names');
SELECT is(
  msar.get_column_type('S x', 'Ta b', 'Due "Date'),
  'date',
  'get_column_type finds a column that needs quoting by names'
);
SELECT is(
  msar.get_column_type('S x', 'Ta b', 'zz'),
  NULL,
  'get_column_type returns NULL for an unknown column'
);
SELECT throws_ok(
  $$SELECT msar.get_column_type('public', 'nope', 'b')$$, '42P01', 'relation "public.nope" does not exist',
  'get_column_type by name refuses an unknown table'
);
SELECT throws_ok(
  $$SELECT msar.get_column_type('nope', 'nope', 'b')$$, '3F000', 'schema "nope" does not exist',
  'get_column_type by name refuses an unknown schema'
);
SELECT throws_ok(
  format('SELECT msar.get_column_type(%s::oid, 1)', tab()), '42883', NULL,
  'get_column_type requires a smallint as the column number'
);

-- get_constraint_name
SELECT is(
  msar.get_constraint_name((SELECT oid FROM pg_constraint WHERE conname = 'My key')), '"My key"',
  'get_constraint_name quotes the name'
);
SELECT is(
  msar.get_constraint_name(99999999),
  NULL,
  'get_constraint_name returns NULL for an unknown constraint'
);

-- is_default_possibly_dynamic
CREATE DOMAIN whole AS integer;
CREATE TABLE defaults (
  always integer GENERATED ALWAYS AS IDENTITY,
  by_default integer GENERATED BY DEFAULT AS IDENTITY,
  stored integer GENERATED ALWAYS AS (1 + 1) STORED,
  serial_ serial,
  now_ timestamp DEFAULT now(),
  now_of_zone timestamptz DEFAULT now(),
  lower_ text DEFAULT lower('A'),
  lower_varchar varchar DEFAULT lower('A'),
  length_ integer DEFAULT length('abc'),
  length_whole whole DEFAULT length('abc'),
  today date DEFAULT CURRENT_DATE,
  today_timestamp timestamp DEFAULT CURRENT_TIMESTAMP,
  local_time timestamp DEFAULT LOCALTIMESTAMP,
  user_ name DEFAULT CURRENT_USER,
  user_text text DEFAULT CURRENT_USER,
  converted numeric DEFAULT 7,
  widened bigint DEFAULT 7,
  cut varchar(3) DEFAULT 'abc',
  dated date DEFAULT date '2024-02-29' + interval '1 day',
  seven integer DEFAULT 7,
  cast_seven integer DEFAULT 7::integer,
  minus integer DEFAULT -7,
  day date DEFAULT '2024-02-29',
  moment timestamp DEFAULT '2024-02-29 10:00',
  letter text DEFAULT 'x',
  letters varchar DEFAULT 'x',
  seven_whole whole DEFAULT 7,
  sum_ integer DEFAULT 3 + 5,
  day_after date DEFAULT CURRENT_DATE + 1,
  joined text DEFAULT 'a' || 'b',
  case_ integer DEFAULT CASE WHEN random() > 2 THEN 1 ELSE 2 END,
  coalesce_ text DEFAULT COALESCE(lower('A'), 'b'),
  nullif_ integer DEFAULT NULLIF(1, 2),
  array_ integer[] DEFAULT ARRAY[1, 2],
  not_ boolean DEFAULT (NOT true),
  io text DEFAULT (now()::text),
  none integer,
  null_ integer DEFAULT NULL
);
SELECT set_eq(
  $$SELECT attname::text FROM pg_attribute WHERE attrelid = 'defaults'::regclass AND attnum > 0
    AND msar.is_default_possibly_dynamic('defaults'::regclass, attnum)$$,
  ARRAY[
    'always', 'by_default', 'stored', 'serial_', 'now_', 'now_of_zone', 'lower_', 'lower_varchar', 'length_',
    'length_whole', 'today', 'today_timestamp', 'local_time', 'user_', 'user_text', 'converted', 'widened',
    'cut',
    'dated'
  ],
  'identity and generated columns, function calls, value keywords and casts by functions are dynamic'
);
SELECT set_eq(
  $$SELECT attname::text FROM pg_attribute WHERE attrelid = 'defaults'::regclass AND attnum > 0
    AND NOT msar.is_default_possibly_dynamic('defaults'::regclass, attnum)$$,
  ARRAY[
    'seven', 'cast_seven', 'minus', 'day', 'moment', 'letter', 'letters', 'seven_whole', 'sum_', 'day_after',
    'joined',
    'case_', 'coalesce_', 'nullif_', 'array_', 'not_', 'io'
  ],
  'constants and all other operations are static'
);
SELECT set_eq(
  $$SELECT attname::text FROM pg_attribute WHERE attrelid = 'defaults'::regclass AND attnum > 0
    AND msar.is_default_possibly_dynamic('defaults'::regclass, attnum) IS NULL$$,
  ARRAY['none', 'null_'],
  'a column without a default is neither dynamic nor static'
);
DO $$
BEGIN
  EXECUTE format(
    'CREATE TABLE computed (a integer, b integer GENERATED ALWAYS AS (a + 1) %s)',
    CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN 'VIRTUAL' ELSE 'STORED' END
  );
END
$$;
SELECT is(
  msar.is_default_possibly_dynamic('computed'::regclass, 2),
  true,
  'virtual generated columns are dynamic'
);
SELECT is(
  msar.is_default_possibly_dynamic('defaults'::regclass, 99),
  NULL,
  'is_default_possibly_dynamic returns NULL for an unknown column'
);
SELECT is(
  msar.is_default_possibly_dynamic(99999999, 1),
  NULL,
  'is_default_possibly_dynamic returns NULL for an unknown table'
);
SELECT is(
  msar.is_default_possibly_dynamic('defaults'::regclass, NULL),
  NULL,
  'is_default_possibly_dynamic returns NULL for NULL'
);

-- is_mathesar_id_column
CREATE TABLE ids_always (id integer GENERATED ALWAYS AS IDENTITY, other integer);
CREATE TABLE ids_default (id integer GENERATED BY DEFAULT AS IDENTITY);
CREATE TABLE ids_serial (id serial);
CREATE TABLE ids_bigint (id bigint GENERATED BY DEFAULT AS IDENTITY);
CREATE TABLE ids_name ("ID" integer GENERATED BY DEFAULT AS IDENTITY);
CREATE TABLE ids_place (other integer, id integer GENERATED BY DEFAULT AS IDENTITY);
SELECT is(
  msar.is_mathesar_id_column(('ids_' || want.name)::regclass, want.attnum), want.answer,
  format('is_mathesar_id_column checks table %s, column %s', want.name, want.attnum)
)
FROM (
  VALUES
    (1, 'always', 1, true), (2, 'default', 1, true), (3, 'serial', 1, false), (4, 'bigint', 1, false),
    (5, 'name', 1, false), (6, 'place', 2, false), (7, 'place', 1, false), (8, 'always', 2, false),
    (9, 'always', 3, NULL)
) AS want(place, name, attnum, answer)
ORDER BY want.place;

-- get_cast_function_name
SELECT is(msar.get_cast_function_name(want.type::regtype), 'mathesar_types.cast_to_' || want.name, want.type)
FROM (
  VALUES
    (1, 'integer', 'integer'),
    (2, 'double precision', 'double_precision'),
    (3, 'timestamp(3) with time zone', 'timestamp_with_time_zone'),
    (4, '"char"', '_double_quote_char_double_quote_'),
    (5, 'varchar(10)', 'character_varying'),
    (6, 'mathesar_types.uri', 'uri'),
    (7, '"S x"."My Type"', '_double_quote_My_Type_double_quote_'),
    (8, 'integer[]', 'integer[]'),
    (9, 'whole', 'whole')
) AS want(place, type, name)
ORDER BY want.place;
SELECT is(
  msar.get_cast_function_name(target_type => NULL),
  NULL,
  'get_cast_function_name returns NULL for NULL'
);
SET LOCAL search_path = mathesar_types, public, tap;
SELECT is(
  msar.get_cast_function_name('uri'), 'mathesar_types.cast_to_uri',
  'get_cast_function_name does not depend on the search path'
);

SELECT * FROM finish();
ROLLBACK;
