import { describe, expect, it } from 'vitest'
import { editDatabase } from '../../src/databases/edit/index.ts'
import { listDatabases, showDatabase } from '../../src/databases/list.ts'
import { type RemovePlan, removeDatabase } from '../../src/databases/remove/index.ts'
import { testDatabases } from '../../src/databases/test.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { Store } from '../../src/store/types.ts'
import { createDatabase, createRole, ownedDatabase, sql } from '../support/database.ts'
import { collectingReports, liveStore, openLiveStore } from '../support/live-store.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const ADMINS = { users: [{ username: 'ada' }, { username: 'grace' }] }

function register(store: Store, name: string, settings: ConnectionSettings, users = ['ada']) {
  return store.register(name, settings, { schema: null, access: { users, sqlVersion: '0.11.0' } })
}

/** A database with schema msar, as a release of Mathesar leaves it as far as a removal is concerned. */
async function databaseWithSchemas(): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await sql(settings.database, 'CREATE SCHEMA msar; CREATE SCHEMA __msar', [], settings)
  return settings
}

async function schemas(database: string): Promise<string[]> {
  const rows = await sql<{ nspname: string }>(
    database,
    "SELECT nspname FROM pg_namespace WHERE nspname IN ('msar', '__msar') ORDER BY 1",
  )
  return rows.map(({ nspname }) => nspname)
}

const EVERYTHING = {
  servers: 1,
  roles: 1,
  access: 2,
  explorations: 1,
  forms: 1,
  columnSettings: 1,
  tableSettings: 1,
}

describe('a removal from the internal database of a Mathesar', () => {
  it('says first how many rows of Mathesar go, warns of what people lose, and deletes them', async () => {
    const { internal, store } = await liveStore(ADMINS)
    const before = await internal.snapshot()
    const settings = await ownedDatabase()
    const { id } = await register(store, 'library', settings, ['ada', 'grace'])
    await simulateApplication(internal).work({ server: 1, database: id, role: 1 })
    const fresh = await openLiveStore(internal)
    const reports = collectingReports()
    const plans: RemovePlan[] = []
    const stored = await internal.snapshot()
    const planned = await removeDatabase(fresh, { name: 'library', dryRun: true }, reports)
    expect(planned).toMatchObject({ status: 'planned', deletes: EVERYTHING })
    expect(await internal.snapshot()).toEqual(stored)
    expect(reports.warnings).toEqual([
      'The removal of "library" also deletes 1 exploration and 1 form that Mathesar\'s users created.',
    ])
    const confirm = async (plan: RemovePlan) => plans.push(plan) > 0
    const removed = await removeDatabase(fresh, { name: 'library', confirm })
    expect(removed).toMatchObject({ status: 'removed', schemaRemoved: false, deletes: EVERYTHING })
    expect(plans).toMatchObject([{ deletes: EVERYTHING }])
    expect(await internal.snapshot()).toEqual(before)
  })

  it('deletes nothing of what other databases use', async () => {
    const { internal, store } = await liveStore(ADMINS)
    const settings = await ownedDatabase()
    await register(store, 'shop', { ...settings, database: await createDatabase({ owner: settings.user }) })
    const before = await internal.snapshot()
    await register(store, 'library', settings)
    expect(await removeDatabase(store, { name: 'library' })).toMatchObject({ deletes: { access: 1 } })
    expect(await internal.snapshot()).toMatchObject({
      mathesar_server: [{ id: before.mathesar_server?.[0]?.id }],
      mathesar_configuredrole: before.mathesar_configuredrole,
      mathesar_database: before.mathesar_database,
    })
  })

  it('drops the schemas as the stored role that owns them, whoever is mapped first', async () => {
    const { internal, store } = await liveStore(ADMINS)
    const settings = await databaseWithSchemas()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', { ...settings, ...bob })
    const { user, password } = settings
    await editDatabase(store, { name: 'library', changes: { user, password }, users: ['grace'] })
    const fresh = await openLiveStore(internal)
    expect((await fresh.find('library'))?.roles).toEqual([bob.user, user])
    const refused = removeDatabase(fresh, { name: 'library', removeSchema: true, role: bob.user })
    await expect(refused).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
    expect(await removeDatabase(fresh, { name: 'library', removeSchema: true })).toMatchObject({
      schemaRemoved: true,
      role: user,
      deletes: { servers: 1, roles: 2, access: 2 },
    })
    expect(await schemas(settings.database)).toEqual([])
    expect(await fresh.names()).toEqual([])
    expect(await fresh.interrupted()).toEqual([])
  })

  it('removes the record alone where the server is gone', async () => {
    const { store } = await liveStore(ADMINS)
    const settings = await ownedDatabase()
    await register(store, 'library', { ...settings, port: 1 })
    const input = { name: 'library', removeSchema: true }
    await expect(removeDatabase(store, input)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(await removeDatabase(store, { ...input, forgetUnreachable: true })).toMatchObject({
      forgotten: true,
      deletes: { servers: 1, roles: 1, access: 1 },
    })
    expect(await store.names()).toEqual([])
  })

  it('needs the full name of one of several databases', async () => {
    const { internal, store } = await liveStore(ADMINS)
    const settings = await ownedDatabase()
    await register(store, 'library', settings)
    await register(store, 'other', { ...settings, host: 'localhost' })
    await internal.query("UPDATE mathesar_database SET nickname = 'library'")
    const fresh = await openLiveStore(internal)
    await expect(removeDatabase(fresh, { name: 'library' })).rejects.toMatchObject({ code: 'USAGE' })
    expect(await removeDatabase(fresh, { name: 'library@localhost' })).toMatchObject({
      name: 'library@localhost',
    })
    expect(await fresh.find('library')).toMatchObject({ host: settings.host })
  })

  it('says that a Mathesar 0.1.x has to be restarted', async () => {
    const { internal, store } = await liveStore({ step: 'legacy-serial' })
    const before = await internal.snapshot()
    const reports = collectingReports()
    await store.register('library', await ownedDatabase(), { schema: null })
    expect(await removeDatabase(store, { name: 'library' }, reports)).toMatchObject({ deletes: {} })
    expect(reports.warnings.join()).toContain('reads it when it starts')
    expect(await internal.snapshot()).toEqual(before)
  })
})

describe('a database of a Mathesar', () => {
  it('shows who uses it as which role, and the SQL that Mathesar recorded', async () => {
    const { store } = await liveStore(ADMINS)
    const settings = await ownedDatabase()
    await register(store, 'library', settings, ['ada', 'grace'])
    const shown = {
      user: settings.user,
      access: [
        { user: 'ada', role: settings.user },
        { user: 'grace', role: settings.user },
      ],
      schema: { source: 'mathesar', version: '0.11.0' },
    }
    expect(await showDatabase(store, 'library')).toMatchObject(shown)
    expect(await listDatabases(store)).toMatchObject([shown])
  })

  it('without a role fails its test, which advises to store one', async () => {
    const { internal, store } = await liveStore(ADMINS)
    await register(store, 'library', await ownedDatabase())
    await internal.query('DELETE FROM mathesar_userdatabaserolemap; DELETE FROM mathesar_configuredrole')
    const fresh = await openLiveStore(internal)
    expect(await testDatabases(fresh, 'all')).toMatchObject([
      {
        ok: false,
        error: { code: 'AUTHENTICATION_FAILED', hint: expect.stringContaining('db edit library') },
      },
    ])
    expect(await listDatabases(fresh)).toMatchObject([{ user: '', roles: [] }])
  })

  it('without schemas gets a hint that names the web page, and no command of this program', async () => {
    const { store } = await liveStore(ADMINS)
    await register(store, 'library', await ownedDatabase())
    const [test] = await testDatabases(store, ['library'])
    expect(test?.error).toMatchObject({ code: 'SCHEMA_CONFLICT', hint: expect.stringContaining('web page') })
  })
})
