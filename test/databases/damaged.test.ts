/** Schemas of which somebody dropped objects. */
import { describe, expect, it } from 'vitest'
import { installSchemaInto, schemaStatusOf } from '../../src/databases/schema.ts'
import { testDatabases } from '../../src/databases/test.ts'
import { upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { Store } from '../../src/store/types.ts'
import { installedDatabase, withSession } from '../schema/support.ts'
import { freshPath, open } from '../store/support.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { collectingReports, liveStore } from '../support/live-store.ts'
import { createReleaseState, installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'

const source = releaseSource(releaseFiles('0.11.0'))

/** Drops so many functions of `msar` on which nothing depends. */
async function dropFunctions({ database }: ConnectionSettings, count: number): Promise<void> {
  await sql(
    database,
    `DO $$ BEGIN
       EXECUTE (SELECT 'DROP ROUTINE ' || string_agg(x.oid::regprocedure::text, ', ')
         FROM (SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'msar'::regnamespace AND p.prokind = 'f'
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass
             AND d.refobjid = p.oid)
           ORDER BY p.proname DESC LIMIT ${count}) x);
     END $$`,
  )
}

async function releaseDatabase(): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await installSchemaInto(settings, { source })
  return settings
}

async function storeOf(settings: ConnectionSettings, sqlVersion: string): Promise<Store> {
  const { store } = await liveStore()
  const access = { users: ['admin'], sqlVersion }
  await store.register('library', { ...settings, sslmode: 'prefer' }, { access, schema: null })
  return store
}

async function upgrade(store: Store, wanted: SchemaSource = source, dryRun = false) {
  const { databases } = await upgradeDatabases(store, { names: 'all', source: wanted, dryRun })
  return databases.map(({ action, error }) => error?.code ?? action)
}

async function driftOf(settings: ConnectionSettings): Promise<unknown> {
  return (await withSession(settings, schemaStatus)).drift
}

describe('schemas of which somebody dropped objects', () => {
  it('fail a test and are completed by an upgrade, once', async () => {
    const settings = await releaseDatabase()
    const store = await storeOf(settings, '0.11.0')
    expect(await upgrade(store)).toEqual(['none'])
    await dropFunctions(settings, 147)
    const [test] = await testDatabases(store, 'all')
    expect(test).toMatchObject({
      ok: false,
      error: {
        code: 'SCHEMA_CONFLICT',
        message: expect.stringContaining('lacks 147 objects of its Mathesar schemas'),
        hint: expect.stringContaining('  mathesarctl db upgrade library'),
      },
    })
    expect(await upgrade(store, source, true)).toEqual(['complete'])
    expect(await upgrade(store)).toEqual(['complete'])
    expect(await driftOf(settings)).toEqual([])
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
    expect(await upgrade(store)).toEqual(['none'])
  })

  it("fail a test and are upgraded where a Mathesar's own install lacks routines of its release", async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0')
    const store = await storeOf(settings, '0.11.0')
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
    await dropFunctions(settings, 186)
    expect(await testDatabases(store, 'all')).toMatchObject([
      { ok: false, error: { message: expect.stringContaining('lacks 186 objects') } },
    ])
    expect(await upgrade(store)).toEqual(['upgrade'])
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
    expect(await upgrade(store)).toEqual(['none'])
  })

  it.each(['clean', 'user object on an msar function', 'legacy upgraded with user objects'] as const)(
    'are none where a Mathesar left the state "%s"',
    async (state) => {
      const settings = await ownedDatabase()
      await createReleaseState(settings, state)
      const store = await storeOf(settings, '0.11.0')
      expect(await upgrade(store)).toEqual(['none'])
      expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
    },
  )

  it('are found by the dropped routine, table, type or cast, and what a user adds hides none', async () => {
    const bundled = await installedDatabase()
    const release = await releaseDatabase()
    const count = async (settings: ConnectionSettings) => {
      const state = await withSession(settings, readSchemaState)
      return state.kind === 'ours' ? state.dropped : state.kind
    }
    expect([await count(bundled), await count(release)]).toEqual([0, 0])
    await sql(release.database, 'CREATE FUNCTION msar.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')
    expect(await count(release)).toBe(0)
    await dropFunctions(release, 1)
    expect(await count(release)).toBe(1)
    await sql(release.database, 'DROP TABLE msar.expr_templates; DROP DOMAIN mathesar_types.uri CASCADE')
    expect(await count(release)).toBeGreaterThan(2)
    await sql(
      bundled.database,
      `CREATE FUNCTION mathesar_types.cast_to_mine(text) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
       CREATE TABLE msar.mine (n integer); DROP FUNCTION mathesar_types.cast_to_boolean(text)`,
    )
    expect(await count(bundled)).toBe(1)
    await sql(bundled.database, 'DROP TABLE mathesar_types.top_level_domains CASCADE')
    expect(await count(bundled)).toBe(2)
    await sql(bundled.database, 'DROP FUNCTION msar.get_fkey_action_from_char("char") CASCADE')
    expect(await count(bundled)).toBeGreaterThan(2)
  })

  it('are completed by an upgrade to the bundled SQL too', async () => {
    const settings = await installedDatabase()
    const store = await open(freshPath())
    const bundled = bundledSource()
    const schema = { source: 'bundled', version: bundled.version }
    await store.register('library', settings, { schema })
    await dropFunctions(settings, 3)
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: false }])
    expect(await upgrade(store, bundled)).toEqual(['complete'])
    expect(await driftOf(settings)).toEqual([])
    expect(await upgrade(store, bundled)).toEqual(['none'])
  })

  it.each([
    ['the domain that has the list of objects', 'DROP DOMAIN mathesar_types.uri CASCADE', 48, []],
    [
      'the constraint that has the list of objects',
      `ALTER DOMAIN mathesar_types.uri DROP CONSTRAINT uri_check; INSERT INTO public.site VALUES (2, 'nothing', 'b@c.d')`,
      1,
      [{ id: 2, page: 'nothing', mail: 'b@c.d' }],
    ],
  ])('are found and restored where somebody dropped %s', async (_name, damage, count, more) => {
    const settings = await installedDatabase()
    const store = await open(freshPath())
    const bundled = bundledSource()
    await store.register('library', settings, { schema: { source: 'bundled', version: bundled.version } })
    await sql(
      settings.database,
      `CREATE TABLE public.site (id integer, page mathesar_types.uri, mail mathesar_types.email);
       INSERT INTO public.site VALUES (1, 'https://example.org', 'a@b.c');
       ${damage}`,
      [],
      settings,
    )
    expect(await testDatabases(store, 'all')).toMatchObject([
      { ok: false, error: { code: 'SCHEMA_CONFLICT' } },
    ])
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      installed: true,
      dropped: count,
      drift: [{ object: 'domain mathesar_types.uri', change: count > 1 ? 'dropped' : 'changed' }],
    })
    const reports = collectingReports()
    await installSchemaInto(settings, {}, reports)
    expect(reports.warnings).toEqual([
      expect.stringContaining(`lacks ${count > 1 ? '48 objects' : 'one object'}`),
    ])
    // What is a user's own must not be listed now as if an install had created it.
    await sql(settings.database, 'CREATE TABLE msar.notes (n integer)', [], settings)
    await sql(settings.database, 'CREATE FUNCTION msar.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')
    expect(await upgrade(store, bundled, true)).toEqual(['complete'])
    expect(await upgrade(store, bundled)).toEqual(['complete'])
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      dropped: 0,
      drift: [
        { object: 'function msar.mine()', change: 'added' },
        { object: 'table msar.notes', change: 'added' },
      ],
    })
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
    expect(await upgrade(store, bundled)).toEqual(['none'])
    const rows = await sql(settings.database, 'SELECT * FROM public.site ORDER BY id')
    const kept = count > 1 ? { id: 1, mail: 'a@b.c' } : { id: 1, page: 'https://example.org', mail: 'a@b.c' }
    expect(rows).toEqual([kept, ...more])
    const invalid = "INSERT INTO public.site (id, mail) VALUES (3, 'nobody')"
    await expect(sql(settings.database, invalid)).rejects.toThrow('email_check')
    await expect(sql(settings.database, "SELECT 'nothing'::mathesar_types.uri")).rejects.toThrow('uri_check')
  })

  it.each([
    ['renamed', 'RENAME TO link', ['ALTER DOMAIN mathesar_types.link RENAME TO uri;']],
    ['moved', 'SET SCHEMA public', ['ALTER DOMAIN public.uri SET SCHEMA mathesar_types;']],
  ])(
    'are whole again once somebody undoes that a type was %s, as the upgrade says',
    async (_name, change, undo) => {
      for (const wanted of [bundledSource(), source]) {
        const isRelease = wanted === source
        const settings = await (isRelease ? releaseDatabase() : installedDatabase())
        const store = isRelease ? await storeOf(settings, '0.11.0') : await open(freshPath())
        const schema = { source: 'bundled', version: wanted.version }
        if (!isRelease) await store.register('library', settings, { schema })
        await sql(
          settings.database,
          `CREATE TABLE public.site (page mathesar_types.uri);
         INSERT INTO public.site VALUES ('https://example.org');
         ALTER DOMAIN mathesar_types.uri ${change}`,
          [],
          settings,
        )
        expect(await testDatabases(store, 'all')).toMatchObject([
          { ok: false, error: { message: expect.stringContaining('lacks one object') } },
        ])
        const { databases } = await upgradeDatabases(store, {
          names: 'all',
          source: wanted,
          dryRun: isRelease,
        })
        expect(databases).toMatchObject([
          {
            error: {
              code: 'SCHEMA_CONFLICT',
              message: expect.stringContaining('Somebody renamed types'),
              hint: expect.stringContaining(`  ${undo[0]}`),
              statements: undo,
            },
          },
        ])
        await sql(settings.database, undo.join(), [], settings)
        expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
        expect(await withSession(settings, schemaStatus)).toMatchObject({ dropped: 0, drift: [] })
        expect(await upgrade(store, wanted)).toEqual(['none'])
        const rows = await sql(settings.database, 'SELECT page FROM public.site')
        expect(rows).toEqual([{ page: 'https://example.org' }])
      }
    },
  )

  it.each([
    [
      'one was renamed',
      'ALTER TABLE msar.expr_templates RENAME TO templates',
      1,
      'ALTER TABLE msar.templates',
    ],
    [
      'one was dropped beside an own table',
      'DROP TABLE msar.expr_templates; CREATE TABLE msar.mine (n serial)',
      1,
      'ALTER TABLE msar.mine',
    ],
    ['the one that has the list of objects was dropped', 'DROP TABLE msar.top_level_domains', 1, null],
    [
      'the one that has the list of objects was renamed',
      'ALTER TABLE msar.top_level_domains RENAME TO domains',
      1,
      'ALTER TABLE msar.domains',
    ],
    [
      'the one that has the list of objects was dropped beside own functions and a dropped one',
      `DROP TABLE msar.top_level_domains; DROP FUNCTION msar.normalize_label(text);
       CREATE FUNCTION msar.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
       CREATE FUNCTION msar.other() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$`,
      2,
      'ALTER FUNCTION msar.mine()',
    ],
  ])(
    'are found where tables of a release are missing, whoever installed it: %s',
    async (_name, damage, count, wayOut) => {
      const ours = await releaseDatabase()
      const own = await ownedDatabase()
      await installRelease(own, '0.11.0')
      for (const settings of [ours, own]) {
        await sql(settings.database, damage, [], settings)
        const store = await storeOf(settings, '0.11.0')
        const lacks = `lacks ${count === 1 ? 'one object' : `${count} objects`} of its Mathesar schemas`
        expect(await testDatabases(store, 'all')).toMatchObject([
          { ok: false, error: { message: expect.stringContaining(lacks) } },
        ])
        const [stored = null] = await store.list()
        const status = await schemaStatusOf(settings, {}, null, stored)
        expect(status.dropped).toBe(count)
        if (settings === ours) {
          const object = expect.stringMatching(/^table msar[.](expr_|top_)/)
          expect(status.drift).toContainEqual({ object, change: 'dropped' })
        } else {
          // With a function less and no record, it may be of a later release, which may have other tables.
          const unrecorded = await withSession(settings, schemaStatus)
          expect(unrecorded.dropped).toBe(count === 1 ? 1 : 0)
        }
        if (wayOut !== null) {
          // The SQL of a release drops the schema, and stops at what is a user's own.
          const { databases } = await upgradeDatabases(store, { names: 'all', source })
          const statements = databases[0]?.error?.hint.match(/^ {2}ALTER .*;$/gm) ?? []
          expect(statements.join()).toContain(wayOut)
          await sql(settings.database, statements.join('\n'), [], settings)
        }
        const action = settings === ours ? 'complete' : 'upgrade'
        expect(await upgrade(store)).toEqual([action])
        expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
        expect(await withSession(settings, schemaStatus)).toMatchObject({ dropped: 0, drift: [] })
        expect(await upgrade(store)).toEqual(['none'])
      }
    },
  )

  it.each([
    ['the bundled SQL', installedDatabase, bundledSource()],
    ['the SQL of a release', releaseDatabase, source],
  ] as const)(
    'stay as they are with a warning, and are repaired by "replace": %s',
    async (_name, create, sqlOf) => {
      const settings = await create()
      await dropFunctions(settings, 5)
      const reports = collectingReports()
      expect(await installSchemaInto(settings, { source: sqlOf }, reports)).toMatchObject({ action: 'keep' })
      expect(reports.warnings).toEqual([expect.stringContaining('lacks 5 objects of its Mathesar schemas')])
      const repair = { source: sqlOf, existingSchema: 'replace' } as const
      expect(await installSchemaInto(settings, repair)).toMatchObject({ status: 'installed' })
      expect(await driftOf(settings)).toEqual([])
    },
  )

  it('are found by what each release has where no release was recorded', async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0')
    const store = await open(freshPath())
    await store.register('library', settings, { schema: { source: 'adopted', version: null } })
    await sql(settings.database, 'DROP TABLE msar.expr_templates')
    const reports = collectingReports()
    expect(await installSchemaInto(settings, {}, reports)).toMatchObject({ action: 'adopt' })
    expect(reports.warnings).toEqual([expect.stringContaining('lacks one object of its Mathesar schemas')])
    expect(await testDatabases(store, 'all')).toMatchObject([
      { ok: false, error: { hint: expect.stringContaining('db upgrade library --release 0.11.0') } },
    ])
    expect(await upgrade(store)).toEqual(['upgrade'])
    expect(await testDatabases(store, 'all')).toMatchObject([{ ok: true }])
  })

  it('are completed with no other SQL than that of the release that the record names', async () => {
    const files = releaseFiles('0.11.0')
    const settings = await ownedDatabase()
    await installSchemaInto(settings, { source: releaseSource({ ...files, version: '0.12.0' }) })
    const store = await storeOf(settings, '0.11.0')
    expect(await upgrade(store)).toEqual(['confirm'])
    await dropFunctions(settings, 5)
    expect(await upgrade(store)).toEqual(['SCHEMA_CONFLICT'])
    expect(await upgrade(store, releaseSource({ ...files, version: '0.12.0' }))).toEqual(['complete'])
  })

  it('can have the version again that they really are, where a later one was recorded by mistake', async () => {
    const files = releaseFiles('0.11.0')
    const settings = await releaseDatabase()
    const store = await storeOf(settings, '0.11.0')
    expect(await upgrade(store, releaseSource({ ...files, version: '0.12.0' }))).toEqual(['upgrade'])
    const repair = { source, existingSchema: 'replace' } as const
    expect(await installSchemaInto(settings, repair)).toMatchObject({
      status: 'installed',
      schema: { version: '0.11.0' },
    })
    await store.setSchema('library', { source: 'release', version: '0.11.0' })
    expect(await upgrade(store)).toEqual(['none'])
  })
})
