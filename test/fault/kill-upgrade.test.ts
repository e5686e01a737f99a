import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { document } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { installRelease } from '../support/release-states.ts'
import { writeReleaseTree } from '../support/release-tree.ts'
import { type LiveWorld, liveWorld } from './live-world.ts'

/** Every so many messages the command is killed. */
const STEP = isSlowLane ? 1 : 13

/** The number of the point between COMMIT and what is written to the internal database. */
const AFTER_COMMIT = 0

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

interface Place {
  /** The version of our record in the user database; null if there is none. */
  record: string | null
  /** The version that Mathesar's row has. */
  confirmed: string | undefined
}

async function placeOf({ internal, settings }: LiveWorld): Promise<Place> {
  const [schema] = await sql<{ record: string | null }>(
    settings.database,
    `SELECT substring(obj_description(oid, 'pg_namespace') FROM 'version=(\\S+)') AS record
      FROM pg_namespace WHERE nspname = 'msar'`,
  )
  const [row] = await internal.query<{ version: string }>(
    'SELECT last_confirmed_sql_version AS version FROM mathesar_database',
  )
  return { record: schema?.record ?? null, confirmed: row?.version }
}

describe('an upgrade that is killed at a message of either connection', () => {
  test.each([
    ['over nothing', null],
    ["over a Mathesar's own install", '0.9.0'],
  ])(
    'leaves the state before it or its result, and the next run does what is left, %s',
    async (_, earlier) => {
      const world = await liveWorld('0012', 'database')
      const { settings, home } = world
      const tree = join(home, 'release')
      writeReleaseTree(tree, '0.11.0')
      if (earlier !== null) {
        const [row] = await sql<{ port: number }>(
          settings.database,
          `SELECT current_setting('port')::int AS port`,
        )
        await installRelease({ ...settings, port: row?.port ?? 0 }, earlier)
      }
      expect(await world.run(world.addition.args, world.addition.input)).toMatchObject({ status: 0 })
      const restore = await world.snapshot()
      const command = ['db', 'upgrade', '--all', '--schema-source', tree]
      const states = new Set<string>()
      for (
        let number = AFTER_COMMIT, isKilled = true;
        isKilled;
        number += number === AFTER_COMMIT ? 1 : STEP
      ) {
        await restore()
        isKilled = false
        const { child, done } = world.start(command)
        const isDelivered = number % 2 === 1
        let hasCommitted = false
        world.watch((message) => {
          hasCommitted ||= message.database === 'user' && message.bytes.includes('RESET ALL; COMMIT')
          const isAfterCommit = hasCommitted && message.database === 'internal'
          if (number === AFTER_COMMIT ? !isAfterCommit : message.number < number) return 'pass'
          if (!isKilled) {
            isKilled = true
            child.kill('SIGKILL')
          }
          return message.direction === 'to server' && isDelivered ? 'pass' : 'hold'
        })
        await done
        world.watch(null)
        await untilBuried(world)
        if (!isKilled) break
        const { record, confirmed } = await placeOf(world)
        const state = `${record} ${confirmed}`
        states.add(state)
        expect(['null 0.0.0', '0.11.0 0.0.0', '0.11.0 0.11.0'], String(number)).toContain(state)
        const again = await world.run(command)
        expect(again, again.stderr).toMatchObject({ status: 0 })
        const action = { '0.11.0 0.0.0': 'confirm', '0.11.0 0.11.0': 'none' }[state]
        const install = earlier === null ? 'install' : 'upgrade'
        expect(document(again), String(number)).toMatchObject({
          databases: [{ name: 'x', action: action ?? install, ok: true }],
        })
        expect(await placeOf(world)).toEqual({ record: '0.11.0', confirmed: '0.11.0' })
        await untilBuried(world)
      }
      expect(states).toContain('null 0.0.0')
      expect(states).toContain('0.11.0 0.0.0')
    },
    600_000,
  )
})
