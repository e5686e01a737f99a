import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { document } from '../support/cli.ts'
import { createDatabase, createRole } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { openLiveStore } from '../support/live-store.ts'
import { liveWorld } from './live-world.ts'

/** The default lane takes every so many messages. */
const STEP = isSlowLane ? 1 : 9

test.each(['0012', 'legacy-identity'] as const)(
  'SIGKILL at any message of an import into %s leaves whole rows, and the next run does the rest',
  async (step) => {
    const world = await liveWorld(step, 'directory')
    const { settings, home, internal } = world
    const file = join(home, 'old.sqlite3')
    const store = await openStore(file, () => internal.secretKey, { create: true })
    const databases = [settings.database, await createDatabase(), await createDatabase()]
    const reader = await createRole()
    await store.register('a', settings, { schema: null })
    await store.register('b', { ...settings, database: databases[1] ?? '' }, { schema: null })
    await store.register('c', { ...settings, database: databases[2] ?? '' }, { schema: null })
    await store.register(
      'c (reader)',
      { ...settings, ...reader, database: databases[2] ?? '' },
      { schema: null },
    )
    await store.close()
    const names = step === '0012' ? ['a', 'b', 'c'] : ['a', 'b', 'c', 'c (reader)']
    const restore = await world.snapshot()
    const stored = new Set<number>()
    let isKilled = true
    for (let number = 1; isKilled; number += STEP) {
      await restore()
      isKilled = false
      const { child, done } = world.start(['db', 'import', '--from', file])
      world.watch((message) => {
        if (message.number < number) return 'pass'
        if (!isKilled) child.kill('SIGKILL')
        isKilled = true
        // What was sent before the kill arrives at the server, or it does not.
        return message.direction === 'to server' && number % 2 === 1 ? 'pass' : 'hold'
      })
      await done
      world.watch(null)
      stored.add((await world.names()).length)
      const again = await world.run(['db', 'import', '--from', file])
      expect(again, `${number} ${again.stderr}`).toMatchObject({ status: 0 })
      expect(document<{ failed: number }>(again)).toMatchObject({ failed: 0 })
      expect(await world.names(), String(number)).toEqual(names)
      expect(await world.entries(), String(number)).toBe(0)
    }
    expect(stored.size).toBeGreaterThan(isSlowLane ? 2 : 1)
    const records = await (await openLiveStore(internal)).find('c')
    if (step === '0012') expect(records?.roles).toEqual([settings.user, reader.user])
  },
  900_000,
)
