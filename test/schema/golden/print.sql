-- The Mathesar schemas msar, __msar, mathesar_types: source bundled, version 1.2.3, 0 objects.
-- Checksum of the SQL (SHA-256): c0ffee0000000000000000000000000000000000000000000000000000000000
--
-- One transaction, safe to repeat. Needs CREATE on the database, or these schemas created beforehand and owned
-- by the role that runs this. With psql: psql -X -v ON_ERROR_STOP=1 -f FILE
-- The script begins and commits its transaction. Omit psql's -1 (--single-transaction), which does so too.

BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = hex;
SET LOCAL jit = off;
SET LOCAL lock_timeout = 10000;
SET LOCAL statement_timeout = 0;
DO $limit$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    PERFORM set_config('transaction_timeout', '0', true);
  END IF;
END $limit$;
SET LOCAL client_min_messages = warning;
SET LOCAL check_function_bodies = off;
DO $wait$
DECLARE
  holder pg_catalog.text;
BEGIN
  IF NOT pg_catalog.pg_try_advisory_xact_lock(1836278130, 1) THEN
    SELECT pg_catalog.row_to_json(h)::pg_catalog.text INTO holder FROM (
      SELECT l.pid, coalesce(a.application_name, '') AS "applicationName", a.usename::text AS role,
        to_char(timezone('UTC', a.xact_start), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
        (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.oid = l.relation AND c.oid >= 16384 AND l.locktype = 'relation') AS relation
      FROM pg_catalog.pg_locks l
      LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
      JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
      WHERE l.granted AND l.pid <> pg_backend_pid()
        AND l.locktype = 'advisory' AND l.classid = 1836278130 AND l.objid = 1 AND l.objsubid = 2
    ) h LIMIT 1;
    IF holder IS NOT NULL THEN
      RAISE INFO 'mathesarctl waits for %', holder;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock(1836278130, 1);
  END IF;
END $wait$;

DO $guard$
DECLARE
  own boolean := (EXISTS (
  SELECT FROM pg_catalog.pg_namespace n
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
    AND starts_with(obj_description(n.oid, 'pg_namespace'), 'Mathesar schema, installed by mathesarctl: source=bundled ')
) AND (NOT EXISTS (SELECT c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'msar' AND c.relkind = 'r' AND c.relname IN ('top_level_domains', 'expr_templates', 'all_mathesar_objects'))
  OR (SELECT f.matching > 0 AND f.matching * 2 >= f.sampled FROM (WITH listed AS MATERIALIZED (
  SELECT pg_catalog.unnest(pg_catalog.string_to_array(
    pg_catalog.substr(m.manifest, 3, greatest(pg_catalog.length(m.manifest) - 4, 0)), '", "')) AS entry
  FROM (SELECT p.manifest
  FROM (SELECT 0 AS rank, ARRAY['bundled'] AS sources, (SELECT obj_description(c.oid, 'pg_constraint') AS manifest
  FROM pg_catalog.pg_constraint c
  JOIN pg_catalog.pg_type t ON t.oid = c.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname = 'mathesar_types' AND t.typname = 'uri' AND c.contype = 'c'
  ORDER BY c.conname COLLATE "C"
  LIMIT 1) AS manifest
  UNION ALL
  SELECT 1 AS rank, ARRAY['release'] AS sources, (SELECT obj_description(c.oid, 'pg_class') AS manifest
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'msar' AND c.relname = 'top_level_domains' AND c.relkind = 'r') AS manifest) p
  WHERE p.manifest IS NOT NULL
  ORDER BY coalesce((
      SELECT substring(c.comment, '^Mathesar schema, installed by mathesarctl: source=([^ ]+) ')
      FROM pg_catalog.pg_namespace n
      CROSS JOIN LATERAL (SELECT obj_description(n.oid, 'pg_namespace') AS comment) c
      WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND starts_with(c.comment, 'Mathesar schema, installed by mathesarctl: ')
      ORDER BY array_position(ARRAY['msar', '__msar', 'mathesar_types'], n.nspname::text)
      LIMIT 1
    ) = ANY (p.sources), false) DESC, p.rank
  LIMIT 1) m
  WHERE m.manifest IS NOT NULL
)
SELECT count(*) AS sampled, count(*) FILTER (WHERE r.entry IN (SELECT e.entry FROM listed e)) AS matching
FROM (
  SELECT pg_catalog.substr(pg_catalog.to_json((CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
    || ' ' || p.oid::regprocedure))::pg_catalog.text, 2) || ': "'
    || pg_catalog.left(pg_catalog.md5(concat_ws(E'\n', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
  p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.proretset,
  array_to_string(p.proconfig, ','), p.prosrc,
  CASE WHEN l.lanname = 'sql' AND p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
  CASE WHEN p.prokind = 'a' THEN concat_ws(',', a.aggkind, a.aggtransfn::regprocedure,
    a.aggfinalfn::regprocedure, a.aggcombinefn::regprocedure, format_type(a.aggtranstype, NULL),
    a.agginitval) END)), 16) AS entry
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
    AND (n.nspname <> 'mathesar_types' OR NOT pg_catalog.starts_with(p.proname, 'cast_to_'))
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = p.oid AND e.deptype = 'e')
) r
WHERE EXISTS (SELECT FROM listed)) f)));
  found record;
BEGIN
  
  FOR found IN
    SELECT n.nspname, r.rolname, EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
) AS filled
    FROM pg_catalog.pg_namespace n
    JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
  LOOP
    IF found.rolname <> current_user THEN
      RAISE EXCEPTION 'schema % belongs to role %', found.nspname, found.rolname
        USING ERRCODE = 'insufficient_privilege',
          HINT = 'Run this script as that role: ownership must not change.';
    END IF;
    IF found.filled AND NOT own THEN
      RAISE EXCEPTION 'schema % holds objects that this script did not install', found.nspname
        USING ERRCODE = 'duplicate_schema',
          HINT = 'Keep them as they are, or use the script of: '
            || 'mathesarctl schema print --existing-schema replace';
    END IF;
  END LOOP;
END
$guard$;

CREATE SCHEMA IF NOT EXISTS msar;

DO $progress$ BEGIN RAISE INFO '%', 'mathesarctl progress install 0 0 the%20bundled%20SQL'; END $progress$;

SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = hex;
SET LOCAL jit = off;

-- The record of this install: a comment on each schema, and the manifest of what was installed.
DO $record$
DECLARE
  earlier jsonb;
  listed text[] := '{}';
  manifest jsonb;
  stale record;
  found record;
  doomed oid[] := coalesce(nullif(current_setting('mathesarctl.doomed', true), ''), '{}')::oid[];
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
    IF jsonb_typeof(earlier) <> 'object' THEN
      earlier := NULL;
    END IF;
  EXCEPTION WHEN data_exception THEN
    earlier := NULL;
  END;
  
  IF earlier IS NOT NULL THEN
    FOR stale IN
      SELECT p.oid, p.oid::regprocedure::text AS name
      FROM pg_catalog.pg_proc p
      JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND NOT (coalesce(age(CASE 'pg_catalog.pg_proc'::regclass
  WHEN 'pg_catalog.pg_proc'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_proc written WHERE written.oid = p.oid)
  WHEN 'pg_catalog.pg_type'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_type written WHERE written.oid = p.oid)
  WHEN 'pg_catalog.pg_class'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_class written WHERE written.oid = p.oid)
  WHEN 'pg_catalog.pg_operator'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_operator written WHERE written.oid = p.oid)
  WHEN 'pg_catalog.pg_cast'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_cast written WHERE written.oid = p.oid)
END) <= age(pg_current_xact_id()::xid), false)) AND earlier ? (CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
    || ' ' || p.oid::regprocedure)
    LOOP
      BEGIN
        EXECUTE 'DROP ROUTINE ' || stale.name;
        doomed := doomed || stale.oid;
      EXCEPTION WHEN dependent_objects_still_exist THEN
        NULL;
      END;
    END LOOP;
  END IF;
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
  FROM (
    SELECT c.oid, c.castfunc,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.castsource) AS source,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.casttarget) AS target,
      (SELECT p.pronamespace FROM pg_catalog.pg_proc p WHERE p.oid = c.castfunc) AS routine
    FROM pg_catalog.pg_cast c
    WHERE c.oid >= 16384
    OFFSET 0
  ) c
  LEFT JOIN schemas ss ON ss.oid = c.source
  LEFT JOIN schemas ts ON ts.oid = c.target
  LEFT JOIN schemas fs ON fs.oid = c.routine
  WHERE coalesce(fs.oid, ss.oid, ts.oid) IS NOT NULL
    AND (c.castfunc = 0 OR fs.oid IS NOT NULL)
    AND (ss.oid IS NOT NULL OR c.source = 'pg_catalog'::regnamespace)
    AND (ts.oid IS NOT NULL OR c.target = 'pg_catalog'::regnamespace)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = 'pg_catalog.pg_cast'::regclass AND o.objid = c.oid AND o.deptype = 'i'
    )
),
  described AS MATERIALIZED (
    SELECT i.classid, i.objid, i.schema, (CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
      || ' ' || p.oid::regprocedure) AS identity,
      left(md5(concat_ws(E'\n', p.prokind, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname,
    p.provolatile, p.proisstrict, p.prosecdef, p.proleakproof, p.proparallel, p.proretset,
    array_to_string(p.proconfig, ','), p.prosrc,
    CASE WHEN l.lanname = 'sql' AND p.prosrc = '' AND p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
    CASE WHEN p.prokind = 'a' THEN concat_ws(',', a.aggkind, a.aggtransfn::regprocedure,
      a.aggfinalfn::regprocedure, a.aggcombinefn::regprocedure, format_type(a.aggtranstype, NULL),
      a.agginitval) END)), 16) AS hash
    FROM inside i
    JOIN pg_catalog.pg_proc p ON p.oid = i.objid
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
    WHERE i.classid = 'pg_catalog.pg_proc'::regclass
    UNION ALL
    SELECT i.classid, i.objid, i.schema, CASE i.classid
    WHEN 'pg_catalog.pg_proc'::regclass THEN (
      SELECT (CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
      || ' ' || p.oid::regprocedure) FROM pg_catalog.pg_proc p WHERE p.oid = i.objid)
    WHEN 'pg_catalog.pg_type'::regclass THEN (
      SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END || ' ' || format_type(t.oid, NULL)
      FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
    ELSE (SELECT o.type || ' ' || o.identity FROM pg_identify_object(i.classid, i.objid, 0) o)
  END,
      left(md5(coalesce(CASE i.classid
        WHEN 'pg_catalog.pg_type'::regclass THEN (
          SELECT concat_ws(E'\n', t.typtype, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull,
            t.typdefault,
            (SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\n'
                ORDER BY c.conname COLLATE "C")
              FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype <> 'n'),
            (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
              FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
            (SELECT format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid),
            (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                a.attidentity, a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\n' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a
              LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped))
          FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
        WHEN 'pg_catalog.pg_class'::regclass THEN (
          SELECT concat_ws(E'\n', r.relkind, r.relpersistence, (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attidentity, a.attgenerated, pg_get_expr(f.adbin, f.adrelid)), E'\n' ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped), (SELECT string_agg(concat_ws(' ', c.conname, pg_get_constraintdef(c.oid)), E'\n'
      ORDER BY c.conname COLLATE "C")
    FROM pg_catalog.pg_constraint c WHERE c.conrelid = r.oid AND c.contype <> 'n'),
            (SELECT string_agg(pg_get_indexdef(x.indexrelid), E'\n'
                ORDER BY pg_get_indexdef(x.indexrelid) COLLATE "C")
              FROM pg_catalog.pg_index x WHERE x.indrelid = r.oid),
            (SELECT string_agg(pg_get_triggerdef(g.oid), E'\n' ORDER BY g.tgname COLLATE "C")
              FROM pg_catalog.pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal),
            CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END)
          FROM pg_catalog.pg_class r WHERE r.oid = i.objid)
      END, '')), 16)
    FROM inside i
    WHERE i.classid <> 'pg_catalog.pg_proc'::regclass
  )
  SELECT coalesce(jsonb_object_agg(d.identity, d.hash), '{}') INTO manifest
  FROM described d WHERE earlier ? d.identity
      OR (coalesce(age(CASE d.classid
  WHEN 'pg_catalog.pg_proc'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_proc written WHERE written.oid = d.objid)
  WHEN 'pg_catalog.pg_type'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_type written WHERE written.oid = d.objid)
  WHEN 'pg_catalog.pg_class'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_class written WHERE written.oid = d.objid)
  WHEN 'pg_catalog.pg_operator'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_operator written WHERE written.oid = d.objid)
  WHEN 'pg_catalog.pg_cast'::regclass THEN
    (SELECT written.xmin FROM pg_catalog.pg_cast written WHERE written.oid = d.objid)
END) <= age(pg_current_xact_id()::xid), false))
      OR (earlier IS NULL AND (CASE d.classid
  WHEN 'pg_catalog.pg_type'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_type kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.typnamespace
    WHERE kept.oid = d.objid AND home.nspname = 'mathesar_types'
      AND kept.typname = ANY (ARRAY['email', 'mathesar_json_array', 'mathesar_json_object', 'mathesar_money', 'multicurrency_money', 'uri']::text[]))
  WHEN 'pg_catalog.pg_class'::regclass THEN EXISTS (
    SELECT FROM pg_catalog.pg_class kept JOIN pg_catalog.pg_namespace home ON home.oid = kept.relnamespace
    WHERE kept.oid = d.objid AND kept.relkind = 'r'
      AND format('%s.%s', home.nspname, kept.relname) = ANY (ARRAY['mathesar_types.top_level_domains']::text[]))
  ELSE false
END
      OR (d.schema <> 'mathesar_types' AND starts_with(d.identity, 'type '))));
  IF EXISTS (
  SELECT FROM pg_catalog.pg_namespace n
  JOIN (
    SELECT p.pronamespace AS namespace, p.proowner AS owner FROM pg_catalog.pg_proc p
    UNION ALL SELECT t.typnamespace, t.typowner FROM pg_catalog.pg_type t
    UNION ALL SELECT c.relnamespace, c.relowner FROM pg_catalog.pg_class c
  ) o ON o.namespace = n.oid AND o.owner <> n.nspowner
  WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
) THEN
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
  FROM (
    SELECT c.oid, c.castfunc,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.castsource) AS source,
      (SELECT t.typnamespace FROM pg_catalog.pg_type t WHERE t.oid = c.casttarget) AS target,
      (SELECT p.pronamespace FROM pg_catalog.pg_proc p WHERE p.oid = c.castfunc) AS routine
    FROM pg_catalog.pg_cast c
    WHERE c.oid >= 16384
    OFFSET 0
  ) c
  LEFT JOIN schemas ss ON ss.oid = c.source
  LEFT JOIN schemas ts ON ts.oid = c.target
  LEFT JOIN schemas fs ON fs.oid = c.routine
  WHERE coalesce(fs.oid, ss.oid, ts.oid) IS NOT NULL
    AND (c.castfunc = 0 OR fs.oid IS NOT NULL)
    AND (ss.oid IS NOT NULL OR c.source = 'pg_catalog'::regnamespace)
    AND (ts.oid IS NOT NULL OR c.target = 'pg_catalog'::regnamespace)
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend o
      WHERE o.classid = 'pg_catalog.pg_cast'::regclass AND o.objid = c.oid AND o.deptype = 'i'
    )
), home AS (
      SELECT n.oid, n.nspname, n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')
    ), others AS MATERIALIZED (
      SELECT w.identity
      FROM (SELECT o.schema, CASE i.classid
  WHEN 'pg_catalog.pg_proc'::regclass THEN (
    SELECT (CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
    || ' ' || p.oid::regprocedure) FROM pg_catalog.pg_proc p WHERE p.oid = i.objid)
  WHEN 'pg_catalog.pg_type'::regclass THEN (
    SELECT CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END || ' ' || format_type(t.oid, NULL)
    FROM pg_catalog.pg_type t WHERE t.oid = i.objid)
  ELSE (SELECT o.type || ' ' || o.identity FROM pg_identify_object(i.classid, i.objid, 0) o)
END AS identity, i.classid, i.objid, o.is_usable AS "isUsable",
  pg_catalog.pg_get_userbyid(o.owner) AS owner,
  pg_catalog.format('ALTER %s %s OWNER TO %I;', o.kind,
    CASE i.classid
      WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN i.objid::pg_catalog.regprocedure::pg_catalog.text
      WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN pg_catalog.format_type(i.objid, NULL)
      ELSE i.objid::pg_catalog.regclass::pg_catalog.text
    END, pg_catalog.pg_get_userbyid(o.schema_owner)) AS remedy
FROM (
  WITH owned AS MATERIALIZED (
    SELECT f.nspname AS schema, f.nspowner AS schema_owner, o.classid, o.objid, o.owner, o.kind
    FROM home f
    JOIN (
      SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid AS objid,
        p.pronamespace AS namespace, p.proowner AS owner, 'ROUTINE' AS kind
      FROM pg_catalog.pg_proc p
      UNION ALL
      SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, t.typowner,
        CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END
      FROM pg_catalog.pg_type t
      UNION ALL
      SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace, c.relowner,
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
          WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END
      FROM pg_catalog.pg_class c
    ) o ON o.namespace = f.oid AND o.owner <> f.nspowner
  ), pair AS MATERIALIZED (
    SELECT x.owner, x.schema_owner,
      coalesce(CASE WHEN s.rolsuper THEN o.rolsuper
        ELSE pg_catalog.pg_has_role(x.schema_owner, x.owner, 'USAGE') END, false) AS is_usable,
      CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= 160000
        THEN 'USAGE, SET, MEMBER WITH ADMIN OPTION' ELSE 'MEMBER' END AS power
    FROM (SELECT DISTINCT w.owner, w.schema_owner FROM owned w) x
    LEFT JOIN pg_catalog.pg_roles o ON o.oid = x.owner
    LEFT JOIN pg_catalog.pg_roles s ON s.oid = x.schema_owner
  ), foreign_pair AS MATERIALIZED (
    SELECT p.owner, p.schema_owner, p.is_usable
    FROM pair p
    WHERE NOT p.is_usable OR EXISTS (
      SELECT FROM pg_catalog.pg_roles m
      WHERE m.rolcanlogin AND pg_catalog.pg_has_role(m.oid, p.owner, 'MEMBER') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_roles u
        WHERE (u.oid = p.schema_owner OR u.rolsuper) AND pg_catalog.pg_has_role(m.oid, u.oid, p.power)
      )
    )
  )
  SELECT w.*, p.is_usable
  FROM owned w
  JOIN foreign_pair p ON p.owner = w.owner AND p.schema_owner = w.schema_owner
) o
JOIN inside i ON i.classid = o.classid AND i.objid = o.objid) w
      WHERE EXISTS (
  SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = w.classid AND d.objid = w.objid
    AND d.refclassid = 'pg_catalog.pg_namespace'::regclass
    AND age(d.xmin) <= age(pg_current_xact_id()::xid)
) OR EXISTS (
  SELECT FROM pg_catalog.pg_rewrite r
  WHERE w.classid = 'pg_catalog.pg_class'::regclass AND r.ev_class = w.objid
    AND age(r.xmin) <= age(pg_current_xact_id()::xid)
)
        OR EXISTS (
          SELECT FROM unnest(ARRAY['mathesar_types.email', 'mathesar_types.mathesar_json_array', 'mathesar_types.mathesar_json_object', 'mathesar_types.mathesar_money', 'mathesar_types.multicurrency_money', 'mathesar_types.uri', 'mathesar_types.top_level_domains']::text[]) n(name)
          WHERE right(w.identity, length(n.name) + 1) = ' ' || n.name
        )
        OR manifest ? w.identity
    )
    SELECT min(o.identity COLLATE "C") AS first, json_agg(o.identity)::text AS identities INTO found
    FROM others o;
    IF found.first IS NOT NULL THEN
      RAISE EXCEPTION 'the % belongs to another role than its schema', found.first
        USING ERRCODE = 'MC003', DETAIL = found.identities;
    END IF;
  END IF;
  record_text := 'Mathesar schema, installed by mathesarctl: source=bundled version=1.2.3 checksum=c0ffee0000000000000000000000000000000000000000000000000000000000 objects=' || (SELECT count(*) FROM jsonb_object_keys(manifest)) || ' install=' || gen_random_uuid();
  FOREACH schema_name IN ARRAY ARRAY['msar', '__msar', 'mathesar_types']::name[] LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', schema_name, record_text);
  END LOOP;
  FOR schema_name IN
    SELECT n.nspname
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') AND n.nspname <> ALL (ARRAY['msar', '__msar', 'mathesar_types']::text[])
      AND starts_with(obj_description(n.oid, 'pg_namespace'), 'Mathesar schema, installed by mathesarctl: ')
  LOOP
    EXECUTE format('COMMENT ON SCHEMA %I IS NULL', schema_name);
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
    EXECUTE format('COMMENT ON CONSTRAINT %I ON DOMAIN %I.%I IS %L',
      constraint_name, 'mathesar_types', 'uri', manifest);
  END LOOP;
  IF cardinality(doomed) > 0 THEN
    DECLARE
      patience interval := current_setting('lock_timeout')::interval;
      deadline timestamptz := clock_timestamp() + patience;
    BEGIN
      WHILE EXISTS (
        SELECT FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
        WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted
          AND l.pid IS DISTINCT FROM pg_backend_pid()
      ) LOOP
        IF patience > '0' AND clock_timestamp() > deadline THEN
          RAISE EXCEPTION USING ERRCODE = 'lock_not_available',
            MESSAGE = 'another session is changing tables or views of this database';
        END IF;
        IF EXISTS (
          SELECT FROM pg_catalog.pg_locks l
          JOIN pg_catalog.pg_database b ON b.oid = l.database AND b.datname = current_database()
          WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted
            AND l.pid IS DISTINCT FROM pg_backend_pid() AND pg_backend_pid() = ANY (pg_blocking_pids(l.pid))
        ) THEN
          RAISE EXCEPTION USING ERRCODE = 'deadlock_detected',
            MESSAGE = 'another session that is changing tables or views of this database waits for this one';
        END IF;
        PERFORM pg_sleep(0.02);
      END LOOP;
      IF EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.refobjid = ANY (doomed) AND (
          d.refclassid = 'pg_catalog.pg_proc'::regclass
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p WHERE p.oid = d.refobjid)
          OR d.refclassid = 'pg_catalog.pg_type'::regclass
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = d.refobjid)
          OR d.refclassid = 'pg_catalog.pg_class'::regclass
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = d.refobjid))
      ) THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
          MESSAGE = 'another session has just created something that depends on the Mathesar schemas';
      END IF;
    END;
  END IF;
END
$record$;

COMMIT;
