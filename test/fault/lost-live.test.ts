import { describe, expect, onTestFinished, test } from 'vitest'
import { document, errorOf, type Run } from '../support/cli.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { startCluster } from '../support/postgres.ts'
import { type LiveWorld, liveWorld } from './live-world.ts'

/** Starts an addition, and calls `interfere` while the install runs in the user database. */
async function duringInstall(world: LiveWorld, interfere: () => Promise<void>): Promise<Run> {
  let held: Promise<void> | null = null
  const { done } = world.start(world.addition.args, world.addition.input)
  world.watch(({ database, direction, bytes }) => {
    if (database === 'user' && direction === 'to server' && bytes.includes('CREATE OR REPLACE FUNCTION')) {
      held ??= interfere()
    }
    return 'pass'
  })
  const run = await done
  world.watch(null)
  if (held === null) throw new Error(`nothing was installed: ${run.stderr}`)
  await held
  return run
}

describe('a connection to the internal database that is lost during an install', () => {
  test('is opened again with its lock, and the addition is completed', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    const run = await duringInstall(world, async () => world.internalProxy.cutAll())
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ name: 'x', status: 'added' })
    expect(await world.names()).toEqual(['x'])
    expect([await world.entries(), await world.locks()]).toEqual([0, 0])
  })

  test('is opened again where the server ended it', async () => {
    const world = await liveWorld('legacy-serial', 'database')
    const run = await duringInstall(world, async () => {
      await world.internal.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'mathesarctl'`,
      )
    })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await world.names()).toEqual(['x'])
  })

  test('leaves an addition that the next run completes, where the server is gone', async () => {
    // The server must not lose what it committed in the last milliseconds before it is halted.
    const cluster = await startCluster({ settings: ['synchronous_commit = on'] })
    onTestFinished(() => cluster.stop())
    const world = await liveWorld('legacy-serial', 'database', { cluster })
    const run = await duringInstall(world, () => cluster.halt())
    expect(run.status, run.stderr).toBe(3)
    expect(errorOf(run)).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('internal database postgresql://'),
    })
    // The journal could not record that COMMIT was about to be sent, so it was not sent.
    expect(await mathesarSchemas(world.settings.database)).toEqual([])
    await cluster.start()
    const again = await world.run(world.addition.args, world.addition.input)
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect(await mathesarSchemas(world.settings.database)).toEqual(ALL_SCHEMAS)
  }, 60_000)

  test('leaves an addition that the next run completes, where the server accepts no writes any more', async () => {
    const cluster = await startCluster()
    onTestFinished(() => cluster.stop())
    const world = await liveWorld('legacy-serial', 'database', { cluster })
    // Otherwise the database could not be dropped.
    onTestFinished(() => setReadOnly('off'))
    const setReadOnly = async (value: 'on' | 'off') => {
      await world.internal.query(`SET default_transaction_read_only = off`)
      await world.internal.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`)
      await world.internal.query('SELECT pg_reload_conf()')
    }
    const run = await duringInstall(world, async () => {
      await setReadOnly('on')
    })
    expect(run.status, run.stderr).toBe(3)
    expect(errorOf(run)).toMatchObject({
      code: 'READ_ONLY_SERVER',
      message: expect.stringContaining('accepts no writes now'),
    })
    expect(await mathesarSchemas(world.settings.database)).toEqual([])
    const refused = await world.run(world.addition.args, world.addition.input)
    expect(refused.status).toBe(3)
    expect(errorOf(refused)).toMatchObject({
      code: 'READ_ONLY_SERVER',
      message: expect.stringContaining('default_transaction_read_only'),
    })
    await setReadOnly('off')
    const again = await world.run(world.addition.args, world.addition.input)
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect(await world.names()).toEqual(['x'])
  }, 60_000)
})

describe('a connection to the internal database that is cut at any message', () => {
  test.each([
    ['legacy-serial', 'database'],
    ['0012', 'database'],
  ] as const)(
    'leaves an addition to %s that is complete, or that the next run completes',
    async (step, journal) => {
      const world = await liveWorld(step, journal)
      const restore = await world.snapshot()
      const outcomes = new Set<string>()
      let isCut = true
      for (let number = 1; isCut; number += isSlowLane ? 1 : 2) {
        await restore()
        isCut = false
        let count = 0
        const { done } = world.start(world.addition.args, world.addition.input)
        world.watch(({ database }) => {
          if (database !== 'internal' || isCut || ++count < number) return 'pass'
          isCut = true
          return 'cut'
        })
        const run = await done
        world.watch(null)
        const label = `${number}: ${run.stderr}`
        outcomes.add(run.status === 0 ? 'completed' : errorOf(run).code)
        expect([0, 1, 3], label).toContain(run.status)
        const again = await world.run(world.addition.args, world.addition.input)
        const isDone = again.status === 6 && errorOf(again).code === 'NAME_TAKEN'
        expect(isDone ? 0 : again.status, `${label} ${again.stderr}`).toBe(0)
        expect(await world.names(), label).toEqual(['x'])
        expect([await world.entries(), await world.locks()], label).toEqual([0, 0])
      }
      expect([...outcomes]).toContain('completed')
      expect([...outcomes]).not.toContain('INTERNAL')
    },
    600_000,
  )
})
