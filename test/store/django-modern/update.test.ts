import { describe, expect, it } from 'vitest'
import { liveStore, openLiveStore } from '../../support/live-store.ts'
import { MODERN_STEPS } from '../../support/mathesar-database.ts'
import { simulateApplication } from '../../support/simulated-application.ts'
import { connection, type ModernPlace, modernPlace, openRecords } from './place.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.11.0' }
const USERS = [{ username: 'admin' }, { username: 'bob' }]

/** Returns the settings as another process reads them. */
async function stored({ internal }: ModernPlace, name: string, role?: string) {
  const { records } = await openRecords(internal)
  return (await records.settings(name, role))?.settings
}

/** Returns a table as the columns that the expectation is about. */
async function rows({ internal }: ModernPlace, table: string, columns: string) {
  return internal.query(`SELECT ${columns} FROM mathesar_${table} ORDER BY id`)
}

describe('a change', () => {
  it('of a password holds for every database of that role and server, and changes one row', async () => {
    const place = await modernPlace()
    const { internal, records } = place
    await records.insert('one', connection({ database: 'one' }), ACCESS)
    await records.insert('two', connection({ database: 'two' }), ACCESS)
    await records.insert('other role', connection({ database: 'three', user: 'bob' }), ACCESS)
    const before = await internal.snapshot()
    await records.update('one', { password: 'new' }, 'one', { expected: connection({ database: 'one' }) })
    const after = await internal.snapshot()
    expect((await stored(place, 'one'))?.password).toBe('new')
    expect((await stored(place, 'two'))?.password).toBe('new')
    expect((await stored(place, 'other role'))?.password).toBe('secret of alice')
    const [role] = after.mathesar_configuredrole ?? []
    expect(role?.updated_at).not.toBe(role?.created_at)
    expect({ ...after, mathesar_configuredrole: null }).toEqual({ ...before, mathesar_configuredrole: null })
  })

  it('stores no first password under a key that the settings no longer give', async () => {
    const { internal, store } = await liveStore()
    await store.register('library', connection({ password: null }), { schema: null, access: ACCESS })
    const stale = await openLiveStore(internal, { isKeyCurrent: () => false })
    const change = stale.update('library', { password: 'first' })
    await expect(change).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    expect((await store.settings('library')).password).toBeNull()
    await store.update('library', { password: 'first' })
    await stale.update('library', { password: 'second' })
  })

  it('to the same values changes no row', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('Library', connection(), ACCESS)
    const before = await internal.snapshot()
    await records.update('Library', connection(), 'Library')
    expect(await internal.snapshot()).toEqual(before)
  })

  it('of a password to none stores NULL, and repairs one that the key does not open', async () => {
    const place = await modernPlace()
    await place.records.insert('library', connection(), ACCESS)
    await place.records.update('library', { password: null }, 'library')
    expect(await rows(place, 'configuredrole', 'password')).toEqual([{ password: null }])
    await place.internal.query("UPDATE mathesar_configuredrole SET password = 'gAAAAA_damaged'")
    const { records } = await openRecords(place.internal)
    await records.update('library', { password: 'repaired' }, 'library')
    expect((await stored(place, 'library'))?.password).toBe('repaired')
  })

  it('of a password changes the role that was expected', async () => {
    const place = await modernPlace({ users: USERS })
    const { records } = place
    await records.insert('library', connection(), ACCESS)
    const second = connection({ user: 'second', password: 'b' })
    await records.insert('library', second, { users: ['bob'], sqlVersion: '0.0.0' })
    await records.update('library', { password: 'new' }, 'library', { expected: second })
    expect((await stored(place, 'library', 'second'))?.password).toBe('new')
    expect((await stored(place, 'library'))?.password).toBe('secret of alice')
    await expect(records.settings('library', 'third')).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'Use one of: "alice", "second".',
    })
  })

  it('of the user moves those who were mapped to the role, or those who are named', async () => {
    const place = await modernPlace({ users: USERS })
    const { records } = place
    await records.insert('library', connection(), { users: ['admin', 'bob'], sqlVersion: '0.0.0' })
    const changed = await records.update('library', { user: 'second', password: 'b' }, 'library', {
      users: ['bob'],
    })
    expect(changed.access).toEqual([
      { user: 'admin', role: 'alice' },
      { user: 'bob', role: 'second' },
    ])
    const all = await records.update('library', { user: 'third' }, 'library')
    expect(all).toMatchObject({
      user: 'third',
      roles: ['third', 'second', 'alice'],
      access: [
        { user: 'admin', role: 'third' },
        { user: 'bob', role: 'second' },
      ],
    })
    expect((await stored(place, 'library', 'third'))?.password).toBe('secret of alice')
    expect((await stored(place, 'library', 'second'))?.password).toBe('b')
  })

  it('of the users maps later administrators to the role', async () => {
    const { records } = await modernPlace({ users: USERS })
    await records.insert('library', connection(), ACCESS)
    const { access } = await records.update('library', {}, 'library', { users: ['bob'] })
    expect(access).toEqual([
      { user: 'admin', role: 'alice' },
      { user: 'bob', role: 'alice' },
    ])
    await expect(records.update('library', {}, 'library', { users: ['nobody'] })).rejects.toMatchObject({
      code: 'USAGE',
    })
  })

  it('of the sslmode is the server’s', async () => {
    const place = await modernPlace()
    const { records } = place
    await records.insert('one', connection({ database: 'one' }), ACCESS)
    await records.insert('two', connection({ database: 'two' }), ACCESS)
    await records.update('one', { sslmode: 'verify-full' }, 'one')
    expect((await stored(place, 'two'))?.sslmode).toBe('require')
    const older = await modernPlace({ step: '0009' })
    await older.records.insert('one', connection({ database: 'one' }), ACCESS)
    expect(await older.records.update('one', { sslmode: 'require' }, 'one')).toMatchObject({
      sslmode: 'prefer',
    })
  })

  it('of the name is the nickname, which is none where it is the name of the database', async () => {
    const place = await modernPlace()
    const { records } = place
    await records.insert('Library', connection(), ACCESS)
    await records.insert('b', connection({ database: 'b' }), ACCESS)
    await expect(records.update('Library', {}, 'b')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    expect(await records.update('Library', {}, 'Books')).toMatchObject({ id: 1, name: 'Books' })
    expect(await rows(place, 'database', 'nickname')).toEqual([{ nickname: 'Books' }, { nickname: null }])
    await records.update('Books', {}, 'library')
    expect(await rows(place, 'database', 'nickname')).toEqual([{ nickname: null }, { nickname: null }])
  })

  it('of the database keeps the name where there are nicknames', async () => {
    const place = await modernPlace()
    await place.records.insert('library', connection(), ACCESS)
    expect(await place.records.update('library', { database: 'archive' }, 'library')).toMatchObject({
      name: 'library',
      database: 'archive',
    })
    expect(await rows(place, 'database', 'name, nickname')).toEqual([
      { name: 'archive', nickname: 'library' },
    ])
    const oldest = await modernPlace({ step: '0002' })
    await oldest.records.insert('library', connection(), ACCESS)
    expect(await oldest.records.update('library', { database: 'archive' }, 'library')).toMatchObject({
      name: 'archive',
    })
    await expect(oldest.records.update('archive', {}, 'Other')).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('to a database that is stored already is refused', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('one', connection({ database: 'one' }), ACCESS)
    await records.insert('two', connection({ host: 'other', database: 'one' }), ACCESS)
    await records.insert('three', connection({ database: 'three' }), ACCESS)
    const before = await internal.snapshot()
    for (const [name, changes] of [
      ['three', { database: 'one' }],
      ['two', { host: 'db.example.com' }],
    ] as const) {
      await expect(records.update(name, changes, name)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        message: expect.stringContaining('already stored under the name "one"'),
      })
    }
    await expect(records.update('four', {}, 'four')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await internal.snapshot()).toEqual(before)
  })

  it('is refused where the database has another connection than the expected one', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const before = await internal.snapshot()
    for (const other of [{ host: 'x' }, { port: 1 }, { database: 'x' }, { user: 'x' }]) {
      const expected = connection(other)
      await expect(
        records.update('library', { password: 'new' }, 'library', { expected }),
      ).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('changed the connection') })
    }
    expect(await internal.snapshot()).toEqual(before)
  })
})

describe('a change of the host', () => {
  it.each(MODERN_STEPS)(
    'moves the only database of a server with all that it has, in the layout %s',
    async (step) => {
      const place = await modernPlace({ step, users: USERS })
      const { internal, records } = place
      const { id, createdAt } = await records.insert('library', connection(), ACCESS)
      const second = connection({ user: 'second', password: 'b' })
      await records.insert('library', second, { users: ['bob'], sqlVersion: '0.0.0' })
      await simulateApplication(internal).work({ server: 1, database: id, role: 2 })
      const before = await internal.snapshot()
      const moved = await records.update('library', { host: 'new.example.com', port: 5433 }, 'library')
      expect(moved).toMatchObject({
        id,
        name: 'library',
        createdAt,
        host: 'new.example.com',
        port: 5433,
        access: [
          { user: 'admin', role: 'alice' },
          { user: 'bob', role: 'second' },
        ],
      })
      const expected = { host: 'new.example.com', port: 5433 }
      expect(await stored(place, 'library')).toEqual(connection(expected))
      expect(await stored(place, 'library', 'second')).toEqual(
        connection({ ...expected, user: 'second', password: 'b' }),
      )
      const after = await internal.snapshot()
      expect(after.mathesar_server).toEqual([expect.objectContaining({ id: 2, ...expected })])
      expect(after.mathesar_configuredrole?.map(({ name, server_id }) => [name, server_id])).toEqual([
        ['alice', 2],
        ['second', 2],
      ])
      expect(after.mathesar_userdatabaserolemap?.map((row) => [row.id, row.server_id])).toEqual([
        [1, 2],
        [2, 2],
      ])
      if (step >= '0007') {
        const role = after.mathesar_configuredrole?.find(({ name }) => name === 'second')
        expect(after.mathesar_form).toEqual([
          expect.objectContaining({ server_id: 2, associated_role_id: role?.id, database_id: id }),
        ])
      }
      for (const table of ['mathesar_columnmetadata', 'mathesar_tablemetadata', 'mathesar_explorations']) {
        expect(after[table]).toEqual(before[table])
      }
    },
  )

  it('leaves the other databases of the server and their roles', async () => {
    const place = await modernPlace()
    const { internal, records } = place
    await records.insert('one', connection({ database: 'one' }), ACCESS)
    await records.insert('two', connection({ database: 'two' }), ACCESS)
    await records.insert('three', connection({ database: 'three', user: 'own role' }), ACCESS)
    await records.update('two', { host: 'new' }, 'two')
    await records.update('three', { host: 'new', password: 'other' }, 'three')
    expect(await rows(place, 'server', 'id, host')).toEqual([
      { id: 1, host: 'db.example.com' },
      { id: 2, host: 'new' },
    ])
    expect(await rows(place, 'configuredrole', 'server_id, name')).toEqual([
      { server_id: 1, name: 'alice' },
      { server_id: 2, name: 'alice' },
      { server_id: 2, name: 'own role' },
    ])
    expect((await stored(place, 'three'))?.password).toBe('other')
    expect(await records.find('one')).toMatchObject({ host: 'db.example.com', user: 'alice' })
    await internal.query('SET CONSTRAINTS ALL IMMEDIATE')
  })

  it('uses the server and the role that exist there, with the password that was proved', async () => {
    const place = await modernPlace()
    const { records } = place
    await records.insert(
      'there',
      connection({ host: 'new', database: 'there', sslmode: 'require', password: 'x' }),
      ACCESS,
    )
    await records.insert('library', connection(), ACCESS)
    await records.update('library', { host: 'new' }, 'library', { expected: connection() })
    expect(await stored(place, 'there')).toMatchObject({ password: 'secret of alice', sslmode: 'require' })
    expect(await rows(place, 'server', 'host')).toEqual([{ host: 'new' }])
    expect(await rows(place, 'configuredrole', 'server_id')).toHaveLength(1)
  })

  it('to another role and password at the same time proves that one alone', async () => {
    const place = await modernPlace({ users: USERS })
    const { records } = place
    await records.insert('library', connection(), ACCESS)
    const moved = await records.update('library', { host: 'new', user: 'carol', password: 'c' }, 'Moved', {
      users: ['bob'],
    })
    expect(moved).toMatchObject({
      name: 'Moved',
      access: [
        { user: 'admin', role: 'alice' },
        { user: 'bob', role: 'carol' },
      ],
    })
    expect((await stored(place, 'Moved', 'carol'))?.password).toBe('c')
    expect((await stored(place, 'Moved', 'alice'))?.password).toBe('secret of alice')
  })

  it('from a NULL port to 5432 is none', async () => {
    const { internal, records } = await modernPlace()
    await simulateApplication(internal).connect({
      host: 'db.example.com',
      port: null,
      database: 'library',
      role: 'alice',
      password: 'x',
    })
    const before = await internal.snapshot()
    await records.update('library', { port: 5432 }, 'library')
    expect(await internal.snapshot()).toEqual(before)
  })
})
