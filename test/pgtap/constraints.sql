-- Tests of constraint definitions, and of adding, copying, dropping and describing constraints.
BEGIN;
SELECT plan(203);

CREATE FUNCTION con_text(def __msar.con_def) RETURNS text LANGUAGE sql AS
  $$ SELECT pg_catalog.regexp_replace(pg_catalog.btrim(__msar.build_con_def_text(def)), '\s+', ' ', 'g') $$;
-- These functions return the definition of a constraint without its name, and its letters.
CREATE FUNCTION stored(con name, tab regclass) RETURNS text LANGUAGE sql AS
  $$ SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint
    WHERE conname = con AND conrelid = tab
    $$;
CREATE FUNCTION letters(con name, tab regclass) RETURNS text LANGUAGE sql AS $$
  SELECT pg_catalog.concat(
    confupdtype,
    confdeltype,
    confmatchtype,
    CASE WHEN condeferrable THEN '+' ELSE '-' END
  )
  FROM pg_catalog.pg_constraint WHERE conname = con AND conrelid = tab
$$;
-- Returns all constraints of a table, as add_constraints does.
CREATE FUNCTION all_of(tab regclass) RETURNS oid[] LANGUAGE sql AS $$
  SELECT pg_catalog.array_agg(
    oid ORDER BY oid
  ) FROM pg_catalog.pg_constraint WHERE conrelid = tab AND contype <> 'n'
$$;
CREATE FUNCTION sorted(oids oid[]) RETURNS oid[] LANGUAGE sql AS $$ SELECT pg_catalog.array_agg(o
  ORDER BY o) FROM
  unnest(oids) o $$;

CREATE TABLE books (id integer PRIMARY KEY, isbn text UNIQUE, UNIQUE (id, isbn));
CREATE TABLE t (id integer, "A b" text, c integer, "select" integer);
CREATE SCHEMA "Odd s";
CREATE TABLE "Odd s"."B ""b""" ("I d" integer PRIMARY KEY);

-- The letters
SELECT is(
  ARRAY(SELECT msar.get_fkey_action_from_char(l::"char")
    FROM unnest(ARRAY['a', 'r', 'c', 'n', 'd', 'x', '', 'A']) l),
  ARRAY['NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT', NULL, NULL, NULL],
  'get_fkey_action_from_char returns the words for each letter'
);
SELECT is(
  ARRAY(SELECT msar.get_fkey_match_type_from_char(l::"char") FROM unnest(ARRAY['f', 's', 'p', 'u', '']) l),
  ARRAY['FULL', 'SIMPLE', NULL, NULL, NULL],
  'get_fkey_match_type_from_char returns the word for each letter'
);
SELECT is(
  msar.get_fkey_action_from_char('n'),
  'SET NULL',
  'get_fkey_action_from_char accepts an untyped literal'
);
SELECT is(
  msar.get_fkey_match_type_from_char(NULL),
  NULL,
  'get_fkey_match_type_from_char returns NULL for NULL'
);

-- process_con_def_jsonb
SELECT is(
  msar.process_con_def_jsonb('t'::regclass, '[{"name":"My con","type":"u","columns":[2,"c"]}]'),
  ARRAY[ROW('"My con"', 'u', ARRAY['"A b"', 'c'], NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def],
  'process_con_def_jsonb reads a unique constraint with columns by number and by name'
);
SELECT is(
  msar.process_con_def_jsonb(0,
    '[{"type":"p","columns":["x y",5],"deferrable":false,"name":null,"other":1}]'),
  ARRAY[ROW(NULL, 'p', ARRAY['"x y"', '"5"'], false, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def],
  'process_con_def_jsonb only quotes the columns of a table that does not exist yet'
);
SELECT is(
  (SELECT array_agg(d.type_::text || d.col_names::text) FROM unnest(msar.process_con_def_jsonb(
    't'::regclass,
    '[{"type":"p","columns":["id"]},{"type":"u","columns":["c","nope",99,1]},{"type":"u","columns":["x"]}]')) d),
  ARRAY['p{id}', 'u{c,NULL,NULL,id}', 'u{NULL}'],
  'process_con_def_jsonb keeps the order, and returns NULL for unknown columns'
);
SELECT is(
  msar.process_con_def_jsonb('t'::regclass, format('[{"type":"f","columns":[3],"deferrable":true,"fkey_relation_id":%s,
    "fkey_columns":["isbn",1,"no"],"fkey_update_action":"c","fkey_delete_action":"r","fkey_match_type":"s",
    "fkey_relation_schema":"not","fkey_relation_name":"used"}]', 'books'::regclass::oid)::jsonb),
  ARRAY[ROW(NULL, 'f', '{c}', true, 'books', '{isbn,id,NULL}', 'c', 'r', 's', NULL)::__msar.con_def],
  'process_con_def_jsonb reads a foreign key with the referenced table by OID'
);
SELECT is(
  msar.process_con_def_jsonb('t'::regclass,
    '[{"type":"f","columns":[3],"fkey_relation_schema":"Odd s","fkey_relation_name":"B \"b\"","fkey_columns":[1]}]'),
  ARRAY[ROW(NULL, 'f', '{c}', NULL, '"Odd s"."B ""b"""', ARRAY['"I d"'], NULL, NULL, NULL, NULL)::__msar.con_def],
  'process_con_def_jsonb reads a foreign key with the referenced table by names'
);
SELECT is(
  (msar.process_con_def_jsonb('t'::regclass,
    '[{"type":"f","columns":[3],"fkey_relation_schema":"public","fkey_relation_name":"books"}]'))[1].fk_rel_name,
  'public.books', 'the name of the referenced table is qualified even if its schema is in the search_path'
);
SELECT is(
  msar.process_con_def_jsonb('t'::regclass, '[]'),
  NULL,
  'process_con_def_jsonb returns NULL for an empty array'
);
SELECT is(
  msar.process_con_def_jsonb('t'::regclass, NULL),
  NULL,
  'process_con_def_jsonb returns NULL for NULL'
);
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0, '{}')$$, '22023', 'cannot extract elements from an object',
  'process_con_def_jsonb refuses an object');
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0, '3')$$, '22023', 'cannot extract elements from a scalar',
  'process_con_def_jsonb refuses a scalar');
SELECT throws_ok($$SELECT msar.process_con_def_jsonb(0, '[{"type":"u","columns":"id"}]')$$, '22023',
  'cannot extract elements from a scalar', 'process_con_def_jsonb refuses columns that are not an array');
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_schema":"public","fkey_relation_name":"no"}]')$$,
  '42P01', 'relation "public.no" does not exist', 'process_con_def_jsonb refuses an unknown referenced table'
);
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_schema":"no","fkey_relation_name":"t"}]')$$,
  '3F000', NULL, 'process_con_def_jsonb refuses an unknown schema of the referenced table'
);
SELECT throws_ok(
  format($$SELECT msar.process_con_def_jsonb(0, '[{"type":"f","columns":["a"],"fkey_relation_id":"%s"}]')$$,
    't'::regclass::oid),
  '22023', NULL, 'process_con_def_jsonb refuses fkey_relation_id as a string'
);
SELECT throws_ok($$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_id":null}]')$$,
  '22023', NULL, 'process_con_def_jsonb refuses null as fkey_relation_id');
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0, '[{"type":"f","columns":["a"],"fkey_relation_id":null,
    "fkey_relation_schema":"public","fkey_relation_name":"books"}]')$$,
  '22023', NULL, 'process_con_def_jsonb refuses null as fkey_relation_id even with names'
);
SELECT throws_ok($$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_id":[1]}]')$$,
  '22023', NULL, 'process_con_def_jsonb refuses an array as fkey_relation_id');
SELECT throws_ok(
  format($$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_id":%s,"fkey_columns":null}]')$$,
    'books'::regclass::oid),
  '22023', 'cannot extract elements from a scalar', 'process_con_def_jsonb refuses null as fkey_columns'
);
SELECT throws_ok(
  $$SELECT msar.process_con_def_jsonb(0,
    '[{"type":"f","columns":["a"],"fkey_relation_schema":"public","fkey_relation_name":"books",
      "fkey_columns":null}]')$$,
  '22023', 'cannot extract elements from a scalar',
  'process_con_def_jsonb refuses null as fkey_columns with the table by names'
);
SELECT is(
  (SELECT array_agg(concat(d.type_, d.fk_upd_action, d.fk_del_action,
    d.fk_match_type)) FROM unnest(msar.process_con_def_jsonb(0,
    '[{"type":"unique","fkey_update_action":"cascade","fkey_delete_action":"no action","fkey_match_type":"full"},
      {"type":"f","fkey_update_action":"set null","fkey_delete_action":"set default"}]')) d),
  ARRAY['ucaf', 'fnd'],
  'process_con_def_jsonb accepts words instead of letters'
);

-- build_con_def_text
SELECT is(
  con_text(
    ROW('"My con"', 'u', ARRAY['"A b"', 'c'], true, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def),
  'CONSTRAINT "My con" UNIQUE ("A b", c) DEFERRABLE', 'build_con_def_text returns a unique constraint'
);
SELECT is(
  con_text(ROW(NULL, 'p', ARRAY['a'], false, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def),
  'PRIMARY KEY (a)', 'build_con_def_text returns a primary key'
);
SELECT is(
  con_text(ROW(NULL, 'f', '{a}', NULL, 's."T t"', NULL, NULL, NULL, NULL, NULL)::__msar.con_def),
  'FOREIGN KEY (a) REFERENCES s."T t"', 'build_con_def_text returns a foreign key'
);
SELECT is(
  con_text(ROW('n', 'f', '{a,b}', true, 't', '{x,y}', 'c', 'n', 'f', NULL)::__msar.con_def),
  'CONSTRAINT n FOREIGN KEY (a, b) REFERENCES t (x, y) MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE',
  'build_con_def_text returns a foreign key with all its parts'
);
SELECT is(
  con_text(ROW(NULL, 'f', '{a}', NULL, 't', NULL, 'x', ' ', 'p', NULL)::__msar.con_def),
  'FOREIGN KEY (a) REFERENCES t', 'build_con_def_text omits actions and match types for other letters'
);
SELECT is(
  con_text(ROW('n', 'c', '{a}', true, 't', NULL, NULL, NULL, NULL, 'true')::__msar.con_def), NULL,
    'build_con_def_text returns NULL for another type'
);
SELECT is(con_text(ROW(NULL, NULL, '{a}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def), NULL,
  'build_con_def_text returns NULL without a type');
SELECT is(con_text(ROW('n', 'u', '{NULL}', true, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def), NULL,
  'build_con_def_text returns NULL for unknown columns');
SELECT is(__msar.build_con_def_text(NULL), NULL, 'build_con_def_text returns NULL for NULL');

-- __msar.add_constraints
SELECT ok(
  __msar.add_constraints('public.t',
    ROW('one', 'u', '{c}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def,
    ROW('skipped', 'x', '{c}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def,
    ROW('two', 'u', ARRAY['"A b"'], NULL, NULL, NULL, NULL, NULL, NULL,
      NULL)::__msar.con_def) LIKE 'ALTER TABLE%',
  '__msar.add_constraints adds constraints in one command, and skips definitions without text'
);
SELECT is(cardinality(all_of('t')), 2, 'the table has the constraints');
SELECT throws_ok($$SELECT __msar.add_constraints('t',
  ROW('n', 'x', '{c}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def)$$,
  '42601', 'syntax error at end of input',
  '__msar.add_constraints refuses definitions of which none has text');

-- drop_constraint
SELECT is(
  __msar.drop_constraint('t', 'one'),
  'ALTER TABLE t DROP CONSTRAINT one',
  '__msar.drop_constraint drops a constraint by quoted names'
);
SELECT is(msar.drop_constraint('public', 't', 'two'), 'ALTER TABLE public.t DROP CONSTRAINT two',
  'drop_constraint drops a constraint by unquoted names');
SELECT is(all_of('t'), NULL, 'the table has no constraint any more');

-- msar.add_constraints: primary keys
SELECT is(
  msar.add_constraints('t'::regclass, '[]'),
  NULL,
  'add_constraints returns NULL for a table without constraints'
);
SELECT is(msar.add_constraints('t'::regclass::oid::integer, '[{"type":"p","columns":[1]}]'), all_of('t'),
  'add_constraints adds a primary key by attnum');
SELECT is(stored('t_pkey', 't'), 'PRIMARY KEY (id)', 'the primary key has the default name');
SELECT is(
  msar.add_constraints('t'::regclass, '[]'),
  all_of('t'),
  'add_constraints returns the existing constraints for an empty array'
);
SELECT is(msar.drop_constraint('t'::regclass, (all_of('t'))[1]), 'ALTER TABLE t DROP CONSTRAINT t_pkey',
  'drop_constraint drops a constraint by OIDs');
SELECT is(msar.add_constraints('public', 't',
  '[{"type":"p","columns":["select"],"name":"Key; \"k\"","deferrable":true}]'), all_of('t'),
  'add_constraints adds a named, deferrable primary key by name');
SELECT is(stored('Key; "k"', 't'), 'PRIMARY KEY ("select") DEFERRABLE', 'the primary key is deferrable');
SELECT is(
  (SELECT condeferred FROM pg_constraint WHERE conname = 'Key; "k"'),
  false,
  'the primary key is initially immediate'
);
SELECT is(
  msar.drop_constraint('public', 't', 'Key; "k"'), 'ALTER TABLE public.t DROP CONSTRAINT "Key; ""k"""',
  'drop_constraint quotes the name of a constraint');
SELECT is(cardinality(msar.add_constraints('t'::regclass, '[{"type":"p","columns":[3,"A b",1]}]')), 1,
  'add_constraints adds a primary key of several columns by number and by name');
SELECT is(
  stored('t_pkey', 't'),
  'PRIMARY KEY (c, "A b", id)',
  'the primary key keeps the order of the columns'
);
SELECT ok(msar.drop_constraint('public', 't', 't_pkey') IS NOT NULL, 'drop_constraint drops the primary key');
ALTER TABLE t ALTER c DROP NOT NULL, ALTER "A b" DROP NOT NULL, ALTER id DROP NOT NULL,
  ALTER "select" DROP NOT NULL;

-- msar.add_constraints: unique
SELECT is(
  sorted(msar.add_constraints('t'::regclass,
    '[{"type":"u","columns":["A b", 4],"deferrable":true},{"type":"u","columns":["c"]}]')),
  all_of('t'), 'add_constraints adds unique constraints'
);
SELECT is(stored('t_A b_select_key', 't'), 'UNIQUE ("A b", "select") DEFERRABLE',
  'the first one is deferrable and has the name that the server chose');
SELECT is(stored('t_c_key', 't'), 'UNIQUE (c)', 'the second one is not deferrable');
SELECT lives_ok($$INSERT INTO t VALUES (1, 'x', 1, 1)$$, 'the table accepts a first row');
SELECT throws_ok(
  $$INSERT INTO t VALUES (2, 'y', 1, 1)$$,
  '23505',
  NULL,
  'the unique constraint refuses a duplicate'
);
SELECT ok(
  msar.drop_constraint('public', 't', 't_c_key') IS NOT NULL,
  'drop_constraint drops the unique constraint'
);
SELECT lives_ok($$INSERT INTO t VALUES (2, 'y', 1, 1)$$, 'the table accepts a duplicate after the drop');
SELECT throws_ok(
  $$SELECT msar.add_constraints('t'::regclass, '[{"type":"u","columns":["c"]}]')$$, '23505', NULL,
  'add_constraints refuses a unique constraint on duplicates');
DELETE FROM t;

-- msar.add_constraints: foreign keys
SELECT is(
  cardinality(msar.add_constraints('t'::regclass,
    format('[{"name":"loan_book","type":"f","columns":[3],"fkey_relation_id":%s,
    "fkey_columns":["id"],"fkey_update_action":"c","fkey_delete_action":"r","fkey_match_type":"s"}]',
      'books'::regclass::oid)::jsonb)),
  2, 'add_constraints adds a foreign key with all its parts'
);
SELECT is(letters('loan_book', 't'), 'crs-', 'the foreign key has the requested actions and match type');
SELECT is(
  stored('loan_book', 't'), 'FOREIGN KEY (c) REFERENCES books(id) ON UPDATE CASCADE ON DELETE RESTRICT',
  'the foreign key has the requested definition');
SELECT ok(msar.add_constraints('t'::regclass,
  format('[{"type":"f","columns":["c"],"fkey_relation_id":%s}]', 'books'::regclass::oid)::jsonb)
  IS NOT NULL, 'add_constraints adds a foreign key with the table alone');
SELECT is(stored('t_c_fkey', 't') || letters('t_c_fkey', 't'), 'FOREIGN KEY (c) REFERENCES books(id)aas-',
  'the foreign key references the primary key and has the default actions');
SELECT ok(msar.add_constraints('t'::regclass, '[{"type":"f","columns":[1],"name":"odd","fkey_relation_schema":"Odd s",
  "fkey_relation_name":"B \"b\"","fkey_columns":["I d"]}]') IS NOT NULL, 'add_constraints adds a foreign key with the referenced table by names');
SELECT is(
  stored('odd', 't'),
  'FOREIGN KEY (id) REFERENCES "Odd s"."B ""b"""("I d")',
  'the foreign key references names that need quoting'
);
SELECT ok(msar.add_constraints('t'::regclass,
  format('[{"type":"f","columns":[3,"A b"],"name":"two","fkey_relation_id":%s,
  "fkey_columns":[1,"isbn"],"fkey_match_type":"f","deferrable":true}]', 'books'::regclass::oid)::jsonb) IS NOT NULL,
    'add_constraints adds a foreign key of two columns');
SELECT is(stored('two', 't'), 'FOREIGN KEY (c, "A b") REFERENCES books(id, isbn) MATCH FULL DEFERRABLE',
  'the foreign key keeps the order of the columns');
SELECT ok(msar.add_constraints('books'::regclass,
  format('[{"type":"f","columns":[1],"name":"self","fkey_relation_id":%s,
  "fkey_columns":[]}]', 'books'::regclass::oid)::jsonb) IS NOT NULL, 'add_constraints adds a foreign key from a table to itself');
SELECT is(
  stored('self', 'books'),
  'FOREIGN KEY (id) REFERENCES books(id)',
  'the foreign key without columns references the primary key'
);
CREATE FUNCTION round_trip(upd text, del text, match text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM msar.add_constraints('public', 't', jsonb_build_array(jsonb_build_object(
      'type', 'f', 'columns', '[3]'::jsonb, 'name', concat('rt', upd, del, match), 'fkey_relation_id',
        'books'::regclass::oid::bigint,
      'fkey_update_action', upd, 'fkey_delete_action', del, 'fkey_match_type', match, 'deferrable',
      upd = 'c')));
    RETURN letters(concat('rt', upd, del, match), 't');
  END
$$;
SELECT is(round_trip(u, d, m), u || d || m || CASE WHEN u = 'c' THEN '+' ELSE '-' END,
  format('add_constraints stores update action %s, delete action %s, match type %s', u, d, m))
FROM unnest(ARRAY['a', 'r', 'c', 'n', 'd']) u, unnest(ARRAY['a', 'r', 'c', 'n', 'd']) d, unnest(ARRAY['f', 's']) m;
SELECT is(
  round_trip('x', NULL, 'p'),
  'aas-',
  'add_constraints uses the server''s defaults for other letters and null'
);

-- msar.add_constraints: errors
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"p","columns":[9]}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses an unknown attnum');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"u","columns":["nope",77]}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses a list of unknown columns');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"u","columns":[]}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses an empty list of columns');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"u"}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses a definition without columns');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"u","columns":null}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses null as columns');
SELECT throws_ok(format($$SELECT msar.add_constraints('t'::regclass,
    '[{"type":%s,"columns":[1],"name":"n"}]')$$, t),
  '42601', 'syntax error at end of input',
  'add_constraints refuses type ' || t) FROM unnest(ARRAY['"c"', '"x"', '"U"', '""', 'null', '5']) t;
SELECT throws_ok($$SELECT msar.add_constraints('public', 't', '[{"columns":[1]}]')$$,
  '42601', 'syntax error at end of input', 'add_constraints refuses a definition without a type');
SELECT throws_ok(format($$SELECT msar.add_constraints(%s, '[{"type":"p","columns":[1]}]')$$, n),
  '42601', format('syntax error at or near "%s"', n),
    'add_constraints refuses the unknown OID ' || n) FROM unnest(ARRAY['99999999', '4000000000']) n;
SELECT throws_ok(
  format($$SELECT msar.add_constraints(99999999,
    '[{"type":"f","columns":["a"],"name":"n","fkey_relation_id":%s,"fkey_columns":[1]}]')$$,
    'books'::regclass::oid),
  '42601', 'syntax error at or near "99999999"', 'add_constraints refuses a foreign key on an unknown table');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass,
  '[{"type":"f","columns":[1],"fkey_relation_id":99999999,"fkey_columns":["id"]}]')$$,
  '42601', 'syntax error at or near "99999999"', 'add_constraints refuses an unknown referenced OID');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"p","columns":["c",3]}]')$$,
  '42701', 'column "c" appears twice in primary key constraint',
  'add_constraints refuses a column twice, by attnum and by name');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '[{"type":"p","columns":["A b","A b"]}]')$$,
  '42701', 'column "A b" appears twice in primary key constraint',
  'add_constraints refuses a column twice by name');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass,
    '[{"type":"u","columns":["c"],"name":"books_pkey"}]')$$,
  '42P07', 'relation "books_pkey" already exists',
  'add_constraints refuses a name of a unique constraint that is taken');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass,
    '[{"type":"p","columns":["c"],"name":"books_pkey"}]')$$,
  '42P07', 'relation "books_pkey" already exists',
  'add_constraints refuses a name of a primary key that is taken');
SELECT throws_ok(format($$SELECT msar.add_constraints('t'::regclass,
  '[{"type":"f","columns":["c"],"name":"odd","fkey_relation_id":%s}]')$$,
  'books'::regclass::oid), '42710', NULL, 'add_constraints refuses a name of a foreign key that is taken');
SELECT throws_ok(format($$SELECT msar.add_constraints('t'::regclass,
    '[{"type":"f","columns":["c"]%s}]')$$, rest),
  '42601', NULL,
  'add_constraints refuses a foreign key without a referenced table ' || rest)
FROM unnest(ARRAY['', ',"deferrable":true', ',"fkey_columns":[1]', ',"fkey_match_type":"f"',
  ',"fkey_update_action":"c"',
  ',"fkey_relation_name":"books"', ',"fkey_relation_schema":"public"', ',"fkey_relation_id":0',
    ',"fkey_columns":null']) rest;
SELECT throws_ok(format($$SELECT msar.add_constraints('t'::regclass,
  '[{"type":"f","columns":["c"],"fkey_relation_id":%s}]')$$, n), '22023',
  NULL, 'add_constraints refuses fkey_relation_id ' || n) FROM unnest(ARRAY['null', '"1"', 'true', '{}']) n;
SELECT throws_ok(format($$SELECT msar.add_constraints('t'::regclass,
  '[{"type":"f","columns":["c"],"fkey_relation_id":%s,"fkey_columns":["nope"]}]')$$, 'books'::regclass::oid), '42703',
    NULL,
  'add_constraints refuses an unknown referenced column');
SELECT throws_ok(
  $$SELECT msar.add_constraints('t'::regclass, '[{"type":"u","columns":["c","nope"]}]')$$, '42703', NULL,
  'add_constraints refuses a list of known and unknown columns');
SELECT throws_ok(
  $$SELECT msar.add_constraints('public', 'no', '[]')$$, '42P01', 'relation "public.no" does not exist',
  'add_constraints refuses an unknown table');
SELECT throws_ok($$SELECT msar.add_constraints('no', 't', '[]')$$, '3F000', 'schema "no" does not exist',
  'add_constraints refuses an unknown schema');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, '{}')$$, '22023',
  'cannot extract elements from an object', 'add_constraints refuses an object');
SELECT throws_ok($$SELECT msar.add_constraints('t'::regclass, 'null')$$, '22023',
  'cannot extract elements from a scalar', 'add_constraints refuses a scalar');
SELECT is(msar.add_constraints('t'::regclass, NULL), NULL, 'add_constraints returns NULL for NULL');

-- All constraints of a table
CREATE TABLE several (id integer PRIMARY KEY, a integer NOT NULL CHECK (a > 0), b integer, c integer);
SELECT is(sorted(msar.add_constraints('several'::regclass, '[]')), all_of('several'),
  'add_constraints returns keys and checks, but not NOT NULL');
SELECT is(
  cardinality(msar.add_constraints('several'::regclass, '[{"type":"u","columns":["a"]}]')),
  3,
  'add_constraints returns old and new constraints'
);
CREATE TEMP TABLE greatest_oid AS
  SELECT max(
    o
  ) AS oid FROM unnest(msar.add_constraints('several'::regclass, '[{"type":"u","columns":["b"]}]')) o;
SELECT is((SELECT conname FROM pg_constraint JOIN greatest_oid USING (oid)), 'several_b_key',
  'the new constraint has the greatest OID');
CREATE TABLE parts (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE part2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
UPDATE greatest_oid SET oid = (SELECT max(o) FROM unnest(msar.add_constraints('several'::regclass, format(
  '[{"type":"f","columns":["c"],"fkey_relation_id":%s}]', 'parts'::regclass::oid)::jsonb)) o);
SELECT is((SELECT conname FROM pg_constraint JOIN greatest_oid USING (oid)), 'several_c_fkey',
  'the new foreign key to a partitioned table has the greatest OID');
SELECT is(jsonb_array_length(msar.get_extracted_con_def_jsonb('several'::regclass, '{4}')), 1,
  'get_extracted_con_def_jsonb returns a foreign key to a partitioned table once');
SELECT is(cardinality(msar.add_constraints('parts'::regclass, '[{"type":"u","columns":["id"]}]')), 2,
  'add_constraints adds to a partitioned table');
SELECT is(
  cardinality(msar.add_constraints('part1'::regclass, '[]')),
  2,
  'the partition has the constraints too'
);

-- copy_constraint
CREATE TABLE seven (c1 integer, c2 integer, c3 integer, c4 integer, c5 integer, c6 integer,
  c7 integer PRIMARY KEY,
  CONSTRAINT orig UNIQUE (c5, c2, c7) DEFERRABLE, CHECK (c1 > 0));
SELECT is(
  sorted(msar.copy_constraint((SELECT oid FROM pg_constraint
    WHERE conname = 'orig'), 2::smallint, 3::smallint)),
  all_of('seven'), 'copy_constraint copies a unique constraint and returns all'
);
SELECT is(stored('seven_c5_c3_c7_key', 'seven'), 'UNIQUE (c5, c3, c7)',
  'the copy keeps the order, has the name that the server chose, and is not deferrable');
SELECT is(stored('orig', 'seven'), 'UNIQUE (c5, c2, c7) DEFERRABLE', 'the original constraint stays');
SELECT is(msar.copy_constraint((SELECT oid FROM pg_constraint
  WHERE conname = 'seven_pkey'), 7::smallint, 3::smallint),
  NULL,
  'copy_constraint does not copy a primary key');
SELECT is(msar.copy_constraint((SELECT oid FROM pg_constraint WHERE conname = 'seven_c1_check'), 1::smallint,
  3::smallint), NULL,
  'copy_constraint does not copy a check');
SELECT is(
  msar.copy_constraint((SELECT oid FROM pg_constraint WHERE conname = 'odd'), 1::smallint, 3::smallint), NULL,
  'copy_constraint does not copy a foreign key');
SELECT is(
  msar.copy_constraint(99999999, 1::smallint, 3::smallint),
  NULL,
  'copy_constraint returns NULL for an unknown constraint'
);
SELECT is(cardinality(all_of('seven')), 4, 'copy_constraint changes nothing for other constraints');
SELECT throws_ok($$SELECT msar.copy_constraint((SELECT oid FROM pg_constraint
  WHERE conname = 'orig'), 2::smallint,
  99::smallint)$$,
  '42703', NULL, 'copy_constraint refuses an unknown column');

-- drop_constraint
SELECT ok(
  msar.drop_constraint('public', 'seven', 'seven_c1_check') IS NOT NULL,
  'drop_constraint drops a check'
);
SELECT lives_ok(
  $$INSERT INTO seven (c1, c7) VALUES (-1, 1)$$,
  'the table accepts a row that the check refused'
);
SELECT throws_ok($$SELECT msar.drop_constraint('public', 'seven', 'nope')$$, '42704',
  'constraint "nope" of relation "seven" does not exist', 'drop_constraint refuses an unknown constraint');
SELECT throws_ok($$SELECT msar.drop_constraint('public', 'nope', 'nope')$$, '42P01',
  'relation "public.nope" does not exist', 'drop_constraint refuses an unknown table');
SELECT is(
  msar.drop_constraint('seven'::regclass, 99999999),
  NULL,
  'drop_constraint returns NULL for an unknown OID'
);
SELECT throws_ok(format('SELECT msar.drop_constraint(99999999, %s)',
  (SELECT oid FROM pg_constraint WHERE conname = 'orig')), '42601',
  'syntax error at or near "99999999"', 'drop_constraint refuses an unknown OID of a table');
CREATE TABLE one (a integer CONSTRAINT same CHECK (a > 0));
CREATE TABLE other (a integer CONSTRAINT same CHECK (a > 1));
SELECT throws_ok(
  format('SELECT msar.drop_constraint(''one''::regclass, %s)', (all_of('other'))[1]), '42704', NULL,
  'drop_constraint refuses a constraint of another table');
SELECT ok(
  all_of('one') IS NOT NULL AND all_of('other') IS NOT NULL,
  'drop_constraint drops neither of the two'
);
SELECT throws_ok(
  $$SELECT msar.drop_constraint('public', 'books', 'books_pkey')$$,
  '2BP01',
  NULL,
  'drop_constraint refuses a constraint with dependents'
);

-- set_not_nulls
CREATE TABLE n (a integer NOT NULL, "B b" integer, c integer NOT NULL);
SELECT ok(
  __msar.set_not_nulls('public.n',
    ARRAY[('"B b"', true), ('a', false), ('c', NULL)]::__msar.not_null_def[]) LIKE 'ALTER TABLE%',
  'set_not_nulls returns the command'
);
SELECT col_not_null('n', 'B b', 'set_not_nulls sets NOT NULL');
SELECT col_is_null('n', 'a', 'set_not_nulls drops NOT NULL');
SELECT col_not_null('n', 'c', 'set_not_nulls skips a column with NULL');
SELECT is(__msar.set_not_nulls('n', '{}'), NULL, 'set_not_nulls returns NULL for an empty array');
SELECT is(__msar.set_not_nulls('n', NULL), NULL, 'set_not_nulls returns NULL for NULL');

-- get_extracted_con_def_jsonb
CREATE TABLE e (id integer PRIMARY KEY,
  "A b" integer UNIQUE DEFERRABLE REFERENCES books MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL,
  c text, d integer, UNIQUE (c, d), FOREIGN KEY (d, c) REFERENCES books (id, isbn) DEFERRABLE);
SELECT is(
  (SELECT jsonb_agg(o ORDER BY o ->> 'type')
    FROM jsonb_array_elements(msar.get_extracted_con_def_jsonb('e'::regclass,
    '{2}')) o),
  jsonb_build_array(
    jsonb_build_object('type', 'f', 'columns', ARRAY['A b'], 'deferrable', false, 'fkey_relation_id',
      'books'::regclass::oid::bigint,
      'fkey_columns', '{1}'::smallint[], 'fkey_update_action', 'c', 'fkey_delete_action', 'n',
      'fkey_match_type', 'f'),
    jsonb_build_object('type', 'u', 'columns', ARRAY['A b'], 'deferrable', true, 'fkey_relation_id', 0,
      'fkey_columns', NULL, 'fkey_update_action', ' ', 'fkey_delete_action', ' ', 'fkey_match_type', ' ')
  ),
  'get_extracted_con_def_jsonb returns a unique constraint and a foreign key'
);
SELECT is(
  msar.get_extracted_con_def_jsonb('e'::regclass, '{1,3}') -> 0 -> 'columns', '["c"]',
    'get_extracted_con_def_jsonb returns only the first of several columns'
);
SELECT is(
  msar.get_extracted_con_def_jsonb('e'::regclass, '{4,99}') -> 0 -> 'fkey_columns', '[1, 2]',
  'get_extracted_con_def_jsonb returns all referenced columns'
);
SELECT is(
  jsonb_array_length(msar.get_extracted_con_def_jsonb('e'::regclass, '{1,2,3,4}')),
  4,
  'get_extracted_con_def_jsonb returns the constraints of all columns'
);
SELECT is(
  msar.get_extracted_con_def_jsonb('e'::regclass, '{1}'),
  NULL,
  'get_extracted_con_def_jsonb returns no primary key'
);
SELECT is(
  msar.get_extracted_con_def_jsonb('e'::regclass, '{}'),
  NULL,
  'get_extracted_con_def_jsonb returns NULL without columns'
);
SELECT is(
  msar.get_extracted_con_def_jsonb(99999999, '{1}'),
  NULL,
  'get_extracted_con_def_jsonb returns NULL for an unknown table'
);
CREATE TABLE f (id integer PRIMARY KEY, "A b" integer);
SELECT is(
  cardinality(msar.add_constraints('f'::regclass, msar.get_extracted_con_def_jsonb('e'::regclass, '{2}'))), 3,
  'add_constraints accepts the result of get_extracted_con_def_jsonb'
);

-- search_path
SET LOCAL search_path = tap;
SELECT is(
  pg_catalog.array_length(msar.add_constraints('public', 'f',
    pg_catalog.format('[{"type":"f","columns":["A b"],"fkey_relation_id":%s},
    {"type":"u","columns":[2],"name":"x y"}]', 'public.e'::pg_catalog.regclass::pg_catalog.oid)::pg_catalog.jsonb), 1),
  5, 'add_constraints does not need the schema in the search_path'
);
SELECT is(msar.drop_constraint('public.f'::pg_catalog.regclass,
  (SELECT oid FROM pg_catalog.pg_constraint WHERE conname = 'x y')),
  'ALTER TABLE public.f DROP CONSTRAINT "x y"',
  'drop_constraint qualifies a table that is not in the search_path');

SELECT * FROM finish();
ROLLBACK;
