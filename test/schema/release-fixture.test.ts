/**
 * The release of the fixture, with plain SQL alone: it does what real releases do, and the tests of this
 * program rely on that.
 */
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { withAsciiComments } from '../../src/schema/sources/release/ascii.ts'
import { createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { installWithPsql, writeReleaseScript } from '../support/release-psql.ts'
import {
  createReleaseState,
  installRelease,
  RELEASE_STATES,
  type ReleaseState,
  removeRelease,
  runScripts,
} from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, schemaOwners } from './support.ts'

/** Returns what is in the schemas: numbers of routines (null: no schema), tables of `msar`, and types. */
async function contents(database: string): Promise<object> {
  const [row] = await sql(
    database,
    `SELECT
       (SELECT jsonb_object_agg(nspname, (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid))
        FROM pg_namespace n WHERE nspname IN ('msar', '__msar', 'mathesar_types')) AS routines,
       (SELECT coalesce(jsonb_agg(relname ORDER BY relname), '[]') FROM pg_class
        WHERE relnamespace = to_regnamespace('msar') AND relkind = 'r') AS tables,
       (SELECT coalesce(jsonb_agg(t.typname ORDER BY t.typname), '[]') FROM pg_type t
        LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = to_regnamespace('mathesar_types') AND t.typelem = 0
          AND coalesce(c.relkind, 'c') = 'c') AS types`,
  )
  return row ?? {}
}

const TABLES = ['expr_templates', 'top_level_domains']
const TYPES = [
  'email',
  'mathesar_json_array',
  'mathesar_json_object',
  'mathesar_money',
  'multicurrency_money',
  'uri',
]

describe('the release of the fixture', () => {
  it.each([
    ['0.2.0', 582, 35],
    ['0.2.2', 572, 32],
    ['0.9.0', 479, 17],
    ['0.11.0', 479, 17],
  ])('leaves as many routines as Mathesar %s', async (version, msar, inner) => {
    const settings = await ownedDatabase()
    await installRelease(settings, version)
    expect(await contents(settings.database)).toEqual({
      routines: { msar, __msar: inner, mathesar_types: 0 },
      tables: TABLES,
      types: TYPES,
    })
  })

  const clean = { msar: 479, __msar: 17, mathesar_types: 0 }
  it.each<[ReleaseState, object]>([
    ['clean', { routines: clean, tables: TABLES, types: TYPES }],
    [
      'user object on an msar function',
      { routines: { ...clean, msar: 480 }, tables: ['all_mathesar_objects', ...TABLES], types: TYPES },
    ],
    [
      'legacy upgraded with user objects',
      {
        // The functions that the view, the index and the default of a column use.
        routines: { ...clean, msar: 480, mathesar_types: 3 },
        tables: ['all_mathesar_objects', ...TABLES],
        types: TYPES,
      },
    ],
    ['types only', { routines: { mathesar_types: 0 }, tables: [], types: TYPES }],
    [
      'remains of a non-strict removal',
      {
        routines: { msar: 1, __msar: 0, mathesar_types: 0 },
        tables: ['all_mathesar_objects'],
        types: ['email', 'mathesar_money', 'uri'],
      },
    ],
    ['msar gone', { routines: { __msar: 17, mathesar_types: 0 }, tables: [], types: TYPES }],
    ['hstore casts', { routines: { ...clean, mathesar_types: 7 }, tables: TABLES, types: TYPES }],
  ])('brings a database into the state: %s', async (state, expected) => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, state)
    expect(await contents(settings.database)).toEqual(expected)
  })
})

const SMALL = { size: 'small' } as const
const RELEASES = ['0.2.0', '0.2.2', '0.8.0', '0.9.0', '0.11.0']

/** Returns what is in the schemas, with the texts of the routines: equal results are equal installs. */
async function snapshot(database: string): Promise<object[]> {
  return sql(
    database,
    `SELECT o.type, o.identity, p.prosrc, pg_get_function_result(p.oid) AS result,
       p.proacl::text LIKE '%=X/%' AS open
     FROM pg_depend d
     JOIN pg_namespace n ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
     CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o
     LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
     WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') ORDER BY 1, 2`,
  )
}

const fresh = new Map<string, Promise<object[]>>()

/** Returns what an install into an empty database leaves. */
function freshSnapshot(version: string): Promise<object[]> {
  const known = fresh.get(version)
  if (known !== undefined) return known
  const created = ownedDatabase().then(async (settings) => {
    await installRelease(settings, version, SMALL)
    return snapshot(settings.database)
  })
  fresh.set(version, created)
  return created
}

async function installed(version: string): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await installRelease(settings, version, SMALL)
  return settings
}

const upgrade = (settings: ConnectionSettings, version = '0.11.0') => installRelease(settings, version, SMALL)

/** Expects that a script fails, and that the database is as before. */
async function expectRefusal(settings: ConnectionSettings, code: string, run: () => Promise<void>) {
  const before = await snapshot(settings.database)
  await expect(run()).rejects.toMatchObject({ code })
  expect(await snapshot(settings.database)).toEqual(before)
}

describe('an upgrade by a release', () => {
  it.each(
    RELEASES.flatMap((to, at) => RELEASES.slice(0, at + 1).map((from) => [from, to] as const)).filter(
      ([from, to]) => isSlowLane || from === to || to === '0.11.0',
    ),
  )('an upgrade by a release is the same as an install of it: from %s to %s', async (from, to) => {
    const settings = await installed(from)
    await upgrade(settings, to)
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot(to))
  })

  it('replaces the bundled schemas, and a removal then leaves nothing', async () => {
    const settings = await ownedDatabase()
    await as(settings, installScript(bundledSource()))
    await upgrade(settings)
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.11.0'))
    await removeRelease(settings, '0.11.0', {}, SMALL)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it.each([
    ['0.11.0', '0.8.0', '2BP01'],
    ['0.9.0', '0.2.2', '42710'],
    ['0.2.2', '0.2.0', '2BP01'],
  ])('fails as a downgrade from %s to %s', async (from, to, code) => {
    const settings = await installed(from)
    await expectRefusal(settings, code, () => upgrade(settings, to))
  })

  it('works as a downgrade where no more than the bodies of functions differ', async () => {
    const settings = await installed('0.11.0')
    await upgrade(settings, '0.9.0')
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.9.0'))
  })

  it('keeps the columns of its types', async () => {
    const settings = await installed('0.2.0')
    await as(
      settings,
      `CREATE TABLE public.person (mail mathesar_types.email, page mathesar_types.uri);
       INSERT INTO public.person VALUES ('ann@example.net', 'https://example.org')`,
    )
    await upgrade(settings)
    expect(await as(settings, 'SELECT * FROM public.person')).toEqual([
      { mail: 'ann@example.net', page: 'https://example.org' },
    ])
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.11.0'))
  })

  it('keeps a function that a view calls, and replaces its body', async () => {
    const settings = await installed('0.9.0')
    await as(settings, "CREATE VIEW public.label AS SELECT msar.normalize_label(' Ab ') AS label")
    expect(await as(settings, 'SELECT * FROM public.label')).toEqual([{ label: ' ab ' }])
    await upgrade(settings)
    expect(await as(settings, 'SELECT * FROM public.label')).toEqual([{ label: 'ab' }])
    expect(await contents(settings.database)).toMatchObject({
      routines: { msar: 231 },
      tables: ['all_mathesar_objects', ...TABLES],
    })
    await as(settings, 'DROP VIEW public.label')
    await upgrade(settings)
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.11.0'))
  })

  it.each([
    [
      'a view on a function with another result',
      "CREATE VIEW public.v AS SELECT msar.table_summary('pg_class') AS summary",
      '42P13',
    ],
    ['a view on a table of msar', 'CREATE VIEW public.v AS SELECT * FROM msar.top_level_domains', '42P07'],
    ['a column of a type of msar', 'CREATE TABLE public.t (kind msar.pkey_kind)', '42710'],
    ['an object of the user in msar', 'CREATE TABLE msar.notes (n integer)', '2BP01'],
    [
      'a table of an import of 0.1',
      'CREATE SCHEMA mathesar_inference_schema CREATE TABLE mathesar_temp_table_1 (n integer)',
      '2BP01',
    ],
  ])('fails and changes nothing with %s', async (_, statement, code) => {
    const settings = await installed('0.2.2')
    await as(settings, statement)
    await expectRefusal(settings, code, () => upgrade(settings))
  })

  it('drops an empty schema of imports, but not that of another role', async () => {
    const settings = await installed('0.2.2')
    await as(settings, 'CREATE SCHEMA mathesar_inference_schema')
    await upgrade(settings)
    expect(
      await as(settings, "SELECT FROM pg_namespace WHERE nspname = 'mathesar_inference_schema'"),
    ).toEqual([])
    await sql(settings.database, 'CREATE SCHEMA mathesar_inference_schema')
    await expectRefusal(settings, '42501', () => upgrade(settings))
  })

  it.each(['SCHEMA mathesar_types', 'DOMAIN mathesar_types.uri'])(
    'fails where another role owns the %s',
    async (object) => {
      const settings = await installed('0.9.0')
      await sql(settings.database, `ALTER ${object} OWNER TO CURRENT_USER`)
      await expectRefusal(settings, '42501', () => upgrade(settings))
    },
  )

  it('fails for a role that does not own the schemas', async () => {
    const settings = await installed('0.9.0')
    const other = await createRole()
    await sql('postgres', `GRANT CREATE ON DATABASE ${settings.database} TO ${other.user}`)
    await expectRefusal(settings, '42501', () => upgrade({ ...settings, ...other }))
  })

  it('moves the schemas of functions to a superuser, and the first role can do nothing more', async () => {
    const settings = await installed('0.9.0')
    const superuser = superuserSettings(settings.database)
    await upgrade(superuser)
    expect(await schemaOwners(settings.database)).toEqual({
      __msar: superuser.user,
      mathesar_types: settings.user,
      msar: superuser.user,
    })
    await expectRefusal(settings, '42501', () => upgrade(settings))
    await expectRefusal(settings, '42501', () => removeRelease(settings, '0.11.0', {}, SMALL))
  })
})

describe('an install of a release', () => {
  it('needs no more than CONNECT and CREATE, and lets everybody use the functions', async () => {
    const settings = await ownedDatabase()
    const [role, other] = [await createRole(), await createRole()]
    await sql('postgres', `REVOKE ALL ON DATABASE ${settings.database} FROM PUBLIC`)
    await sql('postgres', `GRANT CONNECT ON DATABASE ${settings.database} TO ${role.user}, ${other.user}`)
    await expectRefusal(settings, '42501', () => upgrade({ ...settings, ...role }))
    await sql('postgres', `GRANT CREATE ON DATABASE ${settings.database} TO ${role.user}`)
    await upgrade({ ...settings, ...role })
    expect(
      await as(
        { ...settings, ...other },
        `SELECT msar.chain_3() AS chain, msar.cast_to_uri('a:b') AS uri, tld FROM msar.top_level_domains
         WHERE tld = 'org'`,
      ),
    ).toEqual([{ chain: 'start0123', uri: 'a:b', tld: 'org' }])
  })

  it.each([
    ['standard_conforming_strings = off', '42601'],
    ['default_transaction_read_only = on', '25006'],
  ])('fails with %s', async (setting, code) => {
    const settings = await ownedDatabase()
    await sql('postgres', `ALTER DATABASE ${settings.database} SET ${setting}`)
    await expectRefusal(settings, code, () => upgrade(settings))
  })

  it('leaves client_min_messages at notice', async () => {
    const settings = await ownedDatabase()
    await sql('postgres', `ALTER DATABASE ${settings.database} SET client_min_messages = error`)
    const files = releaseFiles('0.11.0', SMALL).files.map((file) => file.sql)
    await runScripts(settings, [
      ...files,
      "DO $$ BEGIN ASSERT current_setting('client_min_messages') = 'notice'; END $$",
    ])
  })

  it('leaves a whole install where several run at once without a lock, and some of them fail', async () => {
    const script = writeReleaseScript('0.11.0', SMALL)
    const settings = await ownedDatabase()
    const statuses = await Promise.all(Array.from({ length: 4 }, () => installWithPsql(settings, script)))
    expect(statuses).toContain(0)
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.11.0'))
  })
})

describe('a removal by a release', () => {
  it.each(RELEASES)('leaves nothing of %s with the files of 0.11.0', async (version) => {
    const settings = await installed(version)
    await removeRelease(settings, '0.11.0', {}, SMALL)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it.each(RELEASES.slice(1))('fails for %s with the files of 0.2.0', async (version) => {
    const settings = await installed(version)
    await expectRefusal(settings, '2BP01', () => removeRelease(settings, '0.2.0', {}, SMALL))
  })

  it('fails while a column has one of the types, if it is strict', async () => {
    const settings = await installed('0.11.0')
    await as(settings, 'CREATE TABLE public.person (mail mathesar_types.email)')
    await expectRefusal(settings, '2BP01', () => removeRelease(settings, '0.11.0', {}, SMALL))
  })

  it('drops nothing but itself with an empty list of schemas', async () => {
    const settings = await installed('0.11.0')
    await removeRelease(settings, '0.11.0', { schemas: [] }, SMALL)
    expect(await snapshot(settings.database)).toEqual(await freshSnapshot('0.11.0'))
  })

  it('fails for casts from hstore, which it does not know, until somebody drops them', async () => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, 'hstore casts', '0.11.0', SMALL)
    await expectRefusal(settings, '2BP01', () => removeRelease(settings, '0.11.0', {}, SMALL))
    await as(
      settings,
      `DO $$ BEGIN
         EXECUTE (SELECT 'DROP FUNCTION ' || string_agg(oid::regprocedure::text, ', ')
           FROM pg_proc WHERE pronamespace = 'mathesar_types'::regnamespace);
       END $$`,
    )
    await removeRelease(settings, '0.11.0', {}, SMALL)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('fails for objects of a user on functions of 0.1, until they are gone', async () => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, 'legacy upgraded with user objects', '0.11.0', SMALL)
    await expectRefusal(settings, '2BP01', () => removeRelease(settings, '0.11.0', {}, SMALL))
    await as(settings, 'DROP TABLE public.site CASCADE')
    await removeRelease(settings, '0.11.0', {}, SMALL)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it.each(RELEASE_STATES)('an install repairs the state: %s', async (state) => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, state, '0.11.0', SMALL)
    await upgrade(settings)
    expect(await contents(settings.database)).toMatchObject({ types: TYPES })
    await as(settings, 'DROP TABLE IF EXISTS public.site, public.person, public.label CASCADE')
    await upgrade(settings)
    const own = (await snapshot(settings.database)).filter(
      (object) => !(object as { identity: string }).identity.includes('hstore'),
    )
    expect(own).toEqual(await freshSnapshot('0.11.0'))
  })
})

describe('comments that are not ASCII', () => {
  it('are changed, whether nested or in the body of a routine, and nothing else is', () => {
    expect(
      withAsciiComments(
        `SELECT 'é -- é', E'\\'é--', "é", $$é -- é$$; -- é é
        /* é /* é */ ' é */ SELECT 'é';
        CREATE FUNCTION f() RETURNS text AS $x$ SELECT 'é' /* é' */; $x$ LANGUAGE sql; -- €`,
        true,
      ),
    ).toBe(
      `SELECT 'é -- é', E'\\'é--', "é", $$é -- é$$; -- ? ?
        /* ? /* ? */ ' ? */ SELECT 'é';
        CREATE FUNCTION f() RETURNS text AS $x$ SELECT 'é' /* ?' */; $x$ LANGUAGE sql; -- ?`,
    )
  })
})
