import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openSession, withSession } from '../../src/postgres/connect.ts'
import { type CreatedDatabase, createDatabase } from '../../src/postgres/database/create.ts'
import { dropCreatedDatabase } from '../../src/postgres/database/drop-created.ts'
import { reopenDatabase } from '../../src/postgres/database/reopen.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createRole, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { startCluster } from '../support/postgres.ts'
import { AWKWARD_NAMES } from './awkward.ts'
import { failure } from './support.ts'

const OPTIONS = { timeoutMs: 10_000, home: null }

async function exists(database: string): Promise<boolean> {
  return (await sql('postgres', 'SELECT FROM pg_database WHERE datname = $1', [database])).length === 1
}

async function create(settings: ConnectionSettings): Promise<CreatedDatabase> {
  const created = await createDatabase(settings, OPTIONS)
  if (created === null) throw new Error('it was there already')
  return created
}

/** A role that may create databases, and one that it has created. */
async function fresh() {
  const role = await createRole({ attributes: 'CREATEDB' })
  const settings = { ...superuserSettings(uniqueName('fresh')), ...role }
  return { settings, created: await create(settings) }
}

/** Whether the database accepts connections, and its comment. */
async function outside(database: string) {
  const [row] = await sql<{ open: boolean; comment: string | null }>(
    'postgres',
    `SELECT datallowconn AS open, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = $1`,
    [database],
  )
  return row
}

describe('creating a database', () => {
  it.each(AWKWARD_NAMES)('works for the name %s, and makes the role the owner', async (database) => {
    const role = await createRole({ attributes: 'CREATEDB' })
    const settings = { ...superuserSettings(database), ...role }
    const created = await create(settings)
    expect(await createDatabase(settings, OPTIONS)).toBeNull()
    const rows = await sql(
      database,
      `SELECT pg_get_userbyid(datdba)::text AS owner FROM pg_database WHERE datname = $1`,
      [database],
    )
    expect(rows).toEqual([{ owner: role.user }])
    expect(await dropCreatedDatabase(settings, created, OPTIONS)).toEqual({ kind: 'dropped' })
    expect(await exists(database)).toBe(false)
  })

  it('succeeds once when several try at the same time', async () => {
    const settings = superuserSettings(uniqueName('db'))
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => createDatabase(settings, OPTIONS)))
    const created = results.flatMap((result) =>
      result.status === 'fulfilled' && result.value !== null ? [result.value] : [],
    )
    expect(created).toHaveLength(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LOCKED' })
    for (const one of created) await dropCreatedDatabase(settings, one, OPTIONS)
  })

  it('requires CREATEDB, and reports the statement that grants it', async () => {
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
    const created = { oid: '1', since: '1' }
    await failure(() => dropCreatedDatabase(settings, created, OPTIONS), 'USAGE')
  })

  it('reports a wrong password as one', async () => {
    const settings = { ...superuserSettings(uniqueName('db')), password: 'wrong' }
    await failure(() => createDatabase(settings, OPTIONS), 'AUTHENTICATION_FAILED')
  })

  it('connects to template1 when the role may not connect to postgres, and reports when it may connect to neither', async () => {
    const cluster = await startCluster()
    try {
      const role = await createRole({ attributes: 'CREATEDB' }, cluster)
      const settings = { ...superuserSettings('fresh', cluster), ...role }
      await sql('template1', 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC', [], null, cluster)
      const created = await create(settings)
      await sql('template1', 'REVOKE CONNECT ON DATABASE template1 FROM PUBLIC', [], null, cluster)
      const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
      expect(outcome).toMatchObject({
        kind: 'kept',
        reason: { error: { message: expect.stringContaining('postgres and template1') } },
      })
    } finally {
      await cluster.stop()
    }
  })
})

describe('dropping a database that was created', () => {
  it('drops a database that contains only the copy of the template, even after statistics were gathered', async () => {
    const { settings, created } = await fresh()
    await sql(settings.database, 'VACUUM ANALYZE')
    expect(await dropCreatedDatabase(settings, created, OPTIONS)).toEqual({ kind: 'dropped' })
    expect(await outside(settings.database)).toBeUndefined()
    expect(await dropCreatedDatabase(settings, created, OPTIONS)).toEqual({ kind: 'missing' })
  })

  it.each([
    ['a schema', 'CREATE SCHEMA s', /schema s/],
    ['a table', 'CREATE TABLE public.t (a int)', /table public.t/],
    ['a function', 'CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$', /public.f/],
    ['a type', "CREATE TYPE public.mood AS ENUM ('fine')", /public.mood/],
    ['a large object', "SELECT lo_from_bytea(0, 'x')", /pg_largeobject/],
    ['a publication', 'CREATE PUBLICATION p', /pg_publication/],
    [
      'an event trigger',
      `CREATE FUNCTION public.e() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.e()`,
      /public.e/,
    ],
    ['a foreign-data wrapper', 'CREATE FOREIGN DATA WRAPPER w', /pg_foreign/],
    ['a comment in it', "COMMENT ON SCHEMA public IS 'ours'", /pg_description/],
    ['a grant in it', 'GRANT CREATE ON SCHEMA public TO pg_monitor', /public/],
    ['a changed object of the template', 'ALTER FUNCTION pg_catalog.now() COST 2', /now/],
    ['default privileges', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor', /pg_default_acl/],
  ])('keeps it with %s', async (_what, statements, match) => {
    const { settings, created } = await fresh()
    await sql(settings.database, statements)
    const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
    expect(outcome).toMatchObject({ kind: 'kept', isClosed: false, reason: { kind: 'contents' } })
    expect(JSON.stringify(outcome)).toMatch(match)
    expect(await outside(settings.database)).toEqual({ open: true, comment: null })
  })

  it.each([
    ['a setting', (name: string) => `ALTER DATABASE ${name} SET work_mem = '8MB'`],
    [
      'a setting of a role',
      (name: string) => `ALTER ROLE CURRENT_USER IN DATABASE ${name} SET work_mem = '8MB'`,
    ],
    ['a comment', (name: string) => `COMMENT ON DATABASE ${name} IS 'ours'`],
    ['a grant', (name: string) => `GRANT CREATE ON DATABASE ${name} TO pg_monitor`],
    ['a limit', (name: string) => `ALTER DATABASE ${name} CONNECTION LIMIT 5`],
    ['another owner', (name: string) => `ALTER DATABASE ${name} OWNER TO CURRENT_USER`],
  ])('keeps it with %s', async (_what, statement) => {
    const { settings, created } = await fresh()
    await sql('postgres', statement(pg.escapeIdentifier(settings.database)))
    const before = await outside(settings.database)
    const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
    expect(outcome).toEqual({ kind: 'kept', isClosed: false, reason: { kind: 'settings' } })
    expect(await outside(settings.database)).toEqual(before)
  })

  it('keeps the database while another session is connected, and terminates no session', async () => {
    const { settings, created } = await fresh()
    await withSession(settings, OPTIONS, async (session) => {
      const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
      expect(outcome).toEqual({ kind: 'kept', isClosed: false, reason: { kind: 'sessions' } })
      expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
      expect(await outside(settings.database)).toEqual({ open: true, comment: null })
    })
    expect(await dropCreatedDatabase(settings, created, OPTIONS)).toEqual({ kind: 'dropped' })
  })

  it('keeps another database that has got its name meanwhile', async () => {
    const { settings, created } = await fresh()
    const name = pg.escapeIdentifier(settings.database)
    await sql('postgres', `DROP DATABASE ${name}`)
    await create(settings)
    expect(await dropCreatedDatabase(settings, created, OPTIONS)).toEqual({ kind: 'missing' })
    expect(await outside(settings.database)).toEqual({ open: true, comment: null })
  })

  it('accepts the contents of the template, but not rows that were inserted since', async () => {
    const cluster = await startCluster()
    try {
      const role = await createRole({ attributes: 'CREATEDB' }, cluster)
      await sql(
        'template1',
        'CREATE SCHEMA msar; CREATE TABLE public.kinds (k text); INSERT INTO public.kinds VALUES (1); GRANT ALL ON public.kinds TO PUBLIC',
        [],
        null,
        cluster,
      )
      const settings = { ...superuserSettings('fresh', cluster), ...role }
      const created = await create(settings)
      await sql('fresh', 'INSERT INTO public.kinds VALUES (2)', [], role, cluster)
      const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
      expect(outcome).toMatchObject({ kind: 'kept', reason: { table: 'public.kinds' } })
      const other = { ...settings, database: 'other' }
      expect(await dropCreatedDatabase(other, await create(other), OPTIONS)).toEqual({ kind: 'dropped' })
    } finally {
      await cluster.stop()
    }
  })

  const RUNS = isSlowLane ? 40 : 12

  it('loses nothing that other processes create at any moment', async () => {
    const outcomes = new Map<string, number>()
    for (let run = 0; run < RUNS; run++) {
      const { settings, created } = await fresh()
      let isOver = false
      const tables: string[] = []
      const busy = async (number: number) => {
        for (let turn = 0; !isOver; turn++) {
          const table = `public.t_${number}_${turn}`
          await sql(settings.database, `CREATE TABLE ${table} (a int)`, [], settings).then(
            () => tables.push(table),
            () => {},
          )
          // Arrives during the check, or just before or after it.
          if (tables.length === 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        }
      }
      const workers = [1, 2].map(async (number) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
        await busy(number)
      })
      const outcome = await dropCreatedDatabase(settings, created, OPTIONS)
      isOver = true
      await Promise.all(workers)
      outcomes.set(outcome.kind, (outcomes.get(outcome.kind) ?? 0) + 1)
      if (outcome.kind === 'dropped') expect(tables).toEqual([])
      else expect(await outside(settings.database)).toEqual({ open: true, comment: null })
    }
    expect([...outcomes.keys()].every((kind) => kind === 'dropped' || kind === 'kept')).toBe(true)
  }, 120_000)
})

describe('a database that was left closed', () => {
  const close = (database: string, at: number, pid: number) =>
    sql(
      'postgres',
      `COMMENT ON DATABASE ${pg.escapeIdentifier(database)} IS
         'Closed by mathesarctl, which created it and is about to drop it again: at=${at} pid=${pid}';
       ALTER DATABASE ${pg.escapeIdentifier(database)} ALLOW_CONNECTIONS false`,
    )
  const seconds = () => Math.floor(Date.now() / 1000)
  const NOBODY = 2_000_000_000

  it('refuses every session, superusers included, until it is opened again', async () => {
    const { settings } = await fresh()
    await close(settings.database, seconds(), NOBODY)
    for (const login of [settings, superuserSettings(settings.database)]) {
      const error = await failure(() => openSession(login, OPTIONS), 'CONNECTION_FAILED')
      expect(error.details.data?.reason).toBe('not accepting connections')
    }
    expect(await reopenDatabase(settings, OPTIONS)).toBe(true)
    expect(await outside(settings.database)).toEqual({ open: true, comment: null })
    expect(await reopenDatabase(settings, OPTIONS)).toBe(false)
  })

  it('a database that was left closed stays closed while the session that closed it exists, but at most for a minute', async () => {
    const { settings } = await fresh()
    await withSession({ ...settings, database: 'postgres' }, OPTIONS, async (session) => {
      const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await close(settings.database, seconds(), row?.pid ?? 0)
      await failure(() => reopenDatabase(settings, OPTIONS), 'LOCKED')
      expect(await outside(settings.database)).toMatchObject({ open: false })
      await close(settings.database, seconds() - 61, row?.pid ?? 0)
      expect(await reopenDatabase(settings, OPTIONS)).toBe(true)
    })
  })

  it('a database that was left closed stays closed when another program closed it', async () => {
    const { settings } = await fresh()
    await sql('postgres', `ALTER DATABASE ${pg.escapeIdentifier(settings.database)} ALLOW_CONNECTIONS false`)
    expect(await reopenDatabase(settings, OPTIONS)).toBe(false)
    expect(await outside(settings.database)).toEqual({ open: false, comment: null })
  })
})
