import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession, type SessionOptions } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/facts.ts'
import type { BlockingSession, ConnectionSettings, Session } from '../../src/postgres/types.ts'
import { ownedDatabase, superuserSettings } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

interface Report {
  holder: BlockingSession | null
  seconds: number
}

/** Locks a catalog of a database of its own in another session, and returns how to release it. */
async function lockCatalog(catalog: string) {
  const owned = await ownedDatabase()
  const { host, port, user, password } = superuserSettings()
  const holder = new pg.Client({
    ...{ host, port, user, password: password ?? '', database: owned.database },
    application_name: 'vacuum',
  })
  await holder.connect()
  onTestFinished(() => holder.end())
  const lock = async () => {
    await holder.query(`BEGIN; LOCK TABLE pg_catalog.${catalog} IN ACCESS EXCLUSIVE MODE`)
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    return rows[0]?.pid
  }
  return { owned, lock, release: () => holder.query('COMMIT') }
}

async function open(settings: ConnectionSettings, reports: Report[], options: Partial<SessionOptions> = {}) {
  const session = await openSession(settings, {
    timeoutMs: 5_000,
    home: null,
    answerTimeoutMs: 1_500,
    onLock: (holder, seconds) => reports.push({ holder, seconds }),
    ...options,
  })
  onTestFinished(() => session.close())
  return session
}

const check = (session: Session) =>
  session.check(() => session.query('SELECT count(*) FROM pg_catalog.pg_namespace, pg_catalog.pg_depend'))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a check that waits for a lock', () => {
  it.each(['pg_depend', 'pg_namespace'])(
    'has no time limit, and names who locks %s',
    async (catalog) => {
      const { owned, lock, release } = await lockCatalog(catalog)
      const reports: Report[] = []
      const session = await open(owned, reports)
      const { versionNumber } = await readServerFacts(session)
      const pid = await lock()
      const checked = check(session)
      await pause(5_000)
      const holder = {
        pid,
        applicationName: 'vacuum',
        role: superuserSettings().user,
        // The server does not show it to a role without privileges.
        since: null,
      }
      if (catalog === 'pg_namespace' && versionNumber < 150_000) {
        // PostgreSQL 13 and 14 read this catalog for the question, which then waits too.
        expect(reports[0]?.holder).toBeNull()
      } else {
        expect(reports[0]).toEqual({ holder, seconds: 1 })
        expect(reports.map(({ seconds }) => seconds)).toEqual([1, 2, 3])
      }
      await release()
      expect(await checked).toHaveLength(1)
    },
    20_000,
  )

  it('shows the start of the transaction to a role that may see it', async () => {
    const { owned, lock, release } = await lockCatalog('pg_depend')
    const reports: Report[] = []
    const session = await open({ ...superuserSettings(), database: owned.database }, reports)
    await lock()
    const checked = check(session)
    await pause(2_000)
    expect(reports[0]?.holder?.since).toMatch(/^20\d\d-\d\d-\d\dT[\d:]{8}Z$/)
    await release()
    await checked
  })

  it('has no time limit where the question waits for the same lock', async () => {
    const { owned, lock, release } = await lockCatalog('pg_proc')
    const reports: Report[] = []
    const session = await open(owned, reports)
    await lock()
    const checked = readServerFacts(session)
    await pause(5_000)
    expect(reports[0]?.holder).toBeNull()
    await release()
    expect(await checked).toMatchObject({ database: owned.database })
  }, 20_000)

  it('ends at once when it is interrupted', async () => {
    const { owned, lock } = await lockCatalog('pg_depend')
    const controller = new AbortController()
    const session = await open(owned, [], { signal: controller.signal })
    await lock()
    const checked = check(session)
    checked.catch(() => {})
    await pause(2_500)
    const start = performance.now()
    controller.abort(new Error('stop'))
    await expect(checked).rejects.toThrow('stop')
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})

describe('a check that waits for something else', () => {
  it('keeps its time limit where the server runs the statement', async () => {
    const reports: Report[] = []
    const session = await open(await ownedDatabase(), reports)
    const sleeping = session.check(() => session.query('SELECT pg_catalog.pg_sleep(60)'))
    await expect(sleeping).rejects.toMatchObject({ code: 'CONNECTION_FAILED', reason: 'timeout' })
    expect(reports).toEqual([])
  })

  it('keeps its time limit where nothing answers the question', async () => {
    const { owned, lock } = await lockCatalog('pg_depend')
    let isFrozen = false
    const proxy = await startProxy({ target: owned, onPassage: () => (isFrozen ? 'hold' : 'pass') })
    onTestFinished(() => proxy.close())
    const session = await open({ ...owned, host: proxy.host, port: proxy.port }, [], { answerTimeoutMs: 500 })
    await lock()
    isFrozen = true
    await expect(check(session)).rejects.toMatchObject({ reason: 'timeout' })
  }, 20_000)
})
