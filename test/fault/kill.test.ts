import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { cli, document, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, sql, superuserSettings } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, remove, storedNames } from '../support/installed.ts'
import { startProxy } from '../support/proxy.ts'
import { journalRows, killAt, lastBackends, namesInStore, type Point, type World, world } from './support.ts'

/**
 * Each of these kills the process with SIGKILL at one point of `db add` or `db remove`, runs the same command again,
 * and looks whether both databases agree.
 */

/** After whatever happened, one more run of the same command completes it, and both databases say the same. */
async function completes(place: World, verb: 'add' | 'remove', point: Point): Promise<void> {
  const { args, input } = place.arguments(verb)
  const run = await cli(args, { home: place.home, input })
  const what = JSON.stringify({ verb, point, stderr: run.stderr })
  // A removal that was killed after its very last write has nothing left to do but to say so.
  const done = verb === 'remove' && run.status === 7 && errorOf(run).code === 'NOT_FOUND'
  expect(done ? 0 : run.status, what).toBe(0)
  expect(await mathesarSchemas(place.settings.database), what).toEqual(verb === 'add' ? ALL_SCHEMAS : [])
  expect(await namesInStore(place.home), what).toEqual(verb === 'add' ? ['x'] : [])
  expect(await journalRows(place.home), what).toBe(0)
  // Nothing that a killed run left lies about.
  const data = join(place.home, '.local/share/mathesarctl')
  expect(
    readdirSync(data).filter((name) => name.includes('.op-')),
    what,
  ).toEqual([])
}

/** Between the kill and the next run: the user database is as before or fully done, and never in between. */
async function isAllOrNothing(place: World, point: Point): Promise<void> {
  await expect.poll(() => lastBackends(place), { timeout: 10_000 }).toBe(0)
  const schemas = await mathesarSchemas(place.settings.database)
  expect([[], ALL_SCHEMAS], JSON.stringify(point)).toContainEqual(schemas)
}

test('SIGKILL at any point of add and remove: the next run completes it, and both databases agree', async () => {
  const place = await world()
  // A run that is not killed tells how many messages there are and how long it takes.
  const never: Point = { at: 'time', ms: 60_000 }
  const measure = async (verb: 'add' | 'remove') => {
    const started = performance.now()
    const { run, passages } = await killAt(place, place.arguments(verb), never)
    expect(run, run.stderr).toMatchObject({ status: 0 })
    return { passages, ms: performance.now() - started }
  }
  const measured = { add: await measure('add'), remove: await measure('remove') }

  let killed = 0
  for (const verb of ['add', 'remove'] as const) {
    const { passages, ms } = measured[verb]
    const points: Point[] = []
    for (let number = 1; number <= passages; number++) {
      points.push({ at: 'passage', number, deliver: true, delayMs: 0 })
    }
    // The answer to COMMIT is among the last: there the program must not know what the server has done.
    for (let number = Math.max(1, passages - 4); number <= passages; number++) {
      points.push({ at: 'passage', number, deliver: false, delayMs: 0 })
      for (const delayMs of [2, 5]) points.push({ at: 'passage', number, deliver: true, delayMs })
    }
    for (let step = 1; step <= 8; step++) points.push({ at: 'time', ms: (ms * step) / 8 })
    for (const point of points) {
      // The other command first, so that there is something to do.
      const other = verb === 'add' ? 'remove' : 'add'
      if ((await namesInStore(place.home)).includes('x') === (verb === 'add'))
        await completes(place, other, point)
      const { run } = await killAt(place, place.arguments(verb), point)
      if (run.signal === 'SIGKILL') killed++
      await isAllOrNothing(place, point)
      await completes(place, verb, point)
    }
  }
  expect(killed).toBeGreaterThanOrEqual(50)
  // The program sees the same as these tests, which read the file.
  expect(await storedNames(place.home)).toEqual([])
}, 600_000)

test('db list reports an add that was killed after its COMMIT, and a command that writes finishes it', async () => {
  const place = await world()
  const { args, input } = place.arguments('add')
  let committing = false
  place.watch(({ direction, bytes }) => {
    // The message is nothing but that statement.
    if (direction === 'to server') committing ||= bytes.length < 50 && bytes.includes('COMMIT;')
    else if (committing) {
      // The server answers, so it is done; the answer never arrives.
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

test('a run that is still going on is not taken for a killed one', async () => {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home), { timeout: 10_000 }).toBe(1)
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

test('a connection that is cut in the middle of an install or removal changes nothing, and says so', async () => {
  const home = await preparedHome()
  const direct = await ownedDatabase()
  for (const verb of ['add', 'remove'] as const) {
    // The first of them only: under load the second may be the answer to COMMIT, after which all is done.
    for (const cutAt of [1]) {
      let armed = true
      let seen = 0
      const proxy = await startProxy({
        target: direct,
        onPassage: ({ direction, bytes }) => {
          if (!armed || direction !== 'to client' || !(seen > 0 || bytes.includes('mathesarctl progress'))) {
            return 'pass'
          }
          seen++
          return seen === cutAt ? 'cut' : 'pass'
        },
      })
      onTestFinished(() => proxy.close())
      const settings = { ...direct, host: proxy.host, port: proxy.port }
      if (verb === 'remove') {
        armed = false
        expect(await add('x', settings, { home })).toMatchObject({ status: 0 })
        armed = true
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
      armed = false
      if (verb === 'remove') {
        expect(await remove('x', { home, flags: ['--remove-schema'] })).toMatchObject({ status: 0 })
      }
    }
  }
})

test('a server that is gone does not keep a half-done add from being dropped', async () => {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home), { timeout: 10_000 }).toBe(1)
  child.kill('SIGKILL')
  await done
  await expect.poll(() => lastBackends(place), { timeout: 10_000 }).toBe(0)
  await sql('postgres', `ALTER ROLE "${place.settings.user}" PASSWORD 'changed meanwhile'`)
  const list = await cli(['db', 'list'], { home: place.home })
  expect(list.status).toBe(0)
  expect(list.stderr).toContain('mathesarctl db remove x')
  expect(await journalRows(place.home)).toBe(1)
  expect(await remove('x', { home: place.home })).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
})

test('an add that was killed is settled by the next one, with a password that was rotated meanwhile', async () => {
  const place = await world()
  // The answer to the last statement is held back: the install is committed, and the program does not know it.
  let commits = 0
  place.watch(({ direction, bytes }) => {
    if (direction === 'to client' && bytes.includes('COMMIT')) commits++
    return commits > 0 ? 'hold' : 'pass'
  })
  const { args } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input: place.settings.password ?? '' })
  await expect.poll(() => commits, { timeout: 10_000 }).toBe(1)
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

/** An add that was killed in the middle of its install. */
async function interruptedAdd(): Promise<World> {
  const place = await world()
  place.watch((passage) => (passage.bytes.includes('CREATE OR REPLACE FUNCTION') ? 'hold' : 'pass'))
  const { args, input } = place.arguments('add')
  const { child, done } = startCli(args, { home: place.home, input })
  await expect.poll(() => journalRows(place.home), { timeout: 10_000 }).toBe(1)
  child.kill('SIGKILL')
  await done
  place.watch(null)
  await expect.poll(() => lastBackends(place), { timeout: 10_000 }).toBe(0)
  return place
}

test('while the server is still busy with the killed run, other commands go on and the same one waits for it', async () => {
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

test('what a killed run left can be dropped without its key, and only after a yes', async () => {
  const place = await interruptedAdd()
  const env = { SECRET_KEY: 'another key' }
  const planned = await cli(['db', 'remove', 'x', '--dry-run', '--json'], { home: place.home, env })
  expect(planned, planned.stderr).toMatchObject({ status: 0 })
  expect(await cli(['db', 'remove', 'x', '--json'], { home: place.home, env })).toMatchObject({ status: 2 })
  expect(await journalRows(place.home)).toBe(1)
  expect(await remove('x', { home: place.home, env })).toMatchObject({ status: 0 })
  expect(await journalRows(place.home)).toBe(0)
})

test('editing a record whose removal was interrupted keeps it, though the old server can’t be asked', async () => {
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
  await expect.poll(() => journalRows(place.home), { timeout: 10_000 }).toBe(1)
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
