import { describe, expect, onTestFinished, test } from 'vitest'
import { connectionArguments, errorOf } from '../support/cli.ts'
import { createRole, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { liveWorld } from './live-world.ts'

/** What becomes of a database that a registration created when the write of Mathesar's rows fails. */

/** A live Mathesar that knows the server already, and a registration that creates its database. */
async function registration(journal: 'database' | 'directory' = 'database') {
  const world = await liveWorld('0012', journal)
  const role = await createRole({ attributes: 'CREATEDB' })
  const settings = { ...superuserSettings(uniqueName('fresh')), ...role }
  const { host, port, database } = settings
  await world.internal.query(
    `INSERT INTO mathesar_server (host, port, sslmode, created_at, updated_at)
     VALUES ($1, $2, 'prefer', now(), now())`,
    [host, port],
  )
  const args = [
    ...['db', 'add', 'fresh', ...connectionArguments(settings), '--password-stdin'],
    ...['--register-only', '--create-database'],
  ]
  const exists = async () =>
    (await sql('postgres', 'SELECT FROM pg_database WHERE datname = $1', [database])).length > 0
  onTestFinished(() => sql('postgres', `DROP DATABASE IF EXISTS "${database}"`).then(() => {}))
  const waiting = async () =>
    (
      await world.internal.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database()
          AND application_name = 'mathesarctl' AND wait_event_type = 'Lock'`,
      )
    ).length
  /** Locks the row of the server as Mathesar does, on a session of its own. */
  const lock = async () => {
    const application = await world.internal.connect()
    await application.query('BEGIN')
    await application.query('SELECT FROM mathesar_server FOR UPDATE')
    return application
  }
  return { world, args, input: role.password, database, exists, waiting, lock }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the condition was never met')
}

describe('a registration whose final write waits for a lock of Mathesar', () => {
  test.each(['database', 'directory'] as const)(
    'is canceled on the server by Ctrl-C and leaves nothing behind (journal in the %s)',
    async (journal) => {
      const { world, args, input, exists, waiting, lock } = await registration(journal)
      const application = await lock()
      const { child, done } = world.start(args, input)
      await until(async () => (await waiting()) > 0)
      expect(await exists()).toBe(true)
      child.kill('SIGINT')
      const run = await done
      expect(run.status, run.stderr).toBe(130)
      expect(errorOf(run)).toMatchObject({ code: 'ABORTED' })
      expect(await waiting()).toBe(0)
      await application.query('ROLLBACK')
      expect(await exists(), run.stderr).toBe(false)
      expect([await world.names(), await world.entries()]).toEqual([[], 0])
    },
    60_000,
  )

  test('drops the database that it created when the lock is not granted in time', async () => {
    const { world, args, input, exists, lock } = await registration()
    const application = await lock()
    const run = await world.run(args, input)
    await application.query('ROLLBACK')
    expect(run.status, run.stderr).toBe(1)
    expect(errorOf(run)).toMatchObject({ code: 'LOCKED' })
    expect(await exists(), run.stderr).toBe(false)
    expect([await world.names(), await world.entries(), await world.locks()]).toEqual([[], 0, 0])
    const again = await world.run(args, input)
    expect(again, again.stderr).toMatchObject({ status: 0 })
  }, 60_000)

  test('keeps the database and its entry where the connection is lost, and names the database', async () => {
    const { world, args, input, database, exists, waiting, lock } = await registration()
    const application = await lock()
    const { done } = world.start(args, input)
    await until(async () => (await waiting()) > 0)
    await world.internal.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'mathesarctl'`,
    )
    const run = await done
    await application.query('ROLLBACK')
    expect(run.status, run.stderr).toBe(3)
    const error = errorOf(run)
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('It is not known whether the rows of Mathesar were written.'),
    })
    expect(error.hint).toContain('mathesarctl db show')
    expect(error.hint).toContain(`Database "${database}", which this run created, stays`)
    expect(await exists()).toBe(true)
    expect(await world.entries()).toBe(1)
    const removal = await world.run(['db', 'remove', 'fresh'])
    expect(`${removal.stdout}${removal.stderr}`).toContain(database)
    expect([await world.entries(), await exists()]).toEqual([0, true])
  }, 60_000)
})
