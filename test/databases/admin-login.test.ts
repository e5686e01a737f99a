import { describe, expect, it } from 'vitest'
import type { AdminLogin } from '../../src/databases/admin-login.ts'
import { removeDatabase } from '../../src/databases/remove/index.ts'
import { upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { Store } from '../../src/store/types.ts'
import { installedDatabase, withSession } from '../schema/support.ts'
import { freshPath, open } from '../store/support.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
} from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { mathesarSchemas } from '../support/installed.ts'
import { liveStore } from '../support/live-store.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'

const bundled = bundledSource()
const release = releaseSource(releaseFiles('0.11.0'))

function login(user: string, password: string | null): AdminLogin {
  return { user, passwordFor: () => ({ password, source: { kind: 'file', path: '/a/file' } }) }
}

function superuser(): AdminLogin {
  const { superuser: user, password } = sharedCluster()
  return login(user, password)
}

async function storeOf(settings: ConnectionSettings): Promise<Store> {
  const store = await open(freshPath())
  await store.register('one', settings, { schema: null })
  return store
}

function upgrade(store: Store, admin: AdminLogin | undefined, source: SchemaSource = bundled) {
  return upgradeDatabases(store, { names: 'all', source, admin })
}

async function ownersIn(database: string): Promise<string[]> {
  const rows = await sql<{ owner: string }>(
    database,
    `SELECT DISTINCT owner::regrole::text AS owner FROM (
       SELECT nspowner AS owner FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types')
       UNION SELECT proowner FROM pg_proc WHERE pronamespace::regnamespace::text IN ('msar', '__msar')
       UNION SELECT typowner FROM pg_type WHERE typnamespace::regnamespace::text = 'mathesar_types'
       UNION SELECT relowner FROM pg_class WHERE relnamespace::regnamespace::text = 'msar') AS owners`,
  )
  return rows.map(({ owner }) => owner)
}

/** A database whose schemas belong to another role than the stored one. */
async function strangersDatabase() {
  const owner = await installedDatabase()
  await recordVersion(owner.database, '0.0.0')
  const stranger = await createRole()
  return { owner, settings: { ...owner, ...stranger } }
}

describe("an upgrade with an administrator's login", () => {
  it('upgrades what the stored role may not, keeps the owner, and stores nothing of the login', async () => {
    const { owner, settings } = await strangersDatabase()
    const store = await storeOf(settings)
    const without = await upgrade(store, undefined)
    expect(without.databases).toMatchObject([
      { action: 'blocked', error: { code: 'INSUFFICIENT_PRIVILEGE' } },
    ])
    expect(await upgrade(store, superuser())).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await ownersIn(owner.database)).toEqual([owner.user])
    expect(await store.settings('one')).toEqual(settings)
    expect((await withSession(owner, readSchemaState)).record?.version).toBe(bundled.version)
  })

  it('foresees that the stored role, which will own the schemas, may not create them', async () => {
    const database = await createDatabase()
    const stored = await createRole()
    const { store } = await liveStore()
    const settings = { ...superuserSettings(database), ...stored }
    await store.register('one', settings, { schema: null, access: { users: ['admin'], sqlVersion: '0.0.0' } })
    const input = { names: 'all', source: release, admin: superuser() } as const
    const plan = await upgradeDatabases(store, { ...input, dryRun: true })
    expect(plan.databases).toMatchObject([
      {
        action: 'blocked',
        error: {
          code: 'INSUFFICIENT_PRIVILEGE',
          message: expect.stringContaining(`Role "${stored.user}" lacks the privilege CREATE`),
          hint: expect.stringContaining(`TO "${stored.user}"`),
        },
      },
    ])
    await sql('postgres', `GRANT CREATE ON DATABASE ${database} TO ${stored.user}`)
    expect(await upgradeDatabases(store, input)).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await ownersIn(database)).toEqual([stored.user])
  })

  it.each([
    ['bundled', bundled],
    ['release', release],
  ] as const)(
    'foresees that it may not act as the stored role, and works once it may (%s)',
    async (_, source) => {
      const owner = await ownedDatabase()
      const stored = await createRole()
      await sql('postgres', `GRANT CREATE ON DATABASE ${owner.database} TO ${stored.user}`)
      const store = await storeOf({ ...owner, user: stored.user, password: 'wrong' })
      const input = { names: 'all', source, admin: login(owner.user, owner.password) } as const
      for (const dryRun of [true, false]) {
        expect((await upgradeDatabases(store, { ...input, dryRun })).databases).toMatchObject([
          {
            action: 'blocked',
            error: {
              code: 'INSUFFICIENT_PRIVILEGE',
              message: `Role "${stored.user}" is to own the Mathesar schemas, and role "${owner.user}" may not act as that role.`,
              hint: expect.stringContaining('with --admin-user'),
            },
          },
        ])
      }
      await sql('postgres', `GRANT ${stored.user} TO ${owner.user}`)
      expect(await upgradeDatabases(store, input)).toMatchObject({ upgraded: 1 })
      expect(await ownersIn(owner.database)).toEqual([stored.user])
    },
  )

  it.each([
    ['bundled', bundled],
    ['release', release],
  ] as const)('gives empty schemas of others to the stored role (%s)', async (_, source) => {
    const owner = await ownedDatabase()
    const stranger = await createRole()
    await sql(
      owner.database,
      `CREATE SCHEMA mathesar_types; CREATE SCHEMA msar AUTHORIZATION ${stranger.user};
       CREATE SCHEMA __msar AUTHORIZATION ${owner.user}`,
    )
    const store = await storeOf(owner)
    const claim = `ALTER SCHEMA "mathesar_types" OWNER TO "${owner.user}";`
    for (const dryRun of [true, false]) {
      const { databases } = await upgradeDatabases(store, { names: 'all', source, dryRun })
      expect(databases).toMatchObject([
        { error: { code: 'INSUFFICIENT_PRIVILEGE', hint: expect.stringContaining(claim) } },
      ])
      expect(databases[0]?.error?.hint).not.toContain('GRANT')
    }
    const input = { names: 'all', source, admin: superuser() } as const
    const plan = await upgradeDatabases(store, { ...input, dryRun: true })
    expect(plan.databases).toMatchObject([{ action: 'install', ok: true }])
    expect(await upgradeDatabases(store, input)).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await ownersIn(owner.database)).toEqual([owner.user])
  })

  it('gives its own empty schemas to a stored role that it may act as, without a superuser', async () => {
    const owner = await ownedDatabase()
    const stored = await createRole()
    await sql(
      owner.database,
      `GRANT CREATE ON DATABASE ${owner.database} TO ${stored.user}; GRANT ${stored.user} TO ${owner.user};
       CREATE SCHEMA mathesar_types AUTHORIZATION ${owner.user}`,
    )
    const store = await storeOf({ ...owner, user: stored.user, password: 'wrong' })
    expect(await upgrade(store, login(owner.user, owner.password), release)).toMatchObject({ upgraded: 1 })
    expect(await ownersIn(owner.database)).toEqual([stored.user])
  })

  it('leaves empty schemas to a role that the stored one may act as', async () => {
    const owner = await ownedDatabase()
    const group = await createRole()
    await sql(
      owner.database,
      `GRANT ${group.user} TO ${owner.user}; GRANT CREATE ON DATABASE ${owner.database} TO ${group.user};
       CREATE SCHEMA mathesar_types AUTHORIZATION ${group.user}`,
    )
    const store = await storeOf({ ...owner, password: 'wrong' })
    expect(await upgrade(store, superuser(), release)).toMatchObject({ upgraded: 1 })
    expect(await ownersIn(owner.database)).toEqual([group.user])
  })

  it('is never advised to become a superuser by a grant', async () => {
    const database = await createDatabase()
    const stored = await createRole()
    await sql('postgres', `GRANT CREATE ON DATABASE ${database} TO ${stored.user}`)
    await installRelease(superuserSettings(database), '0.9.0')
    const store = await storeOf({ ...superuserSettings(database), ...stored })
    const { databases } = await upgrade(store, undefined, release)
    expect(databases).toMatchObject([{ action: 'blocked', error: { code: 'INSUFFICIENT_PRIVILEGE' } }])
    expect(databases[0]?.error?.hint).not.toContain('GRANT')
    expect(databases[0]?.error?.hint).toContain('--admin-user')
  })

  it('works as the owner of the schemas, who is no administrator', async () => {
    const { owner, settings } = await strangersDatabase()
    const store = await storeOf(settings)
    expect(await upgrade(store, login(owner.user, owner.password))).toMatchObject({ upgraded: 1 })
  })

  it('needs no stored role that can log in', async () => {
    const { owner, settings } = await strangersDatabase()
    const store = await storeOf({ ...settings, password: 'wrong' })
    expect(await upgrade(store, superuser())).toMatchObject({ upgraded: 1 })
    expect(await ownersIn(owner.database)).toEqual([owner.user])
  })

  it.each([
    ['bundled', bundled],
    ['release', release],
  ] as const)('gives new schemas of the source %s to the stored role', async (_, source) => {
    const role = await createRole()
    const database = await createDatabase()
    await sql('postgres', `GRANT CREATE ON DATABASE "${database}" TO "${role.user}"`)
    const settings = { ...superuserSettings(database), ...role }
    const store = await storeOf(settings)
    const result = await upgrade(store, superuser(), source)
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await ownersIn(database)).toEqual([role.user])
  })

  it("upgrades a Mathesar's own install, and its owner stays", async () => {
    const { internal: _, store } = await liveStore()
    const owner = await ownedDatabase()
    await installRelease(owner, '0.9.0')
    const stranger = await createRole()
    const access = { users: ['admin'], sqlVersion: '0.9.0' }
    await store.register('one', { ...owner, ...stranger, sslmode: 'prefer' }, { access, schema: null })
    const result = await upgrade(store, superuser(), release)
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 1, failed: 0 })
    expect(await ownersIn(owner.database)).toEqual([owner.user])
    expect((await store.list()).map(({ user, confirmedVersion }) => [user, confirmedVersion])).toEqual([
      [stranger.user, '0.11.0'],
    ])
  })

  it('leaves databases to their stored roles where those may do it', async () => {
    const { owner, settings } = await strangersDatabase()
    const own = await installedDatabase()
    await recordVersion(own.database, '0.0.0')
    const store = await storeOf(settings)
    await store.register('two', own, { schema: null })
    const result = await upgrade(store, login(owner.user, owner.password))
    expect(result, JSON.stringify(result)).toMatchObject({ upgraded: 2, failed: 0 })
    expect(await ownersIn(own.database)).toEqual([own.user])
  })

  it('states both refusals where neither login may do it', async () => {
    const { settings } = await strangersDatabase()
    const store = await storeOf(settings)
    const other = await createRole()
    const result = await upgrade(store, login(other.user, other.password))
    expect(result.databases).toMatchObject([
      {
        action: 'blocked',
        error: {
          code: 'INSUFFICIENT_PRIVILEGE',
          message: expect.stringContaining(`"${other.user}"`),
          hint: expect.stringMatching(`The stored role was refused as well: .*"${settings.user}"`),
        },
      },
    ])
  })

  it('names the login that was refused, and where its password came from', async () => {
    const { settings } = await strangersDatabase()
    const store = await storeOf(settings)
    const { superuser: user } = sharedCluster()
    const result = await upgrade(store, login(user, 'wrong'))
    expect(result.databases).toMatchObject([
      {
        action: 'blocked',
        error: {
          code: 'AUTHENTICATION_FAILED',
          message: expect.stringContaining(`"${user}"`),
          hint: expect.stringContaining('/a/file'),
        },
      },
    ])
    const missing = await upgrade(store, { user, passwordFor: () => ({ password: null, source: null }) })
    expect(missing.databases).toMatchObject([
      { error: { code: 'USAGE', hint: expect.stringContaining('--admin-password-file') } },
    ])
  })

  it('asks once for the password of several databases', async () => {
    const first = await strangersDatabase()
    const store = await storeOf(first.settings)
    await store.register('two', (await strangersDatabase()).settings, { schema: null })
    const { superuser: user, password } = sharedCluster()
    let asked = 0
    let answer: Promise<string> | null = null
    const ask = () => {
      answer ??= Promise.resolve().then(() => {
        asked++
        return password
      })
      return answer
    }
    const admin = { user, passwordFor: () => ({ password: null, source: null }), ask }
    expect(await upgrade(store, admin)).toMatchObject({ upgraded: 2, failed: 0 })
    expect(asked).toBe(1)
  })
})

describe("a removal with an administrator's login", () => {
  it.each(['sqlite', 'live'] as const)(
    'drops the schemas of another role, and keeps the login out of the journal, on the store %s',
    async (kind) => {
      const { owner, settings } = await strangersDatabase()
      const stored = { ...settings, sslmode: kind === 'live' ? ('prefer' as const) : settings.sslmode }
      const store = kind === 'live' ? (await liveStore()).store : await open(freshPath())
      const access = kind === 'live' ? { access: { users: ['admin'], sqlVersion: '0.0.0' } } : {}
      await store.register('one', stored, { ...access, schema: null })
      const begun: unknown[] = []
      const watching: Store = {
        ...store,
        async begin(operation) {
          const held = await store.begin(operation)
          begun.push(operation, held.settings)
          return held
        },
      }
      const input = { name: 'one', removeSchema: true }
      await expect(removeDatabase(watching, input)).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
      const result = await removeDatabase(watching, { ...input, admin: superuser() })
      expect(result).toMatchObject({ status: 'removed', schemaRemoved: true })
      expect(await mathesarSchemas(owner.database)).toEqual([])
      expect(await store.names()).toEqual([])
      expect(begun).toHaveLength(2)
      const { superuser: user, password } = sharedCluster()
      expect(JSON.stringify(begun)).not.toContain(`"user":"${user}"`)
      expect(JSON.stringify(begun)).not.toContain(password)
    },
  )

  it.each([
    [
      'schemas that an upgrade as a superuser left to several roles',
      (owner: ConnectionSettings) => installRelease(superuserSettings(owner.database), '0.10.0'),
    ],
    [
      'a domain that belongs to another role than its schema',
      async ({ database }: ConnectionSettings) => {
        await sql(database, 'ALTER DOMAIN mathesar_types.email OWNER TO postgres')
      },
    ],
  ] as const)('lets a superuser drop %s', async (_, divide) => {
    const owner = await ownedDatabase()
    await installRelease(owner, '0.9.0')
    await divide(owner)
    const store = await storeOf(owner)
    const input = { name: 'one', removeSchema: true }
    await expect(removeDatabase(store, input)).rejects.toMatchObject({
      code: 'SCHEMA_CONFLICT',
      hint: expect.stringContaining('Or add --admin-user with a superuser: that login is used once'),
    })
    const other = await createRole()
    const admin = login(other.user, other.password)
    await expect(removeDatabase(store, { ...input, admin })).rejects.toMatchObject({
      hint: expect.stringMatching('(a superuser|that role) with --admin-user'),
    })
    const result = await removeDatabase(store, { ...input, admin: superuser() })
    expect(result).toMatchObject({ status: 'removed', schemaRemoved: true })
    expect(await mathesarSchemas(owner.database)).toEqual([])
  })

  it('leaves the schemas to the stored role where that may drop them', async () => {
    const own = await installedDatabase()
    const store = await storeOf(own)
    const admin = login('no such role', 'wrong')
    const result = await removeDatabase(store, { name: 'one', removeSchema: true, admin })
    expect(result).toMatchObject({ status: 'removed', schemaRemoved: true })
    expect(await mathesarSchemas(own.database)).toEqual([])
  })

  it('states both refusals where neither login may drop the schemas', async () => {
    const { owner, settings } = await strangersDatabase()
    const store = await storeOf(settings)
    const admin = login(owner.user, 'wrong')
    await expect(removeDatabase(store, { name: 'one', removeSchema: true, admin })).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      hint: expect.stringMatching(`The stored role was refused as well: .*"${settings.user}"`),
    })
  })
})
