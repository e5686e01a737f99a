import { afterEach, describe, expect, it } from 'vitest'
import { openSession, withSession } from '../../src/postgres/connect.ts'
import { readServerFacts } from '../../src/postgres/facts.ts'
import { checkNotPooled } from '../../src/postgres/pooler.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createRole, ownedDatabase, sharedCluster, superuserSettings } from '../support/database.ts'
import { type Pooler, type PoolerOptions, startPooler } from '../support/pooler.ts'
import { failure } from './support.ts'

const OPTIONS = { timeoutMs: 5000, home: null }

let pooler: Pooler | null = null
afterEach(async () => {
  await pooler?.stop()
  pooler = null
})

async function pooled(options: Pick<PoolerOptions, 'mode' | 'poolSize'>): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  const login = { user: settings.user, password: settings.password ?? '' }
  pooler = await startPooler({ cluster: sharedCluster(), login, ...options })
  return { ...settings, host: pooler.host, port: pooler.port }
}

async function check(settings: ConnectionSettings, options = OPTIONS): Promise<void> {
  await withSession(settings, OPTIONS, async (session) => {
    await checkNotPooled(session, await readServerFacts(session), options)
  })
}

describe('a connection pooler', () => {
  it.each([10, 2, 1])(
    'a connection pooler is recognized and refused in transaction mode with %s server connections',
    async (poolSize) => {
      const settings = await pooled({ mode: 'transaction', poolSize })
      const error = await failure(() => check(settings), 'POOLED_CONNECTION')
      expect(error.hint).toContain('direct')
      expect(error.details.field).toBe('port')
    },
  )

  it('a connection pooler is recognized in transaction mode while other clients work', async () => {
    const settings = await pooled({ mode: 'transaction' })
    const others = await Promise.all([1, 2, 3].map(() => openSession(settings, OPTIONS)))
    await Promise.all(others.map((other) => other.query('SELECT pg_backend_pid()')))
    const [busy] = others
    await busy?.query('BEGIN')
    await failure(() => check(settings), 'POOLED_CONNECTION')
    await busy?.query('ROLLBACK')
    await Promise.all(others.map((other) => other.close()))
  })

  it('a connection pooler is recognized in transaction mode when the other clients leave one server connection', async () => {
    const settings = await pooled({ mode: 'transaction', poolSize: 2 })
    await withSession(settings, OPTIONS, async (session) => {
      const facts = await readServerFacts(session)
      // Gets the server connection that the first session had, and keeps it.
      const busy = await openSession(settings, OPTIONS)
      await busy.query('BEGIN')
      const error = await failure(() => checkNotPooled(session, facts, OPTIONS), 'POOLED_CONNECTION')
      expect(error.message).toContain('transaction mode')
      await busy.close()
    })
  })

  it('a connection pooler is accepted in session mode', async () => {
    await check(await pooled({ mode: 'session' }))
  })

  it('a connection pooler is accepted in session mode when it has no second server connection', async () => {
    const settings = await pooled({ mode: 'session', poolSize: 1 })
    await check(settings)
    expect(pooler?.serverConnections()).toBe(1)
  })

  it('a connection pooler is named in the error when it refuses options', async () => {
    const settings = { ...(await pooled({ mode: 'session' })), options: '-c geqo=off' }
    const error = await failure(() => openSession(settings, OPTIONS), 'POOLED_CONNECTION')
    expect(error.hint).toContain('options')
  })

  it('costs no second connection when there is none', async () => {
    const limited = await createRole({ attributes: 'CONNECTION LIMIT 1' })
    await check({ ...superuserSettings(), ...limited })
  })

  it('leaves no session behind when the check is aborted', async () => {
    const settings = await pooled({ mode: 'session', poolSize: 1 })
    const signal = AbortSignal.timeout(300)
    await withSession(settings, OPTIONS, async (session) => {
      const facts = await readServerFacts(session)
      const checking = checkNotPooled(session, facts, { ...OPTIONS, signal })
      await expect(checking).rejects.toMatchObject({ name: 'TimeoutError' })
    })
  })
})
