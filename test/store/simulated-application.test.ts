import { describe, expect, it } from 'vitest'
import { createInternalDatabase, MODERN_STEPS } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const REQUEST = { host: 'localhost', port: 54401, database: 'library', role: 'alice', password: 'pw' }

describe('the simulated application', () => {
  it.each(MODERN_STEPS)('connects and disconnects a database in the layout of %s', async (step) => {
    const internal = await createInternalDatabase({ step })
    const before = await internal.snapshot()
    const application = simulateApplication(internal)
    const rows = await application.connect(REQUEST)
    const stored = await internal.snapshot()
    expect(stored.mathesar_database).toMatchObject([
      { id: rows.database, name: 'library', server_id: rows.server, last_confirmed_sql_version: '0.11.0' },
    ])
    expect(stored.mathesar_userdatabaserolemap).toMatchObject([
      { configured_role_id: rows.role, database_id: rows.database, server_id: rows.server, user_id: 1 },
    ])
    expect(await application.connect(REQUEST)).toEqual(rows)
    await application.work(rows)
    expect(Object.keys(await internal.snapshot()).includes('mathesar_formfield')).toBe(step >= '0007')
    await application.disconnect(rows.database, true)
    expect(await internal.snapshot()).toEqual(before)
  })

  it('holds the row of the server until it has installed, and then saves the whole row of the database', async () => {
    const internal = await createInternalDatabase()
    const application = simulateApplication(internal)
    const { server, database } = await application.connect(REQUEST)
    const running = await application.startConnect(REQUEST)
    await expect(
      internal.query('SELECT FROM mathesar_server WHERE id = $1 FOR UPDATE NOWAIT', [server]),
    ).rejects.toMatchObject({ code: '55P03' })
    await internal.query("UPDATE mathesar_database SET nickname = 'outside' WHERE id = $1", [database])
    await running.finish()
    expect(await internal.query('SELECT nickname FROM mathesar_database')).toEqual([{ nickname: null }])
  })

  it('locks no server before 0.8.0', async () => {
    const internal = await createInternalDatabase({ step: '0009' })
    const application = simulateApplication(internal)
    const { server } = await application.connect(REQUEST)
    const running = await application.startConnect({ ...REQUEST, database: 'other' })
    await internal.query('UPDATE mathesar_server SET updated_at = now() WHERE id = $1', [server])
    await running.fail()
    expect(await internal.query('SELECT name FROM mathesar_database')).toEqual([{ name: 'library' }])
  })

  it('saves a whole row as it read it before', async () => {
    const internal = await createInternalDatabase()
    const application = simulateApplication(internal)
    const { server } = await application.connect(REQUEST)
    const running = await application.startPatch('mathesar_server', server, { host: 'db.example.com' })
    await internal.query("UPDATE mathesar_server SET sslmode = 'require'")
    await running.finish()
    expect(await internal.query('SELECT host, sslmode FROM mathesar_server')).toEqual([
      { host: 'db.example.com', sslmode: 'prefer' },
    ])
  })
})
