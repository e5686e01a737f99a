import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * What hostile code tries when somebody else's statement runs it. Each owner has a schema of its own,
 * `trap_OWNER`, with these functions, which belong to it:
 *
 * - `spring(label)` tries everything and returns true; `quiet(label)` is the same, marked IMMUTABLE;
 * - `say(label, value)` tries everything and returns the value, marked IMMUTABLE;
 * - `late(label)` is a trigger function that tries everything and defers itself once more.
 *
 * Nothing is written to tables: what was tried is told to the server's log, which no rollback takes back.
 */

/** All roles whose rights somebody could gain. */
export const ROLES = ['postgres', 'chief', 'anna', 'boris', 'treasurer', 'dba', 'dirk'] as const
export type Role = (typeof ROLES)[number]

/** What one look at the rights of the moment found. */
export interface Mark {
  /** `PLACE@OWNER`: where the code lies, and whose rights it may have. */
  label: string
  /** What was tried just before. */
  via: string
  user: string
  session: string
  /** Roles that the code could act as. */
  held: string[]
  /** Roles whose table it could write. */
  vaults: string[]
  /** Attributes of the role that it ran as, such as `superuser`. */
  attributes: string[]
}

const source = fileURLToPath(new URL('../../src', import.meta.url))

/** All words of the SQL that this program sends: any of them may be a name that it looks up. */
export function words(): string[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(schema|postgres|databases|store)\/.*\.(ts|sql)$/.test(file),
  )
  const statements = files.flatMap((file) =>
    readFileSync(join(source, file), 'utf8').match(/[a-z_][a-z0-9_]*/g),
  )
  return [...new Set(statements.flatMap((word) => word ?? []))].sort()
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`
const list = (texts: readonly string[]) => `ARRAY[${texts.map(quote).join(', ')}]::text[]`

/** Statements that may lead out of the role that the code runs as. */
const ESCAPES: readonly string[] = [
  'RESET ROLE',
  'SET ROLE NONE',
  'SET LOCAL ROLE NONE',
  "SELECT pg_catalog.set_config('role', 'none', false)",
  "SELECT pg_catalog.set_config('role', 'none', true)",
  'SET SESSION AUTHORIZATION DEFAULT',
  'RESET SESSION AUTHORIZATION',
  "SELECT pg_catalog.set_config('session_authorization', 'default', false)",
  "DO 'BEGIN RESET ROLE; END'",
  'RESET ALL',
  'DISCARD ALL',
  'ROLLBACK',
  'COMMIT',
  "UPDATE pg_catalog.pg_settings SET setting = 'none' WHERE name = 'role'",
  ...ROLES.flatMap((role) => [
    `SET ROLE ${role}`,
    `SET LOCAL ROLE ${role}`,
    `SELECT pg_catalog.set_config('role', '${role}', false)`,
    `SET SESSION AUTHORIZATION ${role}`,
    `SELECT pg_catalog.set_config('session_authorization', '${role}', false)`,
  ]),
]

/**
 * Settings that could change the meaning of what is run later, for the session and not for the transaction
 * alone.
 */
function settings(schema: string): [name: string, value: string][] {
  return [
    ['standard_conforming_strings', 'off'],
    ['backslash_quote', 'on'],
    ['escape_string_warning', 'off'],
    ['client_min_messages', 'error'],
    ['check_function_bodies', 'on'],
    ['createrole_self_grant', 'set, inherit'],
    ['row_security', 'off'],
    ['quote_all_identifiers', 'on'],
    ['transform_null_equals', 'on'],
    ['DateStyle', 'German'],
    ['IntervalStyle', 'sql_standard'],
    ['extra_float_digits', '-10'],
    ['array_nulls', 'off'],
    ['default_table_access_method', 'heap'],
    ['plpgsql.variable_conflict', 'use_column'],
    ['plan_cache_mode', 'force_generic_plan'],
    // Nobody but the owner could be blamed for what comes first in a path of his own.
    ['search_path', `${schema}, pg_catalog, pg_temp`],
  ]
}

/** The condition under which the role of the moment, or one that is named, may act as a role `k.rolname`. */
const may = (role: string) =>
  `CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000
    THEN pg_catalog.pg_has_role(${role}, k.rolname, 'USAGE') OR pg_catalog.pg_has_role(${role}, k.rolname, 'SET')
    ELSE pg_catalog.pg_has_role(${role}, k.rolname, 'MEMBER') END`

/** A query: the known roles that each of them may act as, with their attributes. */
export const RIGHTS_QUERY = `SELECT o.rolname::text AS owner, k.rolname::text AS role,
  pg_catalog.array_remove(ARRAY[CASE WHEN k.rolsuper THEN 'superuser' END, CASE WHEN k.rolcreaterole THEN 'createrole' END,
    CASE WHEN k.rolcreatedb THEN 'createdb' END, CASE WHEN k.rolbypassrls THEN 'bypassrls' END], NULL) AS attributes
  FROM pg_catalog.pg_roles o, pg_catalog.pg_roles k
  WHERE o.rolname = ANY (${list(ROLES)}) AND k.rolname = ANY (${list(ROLES)}) AND (${may('o.rolname')})`

/**
 * What all traps share, made by a superuser: the switch, and a table of each role that only that role may
 * write.
 */
export const SHARED = `
  CREATE SCHEMA trap;
  GRANT USAGE ON SCHEMA trap TO PUBLIC;
  CREATE TABLE trap.switch (armed boolean);
  INSERT INTO trap.switch VALUES (false);
  GRANT SELECT ON trap.switch TO PUBLIC;
  CREATE SCHEMA vault;
  GRANT USAGE ON SCHEMA vault TO PUBLIC;
  ${ROLES.map((role) => `CREATE TABLE vault.of_${role} (label text); ALTER TABLE vault.of_${role} OWNER TO ${role};`).join('\n')}`

export const ARM = 'UPDATE trap.switch SET armed = true'
export const DISARM = 'UPDATE trap.switch SET armed = false'

/** Makes the traps of one owner; run by a superuser. */
export function trapScript(owner: Role): string {
  const schema = `trap_${owner}`
  const own = `SET search_path = pg_catalog, pg_temp`
  return `
  CREATE SCHEMA ${schema} AUTHORIZATION ${owner};
  GRANT USAGE ON SCHEMA ${schema} TO PUBLIC;
  SET ROLE ${owner};

  CREATE FUNCTION ${schema}.measure(label text, via text) RETURNS void LANGUAGE plpgsql ${own} AS $trap$
  DECLARE
    held text[];
    vaults text[] := '{}';
    attributes text[];
    role text;
  BEGIN
    SELECT pg_catalog.array_agg(k.rolname::text ORDER BY k.rolname) INTO held FROM pg_catalog.pg_roles k
    WHERE k.rolname = ANY (${list(ROLES)}) AND (${may('current_user')});
    SELECT pg_catalog.array_remove(ARRAY[CASE WHEN k.rolsuper THEN 'superuser' END, CASE WHEN k.rolcreaterole THEN 'createrole' END,
      CASE WHEN k.rolcreatedb THEN 'createdb' END, CASE WHEN k.rolbypassrls THEN 'bypassrls' END], NULL) INTO attributes
    FROM pg_catalog.pg_roles k WHERE k.rolname = current_user;
    FOREACH role IN ARRAY ${list(ROLES)} LOOP
      BEGIN
        EXECUTE pg_catalog.format('INSERT INTO vault.of_%s VALUES (%L)', role, label);
        vaults := vaults || role;
        RAISE EXCEPTION 'undo';
      EXCEPTION WHEN OTHERS THEN NULL; END;
    END LOOP;
    BEGIN
      CREATE ROLE trap_child;
      attributes := attributes || '{createrole}'::text[];
      RAISE EXCEPTION 'undo';
    EXCEPTION WHEN OTHERS THEN NULL; END;
    RAISE LOG 'trap %', json_build_object('label', label, 'via', via, 'user', current_user, 'session', session_user,
      'held', coalesce(held, '{}'), 'vaults', vaults, 'attributes', attributes)::text;
  END $trap$;

  CREATE FUNCTION ${schema}.escape(label text, via text) RETURNS void LANGUAGE plpgsql ${own} AS $trap$
  DECLARE
    way text;
  BEGIN
    PERFORM ${schema}.measure(label, via);
    FOREACH way IN ARRAY ${list(ESCAPES)} LOOP
      BEGIN
        EXECUTE way;
        PERFORM ${schema}.measure(label, via || '; ' || way);
        RAISE EXCEPTION 'undo';
      EXCEPTION WHEN OTHERS THEN NULL; END;
    END LOOP;
  END $trap$;

  CREATE FUNCTION ${schema}.glance(label text, via text) RETURNS void LANGUAGE plpgsql ${own} AS $trap$
  BEGIN
    PERFORM ${schema}.measure(label, via);
    BEGIN
      RESET ROLE;
      PERFORM ${schema}.measure(label, via || '; RESET ROLE');
      RAISE EXCEPTION 'undo';
    EXCEPTION WHEN OTHERS THEN NULL; END;
  END $trap$;

  -- What was planted by an attack, and is run by somebody else's statement later. It may be called very
  -- often.
  CREATE FUNCTION ${schema}.planted(what text) RETURNS boolean LANGUAGE plpgsql ${own} AS $trap$
  DECLARE
    told text := coalesce(current_setting('trap.told', true), '');
    key text := '<' || what || ' ' || current_user || '>';
    calls integer := coalesce(nullif(current_setting('trap.calls', true), ''), '0')::integer;
  BEGIN
    IF '${owner}' = 'chief' OR coalesce(current_setting('trap.busy', true), '') = 'on' OR NOT (SELECT armed FROM trap.switch) THEN
      RETURN true;
    END IF;
    IF calls > 300 THEN
      -- A query of the catalogue would take hours with operators of the owner's in place of PostgreSQL's.
      IF current_user <> '${owner}' THEN
        PERFORM ${schema}.measure('planted@${owner}', what);
        RAISE EXCEPTION 'the trap has seen enough' USING ERRCODE = 'query_canceled';
      END IF;
      RETURN true;
    END IF;
    PERFORM set_config('trap.busy', 'on', true);
    PERFORM set_config('trap.calls', (calls + 1)::text, true);
    IF strpos(told, key) > 0 THEN
      PERFORM ${schema}.glance('planted@${owner}', what);
    ELSE
      PERFORM set_config('trap.told', told || key, true);
      PERFORM ${schema}.escape('planted@${owner}', what);
    END IF;
    PERFORM set_config('trap.busy', 'off', true);
    RETURN true;
  END $trap$;

  CREATE FUNCTION ${schema}.gift() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END';
  CREATE TABLE ${schema}.later (label text);

  CREATE FUNCTION ${schema}.attack(label text) RETURNS void LANGUAGE plpgsql ${own} AS $trap$
  DECLARE
    role text;
    statement text;
    planted boolean;
  BEGIN
    -- A superuser has nothing to gain.
    IF '${owner}' = 'chief' THEN
      PERFORM ${schema}.measure(label, 'as it is');
      RETURN;
    END IF;
    PERFORM ${schema}.escape(label, 'as it is');
    FOREACH role IN ARRAY ${list(ROLES)} LOOP
      FOREACH statement IN ARRAY ARRAY[
        'ALTER FUNCTION ${schema}.gift() OWNER TO ' || role,
        'ALTER TABLE ${schema}.later OWNER TO ' || role,
        'ALTER SCHEMA ${schema} OWNER TO ' || role,
        'GRANT ' || role || ' TO ${owner}',
        'GRANT ' || role || ' TO treasurer',
        'GRANT INSERT ON vault.of_' || role || ' TO ${owner}',
        'ALTER ROLE ' || role || ' PASSWORD NULL',
        'ALTER ROLE ' || role || ' SET work_mem = 64',
        'ALTER DEFAULT PRIVILEGES FOR ROLE ' || role || ' GRANT ALL ON TABLES TO ${owner}',
        'DROP OWNED BY ' || role,
        'REASSIGN OWNED BY ' || role || ' TO ${owner}',
        'CREATE SCHEMA trap_new AUTHORIZATION ' || role
      ] LOOP
        BEGIN
          EXECUTE statement;
          -- REVOKE and GRANT warn where they do nothing, and a role may change itself.
          IF statement NOT LIKE 'GRANT INSERT %' OR has_table_privilege('${owner}', 'vault.of_' || role, 'INSERT') THEN
            RAISE LOG 'trap %', json_build_object('label', label, 'via', statement, 'user', current_user,
              'session', session_user, 'held', ARRAY[role], 'vaults', '{}'::text[], 'attributes', '{}'::text[])::text;
          END IF;
          RAISE EXCEPTION 'undo';
        EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP;
    END LOOP;
    -- Who runs code of his own would only hinder himself.
    IF session_user = '${owner}' THEN
      RETURN;
    END IF;
    -- All of it once, and what matters most wherever it is gone again.
    planted := coalesce(current_setting('trap.planted', true), '') = current_user;
    IF NOT planted OR to_regtype('pg_temp.regclass') IS NULL THEN
      FOREACH statement IN ARRAY ARRAY(
        SELECT s.statement FROM ${schema}.shadows s ORDER BY s.number LIMIT CASE WHEN planted THEN 3 END
      ) LOOP
        BEGIN EXECUTE statement; EXCEPTION WHEN OTHERS THEN NULL; END;
      END LOOP;
      PERFORM set_config('trap.planted', current_user, true);
    END IF;
  END $trap$;

  CREATE FUNCTION ${schema}.spring(label text) RETURNS boolean LANGUAGE plpgsql AS $trap$
  BEGIN
    IF pg_catalog.current_setting('trap.busy', true) OPERATOR(pg_catalog.=) 'on' THEN
      RETURN true;
    END IF;
    IF NOT (SELECT armed FROM trap.switch) THEN
      RETURN true;
    END IF;
    PERFORM pg_catalog.set_config('trap.busy', 'on', true);
    IF pg_catalog.strpos(COALESCE(pg_catalog.current_setting('trap.seen', true), ''), pg_catalog.concat('<', label, '>')) OPERATOR(pg_catalog.>) 0 THEN
      PERFORM ${schema}.again(label);
    ELSE
      PERFORM ${schema}.attack(label);
      PERFORM pg_catalog.set_config('trap.seen', pg_catalog.concat(pg_catalog.current_setting('trap.seen', true), '<', label, '>'), true);
      IF session_user OPERATOR(pg_catalog.<>) '${owner}' AND '${owner}' OPERATOR(pg_catalog.<>) 'chief'
        AND COALESCE(pg_catalog.current_setting('trap.peek', true), '') OPERATOR(pg_catalog.<>) 'on' THEN
        ${settings(schema)
          .map(
            ([name, value]) =>
              `BEGIN PERFORM pg_catalog.set_config(${quote(name)}, ${quote(value)}, false); EXCEPTION WHEN OTHERS THEN NULL; END;`,
          )
          .join('\n        ')}
      END IF;
    END IF;
    PERFORM pg_catalog.set_config('trap.busy', 'off', true);
    RETURN true;
  END $trap$;

  CREATE FUNCTION ${schema}.again(label text) RETURNS void LANGUAGE plpgsql ${own} AS $trap$
  DECLARE
    -- Of each place, so that the rows of one do not hide the others.
    counter text := 'trap.calls_' || left(md5(label), 12);
    calls integer := coalesce(nullif(current_setting(counter, true), ''), '0')::integer;
  BEGIN
    IF calls < 30 OR current_user <> '${owner}' THEN
      PERFORM set_config(counter, (calls + 1)::text, true);
      PERFORM ${schema}.glance(label, 'as it is');
    END IF;
  END $trap$;

  -- As spring(), but leaves the settings alone, so that what it is in can be put back.
  CREATE FUNCTION ${schema}.peek(label text) RETURNS boolean LANGUAGE plpgsql AS $trap$
  BEGIN
    PERFORM pg_catalog.set_config('trap.peek', 'on', true);
    PERFORM ${schema}.spring(label);
    PERFORM pg_catalog.set_config('trap.peek', 'off', true);
    RETURN true;
  END $trap$;

  CREATE FUNCTION ${schema}.quiet(label text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $trap$
  BEGIN PERFORM ${schema}.spring(label); RETURN true; END $trap$;
  CREATE FUNCTION ${schema}.say(label text, value text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $trap$
  BEGIN PERFORM ${schema}.spring(label); RETURN value; END $trap$;

  -- Runs at the end of the transaction or where somebody says SET CONSTRAINTS, and defers itself once more.
  CREATE FUNCTION ${schema}.late() RETURNS trigger LANGUAGE plpgsql AS $trap$
  BEGIN
    PERFORM ${schema}.planted(pg_catalog.concat('deferred trigger ', NEW.label));
    IF pg_catalog.length(NEW.label::pg_catalog.text) OPERATOR(pg_catalog.<) 8 THEN
      SET CONSTRAINTS ALL DEFERRED;
      INSERT INTO ${schema}.later VALUES (pg_catalog.concat(NEW.label, '+'));
    END IF;
    RETURN NULL;
  END $trap$;
  CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ${schema}.later DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ${schema}.late();
  -- As quiet(), and leaves work for later.
  CREATE FUNCTION ${schema}.defer(label text) RETURNS boolean LANGUAGE plpgsql AS $trap$
  BEGIN
    PERFORM ${schema}.spring(label);
    IF (SELECT armed FROM trap.switch) THEN
      BEGIN INSERT INTO ${schema}.later VALUES ('later'); EXCEPTION WHEN OTHERS THEN RAISE LOG 'later: %', SQLERRM; END;
      BEGIN
        CREATE TEMPORARY TABLE trap_later (label pg_catalog.text);
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON pg_temp.trap_later DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION ${schema}.late();
      EXCEPTION WHEN OTHERS THEN NULL; END;
      BEGIN
        INSERT INTO pg_temp.trap_later VALUES ('temp');
      EXCEPTION WHEN OTHERS THEN RAISE LOG 'temp trigger: %', SQLERRM; END;
    END IF;
    RETURN true;
  END $trap$;
  CREATE FUNCTION ${schema}.quiet_defer(label text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $trap$
  BEGIN PERFORM ${schema}.defer(label); RETURN true; END $trap$;

  CREATE FUNCTION ${schema}.on_row() RETURNS trigger LANGUAGE plpgsql AS $trap$
  BEGIN
    PERFORM ${schema}.spring(TG_ARGV[0]);
    IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END $trap$;

  CREATE TABLE ${schema}.shadows (number serial, statement text);
  ${shadowScript(schema)}
  RESET ROLE;`
}

/**
 * Writes down the statements that put something of the owner's in the place of each type and relation that
 * this program could name; and makes functions and operators that come before PostgreSQL's where the owner's
 * schema is searched first.
 */
function shadowScript(schema: string): string {
  const names = list(words())
  const call = (description: string) => `PERFORM ${schema}.planted(${description});`
  return `
  INSERT INTO ${schema}.shadows (statement)
  SELECT pg_catalog.format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%I CHECK (${schema}.planted(%L))', t.typname, t.typname,
    'pg_temp type ' || t.typname)
  FROM pg_catalog.pg_type t
  WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'e', 'r') AND t.typelem = 0
    AND (t.typname = ANY (${names}) OR t.typname IN ('char', 'int4', 'int8', 'bool', 'oidvector', 'cstring'))
  ORDER BY t.typname IN ('regclass', 'text') DESC, t.typname;
  INSERT INTO ${schema}.shadows (statement)
  SELECT pg_catalog.format('CREATE TEMPORARY VIEW %I AS SELECT * FROM pg_catalog.%I WHERE ${schema}.planted(%L)', c.relname,
    c.relname, 'pg_temp relation ' || c.relname)
  FROM pg_catalog.pg_class c
  WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname = ANY (${names})
  ORDER BY c.relname;
  INSERT INTO ${schema}.shadows (statement) VALUES
    ('DECLARE trap_cursor CURSOR WITH HOLD FOR SELECT ${schema}.planted(''WITH HOLD cursor'')'),
    ('PREPARE trap_statement AS SELECT ${schema}.planted(''prepared statement'')'),
    ('CREATE FUNCTION pg_temp.format(text, text) RETURNS text LANGUAGE sql AS ''SELECT ${schema}.planted(''''pg_temp function'''')::text''');
  DO $shadows$
  DECLARE
    f record;
    arguments text;
  BEGIN
    FOR f IN
      SELECT p.oid, p.proname, p.prorettype, p.proargtypes, p.pronargs FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND NOT p.proretset AND p.provariadic = 0
        AND p.proname = ANY (${names}) AND p.pronargs BETWEEN 1 AND 3 AND p.proallargtypes IS NULL
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type t
          WHERE t.oid = ANY (p.proargtypes::oid[] || p.prorettype) AND (t.typtype = 'p' OR t.typname = 'refcursor'))
    LOOP
      arguments := (SELECT pg_catalog.string_agg('$' || i, ', ' ORDER BY i) FROM pg_catalog.generate_series(1, f.pronargs) i);
      EXECUTE pg_catalog.format(
        'CREATE FUNCTION ${schema}.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname,
        (SELECT pg_catalog.string_agg(pg_catalog.format_type(a, NULL), ', ' ORDER BY n) FROM pg_catalog.unnest(f.proargtypes::oid[]) WITH ORDINALITY AS x(a, n)),
        pg_catalog.format_type(f.prorettype, NULL),
        pg_catalog.format('BEGIN ${call('%L')} RETURN pg_catalog.%I(%s); END', 'function ' || f.proname, f.proname, arguments));
    END LOOP;
    FOR f IN
      SELECT o.oprname, o.oprleft, o.oprright, o.oprresult, pg_catalog.row_number() OVER () AS number
      FROM pg_catalog.pg_operator o
      WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprname IN ('=', '<>', '<', '>', '>=', '<=', '||', '->>', '?', '+', '-')
        AND o.oprleft IN ('text'::regtype, 'name'::regtype, 'oid'::regtype, 'int4'::regtype, 'int8'::regtype, 'int2'::regtype,
          '"char"'::regtype, 'bool'::regtype, 'jsonb'::regtype)
        AND o.oprright IN ('text'::regtype, 'name'::regtype, 'oid'::regtype, 'int4'::regtype, 'int2'::regtype,
          '"char"'::regtype, 'bool'::regtype)
    LOOP
      EXECUTE pg_catalog.format('CREATE FUNCTION ${schema}.operator_%s(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', f.number,
        pg_catalog.format_type(f.oprleft, NULL), pg_catalog.format_type(f.oprright, NULL),
        pg_catalog.format_type(f.oprresult, NULL),
        pg_catalog.format('BEGIN ${call('%L')} RETURN $1 OPERATOR(pg_catalog.%s) $2; END', 'operator ' || f.oprname, f.oprname));
      EXECUTE pg_catalog.format('CREATE OPERATOR ${schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = ${schema}.operator_%s)',
        f.oprname, pg_catalog.format_type(f.oprleft, NULL), pg_catalog.format_type(f.oprright, NULL), f.number);
    END LOOP;
  END $shadows$;`
}
