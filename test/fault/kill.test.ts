import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cli, document, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, remove, storedNames } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { startProxy } from '../support/proxy.ts'
import {
  allPoints,
  journalRows,
  killAt,
  lastBackends,
  namesInStore,
  type Point,
  snapshot,
  type World,
  world,
} from './support.ts'

/**
 * Each test kills the process with SIGKILL at one point of `db add` or `db remove`, runs the same command
 * again, and checks that both databases agree.
 */

/** One more run of the same command completes it, whatever happened, and both databases agree. */
async function completes(place: World, verb: 'add' | 'remove', point: Point): Promise<void> {
  const { args, input } = place.arguments(verb)
  const run = await cli(args, { home: place.home, input })
  const label = JSON.stringify({ verb, point, stderr: run.stderr })
  // A removal that was killed after its last write only had to report the result.
  const isDone = verb === 'remove' && run.status === 7 && errorOf(run).code === 'NOT_FOUND'
  expect(isDone ? 0 : run.status, label).toBe(0)
  expect(await mathesarSchemas(place.settings.database), label).toEqual(verb === 'add' ? ALL_SCHEMAS : [])
  expect(await namesInStore(place.home), label).toEqual(verb === 'add' ? ['x'] : [])
  expect(await journalRows(place.home), label).toBe(0)
  // No file of a killed run is left.
  const data = join(place.home, '.local/share/mathesarctl')
  expect(
    readdirSync(data).filter((name) => name.includes('.op-')),
    label,
  ).toEqual([])
}

/** Between the kill and the next run: the user database is as before or fully done, and never in between. */
async function isAllOrNothing(place: World, point: Point): Promise<void> {
  await expect.poll(() => lastBackends(place)).toBe(0)
  const schemas = await mathesarSchemas(place.settings.database)
  expect([[], ALL_SCHEMAS], JSON.stringify(point)).toContainEqual(schemas)
}

/** The state after a kill. */
interface Aftermath {
  hasEntry: boolean
  isStored: boolean
  isInstalled: boolean
}

async function aftermath({ home, settings }: World): Promise<Aftermath> {
  return {
    hasEntry: (await journalRows(home)) > 0,
    isStored: (await namesInStore(home)).includes('x'),
    isInstalled: (await mathesarSchemas(settings.database)).length > 0,
  }
}

/** The phases of a command that a kill must have hit, whatever the choice of points. */
const PHASES: readonly [name: string, test: (observed: Aftermath, verb: 'add' | 'remove') => boolean][] = [
  [
    'before anything was written',
    (observed, verb) => !observed.hasEntry && observed.isStored === (verb === 'remove'),
  ],
  [
    'begun, before COMMIT',
    ({ hasEntry, isInstalled }, verb) => hasEntry && isInstalled === (verb === 'remove'),
  ],
  [
    'committed, not yet stored',
    ({ hasEntry, isInstalled }, verb) => hasEntry && isInstalled === (verb === 'add'),
  ],
]

test.each(['add', 'remove'] as const)(
  'SIGKILL at any point of %s: the next run completes it, and both databases agree',
  async (verb) => {
    const place = await world()
    const run = async (name: 'add' | 'remove') => {
      const { args, input } = place.arguments(name)
      const started = performance.now()
      const ended = await cli(args, { home: place.home, input })
      expect(ended, ended.stderr).toMatchObject({ status: 0 })
      return performance.now() - started
    }
    // The first run of each creates what later runs use.
    await run('add')
    if (verb === 'add') await run('remove')
    const restore = await snapshot(place)
    const ms = await run(verb)

    let killed = 0
    let isLast = false
    const hit = new Set<string>()
    for (const point of allPoints(ms, isSlowLane ? 1 : 8, () => isLast)) {
      await restore()
      const { run: ended } = await killAt(place, place.arguments(verb), point)
      isLast = ended.signal === 'SIGKILL'
      await isAllOrNothing(place, point)
      if (isLast) {
        killed++
        const observed = await aftermath(place)
        for (const [name, test] of PHASES) if (test(observed, verb)) hit.add(name)
      }
      await completes(place, verb, point)
    }
    expect([...hit].sort()).toEqual(PHASES.map(([name]) => name).sort())
    expect(killed).toBeGreaterThanOrEqual(isSlowLane ? 35 : 9)
    // The program sees the same as these tests, which read the file.
    expect(await storedNames(place.home)).toEqual(verb === 'add' ? ['x'] : [])
  },
  600_000,
)

test('db list reports an add that was killed after its COMMIT, and a command that writes finishes it', async () => {
  const place = await world()
  const { args, input } = place.arguments('add')
  let isCommitting = false
  place.watch(({ direction, bytes }) => {
    // The message contains only that statement.
    if (direction === 'to server') isCommitting ||= bytes.length < 50 && bytes.includes('COMMIT;')
    else if (isCommitting) {
      // The server answers, so it has committed; the answer never arrives.
      child.kill('SIGKILL')
      return 'hold'
    }
    return 'pass'
  })
  const { child, done } = startCli(args, { home: place.home, input })
  expect((await done).signal).toBe('SIGKILL')
  place.watch(null)
  expect(await mathesarSchemas(place.settings.database)).toEqual(ALL_SCHEMAS)
  const list = await cli(['db', 'list'], { home: place.home })
  expect(list.status).toBe(0)
  expect(list.stderr).toContain('Adding "x" (begun')
  expect(list.stderr).toContain('run the same "mathesarctl db add x" again')
  const json = await cli(['db', 'list', '--json'], { home: place.home })
  expect([json.status, document(json)]).toEqual([0, []])
  expect(JSON.parse(json.stderr)).toEqual({ warnings: [expect.stringContaining('Adding "x"')] })
  expect(await journalRows(place.home)).toBe(1)
  // It need not be a command about the same name.
  const other = await cli(['db', 'remove', 'other', '--yes'], { home: place.home })
  expect(other.stderr).toContain('it is finished now')
  expect(await namesInStore(place.home)).toEqual(['x'])
  expect((await cli(['db', 'list'], { home: place.home })).stdout).toContain('bundled')
  expect(await journalRows(place.home)).toBe(0)
})

test('a running command is not mistaken for a killed one', async () => {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home)).toBe(1)
  const list = await cli(['db', 'list'], { home: place.home })
  expect(list, list.stderr).toMatchObject({ status: 0 })
  expect(list.stderr).not.toContain('interrupted')
  const second = await add('x', place.settings, { home: place.home })
  expect([second.status, errorOf(second).code]).toEqual([1, 'LOCKED'])
  child.kill('SIGKILL')
  await done
  place.watch(null)
  await completes(place, 'add', { at: 'time', ms: 0 })
})

test('a connection that is lost during an install or removal changes nothing, and the error states this', async () => {
  const home = await preparedHome()
  const direct = await ownedDatabase()
  for (const verb of ['add', 'remove'] as const) {
    // Only the first of them: under load the second may be the answer to COMMIT, after which everything is
    // done.
    for (const cutAt of [1]) {
      let isArmed = true
      let seen = 0
      const proxy = await startProxy({
        target: direct,
        onPassage: ({ direction, bytes }) => {
          if (
            !isArmed ||
            direction !== 'to client' ||
            !(seen > 0 || bytes.includes('mathesarctl progress'))
          ) {
            return 'pass'
          }
          seen++
          return seen === cutAt ? 'cut' : 'pass'
        },
      })
      onTestFinished(() => proxy.close())
      const settings = { ...direct, host: proxy.host, port: proxy.port }
      if (verb === 'remove') {
        isArmed = false
        expect(await add('x', settings, { home })).toMatchObject({ status: 0 })
        isArmed = true
      }
      const run =
        verb === 'add'
          ? await add('x', settings, { home })
          : await remove('x', { home, flags: ['--remove-schema'] })
      expect([verb, cutAt, run.status, run.stderr && errorOf(run).code]).toEqual([
        verb,
        cutAt,
        3,
        'CONNECTION_FAILED',
      ])
      await expect.poll(() => mathesarSchemas(direct.database)).toEqual(verb === 'add' ? [] : ALL_SCHEMAS)
      expect(await storedNames(home)).toEqual(verb === 'add' ? [] : ['x'])
      isArmed = false
      if (verb === 'remove') {
        expect(await remove('x', { home, flags: ['--remove-schema'] })).toMatchObject({ status: 0 })
      }
    }
  }
})

test('drops an unfinished add although its server no longer exists', async () => {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home)).toBe(1)
  child.kill('SIGKILL')
  await done
  await expect.poll(() => lastBackends(place)).toBe(0)
  await sql('postgres', `ALTER ROLE "${place.settings.user}" PASSWORD 'changed meanwhile'`)
  const list = await cli(['db', 'list'], { home: place.home })
  expect(list.status).toBe(0)
  expect(list.stderr).toContain('mathesarctl db remove x')
  expect(await journalRows(place.home)).toBe(1)
  expect(await remove('x', { home: place.home })).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
})

test('the next add finishes a killed one, with a password that was rotated meanwhile', async () => {
  const place = await world()
  // The answer to the last statement is held back: the install is committed, and the program does not know
  // it.
  let commits = 0
  place.watch(({ direction, bytes }) => {
    if (direction === 'to client' && bytes.includes('COMMIT')) commits++
    return commits > 0 ? 'hold' : 'pass'
  })
  const { args } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input: place.settings.password ?? '' })
  await expect.poll(() => commits).toBe(1)
  child.kill('SIGKILL')
  await done
  place.watch(null)
  expect(await mathesarSchemas(place.settings.database)).toEqual(ALL_SCHEMAS)
  await sql('postgres', `ALTER ROLE "${place.settings.user}" PASSWORD 'rotated'`)
  const run = await cli(args, { home: place.home, input: 'rotated' })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
  expect(await cli(['db', 'test', 'x'], { home: place.home })).toMatchObject({ status: 0 })
})

/** Returns an add that was killed in the middle of its install. */
async function interruptedAdd(): Promise<World> {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home)).toBe(1)
  child.kill('SIGKILL')
  await done
  place.watch(null)
  await expect.poll(() => lastBackends(place)).toBe(0)
  return place
}

test('other commands run while the server still executes a killed one, and the same command waits for it', async () => {
  const place = await interruptedAdd()
  const { default: pg } = await import('pg')
  const { ADVISORY_LOCK_SQL } = await import('../../src/schema/session/advisory-lock.ts')
  const { host, port, user, password, database } = superuserSettings(place.settings.database)
  const busy = new pg.Client({ host, port, user, password: password ?? '', database, ssl: false })
  await busy.connect()
  onTestFinished(() => busy.end())
  await busy.query(`BEGIN; ${ADVISORY_LOCK_SQL}`)
  const list = await cli(['db', 'list'], { home: place.home })
  expect(list, list.stderr).toMatchObject({ status: 0 })
  expect(list.stderr).toContain('was interrupted and is not finished')
  const again = await add('x', place.settings, { home: place.home })
  expect([again.status, errorOf(again).code]).toEqual([1, 'LOCKED'])
  await busy.query('ROLLBACK')
  await completes(place, 'add', { at: 'time', ms: 0 })
})

test('db remove drops what a killed run left without its key, and only after consent', async () => {
  const place = await interruptedAdd()
  const env = { SECRET_KEY: 'another key' }
  const planned = await cli(['db', 'remove', 'x', '--dry-run', '--json'], { home: place.home, env })
  expect(planned, planned.stderr).toMatchObject({ status: 0 })
  expect(await cli(['db', 'remove', 'x', '--json'], { home: place.home, env })).toMatchObject({ status: 2 })
  expect(await journalRows(place.home)).toBe(1)
  expect(await remove('x', { home: place.home, env })).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
})

test('db edit keeps a record whose removal was interrupted, although its old server can’t be reached', async () => {
  const place = await world()
  const proxy = await startProxy({ target: place.settings })
  expect(await add('x', { ...place.settings, port: proxy.port }, { home: place.home })).toMatchObject({
    status: 0,
  })
  const slow = await startProxy({
    target: place.settings,
    onPassage: ({ bytes }) => (bytes.includes('mathesarctl progress') ? 'hold' : 'pass'),
  })
  expect(await cli(['db', 'edit', 'x', '--port', String(slow.port)], { home: place.home })).toMatchObject({
    status: 0,
  })
  const { child, done } = startCli(['db', 'remove', 'x', '--remove-schema', '--yes'], { home: place.home })
  await expect.poll(() => journalRows(place.home)).toBe(1)
  child.kill('SIGKILL')
  await done
  await slow.close()
  await proxy.close()
  const edited = await cli(['db', 'edit', 'x', '--port', String(place.settings.port), '--json'], {
    home: place.home,
  })
  expect(edited, edited.stderr).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
  expect(await cli(['db', 'test', 'x'], { home: place.home })).toMatchObject({ status: 0 })
})
