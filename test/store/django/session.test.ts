import { describe, expect, it } from 'vitest'
import { interruptedError, type OperatorError } from '../../../src/errors.ts'
import { withSession } from '../../../src/postgres/connect.ts'
import { sharedCluster } from '../../support/database.ts'
import { createInternalDatabase } from '../../support/mathesar-database.ts'
import { startPooler } from '../../support/pooler.ts'
import { startProxy } from '../../support/proxy.ts'
import { openInternal } from './support.ts'

const SETTINGS = `
  SELECT name, setting FROM pg_catalog.pg_settings
   WHERE name IN ('search_path', 'lock_timeout', 'TimeZone', 'DateStyle', 'default_transaction_read_only',
                  'standard_conforming_strings', 'statement_timeout', 'application_name')
   ORDER BY name`

describe('the session of an internal database', () => {
  it('has safe settings, whatever the role has', async () => {
    const database = await createInternalDatabase()
    await database.query(
      `ALTER ROLE ${database.settings.user} SET TimeZone = 'Asia/Tokyo';
       ALTER ROLE ${database.settings.user} SET DateStyle = 'German';
       ALTER ROLE ${database.settings.user} SET standard_conforming_strings = off;
       ALTER ROLE ${database.settings.user} SET lock_timeout = 0`,
    )
    const { query } = await openInternal(database)
    const rows = await query<{ name: string; setting: string }>(SETTINGS)
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      application_name: 'mathesarctl',
      DateStyle: 'ISO, MDY',
      default_transaction_read_only: 'off',
      lock_timeout: '1000',
      search_path: '',
      standard_conforming_strings: 'on',
      statement_timeout: '60000',
      TimeZone: 'UTC',
    })
  })

  it('costs one round trip after the login', async () => {
    const database = await createInternalDatabase()
    const logins = async (work: (settings: typeof database.settings) => Promise<unknown>) => {
      const proxy = await startProxy({ target: database.settings })
      await work({ ...database.settings, host: proxy.host, port: proxy.port })
      const count = proxy.roundTrips()
      await proxy.close()
      return count
    }
    const plain = await logins((settings) =>
      withSession(settings, { timeoutMs: 10_000 }, (session) => session.query('SELECT 1')),
    )
    const own = await logins(async (settings) => (await openInternal({ settings })).close())
    expect(own).toBe(plain)
  })

  it('refuses every write where it was opened for reading', async () => {
    const database = await createInternalDatabase()
    const session = await openInternal(database, { readOnly: true })
    await expect(session.write('SELECT 1')).rejects.toThrow('opened for reading')
    await expect(session.query('DELETE FROM public.mathesar_server')).rejects.toMatchObject({
      code: 'READ_ONLY_SERVER',
    })
  })

  it('runs on after the connection was lost, and keeps its settings', async () => {
    const database = await createInternalDatabase()
    const session = await openInternal(database)
    const pid = async () => (await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))[0]?.pid
    const first = await pid()
    await database.query('SELECT pg_terminate_backend($1, 5000)', [first])
    const [second, third] = await Promise.all([pid(), pid()])
    expect(second).not.toBe(first)
    expect(third).toBe(second)
    expect(await session.query<{ path: string }>(`SELECT current_setting('search_path') AS path`)).toEqual([
      { path: '' },
    ])
  })

  it('repeats a reading whose connection is cut meanwhile, and never a write', async () => {
    const database = await createInternalDatabase()
    let cuts = 0
    const proxy = await startProxy({
      target: database.settings,
      onPassage: ({ direction, bytes }) =>
        cuts > 0 && direction === 'to server' && bytes.includes('cut here') && cuts-- > 0 ? 'cut' : 'pass',
    })
    const settings = { ...database.settings, host: proxy.host, port: proxy.port }
    const session = await openInternal({ settings })
    cuts = 1
    expect(await session.query('SELECT 1 AS one /* cut here */')).toEqual([{ one: 1 }])
    cuts = 1
    await expect(session.write('SELECT 1 /* cut here */')).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      details: { data: { reason: 'lost' }, field: 'internal-db' },
      message: expect.stringContaining('The internal database postgresql://'),
    })
    expect(await session.query('SELECT 2 AS two')).toEqual([{ two: 2 }])
    await proxy.close()
  })

  it('remembers what it read until something is written', async () => {
    const session = await openInternal(await createInternalDatabase())
    let reads = 0
    const read = () => session.remember('key', async () => ++reads)
    expect([await read(), await read()]).toEqual([1, 1])
    await session.write('SELECT 1')
    expect([await read(), await read()]).toEqual([2, 2])
    session.forget()
    expect(await read()).toBe(3)
    await expect(session.remember('failing', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await session.remember('failing', async () => 'yes')).toBe('yes')
  })

  it('reports a lock that is not granted in time as LOCKED, and leaves integrity errors to its callers', async () => {
    const database = await createInternalDatabase()
    const application = await database.connect()
    await application.query('BEGIN; LOCK TABLE mathesar_server')
    const session = await openInternal(database)
    await expect(session.write('UPDATE public.mathesar_server SET port = 1')).rejects.toMatchObject({
      code: 'LOCKED',
      // An add may have created a database or installed the schemas before.
      hint: "Mathesar's rows were not changed. Run the same command again.",
    })
    await application.query('ROLLBACK')
    const insert = `INSERT INTO public.django_migrations (id, app, name, applied) SELECT id, '', '', applied FROM public.django_migrations`
    await expect(session.write(insert)).rejects.toMatchObject({ code: '23505' })
  })

  it('rejects an interrupted statement with what it was for, and still works', async () => {
    const database = await createInternalDatabase()
    const application = await database.connect()
    await application.query('BEGIN; LOCK TABLE mathesar_server')
    const interruption = new AbortController()
    const live = { connect: { timeoutMs: 10_000, signal: interruption.signal }, lockTimeoutMs: 30_000 }
    const session = await openInternal(database, { live })
    const waiting = `
      SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
       WHERE d.datname = current_database() AND NOT l.granted`
    const started = session.write('UPDATE public.mathesar_server SET port = 1')
    started.catch(() => {})
    await expect.poll(() => database.query(waiting)).toHaveLength(1)
    interruption.abort(interruptedError('Interrupted; nothing was stored.'))
    const expected = (words: string) => ({
      code: 'ABORTED',
      exitCode: 130,
      message: expect.stringContaining(`Interrupted while the command ${words} the internal database`),
    })
    await expect(started).rejects.toMatchObject(expected('wrote to'))
    // What begins after the interruption gets a moment.
    const reading = session.query('SELECT FROM public.mathesar_server')
    await expect(reading).rejects.toMatchObject(expected('read'))
    const journal = session.writeAgain('UPDATE public.mathesar_server SET port = 1')
    await expect(journal).rejects.toMatchObject(expected('wrote to the journal in'))
    await application.query('ROLLBACK')
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  it('reports tables that changed since it was opened', async () => {
    const session = await openInternal(await createInternalDatabase())
    await expect(session.query('SELECT missing FROM public.mathesar_server')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('tables changed'),
    })
  })
})

describe('connecting to an internal database', () => {
  it('names it in every error, keeps the code, and shows no password', async () => {
    const { settings } = await createInternalDatabase()
    const cases = [
      [{ host: 'mathesar_db.invalid' }, 'CONNECTION_FAILED', '--address mathesar_db.invalid=127.0.0.1:PORT'],
      [{ port: 1 }, 'CONNECTION_FAILED', 'The port, 1, comes from POSTGRES_PORT of Mathesar or from the URL'],
      [{ password: null }, 'USAGE', 'into PGPASSWORD or the password file'],
      [{ password: 'wrong-hunter2' }, 'AUTHENTICATION_FAILED', 'POSTGRES_PASSWORD'],
      [{ database: 'no_such_database' }, 'DATABASE_DOES_NOT_EXIST', 'POSTGRES_DB'],
    ] as const
    for (const [change, code, hint] of cases) {
      const refusal: unknown = await openInternal({ settings: { ...settings, ...change } }).catch(
        (error: unknown) => error,
      )
      expect(refusal).toMatchObject({
        code,
        message: expect.stringContaining('The internal database postgresql://'),
        hint: expect.stringContaining(hint),
        details: { field: 'internal-db' },
      })
      expect(JSON.stringify(refusal, Object.getOwnPropertyNames(refusal))).not.toContain('hunter2')
    }
  })

  it('hints at nothing that its own command line could not take', async () => {
    const { settings } = await createInternalDatabase()
    const hintOf = (change: Partial<typeof settings>, live = {}) =>
      openInternal({ settings: { ...settings, ...change } }, { live }).then(
        () => '',
        ({ hint }: OperatorError) => hint,
      )
    expect(await hintOf({ password: null })).not.toContain('--password')
    expect(await hintOf({ port: 1 })).not.toContain('--address')
    const addresses = new Map([['db', { address: '127.0.0.1', port: 1, origin: 'address' as const }]])
    const hint = await hintOf({ host: 'db' }, { connect: { timeoutMs: 10_000, addresses } })
    expect(hint).toContain('this machine reaches db at 127.0.0.1:1')
    expect(hint).not.toContain('PORT')
  })

  it('refuses a pooler in transaction mode, and leaves no setting behind in its server process', async () => {
    const database = await createInternalDatabase()
    const { user, password } = database.settings
    const login = { user, password: password ?? '' }
    const pooler = await startPooler({ cluster: sharedCluster(), login, mode: 'transaction', poolSize: 1 })
    const settings = { ...database.settings, host: pooler.host, port: pooler.port }
    await expect(openInternal({ settings }, { readOnly: true })).rejects.toMatchObject({
      code: 'POOLED_CONNECTION',
      message: expect.stringContaining('internal database'),
    })
    const rows = await withSession(settings, { timeoutMs: 10_000 }, (client) =>
      client.query<{ name: string; setting: string }>(SETTINGS),
    )
    expect(rows).toContainEqual({ name: 'default_transaction_read_only', setting: 'off' })
    expect(rows).toContainEqual({ name: 'search_path', setting: '"$user", public' })
    await pooler.stop()
  })

  it('works through a pooler in session mode, with the same settings', async () => {
    const database = await createInternalDatabase()
    const { user, password } = database.settings
    const login = { user, password: password ?? '' }
    const pooler = await startPooler({ cluster: sharedCluster(), login, mode: 'session' })
    const settings = { ...database.settings, host: pooler.host, port: pooler.port }
    const session = await openInternal({ settings })
    const rows = await session.query<{ name: string; setting: string }>(SETTINGS)
    expect(rows).toContainEqual({ name: 'search_path', setting: '' })
    expect(rows).toContainEqual({ name: 'lock_timeout', setting: '1000' })
    await session.close()
    await pooler.stop()
  })
})
