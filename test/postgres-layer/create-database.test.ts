import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openSession, withSession } from '../../src/postgres/connect.ts'
import { createDatabase, dropDatabase } from '../../src/postgres/create-database.ts'
import { createRole, ownedDatabase, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { startCluster } from '../support/postgres.ts'
import { AWKWARD_NAMES } from './awkward.ts'
import { failure } from './support.ts'

const OPTIONS = { timeoutMs: 10_000, home: null }

async function exists(database: string): Promise<boolean> {
  return (await sql('postgres', 'SELECT FROM pg_database WHERE datname = $1', [database])).length === 1
}

describe('creating a database', () => {
  it.each(AWKWARD_NAMES)('works for the name %s, and makes the role its owner', async (database) => {
    const role = await createRole({ attributes: 'CREATEDB' })
    const settings = { ...superuserSettings(database), ...role }
    expect(await createDatabase(settings, OPTIONS)).toEqual({ created: true })
    expect(await createDatabase(settings, OPTIONS)).toEqual({ created: false })
    const rows = await sql(
      database,
      `SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = $1`,
      [database],
    )
    expect(rows).toEqual([{ owner: role.user }])
    expect(await dropDatabase(settings, OPTIONS)).toEqual({ dropped: true })
    expect(await dropDatabase(settings, OPTIONS)).toEqual({ dropped: false })
  })

  it('happens once, however many try at the same time', async () => {
    const settings = superuserSettings(uniqueName('db'))
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => createDatabase(settings, OPTIONS)))
    const created = results.filter((result) => result.status === 'fulfilled' && result.value.created)
    expect(created).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LOCKED' })
    await dropDatabase(settings, OPTIONS)
  })

  it('needs CREATEDB, and says what grants it', async () => {
    const role = await createRole()
    const settings = { ...superuserSettings(uniqueName('db')), ...role }
    const error = await failure(() => createDatabase(settings, OPTIONS), 'INSUFFICIENT_PRIVILEGE')
    expect(error.message).toContain('CREATEDB')
    expect(error.hint).toContain(`ALTER ROLE "${role.user}" CREATEDB;`)
    expect(await exists(settings.database)).toBe(false)
  })

  it('refuses a name that the server would cut off', async () => {
    const settings = superuserSettings('x'.repeat(64))
    expect((await failure(() => createDatabase(settings, OPTIONS), 'USAGE')).message).toContain('64 bytes')
    await failure(() => dropDatabase(settings, OPTIONS), 'USAGE')
  })

  it('tells a wrong password as such', async () => {
    const settings = { ...superuserSettings(uniqueName('db')), password: 'wrong' }
    await failure(() => createDatabase(settings, OPTIONS), 'AUTHENTICATION_FAILED')
  })

  it('starts from template1 where the role may not enter postgres, and says so where it may enter neither', async () => {
    const cluster = await startCluster()
    try {
      const role = await createRole({ attributes: 'CREATEDB' }, cluster)
      const settings = { ...superuserSettings('fresh', cluster), ...role }
      await sql('template1', 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC', [], null, cluster)
      expect(await createDatabase(settings, OPTIONS)).toEqual({ created: true })
      await sql('template1', 'REVOKE CONNECT ON DATABASE template1 FROM PUBLIC', [], null, cluster)
      const error = await failure(() => dropDatabase(settings, OPTIONS), 'INSUFFICIENT_PRIVILEGE')
      expect(error.message).toContain('postgres and template1')
    } finally {
      await cluster.stop()
    }
  })
})

describe('dropping a database', () => {
  it('never throws anybody out', async () => {
    const settings = await ownedDatabase()
    await withSession(settings, OPTIONS, async (session) => {
      await failure(() => dropDatabase(settings, OPTIONS), 'LOCKED')
      expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    })
    expect(await dropDatabase(settings, OPTIONS)).toEqual({ dropped: true })
  })

  it('works right after the last session was closed', async () => {
    const settings = await ownedDatabase()
    const session = await openSession(settings, OPTIONS)
    await session.close()
    expect(await dropDatabase(settings, OPTIONS)).toEqual({ dropped: true })
  })

  it('needs the owner', async () => {
    const settings = await ownedDatabase()
    const other = await createRole()
    const error = await failure(
      () => dropDatabase({ ...settings, ...other }, OPTIONS),
      'INSUFFICIENT_PRIVILEGE',
    )
    expect(error.message).toContain(settings.database)
    await sql('postgres', `DROP DATABASE ${pg.escapeIdentifier(settings.database)}`)
  })
})
