-- Tests of the comments on columns.
BEGIN;
SELECT plan(85);

CREATE TABLE public.t (id integer, "A b" text, gone text, plain text);
CREATE SCHEMA "My S";
CREATE TABLE "My S"."T ""t" ("x.y" text);
ALTER TABLE t DROP COLUMN gone;
COMMENT ON COLUMN t.plain IS 'other';
COMMENT ON TABLE t IS 'table';

-- By name
SELECT is(
  msar.comment_on_column('public', 't', 'A b', 'it''s'), $$COMMENT ON COLUMN public.t."A b" IS 'it''s'$$,
  'by name, comment_on_column returns the command'
);
SELECT is(col_description('t'::regclass, 2), 'it''s', 'by name, comment_on_column sets the comment');
SELECT is(
  msar.comment_on_column('public', 't', 'A b', NULL),
  'COMMENT ON COLUMN public.t."A b" IS NULL',
  'by name, comment_on_column returns the command for NULL'
);
SELECT is(col_description('t'::regclass, 2), NULL, 'by name, NULL drops the comment');
SELECT is(
  msar.comment_on_column('public', 't', 'A b', NULL),
  'COMMENT ON COLUMN public.t."A b" IS NULL',
  'by name, comment_on_column accepts NULL without a comment'
);
SELECT msar.comment_on_column('public', 't', 'A b', 'x');
SELECT is(
  msar.comment_on_column('public', 't', 'A b', ''),
  $$COMMENT ON COLUMN public.t."A b" IS ''$$,
  'by name, comment_on_column returns the command for the empty string'
);
SELECT is(col_description('t'::regclass, 2), NULL, 'by name, the empty string drops the comment');
SELECT is(
  msar.comment_on_column(comment_ => 'n', col_name => 'x.y', tab_name => 'T "t', sch_name => 'My S'),
  $$COMMENT ON COLUMN "My S"."T ""t"."x.y" IS 'n'$$,
  'by name, comment_on_column accepts named arguments and quotes names'
);
SELECT is(
  col_description('"My S"."T ""t"'::regclass, 1),
  'n',
  'by name, the column with the quoted name has the comment'
);

-- By number
SELECT is(
  msar.comment_on_column('t'::regclass, 2, 'x'),
  $$COMMENT ON COLUMN t."A b" IS 'x'$$,
  'by number, comment_on_column returns the command'
);
SELECT is(col_description('t'::regclass, 2), 'x', 'by number, comment_on_column sets the comment');
SELECT is(
  msar.comment_on_column('t'::regclass, 2, NULL),
  'COMMENT ON COLUMN t."A b" IS NULL',
  'by number, comment_on_column returns the command for NULL'
);
SELECT is(col_description('t'::regclass, 2), NULL, 'by number, NULL drops the comment');
SELECT msar.comment_on_column('t'::regclass, 2, 'x');
SELECT msar.comment_on_column('t'::regclass, 2, '');
SELECT is(col_description('t'::regclass, 2), NULL, 'by number, the empty string drops the comment');
SELECT is(
  msar.comment_on_column('"My S"."T ""t"'::regclass, 1, 'x'),
  $$COMMENT ON COLUMN "My S"."T ""t"."x.y" IS 'x'$$,
  'by number, comment_on_column quotes names'
);

-- Every character
CREATE TABLE texts AS SELECT * FROM unnest(ARRAY[
  'x', ' ', E'\n', '''', '''''', '"', '\', '\\', '\''', '%', '%s %I %%', ';', '''; DROP TABLE t; --', '$$',
  '$x$a$x$', 'NULL', 'é€😀',
  E'a\tb\r\n', repeat('long ', 5000), '{}', '1'
]) AS texts(body);
CREATE FUNCTION pg_temp.kept(body text, by_name boolean) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF by_name THEN
    PERFORM msar.comment_on_column('public', 't', 'A b', body);
  ELSE
    PERFORM msar.comment_on_column('t'::regclass, 2, body);
  END IF;
  RETURN col_description('t'::regclass, 2) = body;
END
$$;
SELECT ok(
  pg_temp.kept(body, true),
  format('by name, comment_on_column stores %s unchanged', left(to_json(body)::text, 40))
) FROM texts;
SELECT ok(
  pg_temp.kept(body, false),
  format('by number, comment_on_column stores %s unchanged', left(to_json(body)::text, 40))
) FROM texts;
SET LOCAL standard_conforming_strings = off;
SELECT ok(pg_temp.kept(E'a\\b''c', true), 'a backslash does not depend on standard_conforming_strings');
SET LOCAL standard_conforming_strings = on;

-- Names that are ready for SQL
SELECT is(
  __msar.comment_on_column('public.t', '"A b"', '''it''''s'''),
  $$COMMENT ON COLUMN public.t."A b" IS 'it''s'$$, '__msar.comment_on_column returns the command'
);
SELECT is(col_description('t'::regclass, 2), 'it''s', '__msar.comment_on_column sets the comment');
SELECT is(
  __msar.comment_on_column('public.t', '"A b"', NULL),
  'COMMENT ON COLUMN public.t."A b" IS NULL',
  '__msar.comment_on_column returns the command for NULL'
);
SELECT is(col_description('t'::regclass, 2), NULL, '__msar.comment_on_column drops the comment for NULL');
SELECT is(
  __msar.comment_on_column('t'::regclass, 2, '''b'''), $$COMMENT ON COLUMN t."A b" IS 'b'$$,
  '__msar.comment_on_column by number returns the command'
);
SELECT is(col_description('t'::regclass, 2), 'b', '__msar.comment_on_column by number sets the comment');
SELECT is(
  __msar.comment_on_column('t'::regclass, 2, NULL),
  'COMMENT ON COLUMN t."A b" IS NULL',
  '__msar.comment_on_column by number drops the comment for NULL'
);

-- Errors
SELECT throws_ok(sql, state, message, format('an error with %s stops %s', state, sql))
FROM (VALUES
  ($$SELECT msar.comment_on_column('public', 't', 'nosuch', 'x')$$, '42703',
    'column "nosuch" of relation "public.t" does not exist'),
  ($$SELECT msar.comment_on_column('public', 't', 'gone', 'x')$$, '42703', NULL),
  ($$SELECT msar.comment_on_column('public', 'nosuch', 'a', 'x')$$, '42P01',
    'relation "public.nosuch" does not exist'),
  ($$SELECT msar.comment_on_column('nosuch', 't', 'a', 'x')$$, '3F000', 'schema "nosuch" does not exist'),
  ($$SELECT msar.comment_on_column('t'::regclass, 99, 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column('t'::regclass, 99, NULL)$$, '42601', NULL),
  ($$SELECT msar.comment_on_column('t'::regclass, 3, 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column('t'::regclass, NULL, 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column(NULL::oid, 1, 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column('public', 't', NULL, 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column('public', NULL, 'id', 'x')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column(NULL, 't', 'id', 'x')$$, '42601', NULL),
  ($$SELECT __msar.comment_on_column('t', NULL, '''x''')$$, '42601', NULL),
  ($$SELECT __msar.comment_on_column('t'::regclass, 99, '''x''')$$, '42601', NULL),
  ($$SELECT msar.comment_on_column(99999999, 1, 'x')$$, '42601', 'syntax error at or near "99999999"')
) AS cases(sql, state, message);
SELECT is(col_description('t'::regclass, 4), 'other', 'other columns keep their comments');
SELECT is(obj_description('t'::regclass), 'table', 'the table keeps its comment');

-- The name in the command depends on the search path, the effect does not
SET LOCAL search_path = '';
CREATE TEMPORARY TABLE result AS SELECT msar.comment_on_column('public.t'::pg_catalog.regclass, 2,
  'away') AS command;
SET LOCAL search_path = public, tap;
SELECT is(
  command,
  $$COMMENT ON COLUMN public.t."A b" IS 'away'$$,
  'comment_on_column qualifies the table under an empty search path'
) FROM result;
SELECT is(
  col_description('t'::regclass, 2),
  'away',
  'comment_on_column sets the comment under an empty search path'
);

-- Columns of views
CREATE VIEW v AS SELECT "A b" FROM t;
SELECT is(
  msar.comment_on_column('public', 'v', 'A b', 'x'),
  $$COMMENT ON COLUMN public.v."A b" IS 'x'$$,
  'comment_on_column accepts the column of a view'
);

SELECT * FROM finish();
ROLLBACK;
