import { describe, expect, it } from 'vitest'
import type { ProgressEvent } from '../../src/databases/events.ts'
import { installSchemaInto } from '../../src/databases/schema.ts'
import {
  type DatabaseUpgrade,
  type UpgradeInput,
  upgradeDatabases,
} from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import type { Store } from '../../src/store/types.ts'
import { withSession } from '../schema/support.ts'
import { ownedDatabase, sharedCluster, sql, superuserSettings } from '../support/database.ts'
import { type LiveStore, liveStore } from '../support/live-store.ts'
import {
  createReleaseState,
  installRelease,
  RELEASE_STATES,
  removeRelease,
  runScripts,
} from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const source = releaseSource(releaseFiles('0.11.0'))
const TWELVE = `CREATE OR REPLACE FUNCTION msar.normalize_label(label text) RETURNS text
  IMMUTABLE STRICT LANGUAGE sql AS $$ SELECT 'twelve' $$;`
const TARGET = { source: 'release', version: '0.11.0' }

/** A release after the last one that is known, with the objects of that one. */
const twelve = {
  version: '0.12.0',
  files: releaseFiles('0.11.0').files.map((file) =>
    file.name.startsWith('50') ? { ...file, sql: `${file.sql}\n${TWELVE}` } : file,
  ),
}

async function labelIn({ database }: ConnectionSettings): Promise<string | undefined> {
  const rows = await sql<{ label: string }>(database, "SELECT msar.normalize_label('x') AS label")
  return rows[0]?.label
}

/** Registers a database, whose Mathesar has recorded a version of its SQL. */
async function register(
  { store }: Pick<LiveStore, 'store'>,
  name: string,
  settings: ConnectionSettings,
  sqlVersion = '0.0.0',
): Promise<void> {
  const access = { users: ['admin'], sqlVersion }
  await store.register(name, { ...settings, sslmode: 'prefer' }, { access, schema: null })
}

function all(over: Partial<UpgradeInput> = {}): UpgradeInput {
  return { names: 'all', source, ...over }
}

function actions({ databases }: { databases: readonly DatabaseUpgrade[] }): Record<string, string> {
  return Object.fromEntries(
    databases.map(({ name, action, error }) => [name, error ? `${action} ${error.code}` : action]),
  )
}

async function versions(store: Store): Promise<Record<string, unknown>> {
  return Object.fromEntries(
    (await store.list()).map(({ name, confirmedVersion }) => [name, confirmedVersion]),
  )
}

async function ownersOf({ database }: ConnectionSettings): Promise<string[]> {
  const rows = await sql<{ owner: string }>(
    database,
    `SELECT DISTINCT nspowner::regrole::text AS owner FROM pg_namespace
      WHERE nspname IN ('msar', '__msar', 'mathesar_types')`,
  )
  return rows.map(({ owner }) => owner)
}

describe('an upgrade of the databases of a live Mathesar to the SQL of its release', () => {
  it('installs it where a database is only registered, and records its version', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'fresh', settings)
    const result = await upgradeDatabases(live.store, all())
    expect(actions(result)).toEqual({ fresh: 'install' })
    expect(result.databases[0]).toMatchObject({ from: null, to: TARGET })
    expect(await versions(live.store)).toEqual({ fresh: '0.11.0' })
    expect(await withSession(settings, schemaStatus)).toMatchObject({
      installed: true,
      source: 'release',
      version: '0.11.0',
      drift: [],
    })
    expect(await ownersOf(settings)).toEqual([settings.user])
    expect(await live.store.list()).toMatchObject([{ schema: TARGET }])
    expect(actions(await upgradeDatabases(live.store, all()))).toEqual({ fresh: 'none' })
  })

  it.each(RELEASE_STATES)('repairs or keeps the state "%s"', async (state) => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await createReleaseState(settings, state)
    await register(live, 'library', settings, '0.10.1')
    const result = await upgradeDatabases(live.store, all())
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, version: '0.11.0' })
    expect(await versions(live.store)).toEqual({ library: '0.11.0' })
    expect(actions(await upgradeDatabases(live.store, all()))).toEqual({ library: 'none' })
  })

  it("counts a Mathesar's own install as current only where Mathesar recorded the version", async () => {
    const live = await liveStore()
    for (const [name, recorded] of [
      ['current', '0.11.0'],
      ['recorded_as_older', '0.9.0'],
      ['recorded_as_none', '0.0.0'],
      ['recorded_as_later', '0.12.0'],
    ] as const) {
      const settings = await ownedDatabase()
      await installRelease(settings, '0.11.0')
      await register(live, name, settings, recorded)
    }
    const old = await ownedDatabase()
    await installRelease(old, '0.8.0')
    await register(live, 'really_older', old, '0.11.0')
    const result = await upgradeDatabases(live.store, all())
    expect(actions(result)).toEqual({
      current: 'none',
      really_older: 'upgrade',
      recorded_as_later: 'blocked SCHEMA_CONFLICT',
      recorded_as_none: 'upgrade',
      recorded_as_older: 'upgrade',
    })
    expect((await versions(live.store)).recorded_as_later).toBe('0.12.0')
    const from = result.databases.map(({ name, from: present }) => [name, present?.version])
    expect(Object.fromEntries(from)).toMatchObject({ recorded_as_older: '0.9.0', current: '0.11.0' })
  })

  it('upgrades from release to release, and never back', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'library', settings)
    for (const version of ['0.2.0', '0.7.0', '0.9.0', '0.11.0']) {
      const result = await upgradeDatabases(live.store, all({ source: releaseSource(releaseFiles(version)) }))
      expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 1, failed: 0 })
      expect(await versions(live.store)).toEqual({ library: version })
    }
    const back = await upgradeDatabases(live.store, all({ source: releaseSource(releaseFiles('0.8.0')) }))
    expect(actions(back)).toEqual({ library: 'blocked SCHEMA_CONFLICT' })
    expect(back.databases[0]?.error).toMatchObject({ message: expect.stringContaining('0.11.0') })
    expect(await versions(live.store)).toEqual({ library: '0.11.0' })
  })

  it('only records the version where the schemas are right and the record is not', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'library', settings)
    await upgradeDatabases(live.store, all())
    await live.internal.query(`UPDATE mathesar_database SET last_confirmed_sql_version = '0.0.0'`)
    live.store = (await reopen(live)).store
    const installId = async () => (await withSession(settings, readSchemaState)).record?.installId
    const before = await installId()
    expect(actions(await upgradeDatabases(live.store, all()))).toEqual({ library: 'confirm' })
    expect(await installId()).toBe(before)
    expect(await versions(live.store)).toEqual({ library: '0.11.0' })
  })

  it('never records an earlier version where a later release has the same SQL', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'library', settings)
    await upgradeDatabases(live.store, all())
    const earlier = releaseSource({ ...releaseFiles('0.11.0'), version: '0.10.1' })
    expect(earlier.checksum).toBe(source.checksum)
    const result = await upgradeDatabases(live.store, all({ source: earlier }))
    expect(actions(result)).toEqual({ library: 'none' })
    expect(result.databases[0]).toMatchObject({ from: TARGET, to: TARGET })
    expect(await versions(live.store)).toEqual({ library: '0.11.0' })
    await live.internal.query(`UPDATE mathesar_database SET last_confirmed_sql_version = '0.12.0'`)
    live.store = (await reopen(live)).store
    for (const each of [earlier, source]) {
      const refused = await upgradeDatabases(live.store, all({ source: each }))
      expect(actions(refused)).toEqual({ library: 'blocked SCHEMA_CONFLICT' })
    }
    expect(await versions(live.store)).toEqual({ library: '0.12.0' })
  })

  it('foresees a schema of somebody that the SQL would drop, and loses nothing of it', async () => {
    for (const creator of ['superuser', 'owner'] as const) {
      const live = await liveStore()
      const settings = await ownedDatabase()
      await installRelease(settings, '0.8.0', { size: 'small' })
      const role = creator === 'owner' ? settings : undefined
      await sql(settings.database, 'CREATE SCHEMA msar_views; CREATE TABLE msar_views.t ()', [], role)
      await register(live, 'library', settings)
      for (const dryRun of [true, false]) {
        const [blocked] = (await upgradeDatabases(live.store, all({ dryRun }))).databases
        expect(blocked?.error).toMatchObject({
          code: creator === 'owner' ? 'DEPENDENTS_EXIST' : 'INSUFFICIENT_PRIVILEGE',
          message: expect.stringContaining('table msar_views.t'),
          hint: expect.stringContaining('ALTER SCHEMA msar_views RENAME TO msar_views_old;'),
        })
        expect(blocked?.error?.hint).not.toContain('CASCADE')
      }
      await sql(settings.database, 'ALTER SCHEMA msar_views RENAME TO msar_views_old', [], role)
      expect(actions(await upgradeDatabases(live.store, all()))).toEqual({ library: 'upgrade' })
      expect(await sql(settings.database, 'SELECT * FROM msar_views_old.t')).toEqual([])
    }
  })

  it("foresees a user's own relation inside the schemas, wherever the SQL is sure to meet it", async () => {
    const NOTHING = ''
    const IN_USE = "CREATE VIEW public.labels AS SELECT msar.normalize_label('x') AS label"
    const IN_USE_INSIDE = "CREATE VIEW msar.labels AS SELECT msar.normalize_label('x') AS label"
    const IN_USE_BY_FUNCTION = `CREATE FUNCTION msar.my_label() RETURNS text
      LANGUAGE sql RETURN msar.normalize_label('x')`
    const OF_KEPT_TYPE = 'CREATE TABLE public.person (mail mathesar_types.email)'
    const TABLE = 'CREATE TABLE msar.mine (id serial)'
    // What depends on a function keeps the SQL from dropping the schemas.
    const cases: (readonly [string, string, boolean])[] = [
      [TABLE, NOTHING, true],
      [TABLE, OF_KEPT_TYPE, true],
      ['CREATE VIEW __msar.mine AS SELECT 1 AS id', NOTHING, true],
      [TABLE, IN_USE, false],
      [TABLE, IN_USE_INSIDE, false],
      // Older servers have no bodies that depend on something.
      ...(sharedCluster().major < 14 ? [] : [[TABLE, IN_USE_BY_FUNCTION, false] as const]),
      ['CREATE TABLE mathesar_types.mine (id int)', NOTHING, false],
    ]
    for (const isRecorded of [false, true]) {
      for (const [own, use, isStopped] of cases) {
        const live = await liveStore()
        const settings = await ownedDatabase()
        const earlier = releaseFiles('0.9.0', { size: 'small' })
        if (isRecorded) await installSchemaInto(settings, { source: releaseSource(earlier) })
        else await installRelease(settings, '0.9.0', { size: 'small' })
        await sql(settings.database, `${own}; ${use}`, [], settings)
        await register(live, 'library', settings)
        const small = releaseSource(releaseFiles('0.11.0', { size: 'small' }))
        for (const dryRun of [true, false]) {
          const result = await upgradeDatabases(live.store, all({ source: small, dryRun }))
          expect(actions(result), `${own} ${use} ${isRecorded}`).toEqual({
            library: isStopped ? 'blocked DEPENDENTS_EXIST' : 'upgrade',
          })
        }
      }
    }
  })

  it('never completes a later release with the SQL of an earlier one', async () => {
    for (const later of [twelve, { ...releaseFiles('0.11.0'), version: '0.12.0' }]) {
      const live = await liveStore()
      const settings = await ownedDatabase()
      await register(live, 'library', settings)
      await installSchemaInto(settings, { source: releaseSource(later) })
      await sql(settings.database, 'DROP SCHEMA __msar CASCADE')
      for (const dryRun of [true, false]) {
        const refused = await upgradeDatabases(live.store, all({ dryRun }))
        expect(actions(refused)).toEqual({ library: 'blocked SCHEMA_CONFLICT' })
        expect(refused.databases[0]?.error?.message).toContain('are those of Mathesar 0.12.0.')
      }
      expect(await versions(live.store)).toEqual({ library: '0.0.0' })
      const repaired = await upgradeDatabases(live.store, all({ source: releaseSource(later) }))
      expect(actions(repaired)).toEqual({ library: 'complete' })
    }
  })

  it('blocks all records of a database that one of them calls later, chosen or not', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await runScripts(
      settings,
      twelve.files.map((file) => file.sql),
    )
    await register(live, 'later', settings, '0.12.0')
    const other = settings.host === 'localhost' ? '127.0.0.1' : 'localhost'
    await register(live, 'other', { ...settings, host: other }, '0.10.1')
    const blocked = 'blocked SCHEMA_CONFLICT'
    expect(actions(await upgradeDatabases(live.store, all()))).toEqual({ later: blocked, other: blocked })
    const alone = await upgradeDatabases(live.store, all({ names: ['other'] }))
    expect(actions(alone)).toEqual({ other: blocked })
    expect(alone.databases[0]?.error?.message).toContain('"later"')
    expect(await labelIn(settings)).toBe('twelve')
    expect(await versions(live.store)).toEqual({ later: '0.12.0', other: '0.10.1' })
  })

  it('leaves a later release alone that Mathesar installs after the look', async () => {
    for (const present of ['0.9.0', null]) {
      const live = await liveStore()
      const settings = await ownedDatabase()
      if (present) await installRelease(settings, present)
      await register(live, 'library', settings, present ?? '0.0.0')
      const confirm = async () => {
        await runScripts(
          settings,
          twelve.files.map((file) => file.sql),
        )
        await live.internal.query(`UPDATE mathesar_database SET last_confirmed_sql_version = '0.12.0'`)
        return true
      }
      const result = await upgradeDatabases(live.store, all({ confirm }))
      expect(Object.values(actions(result))[0]).toMatch(/ SCHEMA_CONFLICT$/)
      expect(await labelIn(settings)).toBe('twelve')
      expect(await versions((await reopen(live)).store)).toEqual({ library: '0.12.0' })
    }
  })

  it('keeps the version that Mathesar records while the SQL runs, and reports it', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'library', settings)
    const onProgress = async (event: ProgressEvent) => {
      if (event.type === 'progress') recorded ??= write()
    }
    let recorded: Promise<unknown> | null = null
    const write = () =>
      live.internal.query(`UPDATE mathesar_database SET last_confirmed_sql_version = '0.12.0'`)
    const result = await upgradeDatabases(live.store, all(), {
      onProgress: (event) => void onProgress(event),
    })
    await recorded
    expect(actions(result)).toEqual({ library: 'install LOCKED' })
    expect(await versions((await reopen(live)).store)).toEqual({ library: '0.12.0' })
    const again = await upgradeDatabases((await reopen(live)).store, all())
    expect(actions(again)).toEqual({ library: 'blocked SCHEMA_CONFLICT' })
  })

  it('acts as the owner of the schemas, wherever it is among the stored roles', async () => {
    const live = await liveStore({ users: [{ username: 'admin' }, { username: 'bob' }] })
    const settings = await ownedDatabase()
    const other = await ownedDatabase()
    await register(live, 'library', { ...settings, user: other.user, password: other.password })
    await live.store.update('library', { user: settings.user, password: settings.password }, 'library', {
      users: ['bob'],
    })
    await installRelease(settings, '0.9.0')
    const result = await upgradeDatabases(live.store, all())
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 1 })
    expect(await ownersOf(settings)).toEqual([settings.user])
  })

  it('says what a user has put in the way, changes nothing there, and does the others', async () => {
    const live = await liveStore()
    const good = await ownedDatabase()
    await register(live, 'good', good)
    const own = await ownedDatabase()
    await installRelease(own, '0.9.0')
    await sql(own.database, 'CREATE TABLE msar.mine (id int)', [], own)
    await register(live, 'own', own)
    const view = await ownedDatabase()
    await installRelease(view, '0.9.0')
    await sql(view.database, 'CREATE VIEW public.domains AS SELECT * FROM msar.top_level_domains', [], view)
    await register(live, 'view', view)
    const result = await upgradeDatabases(live.store, all())
    expect(actions(result)).toEqual({
      good: 'install',
      own: 'blocked DEPENDENTS_EXIST',
      view: 'upgrade DEPENDENTS_EXIST',
    })
    expect(await versions(live.store)).toEqual({ good: '0.11.0', own: '0.0.0', view: '0.0.0' })
    expect(result.databases.find(({ name }) => name === 'view')?.error).toMatchObject({
      dependents: [{ schema: 'public', relation: 'domains', reference: 'msar.top_level_domains' }],
      hint: expect.stringContaining('mathesarctl schema dependents view'),
    })
  })

  it.each([
    [
      'a function in use',
      async (settings: ConnectionSettings) => {
        await installRelease(settings, '0.8.0')
        await sql(
          settings.database,
          `CREATE TABLE public.label (text text);
           CREATE VIEW public.labels AS SELECT msar.normalize_label(text) AS label FROM public.label`,
          [],
          settings,
        )
        await sql(
          settings.database,
          `ALTER FUNCTION msar.normalize_label(text) OWNER TO ${superuserSettings().user}`,
        )
      },
      ['ALTER ROUTINE msar.normalize_label(text) OWNER TO '],
    ],
    [
      'the remover, once a superuser removed the rest',
      async (settings: ConnectionSettings) => {
        await installRelease(settings, '0.11.0')
        await sql(settings.database, 'CREATE TABLE public.person (mail mathesar_types.email)', [], settings)
        await removeRelease(superuserSettings(settings.database), '0.11.0', { isStrict: false })
      },
      ['ALTER ROUTINE msar.drop_all_msar_objects(text[],boolean,boolean) OWNER TO '],
    ],
    [
      'what a superuser upgraded, and nothing more than what the SQL replaces',
      async (settings: ConnectionSettings) => {
        await installRelease(settings, '0.8.0')
        await sql(
          settings.database,
          `CREATE TABLE public.label (text text);
           CREATE VIEW public.labels AS SELECT msar.normalize_label(text) AS label FROM public.label`,
          [],
          settings,
        )
        await installRelease(superuserSettings(settings.database), '0.11.0')
      },
      ['ALTER ROUTINE msar.drop_all_msar_objects(text[],boolean,boolean) OWNER TO '],
    ],
  ] as const)('foresees that another role owns %s, with the statements', async (_, prepare, expected) => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await prepare(settings)
    await register(live, 'one', settings)
    const later = releaseSource(twelve)
    const rows = []
    for (const dryRun of [true, false]) {
      const { databases } = await upgradeDatabases(live.store, all({ source: later, dryRun }))
      rows.push(...databases)
      expect(databases).toMatchObject([
        {
          action: 'blocked',
          error: {
            code: 'SCHEMA_CONFLICT',
            statements: expected.map((statement) => `${statement}${settings.user};`),
          },
        },
      ])
    }
    for (const statement of rows[0]?.error?.statements ?? []) await sql(settings.database, statement)
    expect(await upgradeDatabases(live.store, all({ source: later }))).toMatchObject({ upgraded: 1 })
    expect(await ownersOf(settings)).toEqual([settings.user])
  })

  it('installs nothing in another database that took the name after the look', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'one', settings)
    const result = await upgradeDatabases(
      live.store,
      all({
        confirm: async () => {
          await sql('postgres', `DROP DATABASE ${settings.database}`)
          await sql('postgres', `CREATE DATABASE ${settings.database} OWNER ${settings.user}`)
          return true
        },
      }),
    )
    expect(result.databases).toMatchObject([{ ok: false, error: { code: 'LOCKED' } }])
    expect(await ownersOf(settings)).toEqual([])
    expect(await versions(live.store)).toEqual({ one: '0.0.0' })
  })

  it('waits for a Mathesar that installs its own SQL at the same time', async () => {
    const live = await liveStore()
    const settings = await ownedDatabase()
    await register(live, 'library', settings)
    const application = simulateApplication(live.internal, '0.11.0')
    const { host, port, database, user, password } = settings
    const running = await application.startConnect({
      host,
      port,
      database,
      role: user,
      password,
      nickname: 'library',
    })
    const upgrading = upgradeDatabases(live.store, all())
    await installRelease(settings, '0.11.0').catch(() => {})
    await running.finish()
    expect(await upgrading).toMatchObject({ failed: 0 })
    expect(await versions(live.store)).toEqual({ library: '0.11.0' })
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true })
  })

  it('does many databases of one server, several at a time', async () => {
    const live = await liveStore()
    for (let index = 0; index < 8; index++) await register(live, `tenant_${index}`, await ownedDatabase())
    const result = await upgradeDatabases(live.store, all({ concurrency: 4 }))
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 8, failed: 0 })
    expect(new Set(Object.values(await versions(live.store)))).toEqual(new Set(['0.11.0']))
  })
})

async function reopen({ internal }: LiveStore): Promise<LiveStore> {
  const { openLiveStore } = await import('../support/live-store.ts')
  return { internal, store: await openLiveStore(internal) }
}
