import { describe, expect, it, onTestFinished } from 'vitest'
import { type AddDatabaseInput, type AddPlan, addDatabase } from '../../src/databases/add/index.ts'
import type { ProgressEvent, RunOptions } from '../../src/databases/events.ts'
import { installSchemaInto } from '../../src/databases/schema.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  type InternalDatabaseOptions,
} from '../support/mathesar-database.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'

interface Live {
  internal: InternalDatabase
  store: Store
}

async function newLive(options: InternalDatabaseOptions = {}): Promise<Live> {
  const internal = await createInternalDatabase(options)
  return { internal, store: await opened(internal) }
}

async function opened({ url, settings, secretKey }: InternalDatabase): Promise<Store> {
  const live = {
    settings,
    connect: { timeoutMs: 10_000 },
    lockTimeoutMs: 5_000,
    journal: 'database',
    journalDirectory: null,
    acceptUnknownLayout: false,
  } as const
  const store = await openStore(url, () => secretKey, { create: false, live })
  onTestFinished(() => store.close())
  return store
}

function release(version: string): SchemaSource {
  return releaseSource(releaseFiles(version, { size: 'small' }))
}

function add(
  store: Store,
  name: string,
  settings: ConnectionSettings,
  input: Partial<AddDatabaseInput> = {},
  options: RunOptions = {},
) {
  return addDatabase(store, { name, settings, source: release('0.11.0'), ...input }, options)
}

/** Adds a database without installing anything. */
function register(store: Store, name: string, settings: ConnectionSettings) {
  return addDatabase(store, { name, settings, registerOnly: true })
}

function collector(): { warnings: string[]; onProgress: (event: ProgressEvent) => void } {
  const warnings: string[] = []
  const onProgress = (event: ProgressEvent) => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  return { warnings, onProgress }
}

async function confirmedVersions({ internal }: Pick<Live, 'internal'>): Promise<unknown[]> {
  const rows = (await internal.snapshot()).mathesar_database ?? []
  return rows.map((row) => row.last_confirmed_sql_version)
}

const RELEASE_0_11 = { source: 'release', version: '0.11.0' }

describe('adding a database to a modern Mathesar with the SQL of its release', () => {
  it.each(['0002', '0012'] as const)(
    'installs the schemas and writes the rows that the application writes, at migration %s',
    async (step) => {
      const live = await newLive({ step })
      const { internal, store } = live
      const settings = await ownedDatabase()
      const name = step === '0002' ? settings.database : 'Library'
      const added = await add(store, name, settings)
      expect(added).toMatchObject({
        name,
        status: 'added',
        schema: RELEASE_0_11,
        schemaAction: 'install',
        access: [{ user: 'admin', role: settings.user }],
      })
      expect(added.awaitsInstall).toBeUndefined()
      expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
      expect(await confirmedVersions(live)).toEqual(['0.11.0'])
      expect(await store.interrupted()).toEqual([])
      const rows = await internal.snapshot()
      const again = await add(await opened(internal), name, settings)
      expect(again).toMatchObject({ status: 'unchanged', schemaAction: 'keep', schema: RELEASE_0_11 })
      expect(await internal.snapshot()).toEqual(rows)
      expect(await (await opened(internal)).find(name)).toMatchObject({ schema: RELEASE_0_11 })
    },
  )

  it('says that the schemas are installed where only the rows can not be stored', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    await sql(
      internal.settings.database,
      `CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
       CREATE TRIGGER keep BEFORE INSERT ON public.mathesar_database FOR EACH ROW EXECUTE FUNCTION public.keep()`,
      [],
      internal.settings,
    )
    await expect(add(store, 'library', settings)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringMatching(/^Nothing was changed in the internal database.*same command again stores/),
    })
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    await sql(
      internal.settings.database,
      'DROP TRIGGER keep ON public.mathesar_database',
      [],
      internal.settings,
    )
    await add(await opened(internal), 'library', settings)
    expect(await (await opened(internal)).names()).toEqual(['library'])
  })

  it('records the version that the release gives itself', async () => {
    const live = await newLive()
    const added = await add(live.store, 'library', await ownedDatabase(), { source: release('0.10.0') })
    expect(added.schema?.version).toBe('0.9.0')
    expect(await confirmedVersions(live)).toEqual(['0.9.0'])
  })

  it('shows in the plan which release is installed and where it was read', async () => {
    const { store } = await newLive()
    const plans: AddPlan[] = []
    const confirm = async (plan: AddPlan) => {
      plans.push(plan)
      return false
    }
    const source = { ...release('0.11.0'), origin: '/opt/mathesar' }
    const settings = await ownedDatabase()
    await expect(add(store, 'library', settings, { source, confirm })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect(plans).toMatchObject([
      {
        schemaAction: 'install',
        schemaBefore: null,
        source: { name: 'release', version: '0.11.0', origin: '/opt/mathesar' },
      },
    ])
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await store.names()).toEqual([])
  })

  it('upgrades the schemas of an earlier release, and warns of the Mathesar that uses them', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.2.0', { size: 'small' })
    const { warnings, ...options } = collector()
    const added = await add(live.store, 'library', settings, {}, options)
    expect(added).toMatchObject({ schemaAction: 'upgrade', schema: RELEASE_0_11 })
    expect(warnings).toEqual([
      expect.stringMatching(/the Mathesar schemas of .*Mathesar.*; those of Mathesar 0\.11\.0 take/),
    ])
    expect(await confirmedVersions(live)).toEqual(['0.11.0'])
  })

  it('adopts the schemas of a Mathesar where the operator says so, and confirms no version', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.2.0', { size: 'small' })
    const added = await add(live.store, 'library', settings, { existingSchema: 'adopt' })
    expect(added).toMatchObject({ schemaAction: 'adopt', schema: { source: 'adopted' } })
    expect(await confirmedVersions(live)).toEqual(['0.0.0'])
    expect(await live.store.find('library')).toMatchObject({ schema: null })
  })

  it('refuses to upgrade them where the operator says so', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.2.0', { size: 'small' })
    const adding = add(store, 'library', settings, { existingSchema: 'refuse' })
    await expect(adding).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(await store.names()).toEqual([])
  })

  it('puts the SQL of the release in the place of the bundled one', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await installSchemaInto(settings)
    const added = await add(live.store, 'library', settings)
    expect(added).toMatchObject({ schemaAction: 'upgrade', schema: RELEASE_0_11 })
    expect(await confirmedVersions(live)).toEqual(['0.11.0'])
  })

  it('refuses a role that can not replace the bundled schemas, with which that Mathesar can not work', async () => {
    const { store } = await newLive()
    const owner = await ownedDatabase()
    await installSchemaInto(owner)
    const other = { ...owner, ...(await createRole()) }
    await sql(owner.database, `GRANT CREATE ON SCHEMA public TO "${other.user}"`)
    await expect(add(store, 'library', other)).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
    expect(await store.names()).toEqual([])
  })

  it('installs the schemas of a registered database, and confirms the version', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await register(live.store, 'library', settings)
    expect(await confirmedVersions(live)).toEqual(['0.0.0'])
    const added = await add(await opened(live.internal), 'library', settings)
    expect(added).toMatchObject({ status: 'updated', updated: ['schemas'], schema: RELEASE_0_11 })
    expect(await confirmedVersions(live)).toEqual(['0.11.0'])
  })

  it('confirms the version of a stored database whose schemas are right already', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await add(live.store, 'library', settings)
    await live.internal.query("UPDATE mathesar_database SET last_confirmed_sql_version = '0.2.0'")
    await add(await opened(live.internal), 'library', settings)
    expect(await confirmedVersions(live)).toEqual(['0.11.0'])
  })

  it('confirms the version for every name of the same database', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await register(live.store, 'one', settings)
    const rows = await live.internal.snapshot()
    const [server] = rows.mathesar_server ?? []
    // Mathesar counts another spelling of the host as another server.
    await live.internal.query(
      `WITH s AS (INSERT INTO mathesar_server (host, port, sslmode, created_at, updated_at)
        VALUES ('localhost', $1, 'prefer', now(), now()) RETURNING id),
      r AS (INSERT INTO mathesar_configuredrole (name, password, server_id, created_at, updated_at)
        SELECT name, password, (SELECT id FROM s), now(), now() FROM mathesar_configuredrole RETURNING id),
      d AS (INSERT INTO mathesar_database (name, nickname, server_id, last_confirmed_sql_version, created_at, updated_at)
        SELECT $2, 'two', id, '0.0.0', now(), now() FROM s RETURNING id)
      INSERT INTO mathesar_userdatabaserolemap (user_id, server_id, database_id, configured_role_id, created_at, updated_at)
        SELECT 1, s.id, d.id, r.id, now(), now() FROM s, d, r`,
      [server?.port, settings.database],
    )
    const added = await add(await opened(live.internal), 'one', settings)
    expect(added).toMatchObject({ status: 'updated', alsoStoredAs: ['two'] })
    expect(await confirmedVersions(live)).toEqual(['0.11.0', '0.11.0'])
  })

  it('registers schemas that this program installed with their version', async () => {
    const live = await newLive()
    const settings = await ownedDatabase()
    await installSchemaInto(settings, { source: release('0.11.0') })
    const added = await register(live.store, 'library', settings)
    expect(added).toMatchObject({ status: 'added', schema: RELEASE_0_11 })
    expect(added.awaitsInstall).toBeUndefined()
    expect(await confirmedVersions(live)).toEqual(['0.11.0'])
  })

  it('leaves nothing behind where the rows can not be stored', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    await add(store, 'library', await ownedDatabase())
    const before = await internal.snapshot()
    await expect(add(store, 'library', settings)).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await internal.snapshot()).toEqual(before)
  })
})

describe('the SQL of a release elsewhere', () => {
  it.each(['legacy-serial', 'legacy-identity'] as const)(
    'is refused by a Mathesar 0.1.x (%s)',
    async (step) => {
      const { store } = await newLive({ step })
      const settings = await ownedDatabase()
      await expect(add(store, settings.database, settings)).rejects.toMatchObject({
        code: 'USAGE',
        details: { field: 'schema-source' },
      })
      expect(await mathesarSchemas(settings.database)).toEqual([])
    },
  )

  it('is installed and recorded where the internal database is that of no Mathesar', async () => {
    const key = 'a-secret-key-of-the-tests'
    const store = await openStore(`${temporaryDirectory()}/internal.sqlite3`, () => key, { create: true })
    onTestFinished(() => store.close())
    const added = await add(store, 'library', await ownedDatabase())
    expect(added).toMatchObject({ status: 'added', schema: RELEASE_0_11 })
    expect(await store.find('library')).toMatchObject({ schema: RELEASE_0_11 })
  })

  it('excludes --register-only', async () => {
    const { store } = await newLive()
    const adding = add(store, 'library', await ownedDatabase(), { registerOnly: true })
    await expect(adding).rejects.toMatchObject({ code: 'USAGE', details: { field: 'schema-source' } })
  })
})
