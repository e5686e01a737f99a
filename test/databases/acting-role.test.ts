import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type ActingRoleRequest,
  actingSettings,
  findStored,
  openAsActingRole,
} from '../../src/databases/acting-role.ts'
import type { ProgressEvent } from '../../src/databases/events.ts'
import { testDatabases } from '../../src/databases/test.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { collectingReports } from '../support/live-store.ts'

type Login = { user: string; password: string | null }

/**
 * A store whose database "library" has several roles, as one of a live Mathesar has; `asked` lists the roles
 * whose settings were read.
 */
async function storeOfRoles(
  settings: ConnectionSettings,
  logins: readonly Login[],
  mapped?: readonly Login[],
): Promise<{ store: Store; asked: string[] }> {
  const base = await openStore(`${temporaryDirectory()}/internal.sqlite3`, () => 'a key', { create: true })
  onTestFinished(() => base.close())
  await base.register('library', settings, { schema: null })
  const asked: string[] = []
  const store: Store = {
    ...base,
    find: async (name) => {
      const stored = await base.find(name)
      const roles = logins.map(({ user }) => user)
      const access = mapped?.map(({ user }) => ({ user: `user of ${user}`, role: user }))
      return stored && { ...stored, user: roles[0] ?? '', roles, ...(access === undefined ? {} : { access }) }
    },
    settings: async (name, role) => {
      const login = logins.find(({ user }) => user === role) ?? logins[0]
      asked.push(login?.user ?? '')
      return { ...(await base.settings(name)), ...login }
    },
  }
  return { store, asked }
}

/** A database whose schema msar belongs to `owner`, and another role that can log in. */
async function sharedDatabase() {
  const settings = await ownedDatabase()
  const owner = { user: settings.user, password: settings.password }
  const other = await createRole()
  await sql(settings.database, 'CREATE SCHEMA msar', [], owner)
  return { settings, owner, other }
}

async function actingRole(store: Store, request: ActingRoleRequest = {}): Promise<string> {
  const details: string[] = []
  const onProgress = (event: ProgressEvent) => {
    if (event.type === 'detail' && event.message.includes('acts')) details.push(event.message)
  }
  const acting = await openAsActingRole(store, await findStored(store, 'library'), request, { onProgress })
  const rows = await acting.session.query<{ user: string }>('SELECT current_user AS user')
  await acting.session.close()
  expect(rows).toEqual([{ user: acting.settings.user }])
  return [acting.settings.user, ...details].join(': ')
}

describe('the role that acts on a stored database', () => {
  it('is the one that owns schema msar, wherever it stands among the stored roles', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const text = `${owner.user}: role "${owner.user}" acts: it owns schema msar`
    for (const logins of [
      [other, owner],
      [owner, other],
    ]) {
      const { store } = await storeOfRoles(settings, logins)
      expect(await actingRole(store)).toBe(text)
    }
  })

  it('is the first one where no stored role owns schema msar, or there is none', async () => {
    const { settings, other } = await sharedDatabase()
    const third = await createRole()
    const { store } = await storeOfRoles(settings, [third, other])
    expect(await actingRole(store)).toBe(
      `${third.user}: role "${third.user}" acts: no stored role owns schema msar`,
    )
    await sql(settings.database, 'DROP SCHEMA msar')
    expect(await actingRole(store)).toMatch(`${third.user}: `)
  })

  it('is the next one that can log in where the first one cannot', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const wrong = { user: other.user, password: 'wrong' }
    const dropped = { user: 'dropped long ago', password: 'x' }
    const third = await createRole()
    const { store } = await storeOfRoles(settings, [wrong, dropped, third, owner])
    expect(await actingRole(store)).toMatch(`${owner.user}: `)
    const { store: without } = await storeOfRoles(settings, [wrong, dropped, third])
    expect(await actingRole(without)).toMatch(`${third.user}: `)
  })

  it('is the first one where the owner of schema msar cannot log in, and says so', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const { store } = await storeOfRoles(settings, [other, { ...owner, password: 'wrong' }])
    expect(await actingRole(store)).toBe(
      `${other.user}: role "${other.user}" acts: role "${owner.user}", which owns schema msar, can't log in`,
    )
  })

  it('fails with the error of the first one where none can log in, without a word about the others', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const { store } = await storeOfRoles(settings, [
      { ...other, password: 'wrong' },
      { ...owner, password: 'wrong' },
    ])
    const events: ProgressEvent[] = []
    const opened = openAsActingRole(
      store,
      await findStored(store, 'library'),
      {},
      { onProgress: (event) => events.push(event) },
    )
    await expect(opened).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(other.user),
    })
    expect(JSON.stringify(events)).not.toContain(owner.user)
  })

  it('is looked for among a few others at most, so that a server does not get thousands of logins', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const wrong = Array.from({ length: 40 }, (_, index) => ({ user: `dropped ${index}`, password: 'x' }))
    const { store, asked } = await storeOfRoles(settings, [{ ...other, password: 'wrong' }, ...wrong, owner])
    await expect(actingRole(store)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining(other.user),
    })
    expect(asked).toHaveLength(11)
  })

  it('is none that only other databases of the server use', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const wrong = { user: other.user, password: 'wrong' }
    const third = await createRole()
    for (const mapped of [[wrong], []]) {
      const { store } = await storeOfRoles(settings, [wrong, third, owner], mapped)
      await expect(actingRole(store)).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    }
  })

  it('is another one with a warning that states why the first one does not act', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const wrong = { user: other.user, password: 'wrong' }
    const { store } = await storeOfRoles(settings, [wrong, owner])
    const { warnings, onProgress } = collectingReports()
    const stored = await findStored(store, 'library')
    const { session } = await openAsActingRole(store, stored, {}, { ...(onProgress ? { onProgress } : {}) })
    await session.close()
    expect(warnings.join()).toMatch(
      `refused the password of role "${other.user}" for database "${settings.database}". ` +
        `Role "${owner.user}" acts on "library" in place of role "${other.user}".`,
    )
  })

  it('fails its test with the error of the first one where another one lacks privileges', async () => {
    const { settings, other } = await sharedDatabase()
    const wrong = { user: other.user, password: 'wrong' }
    const third = await createRole()
    const { store } = await storeOfRoles(settings, [wrong, third])
    const { warnings, onProgress } = collectingReports()
    const [test] = await testDatabases(store, ['library'], { ...(onProgress ? { onProgress } : {}) })
    expect(test).toMatchObject({
      role: other.user,
      abilities: null,
      error: { code: 'AUTHENTICATION_FAILED' },
    })
    expect(test?.error?.message).toContain(other.user)
    expect(warnings).toEqual([])
  })

  it('does not change because the server cannot be reached: no other role is tried', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const { store, asked } = await storeOfRoles({ ...settings, port: 1 }, [other, owner])
    await expect(actingRole(store)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(asked).toEqual([other.user])
  })

  it('can be chosen among the stored roles, and among no others', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const { store } = await storeOfRoles(settings, [owner, other])
    expect(await actingRole(store, { role: other.user })).toBe(other.user)
    await expect(actingRole(store, { role: 'nobody' })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'No role "nobody" is stored for "library".',
      hint: `Pass one of the stored roles with --role: "${owner.user}", "${other.user}".`,
    })
  })

  it('is missing where no role is stored, which is an error that says how to store one', async () => {
    const { settings } = await sharedDatabase()
    const { store } = await storeOfRoles(settings, [])
    await expect(actingRole(store)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('No role is stored for "library"'),
      hint: expect.stringContaining('mathesarctl db edit library --user ROLE'),
    })
    const [test] = await testDatabases(store, ['library'])
    expect(test).toMatchObject({ ok: false, error: { code: 'AUTHENTICATION_FAILED' } })
  })

  it('is proved with the new values where some are given', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const wrong = (login: Login) => ({ ...login, password: 'old' })
    const { store } = await storeOfRoles(settings, [wrong(other), wrong(owner)])
    expect(await actingRole(store, { changes: { password: owner.password } })).toMatch(`${owner.user}: `)
    expect(await actingRole(store, { changes: { password: other.password } })).toMatch(`${other.user}: `)
  })

  it('needs no connection to be known where one role is stored', async () => {
    const { settings, owner } = await sharedDatabase()
    const { store } = await storeOfRoles({ ...settings, port: 1 }, [owner])
    const stored = await findStored(store, 'library')
    expect(await actingSettings(store, stored, {}, {})).toMatchObject({ user: owner.user, port: 1 })
  })

  it('is named in the test of a database, where several are stored', async () => {
    const { settings, owner, other } = await sharedDatabase()
    const { store } = await storeOfRoles(settings, [other, owner])
    expect(await testDatabases(store, ['library'])).toMatchObject([{ role: owner.user }])
    expect(await testDatabases(store, ['library'], { role: other.user })).toMatchObject([
      { role: other.user },
    ])
    const { store: single } = await storeOfRoles(settings, [owner])
    expect((await testDatabases(single, ['library']))[0]).not.toHaveProperty('role')
  })
})
