import { describe, expect, it } from 'vitest'
import { MODERN_STEPS } from '../../support/mathesar-database.ts'
import { simulateApplication } from '../../support/simulated-application.ts'
import { connection, modernPlace } from './place.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.11.0' }

describe('a deletion', () => {
  it.each(MODERN_STEPS)(
    'leaves nothing of the only database of its server, in the layout %s',
    async (step) => {
      const { internal, records } = await modernPlace({
        step,
        users: [{ username: 'admin' }, { username: 'bob' }],
      })
      const before = await internal.snapshot()
      const application = simulateApplication(internal)
      const { id } = await records.insert('library', connection(), ACCESS)
      await application.work({ server: 1, database: id, role: 1 })
      await application.addCollaborator(id, 'bob', 1)
      const hasForms = step >= '0007'
      expect(await records.belongings('library')).toEqual({
        roles: 1,
        servers: 1,
        access: 2,
        explorations: 1,
        columnSettings: 1,
        tableSettings: 1,
        ...(hasForms ? { forms: 1 } : {}),
      })
      expect(await records.delete(id, connection())).toBe('deleted')
      expect(await internal.snapshot()).toEqual(before)
      expect(await records.delete(id)).toBe('missing')
      await expect(records.belongings('library')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    },
  )

  it.each(MODERN_STEPS)(
    'deletes nothing where more would go than was agreed to, in the layout %s',
    async (step) => {
      const { internal, records } = await modernPlace({ step })
      const { id } = await records.insert('library', connection(), ACCESS)
      const agreed = await records.belongings('library')
      await simulateApplication(internal).work({ server: 1, database: id, role: 1 })
      const before = await internal.snapshot()
      expect(await records.delete(id, undefined, agreed)).toBe('grown')
      expect(await records.delete(id, connection(), agreed)).toBe('grown')
      expect(await records.delete(id, connection({ host: 'elsewhere' }), agreed)).toBe('changed')
      expect(await internal.snapshot()).toEqual(before)
      const more = { ...(await records.belongings('library')), roles: 7 }
      expect(await records.delete(id, undefined, more)).toBe('deleted')
    },
  )

  it('leaves the server, and the role that another database uses', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('keep', connection({ database: 'keep' }), ACCESS)
    const before = await internal.snapshot()
    const { id } = await records.insert('library', connection(), ACCESS)
    await simulateApplication(internal).work({ server: 1, database: id, role: 1 })
    expect(await records.belongings('library')).toEqual({
      access: 1,
      explorations: 1,
      forms: 1,
      columnSettings: 1,
      tableSettings: 1,
    })
    expect(await records.delete(id)).toBe('deleted')
    expect(await internal.snapshot()).toEqual(before)
  })

  it('leaves a role that a form of another database uses', async () => {
    const { internal, records } = await modernPlace()
    const keep = await records.insert('keep', connection({ database: 'keep', user: 'other' }), ACCESS)
    const { id } = await records.insert('library', connection(), ACCESS)
    await simulateApplication(internal).work({ server: 1, database: keep.id, role: 2 })
    expect(await records.belongings('library')).toEqual({ access: 1 })
    expect(await records.delete(id)).toBe('deleted')
    expect((await internal.snapshot()).mathesar_configuredrole).toHaveLength(2)
  })

  it('takes the roles along that only it used, by its users or its forms, and leaves those of nobody', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('keep', connection({ database: 'keep', user: 'keeper' }), ACCESS)
    const before = await internal.snapshot()
    const { id } = await records.insert('library', connection(), ACCESS)
    const role = async (name: string) => {
      const [row] = await internal.query<{ id: number }>(
        `INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
          VALUES (now(), now(), '${name}', NULL, 1) RETURNING id`,
      )
      return row?.id ?? 0
    }
    await simulateApplication(internal).work({ server: 1, database: id, role: await role('of a form') })
    await role('stored for later')
    expect(await records.belongings('library')).toMatchObject({ roles: 2 })
    expect(await records.delete(id)).toBe('deleted')
    const { mathesar_configuredrole, ...rest } = await internal.snapshot()
    expect(mathesar_configuredrole?.map(({ name }) => name)).toEqual(['keeper', 'stored for later'])
    expect({ ...rest, mathesar_configuredrole: before.mathesar_configuredrole }).toEqual(before)
  })

  it('deletes nothing where the database has another connection by now, whatever its role', async () => {
    const { internal, records } = await modernPlace()
    const { id } = await records.insert('library', connection(), ACCESS)
    const before = await internal.snapshot()
    for (const other of [{ host: 'elsewhere' }, { port: 5433 }, { database: 'other' }]) {
      expect(await records.delete(id, connection(other))).toBe('changed')
    }
    expect(await internal.snapshot()).toEqual(before)
    expect(await records.delete(id, connection({ user: 'somebody' }))).toBe('deleted')
  })

  it('finds a server without a port by the port 5432', async () => {
    const { internal, records } = await modernPlace()
    const { database } = await simulateApplication(internal).connect({
      host: 'db.example.com',
      port: null,
      database: 'library',
      role: 'alice',
      password: 'x',
    })
    expect(await records.delete(database, connection({ port: 5433 }))).toBe('changed')
    expect(await records.delete(database, connection())).toBe('deleted')
  })

  it('needs no key', async () => {
    const { internal, records } = await modernPlace({ secretKey: 'another' })
    const { id } = await records.insert('library', connection(), ACCESS)
    await internal.query("UPDATE mathesar_configuredrole SET password = 'damaged'")
    expect(await records.delete(id, connection())).toBe('deleted')
  })

  it('costs one statement', async () => {
    const { records, statements } = await modernPlace()
    const { id } = await records.insert('library', connection(), ACCESS)
    statements.length = 0
    await records.delete(id, connection())
    expect(statements).toHaveLength(1)
  })

  it('is refused where a table that this version does not know refers to the database', async () => {
    const { internal, records } = await modernPlace()
    const { id } = await records.insert('library', connection(), ACCESS)
    await internal.query(`
      CREATE TABLE mathesar_future (id integer, database_id integer REFERENCES mathesar_database
        DEFERRABLE INITIALLY DEFERRED);
      GRANT ALL ON mathesar_future TO PUBLIC;
      INSERT INTO mathesar_future VALUES (1, ${id})`)
    const before = await internal.snapshot()
    await expect(records.delete(id)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('mathesar_future'),
    })
    expect(await internal.snapshot()).toEqual(before)
  })
})
