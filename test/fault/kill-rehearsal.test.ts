import { expect, test } from 'vitest'
import { describeDatabase } from '../schema/dependents/describe-database.ts'
import { withSession } from '../schema/support.ts'
import { cli, document } from '../support/cli.ts'
import { sql, superuserSettings } from '../support/database.ts'
import { add } from '../support/installed.ts'
import { isEveryLane, isSlowLane } from '../support/lanes.ts'
import {
  journalRows,
  killAt,
  lastBackends,
  namesInStore,
  type Point,
  passagePoints,
  timePoints,
  world,
} from './support.ts'

function* rehearsalPoints(ms: number, wasKilled: () => boolean): Generator<Point> {
  yield* timePoints(ms)
  yield* passagePoints(isEveryLane ? 1 : isSlowLane ? 2 : 5, wasKilled)
}

/** Whenever a rehearsal is killed, nothing of it is left, and the next run has nothing to complete. */
test('SIGKILL at any point of a rehearsal leaves both databases as they were, and no lock', async () => {
  const place = await world()
  const { database } = place.settings
  expect(await add('x', place.settings, { home: place.home })).toMatchObject({ status: 0 })
  await sql(
    database,
    `CREATE TABLE people (id int PRIMARY KEY, mail mathesar_types.email NOT NULL, fine mathesar_types.multicurrency_money);
       INSERT INTO people SELECT i, 'a' || i || '@b.c', ROW(i, 'EUR')::mathesar_types.multicurrency_money
         FROM generate_series(1, 200) i;
       CREATE INDEX people_mail ON people (mail);
       CREATE VIEW mails AS SELECT id, mail FROM people;`,
    [],
    place.settings,
  )
  const look = () =>
    withSession(superuserSettings(database), (session) => describeDatabase(session, { without: ['none'] }))
  const command = {
    args: [
      'db',
      'remove',
      'x',
      '--remove-schema',
      '--on-dependents',
      'convert',
      '--rehearse',
      '--yes',
      '--json',
    ],
    input: '',
  }
  const before = await look()
  const started = performance.now()
  const run = await cli(command.args, { home: place.home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({ status: 'rehearsed' })
  const ms = performance.now() - started

  let killed = 0
  let isKilled = false
  for (const point of rehearsalPoints(ms, () => isKilled)) {
    const { run: ended } = await killAt(place, command, point)
    isKilled = ended.signal === 'SIGKILL'
    if (isKilled) killed++
    const label = JSON.stringify(point)
    await expect.poll(() => lastBackends(place)).toBe(0)
    expect(await look(), label).toEqual(before)
    expect(await namesInStore(place.home), label).toEqual(['x'])
    expect(await journalRows(place.home), label).toBe(0)
    // No session holds a lock any more.
    await sql(database, "SET lock_timeout = '2s'; LOCK TABLE people, mathesar_types.top_level_domains")
  }
  expect(killed).toBeGreaterThanOrEqual(isSlowLane ? 15 : 6)
}, 300_000)
