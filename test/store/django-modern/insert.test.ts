import { describe, expect, it } from 'vitest'
import { MODERN_STEPS } from '../../support/mathesar-database.ts'
import { simulateApplication } from '../../support/simulated-application.ts'
import { comparable, connection, modernPlace, openRecords } from './place.ts'

const hasNicknames = (step: string) => step >= '0003'

describe('an insert', () => {
  it.each(MODERN_STEPS)('writes the rows that Mathesar writes, into the layout %s', async (step) => {
    const theirs = await modernPlace({ step })
    const ours = await modernPlace({ step })
    const nickname = hasNicknames(step) ? { nickname: 'Library' } : {}
    await simulateApplication(theirs.internal).connect({
      host: 'localhost',
      port: 54401,
      database: 'library',
      role: 'alice',
      password: 'secret',
      sslmode: 'prefer',
      ...nickname,
    })
    const stored = await ours.records.insert(
      hasNicknames(step) ? 'Library' : 'library',
      connection({ host: 'localhost', port: 54401, password: 'secret' }),
      { users: ['admin'], sqlVersion: '0.11.0' },
    )
    expect(comparable(await ours.internal.snapshot())).toEqual(comparable(await theirs.internal.snapshot()))
    expect(stored).toEqual({
      id: 1,
      name: hasNicknames(step) ? 'Library' : 'library',
      host: 'localhost',
      port: 54401,
      database: 'library',
      user: 'alice',
      sslmode: 'prefer',
      sslrootcert: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      updatedAt: stored.createdAt,
      access: [{ user: 'admin', role: 'alice' }],
      confirmedVersion: '0.11.0',
    })
    const again = await openRecords(ours.internal)
    expect(await again.records.find(stored.name)).toEqual(stored)
    expect((await again.records.settings(stored.name))?.settings).toEqual(
      connection({ host: 'localhost', port: 54401, password: 'secret' }),
    )
  })

  it('costs one statement to read the rows and one to write them', async () => {
    const { records, statements } = await modernPlace()
    await records.insert('library', connection())
    await records.idOf('library')
    expect(statements).toHaveLength(2)
  })

  it('uses the server and the role that exist, and changes rows only where they differ', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('one', connection({ database: 'one' }))
    const before = await internal.snapshot()
    await records.insert('two', connection({ database: 'two' }))
    const { mathesar_server, mathesar_configuredrole, mathesar_database } = await internal.snapshot()
    expect(mathesar_server).toEqual(before.mathesar_server)
    expect(mathesar_configuredrole).toEqual(before.mathesar_configuredrole)
    expect(mathesar_database).toHaveLength(2)
  })

  it('replaces the password of a stored role by the proven one, and the sslmode of its server', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('one', connection({ database: 'one', sslmode: 'disable' }))
    await records.insert('two', connection({ database: 'two', password: 'new', sslmode: 'require' }))
    const [server] = (await internal.snapshot()).mathesar_server ?? []
    expect(server).toMatchObject({ sslmode: 'require' })
    expect(server?.updated_at).not.toBe(server?.created_at)
    for (const name of ['one', 'two']) {
      expect((await records.settings(name))?.settings).toMatchObject({ password: 'new', sslmode: 'require' })
    }
  })

  it('keeps the password of a stored role where the connection needed none', async () => {
    const { records } = await modernPlace()
    await records.insert('one', connection({ database: 'one' }))
    await records.insert('two', connection({ database: 'two', password: null }))
    expect((await records.settings('two'))?.settings.password).toBe('secret of alice')
  })

  it.each([null, ''])(
    'stores the password %j as NULL, and as an empty text before 0.2.1',
    async (password) => {
      const newest = await modernPlace()
      await newest.records.insert('library', connection({ password }))
      expect((await newest.internal.snapshot()).mathesar_configuredrole?.[0]?.password).toBeNull()
      expect((await newest.records.settings('library'))?.settings.password).toBeNull()

      const oldest = await modernPlace({ step: '0002' })
      await oldest.records.insert('library', connection({ password }))
      const token = (await oldest.internal.snapshot()).mathesar_configuredrole?.[0]?.password
      expect(await oldest.internal.decrypt(String(token))).toMatchObject({ plaintext: '' })
      expect((await oldest.records.settings('library'))?.settings.password).toBeNull()
    },
  )

  it('stores a socket without a port where the layout can, and uses it again', async () => {
    const socket = { host: '/run/postgresql', port: 5432 }
    for (const [step, port] of [
      ['0005', null],
      ['0004', 5432],
    ] as const) {
      const { internal, records } = await modernPlace({ step })
      await records.insert('one', connection({ ...socket, database: 'one' }))
      await records.insert('two', connection({ ...socket, database: 'two' }))
      expect((await internal.snapshot()).mathesar_server).toEqual([
        expect.objectContaining({ host: '/run/postgresql', port }),
      ])
      expect(await records.find('two')).toMatchObject(socket)
    }
  })

  it('uses a server without a port as one of port 5432', async () => {
    const { internal, records } = await modernPlace()
    await simulateApplication(internal).connect({
      host: 'db.example.com',
      port: null,
      database: 'other',
      role: 'bob',
      password: 'x',
    })
    await records.insert('library', connection())
    const { mathesar_server } = await internal.snapshot()
    expect(mathesar_server).toEqual([expect.objectContaining({ port: null })])
    expect(await records.match('library', connection())).toMatchObject({
      isSame: true,
      record: { port: 5432 },
    })
  })

  it('stores require for the modes that check certificates, and nothing before 0.8.0', async () => {
    const newest = await modernPlace()
    const stored = await newest.records.insert(
      'library',
      connection({ sslmode: 'verify-full', sslrootcert: '/ca' }),
    )
    expect(stored).toMatchObject({ sslmode: 'require', sslrootcert: null })
    const older = await modernPlace({ step: '0009' })
    expect(await older.records.insert('library', connection({ sslmode: 'verify-ca' }))).toMatchObject({
      sslmode: 'prefer',
    })
  })

  it('maps every active superuser unless users are named', async () => {
    const users = [
      { username: 'zoe' },
      { username: 'gone', isActive: false },
      { username: 'adam' },
      { username: 'reader', isSuperuser: false },
    ]
    const { records } = await modernPlace({ users })
    const stored = await records.insert('all', connection({ database: 'all' }))
    expect(stored.access?.map(({ user }) => user)).toEqual(['adam', 'zoe'])
    const named = await records.insert('one', connection({ database: 'one' }), {
      users: ['reader', 'vanished'],
      sqlVersion: '0.0.0',
    })
    expect(named.access).toEqual([{ user: 'reader', role: 'alice' }])
  })

  it('refuses a database that nobody could use, and writes nothing', async () => {
    const { internal, records } = await modernPlace({ users: [{ username: 'reader', isSuperuser: false }] })
    const before = await internal.snapshot()
    await expect(records.insert('library', connection())).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('no active superuser'),
    })
    const access = { users: ['vanished'], sqlVersion: '0.0.0' }
    await expect(records.insert('library', connection(), access)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'Mathesar has no user "vanished" any more.',
    })
    expect(await internal.snapshot()).toEqual(before)
  })

  it('does nothing again where everything is stored already', async () => {
    const { internal, records } = await modernPlace()
    const access = { users: ['admin'], sqlVersion: '0.11.0' }
    const stored = await records.insert('library', connection(), access)
    const before = await internal.snapshot()
    expect(await records.insert('library', connection(), access)).toEqual(stored)
    expect(await internal.snapshot()).toEqual(before)
  })

  it('maps the named users to a second role of a stored database', async () => {
    const { internal, records } = await modernPlace({ users: [{ username: 'admin' }, { username: 'bob' }] })
    await records.insert('library', connection(), { users: ['admin'], sqlVersion: '0.11.0' })
    const stored = await records.insert('library', connection({ user: 'bobs_role', password: 'b' }), {
      users: ['bob'],
      sqlVersion: '0.0.0',
    })
    expect(stored).toMatchObject({
      user: 'alice',
      roles: ['alice', 'bobs_role'],
      access: [
        { user: 'admin', role: 'alice' },
        { user: 'bob', role: 'bobs_role' },
      ],
      confirmedVersion: '0.11.0',
    })
    const moved = await records.insert('library', connection({ user: 'bobs_role', password: 'b' }), {
      users: ['admin'],
      sqlVersion: '0.0.0',
    })
    expect(moved.access).toContainEqual({ user: 'admin', role: 'bobs_role' })
    expect((await internal.snapshot()).mathesar_userdatabaserolemap).toHaveLength(2)
    const again = await openRecords(internal)
    expect(await again.records.find('library')).toEqual(moved)
    const [listed] = await again.records.list()
    expect({ ...listed, roles: moved.roles }).toEqual(moved)
  })

  it('refuses a name that another database has, and a database that has another name', async () => {
    const { records } = await modernPlace()
    await records.insert('Library', connection())
    await expect(records.insert('Library', connection({ database: 'b' }))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
    await expect(
      records.insert('Library@db.example.com', connection({ database: 'b' })),
    ).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await expect(records.insert('other', connection())).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: expect.stringContaining('"Library"'),
    })
  })

  it('without nicknames takes the name of the database, with its server where another one has it', async () => {
    const { records } = await modernPlace({ step: '0002' })
    await expect(records.insert('Library', connection())).rejects.toMatchObject({
      code: 'USAGE',
      hint: 'Use the name "library" or "library@db.example.com".',
    })
    await records.insert('library', connection())
    const other = connection({ host: 'other.example.com' })
    await expect(records.insert('library', other)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      hint: 'Use the name "library@other.example.com" or "library@other.example.com:5432".',
    })
    expect(await records.insert('library@other.example.com', other)).toMatchObject({
      name: 'library@other.example.com',
    })
    expect(await records.names()).toEqual(['library@db.example.com', 'library@other.example.com'])
  })

  it('lets Mathesar connect the same database afterwards', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection())
    await simulateApplication(internal).connect({
      host: 'db.example.com',
      port: 5432,
      database: 'library',
      role: 'alice',
      password: 'x',
    })
    expect((await internal.snapshot()).mathesar_database).toHaveLength(1)
  })

  it('finds the tables in any schema, however it is spelled', async () => {
    const { records } = await modernPlace({ schema: 'My "Mathesar"' })
    await records.insert('library', connection())
    expect(await records.names()).toEqual(['library'])
  })

  it.each(['Bücher 日本語 🔑', "it's", '"; DROP TABLE mathesar_database; --', 'a\\b%c_d'])(
    'keeps the name %j',
    async (name) => {
      const { internal, records } = await modernPlace()
      const own = { database: name.slice(0, 60), user: name.slice(0, 60), password: name }
      await records.insert(`n ${name}`, connection(own))
      const again = await openRecords(internal)
      expect((await again.records.settings(`n ${name}`))?.settings).toEqual(connection(own))
    },
  )
})
