import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type AddDatabaseInput, type AddPlan, addDatabase } from '../../src/databases/add/index.ts'
import type { ProgressEvent, RunOptions } from '../../src/databases/events.ts'
import { installSchemaInto } from '../../src/databases/schema.ts'
import { testDatabases } from '../../src/databases/test.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { openStore } from '../../src/store/index.ts'
import type { LiveOptions, Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { mathesarSchemas } from '../support/installed.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  type InternalDatabaseOptions,
} from '../support/mathesar-database.ts'
import { startCluster } from '../support/postgres.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { serverTlsFiles, tlsFile } from '../support/tls.ts'

/** An internal database of Mathesar, opened as a store. */
interface Live {
  internal: InternalDatabase
  store: Store
}

async function newLive(options: InternalDatabaseOptions = {}): Promise<Live> {
  const internal = await createInternalDatabase(options)
  return { internal, store: await opened(internal) }
}

async function opened({ url, settings, secretKey }: InternalDatabase): Promise<Store> {
  const live: LiveOptions = {
    settings,
    connect: { timeoutMs: 10_000 },
    lockTimeoutMs: 5_000,
    journal: 'database',
    journalDirectory: null,
    acceptUnknownLayout: false,
  }
  const store = await openStore(url, () => secretKey, { create: false, live })
  onTestFinished(() => store.close())
  return store
}

/** Collects the warnings of a run. */
function collector(): RunOptions & { warnings: string[] } {
  const warnings: string[] = []
  const onProgress = (event: ProgressEvent) => {
    if (event.type === 'warning') warnings.push(event.message)
  }
  return { warnings, onProgress }
}

function register(
  store: Store,
  name: string,
  settings: ConnectionSettings,
  input: Partial<AddDatabaseInput> = {},
  options: RunOptions = {},
) {
  return addDatabase(store, { name, settings, registerOnly: true, ...input }, options)
}

const ADMIN = { username: 'admin' }

describe('adding a database to a live Mathesar', () => {
  it('refuses to install the bundled SQL, and names the release and --register-only', async () => {
    const { store } = await newLive()
    const adding = addDatabase(store, { name: 'library', settings: await ownedDatabase() })
    await expect(adding).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringMatching(/--schema-source.*--release.*--register-only/),
      details: { field: 'schema-source' },
    })
    expect(await store.names()).toEqual([])
  })

  it('passes its test after it was registered, though it has no Mathesar schemas yet', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'library', settings)
    const { warnings, onProgress } = collector()
    const [test] = await testDatabases(store, ['library'], { onProgress: onProgress ?? (() => {}) })
    expect(test).toMatchObject({ ok: true, schema: null, error: null })
    expect(warnings).toEqual([
      `Database "${settings.database}" is registered, and has no Mathesar schemas yet.`,
    ])
    await internal.query("UPDATE mathesar_database SET last_confirmed_sql_version = '0.11.0'")
    const [installed] = await testDatabases(await opened(internal), ['library'])
    expect(installed).toMatchObject({ ok: false, error: { code: 'SCHEMA_CONFLICT' } })
  })

  it.each(['0002', '0003', '0005', '0010', '0012'] as const)(
    'writes the rows that the application writes, at migration %s',
    async (step) => {
      const { internal, store } = await newLive({ step })
      const settings = await ownedDatabase()
      const hasNicknames = step !== '0002'
      const name = hasNicknames ? 'Library' : settings.database
      const added = await register(store, name, settings)
      expect(added).toMatchObject({
        name,
        status: 'added',
        schema: null,
        schemaAction: 'none',
        awaitsInstall: true,
        access: [{ user: 'admin', role: settings.user }],
      })
      expect(await mathesarSchemas(settings.database)).toEqual([])
      const rows = await internal.snapshot()
      expect(rows.mathesar_server).toMatchObject([{ host: settings.host, port: settings.port }])
      expect(rows.mathesar_database).toMatchObject([
        { name: settings.database, last_confirmed_sql_version: '0.0.0' },
      ])
      expect(rows.mathesar_configuredrole).toMatchObject([{ name: settings.user }])
      expect(rows.mathesar_userdatabaserolemap).toHaveLength(1)
      expect(await store.interrupted()).toEqual([])
      const again = await register(await opened(internal), name, settings)
      expect(again.status).toBe('unchanged')
      expect(await internal.snapshot()).toEqual(rows)
    },
  )

  it('gives the named users access, and no others', async () => {
    const { store } = await newLive({ users: [ADMIN, { username: 'bob', isSuperuser: false }] })
    const settings = await ownedDatabase()
    const added = await register(store, 'library', settings, { users: ['bob', 'bob'] })
    expect(added.access).toEqual([{ user: 'bob', role: settings.user }])
  })

  it('refuses a user whom Mathesar does not know, and lists similar ones', async () => {
    const { store } = await newLive({ users: [ADMIN, { username: 'robert' }, { username: 'zoe' }] })
    const adding = register(store, 'library', await ownedDatabase(), { users: ['rupert'] })
    await expect(adding).rejects.toMatchObject({
      code: 'USAGE',
      message: 'This Mathesar has no user "rupert".',
      hint: 'It has "robert", "zoe" and "admin".',
      details: { field: 'mathesar-user' },
    })
  })

  it('refuses an add without an active superuser, and names the flag', async () => {
    const { internal, store } = await newLive({
      users: [
        { username: 'gone', isActive: false },
        { username: 'bob', isSuperuser: false },
      ],
    })
    const settings = await ownedDatabase()
    const before = await internal.snapshot()
    await expect(register(store, 'library', settings)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--mathesar-user'),
      details: { field: 'mathesar-user' },
    })
    expect(await internal.snapshot()).toEqual(before)
    const { warnings, ...options } = collector()
    await register(store, 'library', settings, { users: ['gone'] }, options)
    expect(warnings).toEqual(['The Mathesar user "gone" is not active, and can\'t log in.'])
  })

  it('gives later administrators access when it adds the same database for them', async () => {
    const { internal, store } = await newLive({ users: [ADMIN, { username: 'bob' }] })
    const settings = await ownedDatabase()
    await register(store, 'library', settings, { users: ['admin'] })
    const again = await register(store, 'library', settings)
    expect(again).toMatchObject({ status: 'unchanged', access: [{ user: 'admin', role: settings.user }] })
    const added = await register(store, 'library', settings, { users: ['bob'] })
    expect(added).toMatchObject({ status: 'updated', updated: ['access'] })
    expect(await (await opened(internal)).find('library')).toMatchObject({
      access: [
        { user: 'admin', role: settings.user },
        { user: 'bob', role: settings.user },
      ],
    })
  })

  it('stores a second role for users who have none, and moves those that are named', async () => {
    const { store } = await newLive({ users: [ADMIN, { username: 'bob' }] })
    const settings = await ownedDatabase()
    const reader = { ...settings, ...(await createRole()) }
    await register(store, 'library', settings, { users: ['admin'] })
    const added = await register(store, 'library', reader)
    expect(added).toMatchObject({
      status: 'updated',
      updated: ['access'],
      access: [
        { user: 'admin', role: settings.user },
        { user: 'bob', role: reader.user },
      ],
      accessChanges: [{ user: 'bob', role: reader.user, before: null }],
    })
    expect((await store.find('library'))?.access).toEqual(added.access)
    expect(await store.settings('library', reader.user)).toMatchObject({ password: reader.password })
    let plan: AddPlan | null = null
    const confirm = async (shown: AddPlan) => {
      plan = shown
      return true
    }
    await register(store, 'library', reader, { users: ['admin'], confirm })
    expect(plan).toMatchObject({ row: { access: { moved: [{ user: 'admin', role: settings.user }] } } })
    expect((await store.find('library'))?.access).toEqual([
      { user: 'admin', role: reader.user },
      { user: 'bob', role: reader.user },
    ])
  })

  it('refuses a second role whom nobody would use', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'library', settings)
    const reader = { ...settings, ...(await createRole()) }
    await expect(register(store, 'library', reader)).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'mathesar-user' },
    })
  })

  it('refuses the name of another database', async () => {
    const { store } = await newLive()
    await register(store, 'library', await ownedDatabase())
    await expect(register(store, 'library', await ownedDatabase())).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
  })

  it('refuses another name for a stored database, and names the stored one', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'library', settings)
    await expect(register(store, 'books', settings)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: 'This database is stored already, under the name "library".',
    })
  })

  it('refuses a name of its own where Mathesar has no nicknames', async () => {
    const { store } = await newLive({ step: '0002' })
    const settings = await ownedDatabase()
    await expect(register(store, 'Library', settings)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining(`"${settings.database}@${settings.host}"`),
      details: { field: 'name' },
    })
    const { name } = await register(store, `${settings.database}@${settings.host}`, settings)
    expect(name).toBe(settings.database)
  })

  it('uses the stored spelling of a server instead of storing it again', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    const second = { ...settings, database: await createDatabase({ owner: settings.user }) }
    await register(store, 'one', settings)
    const { warnings, ...options } = collector()
    const added = await register(store, 'two', { ...second, host: 'localhost' }, {}, options)
    expect(added).toMatchObject({
      status: 'added',
      storedServer: { host: settings.host, port: settings.port },
    })
    expect(warnings).toEqual([
      `The server localhost:${settings.port} is stored already, as ${settings.host}:${settings.port}: the ` +
        'database is stored with that spelling.',
    ])
    expect((await internal.snapshot()).mathesar_server).toHaveLength(1)
    expect(await register(store, 'two', { ...second, host: 'localhost' })).toMatchObject({
      status: 'unchanged',
    })
    await expect(register(store, 'three', { ...second, host: 'localhost' })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: 'This database is stored already, under the name "two".',
    })
  })

  describe('behind an address with a port', () => {
    const behind = (settings: ConnectionSettings) => ({
      given: { ...settings, host: 'db.mathesar.test' },
      addresses: new Map([
        ['db.mathesar.test', { address: settings.host, port: settings.port, origin: 'address' as const }],
      ]),
    })

    it('warns of a port that no connection proves, and names the likely one', async () => {
      const { store } = await newLive()
      const settings = await ownedDatabase()
      const { given, addresses } = behind(settings)
      const { warnings, ...options } = collector()
      await register(store, 'library', given, { dryRun: true }, { ...options, addresses })
      expect(warnings).toEqual([
        `Port ${given.port} of "${given.host}" was not checked: this machine reaches the host through an ` +
          `address with a port of its own, ${settings.host}:${settings.port}.`,
      ])
      await register(store, 'library', { ...given, port: 5432 }, {}, { ...options, addresses })
      expect(warnings).toHaveLength(1)
    })

    it('expects the port of the internal database on the same host', async () => {
      const { internal, store } = await newLive()
      const { given, addresses } = behind(await ownedDatabase())
      const { warnings, ...options } = collector()
      const settings = { ...internal.settings, host: given.host, port: 6000 }
      const known = { internal: [{ settings, source: '--internal-db' }], dryRun: true }
      await register(store, 'one', { ...given, port: 6000 }, known, { ...options, addresses })
      expect(warnings).toEqual([])
      await register(store, 'one', { ...given, port: 5432 }, known, { ...options, addresses })
      expect(warnings).toEqual([expect.stringContaining(`Port 5432 of "${given.host}" was not checked`)])
    })

    it('takes no other port of that host for the same server or database', async () => {
      const { internal, store } = await newLive()
      const settings = await ownedDatabase()
      const { given, addresses } = behind(settings)
      const second = { ...given, port: 5432, database: await createDatabase({ owner: settings.user }) }
      await register(store, 'one', given, {}, { addresses })
      const added = await register(store, 'two', second, {}, { addresses })
      expect(added.storedServer).toBeUndefined()
      expect((await internal.snapshot()).mathesar_server).toMatchObject([
        { port: given.port },
        { port: 5432 },
      ])
      const again = await register(store, 'three', { ...given, port: 5432 }, {}, { addresses })
      expect(again).toMatchObject({ status: 'added', alsoStoredAs: [] })
    })
  })

  it('replaces the password of a role for all of its databases, and names them', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    const second = { ...settings, database: await createDatabase({ owner: settings.user }) }
    await register(store, 'one', settings)
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'new'`)
    let plan: AddPlan | null = null
    const confirm = async (shown: AddPlan) => {
      plan = shown
      return true
    }
    const added = await register(store, 'two', { ...second, password: 'new' }, { confirm })
    expect(plan).toMatchObject({ row: { passwordSharedWith: ['one'], isStoredPassword: false } })
    expect(added.passwordSharedWith).toEqual(['one'])
    expect(await (await opened(internal)).settings('one')).toMatchObject({ password: 'new' })
  })

  it('uses the stored password of a role where none is given', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    const second = { ...settings, database: await createDatabase({ owner: settings.user }) }
    await register(store, 'one', settings)
    const added = await register(store, 'two', { ...second, password: null })
    expect(added.passwordSharedWith).toBeUndefined()
    expect(await store.settings('two')).toMatchObject({ password: settings.password })
  })

  it('keeps the TLS mode of a stored server unless another one is given, and then names its databases', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'one', settings)
    const second = {
      ...settings,
      database: await createDatabase({ owner: settings.user }),
      sslmode: 'prefer',
    } as const
    const assumed = await register(store, 'two', second, { assumed: ['sslmode'] })
    expect(assumed.sslmodeSharedWith).toBeUndefined()
    expect(await store.find('two')).toMatchObject({ sslmode: 'disable' })
    const third = { ...second, database: await createDatabase({ owner: settings.user }) }
    const given = await register(store, 'three', third)
    expect(given.sslmodeSharedWith).toEqual(['one', 'two'])
    expect(await store.find('one')).toMatchObject({ sslmode: 'prefer' })
  })

  it('warns before it changes the password or the TLS mode of other databases, also in a dry run', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'one', settings)
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'new'`)
    const database = await createDatabase({ owner: settings.user })
    const second = { ...settings, database, password: 'new', sslmode: 'prefer' } as const
    const before = await internal.snapshot()
    const expected = [
      `The new password of role "${settings.user}" replaces the stored one also for "one".`,
      'TLS mode prefer replaces disable also for "one".',
    ]
    const { warnings, onProgress } = collector()
    const confirm = async () => true
    await register(store, 'two', second, { dryRun: true, confirm }, { onProgress: onProgress ?? (() => {}) })
    expect(warnings).toEqual(expected)
    expect(await internal.snapshot()).toEqual(before)
    const confirmed = collector()
    await register(store, 'two', second, { confirm: async () => false }, confirmed).catch(() => {})
    // The plan that was shown states both.
    expect(confirmed.warnings).toEqual([])
    const script = collector()
    await register(store, 'two', second, {}, script)
    expect(script.warnings).toEqual(expected)
  })

  it('warns of authorities that no row holds', async () => {
    const { store } = await newLive()
    const settings = { ...(await ownedDatabase()), sslmode: 'prefer', sslrootcert: '/tmp/none.pem' } as const
    const { warnings, ...options } = collector()
    await register(store, 'one', settings, { dryRun: true }, options)
    expect(warnings).toEqual([
      "The record can't contain the authorities of /tmp/none.pem, and sslmode prefer does not use them.",
    ])
  })

  it('states how this machine can reach a host that only Mathesar knows', async () => {
    const { store } = await newLive()
    const settings = { ...(await ownedDatabase()), host: 'no.such.host.invalid' }
    await expect(register(store, 'one', settings)).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      hint: expect.stringContaining('--address no.such.host.invalid=ADDRESS[:PORT]'),
    })
  })

  it('states how to replace a stored password that the server refuses', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    await register(store, 'my books', settings)
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'changed'`)
    const [test] = await testDatabases(store, ['my books'], {})
    expect(test?.error?.hint).toContain("\n  mathesarctl db edit 'my books' --password-stdin < FILE")
  })

  it('states no use of schemas that do not exist', async () => {
    const { store } = await newLive()
    const settings = { ...(await ownedDatabase()), ...(await createRole()) }
    const details: string[] = []
    const onProgress = (event: ProgressEvent) => {
      if (event.type === 'check' && event.check === 'privileges') details.push(event.detail)
    }
    await register(store, 'one', settings, {}, { onProgress })
    expect(details).toEqual([`role "${settings.user}" may connect to the database`])
  })

  it('creates a database and registers it', async () => {
    const { internal, store } = await newLive()
    const role = await createRole({ attributes: 'CREATEDB' })
    const settings = { ...superuserSettings(uniqueName('db')), ...role }
    const added = await register(store, 'library', settings, { createDatabase: true })
    expect(added).toMatchObject({ status: 'added', createdDatabase: true, schema: null, awaitsInstall: true })
    expect(await (await opened(internal)).find('library')).toMatchObject({ confirmedVersion: '0.0.0' })
    expect(await store.interrupted()).toEqual([])
  })

  it('warns of a loopback host where Mathesar runs in a container', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    const { warnings, ...options } = collector()
    await register(store, 'library', settings, { isInContainer: true }, options)
    expect(warnings).toEqual([
      `This Mathesar runs in a container, where "${settings.host}" is the container itself, and not this machine.`,
    ])
  })

  it('refuses the internal database of the Mathesar itself', async () => {
    const { internal, store } = await newLive()
    const adding = register(store, 'own', { ...internal.settings, host: 'localhost' })
    await expect(adding).rejects.toMatchObject({ code: 'INTERNAL_DATABASE_TARGET' })
  })

  it('changes nothing in a dry run, and returns what it would store', async () => {
    const { internal, store } = await newLive()
    const before = await internal.snapshot()
    const settings = await ownedDatabase()
    expect(await register(store, 'library', settings, { dryRun: true })).toMatchObject({
      status: 'planned',
      access: [{ user: 'admin', role: settings.user }],
      awaitsInstall: true,
    })
    expect(await internal.snapshot()).toEqual(before)
  })
})

describe('adding a database of a server with TLS to a live Mathesar', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>
  beforeAll(async () => {
    cluster = await startCluster({ settings: ['ssl = on'], files: serverTlsFiles() })
  })
  afterAll(() => cluster.stop())

  it.each([
    ['0012', 'require', "The record can't contain sslmode verify-full: it contains require."],
    ['0005', null, "The record can't contain sslmode verify-full: Mathesar connects with prefer."],
  ] as const)(
    'proves verify-full, and stores what that Mathesar has a place for: %s',
    async (step, stored, warning) => {
      const { internal, store } = await newLive({ step })
      const authorities = join(temporaryDirectory(), 'ca.pem')
      writeFileSync(authorities, tlsFile('ca.crt'))
      const settings = {
        ...(await ownedDatabase({}, cluster)),
        host: 'localhost',
        sslmode: 'verify-full',
        sslrootcert: authorities,
      } as const
      const { warnings, ...options } = collector()
      expect(await register(store, 'library', settings, {}, options)).toMatchObject({ status: 'added' })
      expect(warnings).toContain(warning)
      const [server] = (await internal.snapshot()).mathesar_server ?? []
      expect(server?.sslmode ?? null).toBe(stored)
      writeFileSync(authorities, tlsFile('other-ca.crt'))
      const refused = register(store, 'other', { ...settings, database: 'postgres' })
      await expect(refused).rejects.toMatchObject({ code: 'TLS_FAILED' })
      expect(
        await register(store, 'library', { ...settings, sslmode: 'require', sslrootcert: null }),
      ).toMatchObject({
        status: 'unchanged',
      })
    },
  )
})

describe('an add to a live Mathesar after one that was killed', () => {
  it('goes on where nothing was done yet', async () => {
    const { store } = await newLive()
    const settings = await ownedDatabase()
    const access = { users: ['admin'], sqlVersion: '0.0.0' }
    const killed = await store.begin({ kind: 'add', name: 'library', settings, access })
    await killed.release()
    expect(await register(store, 'library', settings)).toMatchObject({ status: 'added' })
    expect(await store.interrupted()).toEqual([])
  })

  it('finishes one that had stored the row', async () => {
    const { internal, store } = await newLive()
    const settings = await ownedDatabase()
    const access = { users: ['admin'], sqlVersion: '0.0.0' }
    const killed = await store.begin({ kind: 'add', name: 'library', settings, access })
    await killed.release()
    await internal.query(
      `INSERT INTO mathesar_server (host, port, sslmode, created_at, updated_at)
        VALUES ($1, $2, 'prefer', now(), now())`,
      [settings.host, settings.port],
    )
    await internal.query(
      `WITH d AS (
        INSERT INTO mathesar_database
          (name, nickname, server_id, last_confirmed_sql_version, created_at, updated_at)
        VALUES ($1, 'library', 1, '0.0.0', now(), now()) RETURNING id
      ), r AS (
        INSERT INTO mathesar_configuredrole (name, password, server_id, created_at, updated_at)
        VALUES ($2, $3, 1, now(), now()) RETURNING id
      )
      INSERT INTO mathesar_userdatabaserolemap
        (user_id, database_id, configured_role_id, server_id, created_at, updated_at)
      SELECT 1, d.id, r.id, 1, now(), now() FROM d, r`,
      [settings.database, settings.user, await internal.encrypt(settings.password ?? '')],
    )
    const other = await opened(internal)
    expect(await register(other, 'library', settings)).toMatchObject({
      access: [{ user: 'admin', role: settings.user }],
    })
    expect(await other.interrupted()).toEqual([])
  })
})

describe('adding a database to a Mathesar 0.1.x on PostgreSQL', () => {
  it.each(['legacy-serial', 'legacy-identity'] as const)(
    'installs the bundled schemas, and reports that Mathesar has to be restarted: %s',
    async (step) => {
      const { internal, store } = await newLive({ step })
      const settings = await ownedDatabase()
      const { warnings, ...options } = collector()
      const added = await addDatabase(store, { name: 'library', settings }, options)
      expect(added).toMatchObject({ status: 'added', schemaAction: 'install', schema: { source: 'bundled' } })
      expect(added.access).toBeUndefined()
      expect(warnings.at(-1)).toBe(
        'The internal database is that of a Mathesar 0.1.x, which reads it when it starts.',
      )
      expect((await internal.snapshot()).mathesar_database).toMatchObject([{ db_name: settings.database }])
      expect(await store.interrupted()).toEqual([])
    },
  )

  describe('of schemas that a later Mathesar uses', () => {
    const LATER = /^A later Mathesar uses database ".*" now: .*can no longer work on it\.$/

    it.each([true, false])('adopts those of a later Mathesar with a warning, dry run: %s', async (dryRun) => {
      const { store } = await newLive({ step: 'legacy-identity' })
      const settings = await ownedDatabase()
      await installRelease(settings, '0.11.0')
      const { warnings, ...options } = collector()
      expect(await addDatabase(store, { name: 'library', settings, dryRun }, options)).toMatchObject({
        schemaAction: 'adopt',
      })
      expect(warnings).toContainEqual(expect.stringMatching(LATER))
    })

    it('warns where it only registers the database', async () => {
      const { store } = await newLive({ step: 'legacy-identity' })
      const settings = await ownedDatabase()
      await installRelease(settings, '0.11.0')
      const { warnings, ...options } = collector()
      await register(store, 'library', settings, {}, options)
      expect(warnings).toContainEqual(expect.stringMatching(LATER))
    })

    it('refuses those that mathesarctl installed from a release, unless the operator chooses', async () => {
      const { store } = await newLive({ step: 'legacy-identity' })
      const settings = await ownedDatabase()
      await installSchemaInto(settings, { source: releaseSource(releaseFiles('0.11.0', { size: 'small' })) })
      const add = (existingSchema: 'adopt' | 'replace' | null, options: RunOptions = {}) =>
        addDatabase(store, { name: 'library', settings, existingSchema, dryRun: true }, options)
      await expect(add(null)).rejects.toMatchObject({
        kind: 'used by later',
        code: 'SCHEMA_CONFLICT',
        message: expect.stringMatching(LATER),
        hint: expect.stringMatching(/replace .*later Mathesar that uses this database can then no longer/),
        details: { field: 'existing-schema' },
      })
      const adopted = collector()
      await add('adopt', adopted)
      expect(adopted.warnings).toContainEqual(expect.stringMatching(LATER))
      const replaced = collector()
      await add('replace', replaced)
      expect(replaced.warnings.join('\n')).toContain(
        'A later Mathesar that uses this database can then no longer',
      )
    })
  })
})
