-- The Mathesar schemas msar, __msar, mathesar_types: source bundled, version 0.1.0, 19 objects.
-- Checksum of the SQL (SHA-256): 1cf59f8e46d69eda3e80c5019833964c9f9c7fcdcb15397667d1c68251c5dfc2
--
-- One transaction, safe to repeat. Needs CREATE on the database, or the three schemas made beforehand and owned by the
-- role that runs this. With psql: psql -X -v ON_ERROR_STOP=1 -f FILE

BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = '';
SET LOCAL quote_all_identifiers = off;
SET LOCAL jit = off;
SET LOCAL lock_timeout = 10000;
SET LOCAL statement_timeout = 0;
SET LOCAL client_min_messages = warning;
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = on;
SELECT pg_catalog.pg_advisory_xact_lock(1836278130, 1);

DO $guard$
DECLARE
  found record;
BEGIN
  FOR found IN
    SELECT n.nspname, r.rolname,
      coalesce(obj_description(n.oid, 'pg_namespace'), '') LIKE 'Mathesar schema, installed by mathesarctl: %' AS ours,
      EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
      ) AS filled
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
  LOOP
    IF found.rolname <> current_user THEN
      RAISE EXCEPTION 'schema % belongs to role %', found.nspname, found.rolname
        USING ERRCODE = 'insufficient_privilege', HINT = 'Run this script as that role: ownership must not change.';
    END IF;
    IF found.filled AND NOT found.ours THEN
      RAISE EXCEPTION 'schema % holds objects that mathesarctl did not install', found.nspname
        USING ERRCODE = 'duplicate_schema', HINT = 'Keep them as they are, or remove them first.';
    END IF;
  END LOOP;
END
$guard$;

-- The three schemas.
--
-- CREATE SCHEMA IF NOT EXISTS asks for CREATE on the database even where the schema exists. A database
-- administrator may have made the schemas beforehand for a role without that privilege, so each is looked for first.

DO $install$
DECLARE
  wanted pg_catalog.name;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['msar', '__msar', 'mathesar_types']::pg_catalog.name[] LOOP
    IF NOT EXISTS (
      SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) wanted
    ) THEN
      EXECUTE pg_catalog.format('CREATE SCHEMA %I', wanted);
    END IF;
  END LOOP;
END
$install$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress schemas 0 19'; END $progress$;

-- The types that need nothing else: e-mail addresses, amounts of money, JSON documents of one shape.
--
-- A type that exists is kept untouched, whatever its definition: columns may hold values of it. Constraint names are
-- those that PostgreSQL would choose, since clients know them from its messages. No pattern holds a backslash, so that
-- none depends on standard_conforming_strings, and each compares under the collation "C": the letters meant are
-- ASCII's, whatever the locale of the database.

-- mathesar_types.email: a valid e-mail address as the HTML standard has it (WHATWG, input type=email): narrower
-- than RFC 5322, ASCII only, one or more labels of 1 to 63 characters after the at sign. Raises 23514 for others.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.email') IS NULL THEN
    CREATE DOMAIN mathesar_types.email AS pg_catalog.text
      CONSTRAINT email_check CHECK (
        VALUE COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)
          '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$'
      );
  END IF;
END
$install$;

-- mathesar_types.mathesar_money: an amount of money without a currency: any numeric.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_money') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_money AS pg_catalog.numeric;
  END IF;
END
$install$;

-- mathesar_types.multicurrency_money: an amount and its currency, any code of up to three characters.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.multicurrency_money') IS NULL THEN
    CREATE TYPE mathesar_types.multicurrency_money AS (
      value pg_catalog.numeric,
      currency pg_catalog.bpchar(3)
    );
  END IF;
END
$install$;

-- mathesar_types.mathesar_json_array: a JSON document whose top level is an array. Raises 23514 for others.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_json_array') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_json_array AS pg_catalog.jsonb
      CONSTRAINT mathesar_json_array_check CHECK (
        pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'array'
      );
  END IF;
END
$install$;

-- mathesar_types.mathesar_json_object: a JSON document whose top level is an object. Raises 23514 for others.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.mathesar_json_object') IS NULL THEN
    CREATE DOMAIN mathesar_types.mathesar_json_object AS pg_catalog.jsonb
      CONSTRAINT mathesar_json_object_check CHECK (
        pg_catalog.jsonb_typeof(VALUE) OPERATOR(pg_catalog.=) 'object'
      );
  END IF;
END
$install$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress types 5 19'; END $progress$;

-- The two parts of an e-mail address. Immutable, since users may build indexes on them.

-- Takes a valid address, returns what stands before the at sign, letter case untouched. NULL for NULL.
-- Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_local_part(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text, '@', 1)
  $function$;

-- Takes a valid address, returns what stands after the at sign, letter case untouched. NULL for NULL.
-- Raises 23514 where the argument is no valid address.
CREATE OR REPLACE FUNCTION mathesar_types.email_domain_name(mathesar_types.email) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.split_part($1::pg_catalog.text, '@', 2)
  $function$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress email 7 19'; END $progress$;

-- URIs: the split of RFC 3986, appendix B, its components, and the type whose check rests on them.
--
-- The split is purely syntactic and never fails. Immutable throughout, since users may build indexes on these
-- functions. The collation "C" makes the split work for text of every collation, nondeterministic ones included.

-- Takes any text, returns nine elements: scheme with its colon, scheme, authority with its slashes, authority, path,
-- query with its question mark, query, fragment with its number sign, fragment. An absent component is NULL, an empty
-- one the empty string; the path is never absent. NULL for NULL.
CREATE OR REPLACE FUNCTION mathesar_types.uri_parts(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT pg_catalog.regexp_match(
      $1 COLLATE pg_catalog."C",
      '^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)([?]([^#]*))?(#(.*))?$'
    )
  $function$;

-- Takes any text, returns the scheme without its colon; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_scheme(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[2]
  $function$;

-- Takes any text, returns the authority without the slashes before it; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_authority(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[4]
  $function$;

-- Takes any text, returns the path, possibly empty.
CREATE OR REPLACE FUNCTION mathesar_types.uri_path(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[5]
  $function$;

-- Takes any text, returns the query without its question mark; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_query(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[7]
  $function$;

-- Takes any text, returns the fragment without its number sign; NULL where it has none.
CREATE OR REPLACE FUNCTION mathesar_types.uri_fragment(pg_catalog.text) RETURNS pg_catalog.text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS $function$
    SELECT (mathesar_types.uri_parts($1))[9]
  $function$;

-- mathesar_types.uri: text that has a scheme; stored exactly as given. Raises 23514 for others.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('mathesar_types.uri') IS NULL THEN
    CREATE DOMAIN mathesar_types.uri AS pg_catalog.text
      CONSTRAINT uri_check CHECK (
        (mathesar_types.uri_scheme(VALUE) IS NOT NULL AND mathesar_types.uri_path(VALUE) IS NOT NULL)
        OR VALUE IS NULL
      );
  END IF;
END
$install$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress uri 14 19'; END $progress$;

-- Scanners of written amounts, such as 8,250.5 or 8 250,5 or 75,50,000.
--
-- An amount is made of ASCII digits, at most one kind of group mark and at most one decimal mark. The forms:
--   whole-short, long  digits, then a decimal mark (after one to three digits only one or two may follow it, so that
--                      1,500, of which nobody knows whether it means thousands or decimals, is no amount)
--   western            groups of three behind commas, decimals behind a point; one group alone needs decimals
--   continental        the same with point and comma exchanged
--   spaced             groups of three behind single spaces, decimals behind either mark
--   indian             groups of two and a last one of three behind commas, decimals behind a point
--   swiss              groups of three behind apostrophes, decimals behind a point

-- Takes any text. Where it is an amount with or without one sign before it, and nothing else, returns three elements:
-- the amount as written without the sign, its group mark or NULL, its decimal mark or NULL. Otherwise, and for NULL,
-- returns NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_numeric_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT ARRAY[
      scanned.amount,
      CASE
        WHEN pg_catalog.length(scanned.marks) OPERATOR(pg_catalog.>) 1
          OR scanned.marks OPERATOR(pg_catalog.=) ' '
          OR scanned.marks OPERATOR(pg_catalog.=) ''''
        THEN pg_catalog.left(scanned.marks, 1)
      END,
      CASE
        WHEN pg_catalog.right(scanned.marks, 1) OPERATOR(pg_catalog.<>) pg_catalog.left(scanned.marks, 1)
          OR scanned.marks OPERATOR(pg_catalog.=) '.'
          OR scanned.marks OPERATOR(pg_catalog.=) ','
        THEN pg_catalog.right(scanned.marks, 1)
      END
    ]
    FROM (
      SELECT
        matched.parts[1] AS amount,
        pg_catalog.translate(matched.parts[1], '0123456789', '') COLLATE pg_catalog."C" AS marks
      FROM (
        SELECT pg_catalog.regexp_match(
          $1 COLLATE pg_catalog."C",
          '^[+-]?('
          '[0-9]{1,3}([.,][0-9]{1,2})?'
          '|[0-9]{4,}([.,][0-9]+)?'
          '|[0-9]{1,3},[0-9]{3}[.][0-9]+'
          '|[0-9]{1,3}(,[0-9]{3}){2,}([.][0-9]+)?'
          '|[0-9]{1,3}[.][0-9]{3},[0-9]+'
          '|[0-9]{1,3}([.][0-9]{3}){2,}(,[0-9]+)?'
          '|[0-9]{1,3}( [0-9]{3})+([.,][0-9]+)?'
          '|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}([.][0-9]+)?'
          '|[0-9]{1,3}(''[0-9]{3})+([.][0-9]+)?'
          ')$'
        ) AS parts
      ) AS matched
      WHERE matched.parts IS NOT NULL
    ) AS scanned
  $function$;

-- Takes any text. Where it is an amount (not in the swiss form) with other text before it, after it, or both, returns
-- four elements: the amount as written, its group mark or NULL, its decimal mark or NULL, and the other text, the part
-- before joined to the part after. The other text holds no digit, point or comma. Otherwise, and for NULL, returns NULL.
CREATE OR REPLACE FUNCTION mathesar_types.get_mathesar_money_array(pg_catalog.text) RETURNS pg_catalog.text[]
  LANGUAGE sql VOLATILE
  AS $function$
    SELECT pg_catalog.array_append(
      mathesar_types.get_numeric_array(matched.parts[2]),
      pg_catalog.concat(matched.parts[1], matched.parts[3])
    )
    FROM (
      SELECT pg_catalog.regexp_match(
        $1 COLLATE pg_catalog."C",
        '^([^0-9.,]*)([0-9][0-9., ]*[0-9]|[0-9])([^0-9.,]*)$'
      ) AS parts
    ) AS matched
    WHERE pg_catalog.concat(matched.parts[1], matched.parts[3]) OPERATOR(pg_catalog.<>) ''
      AND mathesar_types.get_numeric_array(matched.parts[2]) IS NOT NULL
  $function$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress amounts 16 19'; END $progress$;

-- Composite types that describe things to create: columns, constraints, NOT NULL marks. The functions of the schemas
-- __msar and msar build and read them by position, so the order of the fields is part of the interface.

-- __msar.col_def: a column to create. name_ quoted name, type_ type text with modifiers, not_null, default_ SQL
-- expression or NULL, identity_ whether it is the generated primary key, description comment or NULL.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.col_def') IS NULL THEN
    CREATE TYPE __msar.col_def AS (
      name_ pg_catalog.text,
      type_ pg_catalog.text,
      not_null pg_catalog.bool,
      default_ pg_catalog.text,
      identity_ pg_catalog.bool,
      description pg_catalog.text
    );
  END IF;
END
$install$;

-- __msar.con_def: a constraint to create. name_ quoted name or NULL, type_ u (unique), p (primary key) or f (foreign
-- key), col_names quoted names, deferrable_, fk_rel_name the referenced table as SQL, fk_col_names quoted names or NULL,
-- fk_upd_action, fk_del_action and fk_match_type the one-letter codes of pg_constraint, expression for checks.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.con_def') IS NULL THEN
    CREATE TYPE __msar.con_def AS (
      name_ pg_catalog.text,
      type_ pg_catalog."char",
      col_names pg_catalog.text[],
      deferrable_ pg_catalog.bool,
      fk_rel_name pg_catalog.text,
      fk_col_names pg_catalog.text[],
      fk_upd_action pg_catalog."char",
      fk_del_action pg_catalog."char",
      fk_match_type pg_catalog."char",
      expression pg_catalog.text
    );
  END IF;
END
$install$;

-- __msar.not_null_def: a NOT NULL mark to set (true) or to drop (false). col_name quoted name, not_null.
DO $install$
BEGIN
  IF pg_catalog.to_regtype('__msar.not_null_def') IS NULL THEN
    CREATE TYPE __msar.not_null_def AS (
      col_name pg_catalog.text,
      not_null pg_catalog.bool
    );
  END IF;
END
$install$;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress definitions 19 19'; END $progress$;

-- The record of this install: a comment on each schema, and the manifest of what was installed.
DO $record$
DECLARE
  earlier jsonb;
  manifest jsonb;
  stale text;
  record_text text;
  schema_name name;
  constraint_name name;
BEGIN
  BEGIN
    earlier := (SELECT obj_description(c.oid, 'pg_constraint') AS manifest
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_type t ON t.oid = c.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = 'mathesar_types' AND t.typname = 'uri' AND c.contype = 'c'
  ORDER BY c.conname COLLATE "C"
  LIMIT 1)::jsonb;
  EXCEPTION WHEN data_exception THEN
    earlier := NULL;
  END;
  -- Rows of this transaction are never older than its own number.
  FOR stale IN
    SELECT p.oid::regprocedure::text
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
      AND age(p.xmin) > age(pg_current_xact_id()::xid)
      AND earlier ? (CASE p.prokind WHEN 'a' THEN 'aggregate ' WHEN 'p' THEN 'procedure ' ELSE 'function ' END || p.oid::regprocedure)
  LOOP
    BEGIN
      EXECUTE 'DROP ROUTINE ' || stale;
    EXCEPTION WHEN dependent_objects_still_exist THEN
      NULL;
    END;
  END LOOP;
  manifest := (
    WITH schemas AS (
  SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
), inside AS MATERIALIZED (
  SELECT d.classid, d.objid, s.nspname AS schema
  FROM pg_catalog.pg_depend d
  JOIN schemas s ON s.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.deptype = 'n'
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
      WHERE o.classid = d.classid AND o.objid = d.objid AND o.objsubid = 0
        AND (o.deptype = 'i' OR (o.deptype = 'a' AND c.relkind = 'S'))
    )
  UNION ALL
  SELECT 'pg_catalog.pg_cast'::regclass, c.oid, coalesce(fs.nspname, ss.nspname, ts.nspname)
  FROM pg_catalog.pg_cast c
  JOIN pg_catalog.pg_type st ON st.oid = c.castsource
  JOIN pg_catalog.pg_type tt ON tt.oid = c.casttarget
  LEFT JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc
  LEFT JOIN schemas ss ON ss.oid = st.typnamespace
  LEFT JOIN schemas ts ON ts.oid = tt.typnamespace
  LEFT JOIN schemas fs ON fs.oid = f.pronamespace
  WHERE c.oid >= 16384
    AND coalesce(fs.oid, ss.oid, ts.oid) IS NOT NULL
    AND (c.castfunc = 0 OR fs.oid IS NOT NULL)
    AND (ss.oid IS NOT NULL OR st.typnamespace = 'pg_catalog'::regnamespace)
    AND (ts.oid IS NOT NULL OR tt.typnamespace = 'pg_catalog'::regnamespace)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = 'pg_catalog.pg_cast'::regclass AND o.objid = c.oid AND o.deptype = 'i'
    )
),
    described AS MATERIALIZED (
  SELECT i.classid, i.objid, i.schema, CASE i.classid
    WHEN 'pg_catalog.pg_proc'::regclass THEN (
      SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
        || ' ' || p.oid::regprocedure
      FROM pg_catalog.pg_proc p WHERE p.oid = i.objid)
    WHEN 'pg_catalog.pg_type'::regclass THEN (
      SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END || ' ' || format_type(t.oid, NULL)
      FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
    ELSE (SELECT o.type || ' ' || o.identity FROM pg_identify_object(i.classid, i.objid, 0) o)
  END AS identity,
    left(md5(coalesce(CASE i.classid
      WHEN 'pg_catalog.pg_proc'::regclass THEN (
  SELECT concat_ws(E'\n', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.proretset,
    array_to_string(p.proconfig, ','), p.prosrc,
    -- A body of the SQL standard is kept parsed, not as text.
    CASE WHEN l.lanname = 'sql' AND p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
    (SELECT concat_ws(',', a.aggkind, a.aggtransfn::regprocedure, a.aggfinalfn::regprocedure,
        a.aggcombinefn::regprocedure, format_type(a.aggtranstype, NULL), a.agginitval)
      FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid))
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.oid = i.objid)
      WHEN 'pg_catalog.pg_type'::regclass THEN (
  SELECT concat_ws(E'\n', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
    (
  SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\n' ORDER BY c.conname COLLATE "C")
  FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype <> 'n'),
    (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
    (SELECT format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
    (
  SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\n' ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
  FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
      WHEN 'pg_catalog.pg_class'::regclass THEN (
  SELECT concat_ws(E'\n', r.relkind, r.relpersistence, (
  SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\n' ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a
  LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), (
  SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\n' ORDER BY c.conname COLLATE "C")
  FROM pg_catalog.pg_constraint c WHERE c.conrelid = r.oid AND c.contype <> 'n'),
    (SELECT string_agg(pg_get_indexdef(x.indexrelid), E'\n' ORDER BY pg_get_indexdef(x.indexrelid) COLLATE "C")
      FROM pg_catalog.pg_index x WHERE x.indrelid = r.oid),
    (SELECT string_agg(pg_get_triggerdef(g.oid), E'\n' ORDER BY g.tgname COLLATE "C")
      FROM pg_catalog.pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal),
    CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END)
  FROM pg_catalog.pg_class r WHERE r.oid = i.objid)
    END, '')), 16) AS hash
  FROM inside i
)
    SELECT coalesce(jsonb_object_agg(d.identity, d.hash), '{}')
    FROM described d
    WHERE earlier IS NULL
      OR earlier ? d.identity
      OR age(CASE d.classid
          WHEN 'pg_catalog.pg_proc'::regclass THEN (SELECT p.xmin FROM pg_catalog.pg_proc p WHERE p.oid = d.objid)
          WHEN 'pg_catalog.pg_type'::regclass THEN (SELECT t.xmin FROM pg_catalog.pg_type t WHERE t.oid = d.objid)
          WHEN 'pg_catalog.pg_class'::regclass THEN (SELECT c.xmin FROM pg_catalog.pg_class c WHERE c.oid = d.objid)
          WHEN 'pg_catalog.pg_operator'::regclass THEN (SELECT o.xmin FROM pg_catalog.pg_operator o WHERE o.oid = d.objid)
          WHEN 'pg_catalog.pg_cast'::regclass THEN (SELECT c.xmin FROM pg_catalog.pg_cast c WHERE c.oid = d.objid)
        END) <= age(pg_current_xact_id()::xid)
  );
  record_text := 'Mathesar schema, installed by mathesarctl: source=bundled version=0.1.0 checksum=1cf59f8e46d69eda3e80c5019833964c9f9c7fcdcb15397667d1c68251c5dfc2 objects=' || (SELECT count(*) FROM jsonb_object_keys(manifest)) || ' install=' || gen_random_uuid();
  FOREACH schema_name IN ARRAY ARRAY['msar', '__msar', 'mathesar_types']::name[] LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, record_text);
  END LOOP;
  FOR constraint_name IN
    SELECT c.conname
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_type t ON t.oid = c.contypid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = 'mathesar_types' AND t.typname = 'uri' AND c.contype = 'c'
    ORDER BY c.conname COLLATE "C"
    LIMIT 1
  LOOP
    EXECUTE format('COMMENT ON CONSTRAINT %I ON DOMAIN mathesar_types.uri IS %L', constraint_name, manifest);
  END LOOP;
END
$record$;

COMMIT;
