import { describe, expect, test } from 'vitest'
import { errorOf } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'
import { isEveryLane, isSlowLane } from '../support/lanes.ts'
import { type LiveWorld, liveWorld } from './live-world.ts'

/** Waits until no server process works any more for a run that has ended. */
async function untilBuried({ internal, settings }: LiveWorld): Promise<void> {
  const sessions = async () => {
    const rows = await sql(
      'postgres',
      `SELECT FROM pg_stat_activity WHERE application_name = 'mathesarctl' AND datname = ANY ($1)`,
      [[internal.settings.database, settings.database]],
    )
    return rows.length
  }
  await expect.poll(sessions, { interval: 10 }).toBe(0)
}

/** The number of the point between COMMIT and the end of the operation. */
const AFTER_COMMIT = 0

/**
 * Returns how far it is to the next point. The steps are odd, so that messages are delivered or not in turn.
 * With a journal in a directory, a message reaches fewer states.
 */
function step(number: number, journal: 'database' | 'directory'): number {
  if (number === AFTER_COMMIT || isEveryLane) return 1
  if (!isSlowLane) return 5
  return journal === 'database' ? 3 : 5
}

interface Command {
  args: string[]
  input: string
}

/**
 * Kills the command at each message of both connections, and runs it again each time. Returns at which phases
 * it was killed.
 */
async function killEverywhere(
  world: LiveWorld,
  command: Command,
  check: (label: string) => Promise<void>,
  journal: 'database' | 'directory' = 'database',
): Promise<Set<string>> {
  const restore = await world.snapshot()
  const phases = new Set<string>()
  let isKilled = true
  let killed = 0
  // First a point that few messages lie at: what is written to the internal database after COMMIT.
  for (let number = AFTER_COMMIT; isKilled || number <= 1; number += step(number, journal)) {
    // What was sent before the kill arrives at the server, or it does not.
    const isDelivered = number % 2 === 1
    await restore()
    isKilled = false
    const { child, done } = world.start(command.args, command.input)
    let database = ''
    let hasCommitted = false
    world.watch((message) => {
      hasCommitted ||= message.database === 'user' && message.bytes.includes('COMMIT')
      const isAfterCommit = hasCommitted && message.database === 'internal'
      if (number === AFTER_COMMIT ? !isAfterCommit : message.number < number) return 'pass'
      if (!isKilled) {
        isKilled = true
        database = `${message.database}, ${message.direction}`
        child.kill('SIGKILL')
      }
      return message.direction === 'to server' && isDelivered ? 'pass' : 'hold'
    })
    await done
    world.watch(null)
    await untilBuried(world)
    if (!isKilled) continue
    killed++
    const hasEntry = (await world.entries()) > 0
    phases.add(`${database.split(',')[0]}, ${hasEntry ? 'with an entry' : 'without an entry'}`)
    const label = JSON.stringify({ number, isDelivered, database, hasEntry })
    // Nothing in between: the schemas are there as a whole or not at all.
    expect([[], ALL_SCHEMAS], label).toContainEqual(await mathesarSchemas(world.settings.database))
    await check(label)
    expect(await world.entries(), label).toBe(0)
    await untilBuried(world)
    expect(await world.locks(), label).toBe(0)
  }
  // A registration has about a dozen messages, of which the default lane takes every fifth.
  expect(killed).toBeGreaterThanOrEqual(isSlowLane ? 4 : 3)
  return phases
}

const ALL_PHASES = ['internal, without an entry', 'internal, with an entry', 'user, with an entry']

describe('SIGKILL at any message of both connections', () => {
  test.each([
    ['legacy-serial', 'database'],
    ['legacy-identity', 'directory'],
  ] as const)(
    'an addition to %s with its journal in the %s is completed by the next run',
    async (step, journal) => {
      const world = await liveWorld(step, journal)
      const phases = await killEverywhere(
        world,
        world.addition,
        async (label) => {
          const run = await world.run(world.addition.args, world.addition.input)
          const isDone = run.status === 6 && errorOf(run).code === 'NAME_TAKEN'
          expect(isDone ? 0 : run.status, `${label} ${run.stderr}`).toBe(0)
          expect(await mathesarSchemas(world.settings.database), label).toEqual(ALL_SCHEMAS)
          expect(await world.names(), label).toEqual(['x'])
        },
        journal,
      )
      expect([...phases]).toEqual(expect.arrayContaining(ALL_PHASES))
    },
    900_000,
  )

  test.each([
    ['0012', 'database'],
    ['legacy-serial', 'directory'],
  ] as const)(
    'a removal from %s with its journal in the %s is completed by the next run',
    async (step, journal) => {
      const world = await liveWorld(step, journal, { isInstalled: true })
      const adopt = step === '0012' ? [] : ['--existing-schema', 'adopt']
      const added = await world.run([...world.addition.args, ...adopt], world.addition.input)
      expect(added, added.stderr).toMatchObject({ status: 0 })
      const command = { args: ['db', 'remove', 'x', '--remove-schema'], input: '' }
      const phases = await killEverywhere(
        world,
        command,
        async (label) => {
          const run = await world.run(command.args)
          const isDone = run.status === 7 && errorOf(run).code === 'NOT_FOUND'
          expect(isDone ? 0 : run.status, `${label} ${run.stderr}`).toBe(0)
          expect(await mathesarSchemas(world.settings.database), label).toEqual([])
          expect(await world.names(), label).toEqual([])
        },
        journal,
      )
      expect([...phases]).toEqual(expect.arrayContaining(ALL_PHASES))
    },
    900_000,
  )

  test.each([
    ['0012', 'database'],
    ['0002', 'directory'],
  ] as const)(
    'an addition to %s with the SQL of its release, with its journal in the %s, is completed by the next run',
    async (step, journal) => {
      const world = await liveWorld(step, journal, { installsRelease: true })
      const { args, input } = world.addition
      const name = step === '0002' ? world.settings.database : 'x'
      const command = { args: args.map((arg) => (arg === 'x' ? name : arg)), input }
      const versions = async () => {
        const rows = (await world.internal.snapshot()).mathesar_database ?? []
        return rows.map((row) => row.last_confirmed_sql_version)
      }
      const phases = await killEverywhere(
        world,
        command,
        async (label) => {
          expect([[], ['0.11.0']], label).toContainEqual(await versions())
          const run = await world.run(command.args, input)
          expect(run.status, `${label} ${run.stderr}`).toBe(0)
          expect(await mathesarSchemas(world.settings.database), label).toEqual(ALL_SCHEMAS)
          expect(await world.names(), label).toEqual([name])
          expect(await versions(), label).toEqual(['0.11.0'])
        },
        journal,
      )
      expect([...phases]).toEqual(expect.arrayContaining(ALL_PHASES))
    },
    900_000,
  )

  test('a registration and a new password are as before or complete in a modern Mathesar', async () => {
    const world = await liveWorld('0012', 'database')
    const { args, input } = world.addition
    const tables = ['server', 'database', 'configuredrole', 'userdatabaserolemap']
    const counts = async () => {
      const rows = await world.internal.snapshot()
      return tables.map((table) => rows[`mathesar_${table}`]?.length ?? 0)
    }
    await killEverywhere(world, world.addition, async (label) => {
      expect(
        [
          [0, 0, 0, 0],
          [1, 1, 1, 1],
        ],
        label,
      ).toContainEqual(await counts())
      const run = await world.run(args, input)
      const isDone = run.status === 6 && errorOf(run).code === 'NAME_TAKEN'
      expect(isDone ? 0 : run.status, `${label} ${run.stderr}`).toBe(0)
      expect(await counts(), label).toEqual([1, 1, 1, 1])
    })
    const edit = { args: ['db', 'edit', 'x', '--password-stdin'], input: world.settings.password ?? '' }
    await killEverywhere(world, edit, async (label) => {
      const run = await world.run(edit.args, edit.input)
      expect(run.status, `${label} ${run.stderr}`).toBe(0)
      expect(await counts(), label).toEqual([1, 1, 1, 1])
    })
  }, 900_000)
})
