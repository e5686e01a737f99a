/**
 * Every function gives the same whoever calls it, with whatever search_path, in a database of whatever
 * encoding.
 */
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import {
  createDatabase,
  createRole,
  sharedCluster,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { CALLS, CAST_TEXTS, TABLES } from './calls.ts'
import typesList from './signatures/mathesar-types.json' with { type: 'json' }
import msarList from './signatures/msar.json' with { type: 'json' }
import { install, installedDatabase } from './support.ts'

interface Outcome {
  call: string
  value: unknown
}

const literal = (text: string) => pg.escapeLiteral(text)

/** A call for each overload of the casts, with an argument that PostgreSQL reads from a text of its own. */
const SAMPLES: Readonly<Record<string, string>> = {
  '"char"': 'x',
  bit: '1',
  boolean: 'true',
  bytea: '\\xdead',
  cidr: '10.0.0.0/8',
  date: '2021-03-04',
  daterange: '[2021-03-04,2021-03-05)',
  inet: '10.0.0.1',
  int4range: '[1,6)',
  int8range: '[1,6)',
  interval: '1 day',
  json: '{"a": [1]}',
  jsonb: '{"a": [1]}',
  macaddr: '08:00:2b:01:02:03',
  money: '7',
  numrange: '[1,6)',
  regclass: 'pg_catalog.pg_class',
  'time with time zone': '10:20:30+02',
  'time without time zone': '10:20:30',
  'timestamp with time zone': '2021-03-04 00:00+00',
  'timestamp without time zone': '2021-03-04 00:00',
  tsrange: '[2021-03-04,2021-03-05)',
  tstzrange: '[2021-03-04,2021-03-05)',
  tsvector: 'a b',
  uuid: '00000000-0000-0000-0000-000000000001',
  'mathesar_types.email': 'a@b',
  'mathesar_types.mathesar_json_array': '[1]',
  'mathesar_types.mathesar_json_object': '{"a": 1}',
  'mathesar_types.multicurrency_money': '(7.25,EUR)',
  'mathesar_types.uri': 'a:b',
}
const KEYWORD =
  /^(bit|boolean|character|double|integer|interval|numeric|real|smallint|bigint|time|timestamp|mathesar_types)/

const CASTS = typesList.flatMap((entry) => {
  if (entry.kind !== 'function' || !('args' in entry) || !entry.name.startsWith('cast_to_')) return []
  const [source] = entry.args as string[]
  if (source === undefined) return []
  const text = /^(text|character)/.test(source) ? (CAST_TEXTS[entry.name] ?? '') : (SAMPLES[source] ?? '1')
  const type = KEYWORD.test(source) ? source : `pg_catalog.${source}`
  return [`mathesar_types.${entry.name}(${literal(text)}::${type})::pg_catalog.text`]
})

/** Returns the value of each call, or the SQLSTATE and message of its error, in one session. */
async function outcomes(settings: ConnectionSettings, prelude: string): Promise<Outcome[]> {
  const { host, port, database, user, password } = settings
  const client = new pg.Client({ host, port, database, user, password: password ?? '', ssl: false })
  await client.connect()
  const results: Outcome[] = []
  try {
    await client.query(TABLES)
    await client.query(prelude)
    for (const call of [...CALLS, ...CASTS]) {
      try {
        const { rows } = await client.query({ text: `SELECT ${call}`, rowMode: 'array' })
        // How a name is printed depends on whether it is visible; what it names does not.
        const value: unknown = JSON.parse(JSON.stringify(rows[0] ?? null).replaceAll('pg_catalog.', ''))
        results.push({ call, value })
      } catch (error) {
        const { code, message } = error as pg.DatabaseError
        results.push({ call, value: `${code} ${message.replaceAll('pg_catalog.', '')}` })
      }
    }
    return results
  } finally {
    await client.end()
  }
}

/**
 * A schema in which every function, operator and type name of PostgreSQL's that could be taken for the real
 * one is something that raises an error. Those that PL/pgSQL cannot declare (with arguments of any number)
 * have stand-ins.
 */
const SHADOWS = `
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
DO $$
DECLARE
  target record;
  result text;
  count integer := 0;
BEGIN
  FOR target IN
    SELECT p.oid, p.proname, pg_get_function_identity_arguments(p.oid) AS args, pg_get_function_result(p.oid) AS result,
      p.provariadic
    FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION evil.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', target.proname, target.args,
        target.result, format('BEGIN RAISE EXCEPTION %L; END', 'shadow of ' || target.proname || ' called'));
      count := count + 1;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  FOR target IN
    SELECT o.oid, o.oprname, format_type(nullif(o.oprleft, 0), NULL) AS l, format_type(nullif(o.oprright, 0), NULL) AS r,
      format_type(o.oprresult, NULL) AS result
    FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprright <> 0
  LOOP
    BEGIN
      EXECUTE format('CREATE FUNCTION evil.operator_%s(%s) RETURNS %s LANGUAGE plpgsql AS %L', target.oid,
        concat_ws(', ', target.l, target.r), target.result,
        format('BEGIN RAISE EXCEPTION %L; END', 'shadow of operator ' || target.oprname || ' called'));
      EXECUTE format('CREATE OPERATOR evil.%s (%s, FUNCTION = evil.operator_%s)', target.oprname,
        concat_ws(', ', 'LEFTARG = ' || target.l, 'RIGHTARG = ' || target.r), target.oid);
      count := count + 1;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  FOREACH result IN ARRAY ARRAY['format', 'concat', 'concat_ws', 'json_build_object', 'jsonb_build_object',
    'jsonb_build_array', 'num_nulls']
  LOOP
    FOR i IN 1 .. 8 LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION evil.%I(%s) RETURNS text LANGUAGE plpgsql AS %L', result,
        array_to_string(array_fill('text'::text, ARRAY[i]), ', '),
        format('BEGIN RAISE EXCEPTION %L; END', 'shadow of ' || result || ' called'));
    END LOOP;
  END LOOP;
  FOR target IN
    SELECT t.typname FROM pg_type t
    WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r') AND t.typelem = 0
      AND t.typname NOT LIKE 'pg\\_%'
  LOOP
    EXECUTE format('CREATE DOMAIN evil.%I AS pg_catalog.%I CHECK (VALUE IS NULL)', target.typname, target.typname);
    count := count + 1;
  END LOOP;
  IF count < 3000 THEN
    RAISE EXCEPTION 'only % shadows', count;
  END IF;
END
$$`

let plain: Outcome[]

beforeAll(async () => {
  const settings = await installedDatabase()
  plain = await outcomes(settings, 'SELECT 1')
}, 120_000)

describe('the list of calls', () => {
  it('the list of calls has every function of the signatures', () => {
    const text = [...CALLS, ...CASTS].join('\n')
    const names = [...msarList, ...typesList].flatMap(({ kind, schema, name }) =>
      kind === 'function' || kind === 'aggregate' ? [`${schema}.${name}(`] : [],
    )
    // Roles are the whole server's: creating one has a test of its own.
    const expected = ['msar.create_basic_mathesar_user(']
    expect([...new Set(names)].filter((name) => !text.includes(name))).toEqual(expected)
    expect(CASTS).toHaveLength(459)
  })

  it('contains no error that the functions do not raise on purpose', () => {
    const foreseen = /^(P0001|23514|42846|22P02|22007|22003)/
    const errors = plain.filter(({ value }) => typeof value === 'string' && !foreseen.test(value))
    expect(errors).toEqual([])
    const failed = plain.slice(0, CALLS.length).filter(({ value }) => typeof value === 'string')
    expect(failed).toEqual([])
  })
})

describe('every function returns the same', () => {
  it('every function returns the same with a search_path on which everything of PostgreSQL is shadowed', async () => {
    const settings = await installedDatabase()
    await sql(settings.database, SHADOWS)
    await expect(
      sql(settings.database, `SET search_path = evil, pg_catalog; SELECT lower('A')`),
    ).rejects.toThrow('shadow of lower called')
    const path = 'SET search_path = evil, public, pg_catalog'
    expect(await outcomes(settings, path)).toEqual(plain)
    const name = uniqueName('it\'s "b\\c"')
    await sql(settings.database, `${path}; SELECT msar.create_basic_mathesar_user(${literal(name)}, 'p')`)
    expect(await sql('postgres', 'SELECT rolname FROM pg_roles WHERE rolname = $1', [name])).toHaveLength(1)
    await sql(
      settings.database,
      `DROP OWNED BY ${pg.escapeIdentifier(name)}; DROP ROLE ${pg.escapeIdentifier(name)}`,
    )
  }, 180_000)

  it('every function returns the same with an empty search_path', async () => {
    const settings = await installedDatabase()
    const results = await outcomes(settings, `SET search_path = ''`)
    // Display names of relations are then qualified.
    const unqualified = (list: Outcome[]) =>
      list.map(({ call, value }) => ({ call, value: JSON.stringify(value).replaceAll('public.', '') }))
    expect(unqualified(results)).toEqual(unqualified(plain))
  })

  it('every function returns the same for a second role that has nothing but USAGE on the schemas', async () => {
    const settings = await installedDatabase()
    const second = await createRole()
    await sql(
      settings.database,
      `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO ${second.user};
       GRANT CREATE, USAGE ON SCHEMA public TO ${second.user};
       GRANT CREATE ON DATABASE ${settings.database} TO ${second.user}`,
    )
    expect(await outcomes({ ...settings, ...second }, 'SELECT 1')).toEqual(plain)
  })

  it.each([
    ['SQL_ASCII', 'C'],
    ['LATIN1', 'C'],
    ['EUC_JP', 'C'],
  ])('every function returns the same in a database of the encoding %s', async (encoding, locale) => {
    const role = await createRole()
    const database = await createDatabase({
      owner: role.user,
      suffix: `ENCODING '${encoding}' LC_COLLATE '${locale}' LC_CTYPE '${locale}' TEMPLATE template0`,
    })
    const settings = { ...superuserSettings(database), ...role }
    await install(settings)
    expect(await outcomes(settings, 'SELECT 1')).toEqual(plain)
  })

  it('every function returns the same where settings of the session differ that should not matter', async () => {
    const settings = await installedDatabase()
    const prelude = `SET standard_conforming_strings = on; SET backslash_quote = off; SET array_nulls = on;
      SET TimeZone = 'UTC'; SET check_function_bodies = off; SET jit = on; SET jit_above_cost = 0;
      SET plan_cache_mode = force_generic_plan; SET enable_hashagg = off; SET enable_hashjoin = off; SET row_security = off;
      SET default_transaction_isolation = 'repeatable read'; SET max_parallel_workers_per_gather = 0`
    expect(sharedCluster().port).toBeGreaterThan(0)
    expect(await outcomes(settings, prelude)).toEqual(plain)
  })
})
