import { describe, expect, it } from 'vitest'
import { type EditDatabaseInput, type EditPlan, editDatabase } from '../../src/databases/edit/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import type { Store } from '../../src/store/types.ts'
import { createDatabase, createRole, ownedDatabase, sql } from '../support/database.ts'
import { collectingReports, type LiveStore, liveStore, openLiveStore } from '../support/live-store.ts'
import type { InternalDatabaseOptions } from '../support/mathesar-database.ts'

const ADMINS = {
  users: [{ username: 'ada' }, { username: 'grace' }, { username: 'eve', isSuperuser: false }],
}

function register(store: Store, name: string, settings: ConnectionSettings, users = ['ada']) {
  return store.register(name, settings, { schema: null, access: { users, sqlVersion: '0.11.0' } })
}

/** Another database of the same role. */
async function siblingOf(settings: ConnectionSettings): Promise<ConnectionSettings> {
  return { ...settings, database: await createDatabase({ owner: settings.user }) }
}

/** Changes the password of a role on the server, and returns it. */
async function newPassword(
  { user, database }: ConnectionSettings,
  password = 'a new password',
): Promise<string> {
  await sql(database, `ALTER ROLE "${user}" PASSWORD '${password}'`)
  return password
}

async function place(
  options: InternalDatabaseOptions = ADMINS,
): Promise<LiveStore & { settings: ConnectionSettings }> {
  return { ...(await liveStore(options)), settings: await ownedDatabase() }
}

describe('a new password in the internal database of a Mathesar', () => {
  it('is proved, then stored for every database of the role and its server', async () => {
    const { internal, store, settings } = await place()
    const sibling = await siblingOf(settings)
    const other = await ownedDatabase()
    await register(store, 'library', settings)
    await register(store, 'shop', sibling)
    await register(store, 'museum', other)
    await register(store, 'elsewhere', { ...settings, host: 'localhost' })
    const password = await newPassword(settings)
    const plans: EditPlan[] = []
    const input: EditDatabaseInput = {
      name: 'library',
      changes: { password },
      confirm: async (plan) => plans.push(plan) > 0,
    }
    expect(await editDatabase(store, input)).toMatchObject({
      status: 'changed',
      changed: ['password'],
      passwordSharedWith: ['shop'],
    })
    expect(plans).toMatchObject([{ changed: ['password'], passwordSharedWith: ['shop'] }])
    const reopened = await openLiveStore(internal)
    expect((await reopened.settings('library')).password).toBe(password)
    expect((await reopened.settings('shop')).password).toBe(password)
    expect((await reopened.settings('museum')).password).toBe(other.password)
    expect((await reopened.settings('elsewhere')).password).toBe(settings.password)
  })

  it('is not stored where the server refuses it', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    const before = await internal.snapshot()
    const edit = editDatabase(store, { name: 'library', changes: { password: 'wrong' } })
    await expect(edit).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(await internal.snapshot()).toEqual(before)
  })

  it('is that of the role for which it is right, where several are stored', async () => {
    const { internal, store, settings } = await place()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', settings)
    await editDatabase(store, { name: 'library', changes: bob, users: ['grace'] })
    const password = await newPassword({ ...settings, user: bob.user })
    expect(await editDatabase(store, { name: 'library', changes: { password } })).toMatchObject({
      status: 'changed',
      role: bob.user,
    })
    const reopened = await openLiveStore(internal)
    expect((await reopened.settings('library', bob.user)).password).toBe(password)
    expect((await reopened.settings('library', settings.user)).password).toBe(settings.password)
    expect((await store.find('library'))?.access).toEqual([
      { user: 'ada', role: settings.user },
      { user: 'grace', role: bob.user },
    ])
  })

  it('can be that of a chosen role, and of none that is not stored', async () => {
    const { store, settings } = await place()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', settings)
    await editDatabase(store, { name: 'library', changes: bob, users: ['grace'] })
    const password = await newPassword({ ...settings, user: bob.user })
    const changes = { password }
    const wrong = editDatabase(store, { name: 'library', changes, role: settings.user })
    await expect(wrong).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    const unknown = editDatabase(store, { name: 'library', changes, role: 'nobody' })
    await expect(unknown).rejects.toMatchObject({ code: 'USAGE', details: { field: 'role' } })
    expect(await editDatabase(store, { name: 'library', changes, role: bob.user })).toMatchObject({
      status: 'changed',
      role: bob.user,
    })
    expect(await editDatabase(store, { name: 'library', changes, role: bob.user })).toMatchObject({
      status: 'unchanged',
    })
  })

  it('repairs a damaged one, which nothing else needs', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'museum', await ownedDatabase())
    const damage = "UPDATE mathesar_configuredrole SET password = 'gAAAAA' || substr(password, 7, 40) || 'x'"
    await internal.query(`${damage} WHERE name = '${settings.user}'`)
    const fresh = await openLiveStore(internal)
    await expect(fresh.settings('library')).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    const { password } = settings
    const sslmode = editDatabase(fresh, { name: 'library', changes: { sslmode: 'allow' } })
    await expect(sslmode).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    const repaired = await editDatabase(fresh, { name: 'library', changes: { password } })
    expect(repaired).toMatchObject({ status: 'changed', changed: ['password'] })
    expect(await fresh.settings('library')).toEqual(settings)
  })

  it.each(['0002', '0003', '0005', '0007', '0010'] as const)('is stored in the layout %s', async (step) => {
    const { internal, store, settings } = await place({ ...ADMINS, step })
    const { database } = settings
    await register(store, database, { ...settings, password: 'an old one' })
    const edit = await editDatabase(store, { name: database, changes: { password: settings.password } })
    expect(edit).toMatchObject({ status: 'changed', changed: ['password'] })
    expect((await (await openLiveStore(internal)).settings(database)).password).toBe(settings.password)
  })

  it('is planned by a dry run, which stores nothing', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'shop', await siblingOf(settings))
    const password = await newPassword(settings)
    const before = await internal.snapshot()
    const planned = await editDatabase(store, { name: 'library', changes: { password }, dryRun: true })
    expect(planned).toMatchObject({ status: 'planned', changed: ['password'], passwordSharedWith: ['shop'] })
    expect(await internal.snapshot()).toEqual(before)
  })

  it('is not stored over a row that changed since the plan', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    const password = await newPassword(settings)
    const confirm = async () => {
      await internal.query("UPDATE mathesar_server SET host = 'elsewhere.example.org'")
      return true
    }
    const edit = editDatabase(store, { name: 'library', changes: { password }, confirm })
    await expect(edit).rejects.toMatchObject({ code: 'LOCKED' })
    const reopened = await openLiveStore(internal)
    expect(await reopened.settings('library')).toMatchObject({
      host: 'elsewhere.example.org',
      password: settings.password,
    })
  })
})

describe('another server in the internal database of a Mathesar', () => {
  it('is that of the database alone, and the old one stays for the others', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'shop', await siblingOf(settings))
    const moved = await editDatabase(store, { name: 'library', changes: { host: 'localhost' } })
    expect(moved).toMatchObject({ status: 'changed', changed: ['host'], before: { host: settings.host } })
    expect(moved).not.toHaveProperty('deletes')
    const reopened = await openLiveStore(internal)
    expect(await reopened.settings('library')).toEqual({ ...settings, host: 'localhost' })
    expect((await reopened.find('shop'))?.host).toBe(settings.host)
  })

  it('leaves a server and roles without use behind, which the plan counts and the change deletes', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await internal.query(
      `INSERT INTO mathesar_configuredrole (name, server_id, password, created_at, updated_at)
        SELECT 'unused', id, NULL, now(), now() FROM mathesar_server`,
    )
    const planned = { deletes: { roles: 1, servers: 1 } }
    const input = { name: 'library', changes: { host: 'localhost' } }
    expect(await editDatabase(store, { ...input, dryRun: true })).toMatchObject(planned)
    expect(await editDatabase(store, input)).toMatchObject({ status: 'changed', ...planned })
    const rows = await internal.snapshot()
    expect(rows.mathesar_server).toMatchObject([{ host: 'localhost' }])
    expect(rows.mathesar_configuredrole).toMatchObject([{ name: settings.user }])
  })

  it('has the role that moves along, which is not counted as deleted', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'museum', await ownedDatabase())
    const moved = await editDatabase(store, { name: 'library', changes: { host: 'localhost' } })
    expect(moved).toMatchObject({ status: 'changed' })
    expect(moved).not.toHaveProperty('deletes')
    const roles = (await internal.snapshot()).mathesar_configuredrole ?? []
    expect(roles.filter(({ name }) => name === settings.user)).toHaveLength(1)
  })

  it('brings its sslmode along where it is stored already, and gets a new password of the role', async () => {
    const { internal, store, settings } = await place()
    const sibling = await siblingOf(settings)
    await register(store, 'library', settings)
    await register(store, 'shop', { ...sibling, host: 'localhost', sslmode: 'allow', password: 'an old one' })
    const moved = await editDatabase(store, { name: 'library', changes: { host: 'localhost' } })
    expect(moved).toMatchObject({ changed: ['host', 'sslmode'], passwordSharedWith: ['shop'] })
    expect(moved).not.toHaveProperty('sslmodeSharedWith')
    const reopened = await openLiveStore(internal)
    expect(await reopened.settings('shop')).toEqual({ ...sibling, host: 'localhost', sslmode: 'allow' })
  })

  it('is warned of where it is the old one in another spelling, or means another machine to a container', async () => {
    const { store, settings } = await place()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', settings)
    await register(store, 'shop', await siblingOf(settings))
    await editDatabase(store, { name: 'library', changes: bob, users: ['grace'] })
    const reports = collectingReports()
    const input = { name: 'library', changes: { host: 'localhost' }, role: settings.user, dryRun: true }
    await editDatabase(store, { ...input, isInContainer: true }, reports)
    expect(reports.warnings).toEqual([
      expect.stringContaining('has no Mathesar schemas'),
      expect.stringContaining('where "localhost" is the container itself'),
      `Role "${bob.user}" moves along, and was not tried on the new server.`,
      expect.stringContaining(`stored already, as ${settings.host}:${settings.port}`),
    ])
  })

  it('is refused where it has the database under another name', async () => {
    const { store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'twin', { ...settings, host: 'localhost' })
    const edit = editDatabase(store, { name: 'library', changes: { host: 'localhost' } })
    await expect(edit).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining('"twin"'),
    })
  })
})

describe('the sslmode in the internal database of a Mathesar', () => {
  it('is that of the server, so that the change names its other databases', async () => {
    const { store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'shop', await siblingOf(settings))
    const changed = await editDatabase(store, { name: 'library', changes: { sslmode: 'allow' } })
    expect(changed).toMatchObject({ changed: ['sslmode'], sslmodeSharedWith: ['shop'] })
    expect(await store.find('shop')).toMatchObject({ sslmode: 'allow' })
  })

  it('is proved as it is given, and stored as the strongest that a row can hold', async () => {
    const { store, settings } = await place()
    await register(store, 'library', settings)
    const edit = editDatabase(store, { name: 'library', changes: { sslmode: 'verify-full' } })
    await expect(edit).rejects.toMatchObject({ code: 'TLS_FAILED' })
    expect(await store.find('library')).toMatchObject({ sslmode: settings.sslmode })
  })

  it('does not change where the layout has no column for it', async () => {
    const { store, settings } = await place({ ...ADMINS, step: '0009' })
    const reports = collectingReports()
    await register(store, 'library', settings)
    const edit = await editDatabase(store, { name: 'library', changes: { sslmode: 'disable' } }, reports)
    expect(edit).toMatchObject({ status: 'unchanged' })
    expect(reports.warnings).toHaveLength(1)
  })
})

describe('users of Mathesar', () => {
  it('are mapped to the role of a database, wherever they were mapped before', async () => {
    const { store, settings } = await place()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', settings)
    await editDatabase(store, { name: 'library', changes: bob, users: ['grace'] })
    const input = { name: 'library', changes: {}, users: ['eve', 'grace', 'ada'], role: settings.user }
    const access = [
      { user: 'eve', role: settings.user, before: null },
      { user: 'grace', role: settings.user, before: bob.user },
    ]
    expect(await editDatabase(store, input)).toMatchObject({ status: 'changed', changed: ['access'], access })
    expect((await store.find('library'))?.access).toHaveLength(3)
    expect(await editDatabase(store, input)).toMatchObject({ status: 'unchanged' })
  })

  it('are refused where Mathesar does not know them, with the similar ones', async () => {
    const { store, settings } = await place()
    await register(store, 'library', settings)
    const edit = editDatabase(store, { name: 'library', changes: {}, users: ['grcae'] })
    await expect(edit).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('grace') })
  })

  it('move to another role with --user, which is proved by its password', async () => {
    const { store, settings } = await place()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    await register(store, 'library', settings, ['ada', 'grace'])
    const changes = { user: bob.user, password: bob.password }
    expect(await editDatabase(store, { name: 'library', changes })).toMatchObject({
      changed: ['user', 'password', 'access'],
      access: [
        { user: 'ada', role: bob.user, before: settings.user },
        { user: 'grace', role: bob.user, before: settings.user },
      ],
    })
    expect(await store.settings('library')).toMatchObject(bob)
    const back = await editDatabase(store, { name: 'library', changes: { user: settings.user } })
    expect(back).toMatchObject({
      status: 'changed',
      access: [{ role: settings.user }, { role: settings.user }],
    })
  })

  it('give a database a role that had none', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await internal.query('DELETE FROM mathesar_userdatabaserolemap; DELETE FROM mathesar_configuredrole')
    const fresh = await openLiveStore(internal)
    const { user, password } = settings
    const nobody = editDatabase(fresh, { name: 'library', changes: { user, password } })
    await expect(nobody).rejects.toMatchObject({ code: 'USAGE', details: { field: 'mathesar-user' } })
    const edit = await editDatabase(fresh, { name: 'library', changes: { user, password }, users: ['ada'] })
    expect(edit).toMatchObject({ status: 'changed', access: [{ user: 'ada', role: user, before: null }] })
    expect(await fresh.settings('library')).toEqual(settings)
  })

  it('are no part of a Mathesar 0.1.x, which says that it has to be restarted', async () => {
    const { store, settings } = await place({ step: 'legacy-identity' })
    const reports = collectingReports()
    await store.register('library', settings, { schema: null })
    const edit = editDatabase(store, { name: 'library', changes: {}, users: ['ada'] })
    await expect(edit).rejects.toMatchObject({ code: 'USAGE', details: { field: 'mathesar-user' } })
    const password = await newPassword(settings)
    await editDatabase(store, { name: 'library', changes: { password } }, reports)
    expect(await store.settings('library')).toMatchObject({ password })
    expect(reports.warnings.join()).toContain('reads it when it starts')
  })
})

describe('the name in the internal database of a Mathesar', () => {
  it('becomes the nickname, and none that another database has', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'shop', await siblingOf(settings))
    const renamed = await editDatabase(store, { name: 'library', changes: {}, rename: 'archive' })
    expect(renamed).toMatchObject({ name: 'archive', changed: ['name'] })
    expect((await internal.snapshot()).mathesar_database).toMatchObject([{ nickname: 'archive' }, {}])
    const taken = editDatabase(store, { name: 'archive', changes: {}, rename: 'shop' })
    await expect(taken).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  })

  it('is the full one of databases that share a name', async () => {
    const { internal, store, settings } = await place()
    await register(store, 'library', settings)
    await register(store, 'other', { ...settings, host: 'localhost' })
    await internal.query("UPDATE mathesar_database SET nickname = 'library'")
    const fresh = await openLiveStore(internal)
    const edit = editDatabase(fresh, { name: 'library', changes: {}, rename: 'x' })
    await expect(edit).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining(`"library@${settings.host}", "library@localhost"`),
    })
    const renamed = await editDatabase(fresh, { name: 'library@localhost', changes: {}, rename: 'x' })
    expect(renamed).toMatchObject({ name: 'x' })
    expect(await fresh.names()).toEqual(['library', 'x'])
  })

  it('cannot change where the layout has no nicknames', async () => {
    const { store, settings } = await place({ ...ADMINS, step: '0002' })
    await register(store, settings.database, settings)
    const edit = editDatabase(store, { name: settings.database, changes: {}, rename: 'x' })
    await expect(edit).rejects.toMatchObject({ code: 'USAGE', details: { field: 'rename' } })
  })
})
