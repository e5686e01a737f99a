import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { LOCK_CLASS } from '../../src/store/django/operation-locks.ts'
import { connectionArguments, errorOf } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { type LiveWorld, liveWorld } from './live-world.ts'

/** What a run says that is interrupted while a statement in the internal database waits for a lock. */

/** Runs a statement in a transaction of another session, and returns what ends it. */
async function holding(world: LiveWorld, statement: string): Promise<() => Promise<void>> {
  const session = await world.internal.connect()
  await session.query('BEGIN')
  await session.query(statement)
  return async () => {
    await session.query('ROLLBACK')
  }
}

/** Returns how many sessions of the program wait for a lock in the internal database. */
async function waiting({ internal }: LiveWorld): Promise<number> {
  const rows = await internal.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database()
      AND application_name = 'mathesarctl' AND wait_event_type = 'Lock'`,
  )
  return rows.length
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await condition()) return
    await pause(25)
  }
  throw new Error('the condition was never met')
}

/** Starts a command, interrupts it once it waits, and returns what it said. */
async function interrupt(world: LiveWorld, args: readonly string[], input = '') {
  const { child, done } = world.start(args, input)
  await until(async () => (await waiting(world)) > 0)
  child.kill('SIGINT')
  const run = await done
  expect(run.status, run.stderr).toBe(130)
  const error = errorOf(run)
  expect(error).toMatchObject({ code: 'ABORTED' })
  await until(async () => (await waiting(world)) === 0)
  return error.message
}

const LOCKS = 'LOCK TABLE mathesar_server IN ACCESS EXCLUSIVE MODE'

describe('a run that waits in the internal database says when it is interrupted', () => {
  test.each(['database', 'directory'] as const)(
    'that it read Mathesar’s rows (journal in the %s)',
    async (journal) => {
      const world = await liveWorld('0012', journal)
      await holding(world, LOCKS)
      for (const args of [
        ['db', 'list'],
        ['db', 'show', 'x'],
        ['db', 'test', 'x'],
        ['db', 'remove', 'x'],
      ]) {
        const message = await interrupt(world, args)
        expect(message).toMatch(/^Interrupted while .*the internal database/)
      }
    },
    120_000,
  )

  test('that it opened the internal database, where the journal is locked', async () => {
    const world = await liveWorld('0012', 'database')
    await world.run([...world.addition.args, '--mathesar-user', 'admin'], world.addition.input)
    const createsJournal = ['db', 'remove', 'x', '--remove-schema']
    await world.run(createsJournal)
    await holding(world, 'LOCK TABLE mathesarctl.operation IN ACCESS EXCLUSIVE MODE')
    for (const args of [['db', 'list'], [...world.addition.args]]) {
      const message = await interrupt(world, args, world.addition.input)
      expect(message).toMatch(/^Interrupted while .*the internal database/)
    }
  }, 120_000)

  test('that it wrote the first entry of the journal', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    await holding(world, `SELECT pg_advisory_xact_lock(${LOCK_CLASS}, 0)`)
    const { args, input } = world.addition
    const message = await interrupt(world, args, input)
    expect(message).toMatch(/^Interrupted while .*journal.*internal database/)
    expect(await world.entries()).toBe(0)
  }, 60_000)

  test('that it wrote an entry of the journal, and leaves none', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    const { args, input } = world.addition
    expect(await world.run(args, input)).toMatchObject({ status: 0 })
    expect(await world.run(['db', 'remove', 'x', '--remove-schema'])).toMatchObject({ status: 0 })
    const end = await holding(world, 'LOCK TABLE mathesarctl.operation IN SHARE MODE')
    const message = await interrupt(world, args, input)
    expect(message).toMatch(/^Interrupted while .*journal.*internal database/)
    await end()
    expect([await world.entries(), await world.names(), await world.locks()]).toEqual([0, [], 0])
  }, 60_000)
})

test('a run says that it is interrupted where the internal database does not answer at all', async () => {
  const world = await liveWorld('0012', 'directory')
  for (const table of ['django_migrations', 'mathesar_userdatabaserolemap']) {
    let isHeld = false
    world.watch(({ database, bytes }) => {
      isHeld ||= database === 'internal' && bytes.includes(table)
      return isHeld ? 'hold' : 'pass'
    })
    const { child, done } = world.start(['db', 'list'])
    await until(async () => isHeld)
    await pause(200)
    child.kill('SIGINT')
    const run = await done
    expect(run.status, run.stderr).toBe(130)
    expect(errorOf(run)).toMatchObject({
      code: 'ABORTED',
      message: expect.stringMatching(/^Interrupted while .*the internal database/),
    })
  }
}, 60_000)

/** Lets nobody delete an entry of the journal until the returned function is called. */
async function holdingEntries(world: LiveWorld): Promise<() => Promise<void>> {
  await world.internal.query(`
    CREATE FUNCTION public.wait_for_the_test() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock(7, 7); RETURN OLD; END';
    CREATE TRIGGER wait_for_the_test BEFORE DELETE ON mathesarctl.operation
      FOR EACH ROW EXECUTE FUNCTION public.wait_for_the_test()`)
  return holding(world, 'SELECT pg_advisory_xact_lock(7, 7)')
}

/** Lets nobody write rows of databases until the returned function is called. */
function holdingRows(world: LiveWorld): Promise<() => Promise<void>> {
  return holding(world, 'LOCK TABLE mathesar_database IN SHARE MODE')
}

describe('a run that is interrupted after the user database is done', () => {
  test.each([
    ['the journal', holdingEntries],
    ['Mathesar’s rows', holdingRows],
  ])(
    'says that a removal still has to remove the record, and the next run does (lock on %s)',
    async (_title, hold) => {
      const world = await liveWorld('legacy-serial', 'database')
      const { args, input } = world.addition
      expect(await world.run(args, input)).toMatchObject({ status: 0 })
      const end = await hold(world)
      const message = await interrupt(world, ['db', 'remove', 'x', '--remove-schema'])
      expect(message).toMatch(/^Interrupted /)
      expect(message).not.toContain('nothing was left half done')
      expect(message).toContain('The next command that writes')
      await end()
      const { database } = world.settings
      expect(await sql(database, `SELECT FROM pg_namespace WHERE nspname = 'msar'`)).toEqual([])
      await world.run(['db', 'edit', 'nothing', '--rename', 'other'])
      expect([await world.entries(), await world.names()]).toEqual([0, []])
    },
    60_000,
  )

  test('says that an addition still has to store the credentials, and the next run does', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    const { args, input } = world.addition
    const end = await holdingRows(world)
    const message = await interrupt(world, args, input)
    expect(message).toMatch(/^Interrupted before the credentials/)
    await end()
    await world.run(['db', 'edit', 'nothing', '--rename', 'other'])
    expect([await world.entries(), await world.names()]).toEqual([0, ['x']])
  }, 60_000)
})

describe('a run that is interrupted before the user database is done', () => {
  test('says that its entry stays, where the journal is locked when it ends that', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    const { args, input } = world.addition
    expect(await world.run(args, input)).toMatchObject({ status: 0 })
    expect(await world.run(['db', 'remove', 'x', '--remove-schema'])).toMatchObject({ status: 0 })
    const lock = 'LOCK TABLE mathesarctl.operation IN SHARE MODE'
    const session = await world.internal.connect()
    let locked: Promise<unknown> | null = null
    world.watch(({ database, direction, bytes }) => {
      const isInstall = database === 'user' && direction === 'to server' && bytes.includes('CREATE SCHEMA')
      if (isInstall && locked === null) locked = session.query(`BEGIN; ${lock}`)
      return 'pass'
    })
    const message = await interrupt(world, args, input)
    expect(message).toMatch(/^Interrupted /)
    expect(message).toContain('The next command that writes')
    await locked
    await session.query('ROLLBACK')
    expect([await world.entries(), await world.names()]).toEqual([1, []])
    await world.run(['db', 'edit', 'nothing', '--rename', 'other'])
    expect([await world.entries(), await world.names()]).toEqual([0, []])
  }, 60_000)
})

test('a registration on a locked table ends with what it was doing', async () => {
  const world = await liveWorld('0012', 'database')
  await holding(world, LOCKS)
  const args = [
    'db',
    'add',
    'x',
    ...connectionArguments(world.settings),
    '--password-stdin',
    '--register-only',
  ]
  const message = await interrupt(world, args, world.settings.password ?? '')
  expect(message).toMatch(/^Interrupted while .*the internal database/)
}, 60_000)
