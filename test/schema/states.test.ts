/**
 * The states of a user database that releases of Mathesar leave, made of stand-ins, and what each function
 * does with them.
 */
import { describe, expect, it } from 'vitest'
import { removeSchemaFrom, schemaStatusOf } from '../../src/databases/schema.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { createRole, ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import {
  HSTORE_CASTS,
  MSAR_DROPPED,
  RELEASE_0_1,
  RELEASE_0_11,
  RELEASE_0_11_UPGRADED,
  type StandIn,
  standInSql,
  TYPES_ONLY,
  UNFINISHED_REMOVAL,
  upgradeSql,
} from '../support/stand-ins.ts'
import { as, install, installedDatabase, schemaOwners, withSession } from './support.ts'

const MODERN = { oldest: '0.9.0', newest: '0.11.0' }

async function createStandIn(standIn: StandIn): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await as(settings, standInSql(standIn))
  return settings
}

const state = (settings: ConnectionSettings) => withSession(settings, readSchemaState)
const remove = (settings: ConnectionSettings) =>
  withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5000 }))

describe('the state of a database', () => {
  it.each<[string, StandIn, object]>([
    ['0.11.0', RELEASE_0_11, { kind: 'foreign', releases: MODERN }],
    ['0.11.0 after an upgrade', RELEASE_0_11_UPGRADED, { kind: 'foreign', releases: MODERN }],
    [
      '0.11.0 after an upgrade of 0.1.4 with a function in use',
      { ...RELEASE_0_11_UPGRADED, mathesar_types: 1 },
      { kind: 'foreign', releases: MODERN },
    ],
    ['0.1.4', RELEASE_0_1, { kind: 'foreign', releases: { oldest: '0.1.4', newest: '0.1.7' } }],
    ['types only', TYPES_ONLY, { kind: 'remains', of: 'types' }],
    ['an unfinished removal', UNFINISHED_REMOVAL, { kind: 'remains', of: 'removal' }],
    ['msar dropped by hand', MSAR_DROPPED, { kind: 'remains', of: 'msar missing', releases: MODERN }],
  ])('derives the state of a database from its objects: %s', async (_, standIn, expected) => {
    const settings = await createStandIn(standIn)
    expect(await state(settings)).toMatchObject({ ...expected, record: null, staleRecord: null })
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      installed: (expected as { kind: string }).kind === 'foreign',
      source: null,
    })
  })

  it.each<[string, string[]]>([
    ['nothing is in use', []],
    [
      'functions are in use, and the comments are kept',
      ['mathesar_types.uri_authority(text)', 'mathesar_types.email_domain_name(mathesar_types.email)'],
    ],
  ])(
    'the state of a database is not that of the record once a Mathesar has upgraded it, where %s',
    async (_, kept) => {
      const settings = await installedDatabase()
      await as(settings, upgradeSql(kept))
      expect(await state(settings)).toMatchObject({
        kind: 'foreign',
        record: null,
        releases: MODERN,
        staleRecord: { source: 'bundled' },
      })
      await expect(install(settings)).rejects.toMatchObject({
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('those of Mathesar 0.9.0 to 0.11.0'),
      })
      await expect(as(settings, installScript(bundledSource()))).rejects.toMatchObject({ code: '42P06' })
    },
  )

  it('the state of a database is not that of a record that somebody else wrote', async () => {
    const ours = await installedDatabase()
    const [comment] = await as<{ text: string }>(
      ours,
      `SELECT obj_description('msar'::regnamespace, 'pg_namespace') AS text`,
    )
    for (const standIn of [RELEASE_0_11, RELEASE_0_1, TYPES_ONLY, MSAR_DROPPED, UNFINISHED_REMOVAL]) {
      const settings = await createStandIn(standIn)
      await as(
        settings,
        `DO $$ DECLARE name text; BEGIN
           FOR name IN SELECT nspname FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types') LOOP
             EXECUTE format('COMMENT ON SCHEMA %I IS %L', name, '${comment?.text}');
           END LOOP; END $$`,
      )
      const { kind, record, staleRecord } = await state(settings)
      expect([kind, record, staleRecord?.source]).toEqual([
        expect.stringMatching(/foreign|remains/),
        null,
        'bundled',
      ])
    }
  })

  it('the state of a database is ours where the manifest was lost or is not JSON', async () => {
    for (const manifest of ['NULL', `'junk'`, `'{}'`]) {
      const settings = await installedDatabase()
      await as(settings, `COMMENT ON CONSTRAINT uri_check ON DOMAIN mathesar_types.uri IS ${manifest}`)
      expect([manifest, (await state(settings)).kind]).toEqual([manifest, 'ours'])
    }
  })

  it.each(['msar', '__msar', 'mathesar_types'])(
    'the state of a database is incomplete where the schema %s was dropped by hand, and an install completes it',
    async (name) => {
      const settings = await installedDatabase()
      await as(settings, `DROP SCHEMA ${name} CASCADE`)
      expect(await state(settings)).toMatchObject({ kind: 'ours', isComplete: false })
      await install(settings)
      expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
    },
  )

  it('the state of a database is incomplete where all functions of msar were dropped by hand', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `DO $$ BEGIN
         EXECUTE (SELECT 'DROP ROUTINE ' || string_agg(oid::regprocedure::text, ', ') || ' CASCADE'
           FROM pg_proc WHERE pronamespace = 'msar'::regnamespace);
       END $$`,
    )
    expect(await state(settings)).toMatchObject({ kind: 'ours', isComplete: false })
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: false, state: 'ours' })
    await install(settings)
    expect(await state(settings)).toMatchObject({ kind: 'ours', isComplete: true })
  })
})

describe('an install over remains', () => {
  it('completes types that were left alone, and keeps the columns of them', async () => {
    const settings = await createStandIn(TYPES_ONLY)
    await as(
      settings,
      `CREATE TABLE public.person (mail mathesar_types.email, site mathesar_types.uri);
       INSERT INTO public.person VALUES ('ann@example.net', 'https://example.org')`,
    )
    await install(settings)
    expect(await state(settings)).toMatchObject({ kind: 'ours', isComplete: true })
    expect(
      await as(settings, 'SELECT mathesar_types.uri_authority(site) AS host FROM public.person'),
    ).toEqual([{ host: 'example.org' }])
    expect((await withSession(settings, schemaStatus)).drift).toEqual([])
  })

  it('completes types that an upgrade and a removal by a Mathesar have left of our own', async () => {
    const settings = await installedDatabase()
    await as(settings, `${upgradeSql()}; DROP SCHEMA msar, __msar CASCADE`)
    expect(await state(settings)).toMatchObject({
      kind: 'remains',
      of: 'types',
      staleRecord: { source: 'bundled' },
    })
    await install(settings)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
  })

  it.each<[string, StandIn]>([
    ['an unfinished removal', UNFINISHED_REMOVAL],
    ['msar dropped by hand', MSAR_DROPPED],
  ])('an install over remains is refused after %s, unless they are to be replaced', async (_, standIn) => {
    const settings = await createStandIn(standIn)
    await as(settings, 'CREATE TABLE public.person (mail mathesar_types.email)')
    await expect(install(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining('No Mathesar can work with that.'),
      hint: expect.stringContaining('--existing-schema replace'),
    })
    await install(settings, { replace: true })
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
  })
})

describe('a removal', () => {
  it.each<[string, StandIn]>([
    ['0.11.0', RELEASE_0_11_UPGRADED],
    ['types only', TYPES_ONLY],
    ['an unfinished removal', UNFINISHED_REMOVAL],
    ['msar dropped by hand', MSAR_DROPPED],
  ])('leaves nothing of %s', async (_, standIn) => {
    const settings = await createStandIn(standIn)
    await remove(settings)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('drops the casts from hstore that 0.1 left and a later Mathesar does not know', async () => {
    const settings = await createStandIn({ ...RELEASE_0_11, mathesar_types: 0 })
    await sql(settings.database, HSTORE_CASTS)
    const casts = (await withSession(settings, schemaStatus)).hstoreCasts
    expect(casts).toHaveLength(7)
    expect(casts).toContain('mathesar_types.cast_to_uri(public.hstore)')
    expect(await state(settings)).toMatchObject({ kind: 'foreign', hstoreCasts: casts })
    await remove(settings)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('shows how to drop the casts from hstore that stay with the types', async () => {
    const settings = await createStandIn(RELEASE_0_11)
    await sql(settings.database, HSTORE_CASTS)
    const removed = await removeSchemaFrom(settings, { keepTypes: true })
    expect(removed.notes).toEqual([
      expect.stringContaining(', mathesar_types.cast_to_character(public.hstore), '),
    ])
    expect(await schemaStatusOf(settings)).toMatchObject({ remains: 'types', hstoreCasts: expect.any(Array) })
    await install(settings)
    expect(await schemaStatusOf(settings)).toMatchObject({ installed: true, hstoreCasts: [] })
  })

  it('does not drop a table that a user put inside, whatever a stale record contains', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `${upgradeSql(['mathesar_types.uri_authority(text)'])}; CREATE TABLE msar.notes (n integer)`,
    )
    const own = await withSession(settings, (session) => listDependents(session))
    expect(own).toMatchObject([{ kind: 'own object', relation: 'notes' }])
  })

  it('does not drop a table that a user put inside if the manifest was lost', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      'COMMENT ON CONSTRAINT uri_check ON DOMAIN mathesar_types.uri IS NULL; CREATE TABLE msar.notes (n integer)',
    )
    await expect(remove(settings)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
  })
})

describe('objects of several owners', () => {
  it('objects of several owners are removed by a superuser, whoever owns what', async () => {
    const settings = await createStandIn(RELEASE_0_11)
    const other = await createRole()
    // What an upgrade by a superuser leaves, and a domain and a table of a third role.
    await sql(
      settings.database,
      `ALTER SCHEMA msar OWNER TO postgres; ALTER SCHEMA __msar OWNER TO postgres;
       ALTER DOMAIN mathesar_types.email OWNER TO ${other.user};
       ALTER TABLE msar.expr_templates OWNER TO ${other.user};
       ALTER TABLE msar.expr_templates ALTER COLUMN key SET DEFAULT 'a'`,
    )
    await expect(remove(settings)).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    await remove(superuserSettings(settings.database))
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('objects of several owners are no obstacle for the owner of the schemas, who may drop functions of others', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    await sql(
      settings.database,
      `ALTER FUNCTION mathesar_types.uri_path(text) OWNER TO ${other.user}; ALTER TYPE __msar.col_def OWNER TO ${other.user}`,
    )
    await remove(settings)
    expect(await schemaOwners(settings.database)).toEqual({})
  })

  it('objects of several owners stop a removal by the owner of the schemas with the statement that resolves the problem', async () => {
    const settings = await installedDatabase()
    const other = await createRole()
    await sql(settings.database, `ALTER DOMAIN mathesar_types.uri OWNER TO ${other.user}`)
    await expect(remove(settings)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      message: expect.stringContaining(`domain mathesar_types.uri belongs to role "${other.user}"`),
      hint: expect.stringContaining(`ALTER DOMAIN mathesar_types.uri OWNER TO ${settings.user};`),
    })
  })

  it.each([false, true])(
    'objects of several owners stop an install with the statements that resolve the problem, and no GRANT (by a superuser: %s)',
    async (isSuperuser) => {
      const settings = await installedDatabase()
      const other = await createRole()
      await sql(
        settings.database,
        `ALTER FUNCTION mathesar_types.uri_path(text) OWNER TO ${other.user};
         CREATE TABLE msar.notes (); ALTER TABLE msar.notes OWNER TO ${other.user}`,
      )
      const error = await install(isSuperuser ? superuserSettings(settings.database) : settings).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('function mathesar_types.uri_path(text)'),
        hint: expect.stringMatching(
          /^(?!.*GRANT).*\n.*ALTER ROUTINE mathesar_types\.uri_path\(text\) OWNER TO /,
        ),
      })
      await sql(
        settings.database,
        (error as { details: { data: { statements: string[] } } }).details.data.statements.join('\n'),
      )
      await install(settings)
    },
  )

  it('objects of several owners stop a replacement with the statements that resolve the problem', async () => {
    const settings = await createStandIn(RELEASE_0_1)
    const other = await createRole()
    await as(
      settings,
      `CREATE FUNCTION mathesar_types.uri_path(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`,
    )
    await as(settings, `CREATE VIEW public.paths AS SELECT mathesar_types.uri_path('a:b') AS path`)
    await sql(settings.database, `ALTER FUNCTION mathesar_types.uri_path(text) OWNER TO ${other.user}`)
    await expect(install(superuserSettings(settings.database), { replace: true })).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringContaining('ALTER ROUTINE mathesar_types.uri_path(text) OWNER TO '),
    })
  })
})
