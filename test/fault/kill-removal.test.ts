import { expect, test } from 'vitest'
import { cli, document, errorOf } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas } from '../support/installed.ts'
import { isEveryLane, isSlowLane } from '../support/lanes.ts'
import {
  allPoints,
  journalRows,
  killAfterCommit,
  killAt,
  lastBackends,
  namesInStore,
  snapshot,
  type World,
  world,
} from './support.ts'

/**
 * The removals that leave something: the remaining schemas alone do not prove whether it was done, and either
 * all dependents must be converted or none. The tests kill as kill.test.ts does.
 */
interface Mode {
  name: string
  flags: readonly string[]
  /** Statements that complete the database before the removal, after an install and the table `people`. */
  statements: string
  before: Look
  after: Look
}

interface Look {
  schemas: readonly string[]
  type: string
}

const MODES: readonly Mode[] = [
  {
    name: 'that keeps the types',
    flags: ['--keep-types'],
    statements: '',
    before: { schemas: ALL_SCHEMAS, type: 'mathesar_types.email' },
    after: { schemas: ['mathesar_types'], type: 'mathesar_types.email' },
  },
  {
    name: 'that converts',
    flags: ['--on-dependents', 'convert'],
    statements: '',
    before: { schemas: ALL_SCHEMAS, type: 'mathesar_types.email' },
    after: { schemas: [], type: 'text' },
  },
  {
    name: 'of the types that an earlier one kept',
    flags: ['--on-dependents', 'convert'],
    statements: 'DROP SCHEMA msar, __msar CASCADE;',
    before: { schemas: ['mathesar_types'], type: 'mathesar_types.email' },
    after: { schemas: [], type: 'text' },
  },
]

/** Creates the database as it is before the removal, and stores it. */
async function prepare(place: World, { statements }: Mode): Promise<void> {
  expect(await add('x', place.settings, { home: place.home })).toMatchObject({ status: 0 })
  await sql(
    place.settings.database,
    `DROP TABLE IF EXISTS people CASCADE;
    CREATE TABLE people (id int PRIMARY KEY, mail mathesar_types.email NOT NULL, fine mathesar_types.mathesar_money);
    INSERT INTO people SELECT i, 'a' || i || '@b.c', i FROM generate_series(1, 200) i;
    CREATE INDEX people_mail ON people (mail);
    CREATE VIEW mails AS SELECT id, mail FROM people;
    ${statements}`,
    [],
    place.settings,
  )
}

/** Reads the schemas and the type of a column; also checks that no value was lost. */
async function look({ settings: { database } }: World): Promise<Look> {
  const [row] = await sql<{ type: string; rows: number; sum: number; viewed: number }>(
    database,
    `SELECT format_type(a.atttypid, a.atttypmod) AS type, t.*, (SELECT count(*)::int FROM mails) AS viewed
      FROM pg_attribute a,
        (SELECT count(mail)::int AS rows, sum(fine::numeric)::int AS sum FROM people WHERE mail::text = 'a' || id || '@b.c') t
      WHERE a.attrelid = 'public.people'::regclass AND a.attname = 'mail'
        AND (SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = 'public.people_mail'::regclass)`,
  )
  expect(row).toMatchObject({ rows: 200, sum: 20100, viewed: 200 })
  return { schemas: await mathesarSchemas(database), type: row?.type ?? '' }
}

const removal = ({ flags }: Mode) => ({
  args: ['db', 'remove', 'x', '--remove-schema', '--yes', '--json', ...flags],
  input: '',
})

test.each(MODES)(
  'SIGKILL at any point of a removal $name: the next run completes it',
  async (mode) => {
    const place = await world()
    await prepare(place, mode)
    const restore = await snapshot(place)
    const started = performance.now()
    const first = await cli(removal(mode).args, { home: place.home })
    expect(first, first.stderr).toMatchObject({ status: 0 })
    const ms = performance.now() - started
    expect(await look(place)).toEqual(mode.after)

    let isKilled = false
    const seen = new Set<string>()
    for (const point of allPoints(ms, isEveryLane ? 1 : isSlowLane ? 2 : 16, () => isKilled)) {
      await restore()
      const { run } = await killAt(place, removal(mode), point)
      isKilled = run.signal === 'SIGKILL'
      await expect.poll(() => lastBackends(place)).toBe(0)
      const observed = await look(place)
      const label = JSON.stringify(point)
      expect([mode.before, mode.after], label).toContainEqual(observed)
      if (isKilled) seen.add(observed.type + observed.schemas.join())
      const again = await cli(removal(mode).args, { home: place.home })
      // A run that was killed after its last write only had to report the result.
      const isDone = again.status === 7 && errorOf(again).code === 'NOT_FOUND'
      expect(isDone ? 0 : again.status, label + again.stderr).toBe(0)
      expect(await look(place), label).toEqual(mode.after)
      expect(await namesInStore(place.home), label).toEqual([])
      expect(await journalRows(place.home), label).toBe(0)
    }
    // Both must have happened; otherwise the points are badly chosen.
    expect(seen.size).toBe(2)
  },
  300_000,
)

/** Returns a removal that was killed after the server had committed, and before it received the answer. */
async function killedAfterCommit(mode: Mode): Promise<World> {
  const place = await world()
  await prepare(place, mode)
  await killAfterCommit(place, removal(mode))
  return place
}

test('a command that writes finishes a removal that kept the types and was killed after its COMMIT', async () => {
  const [mode] = MODES
  if (mode === undefined) throw new Error('there is a first mode')
  const place = await killedAfterCommit(mode)
  expect(await look(place)).toEqual(mode.after)
  const list = await cli(['db', 'list', '--json'], { home: place.home })
  expect([list.status, document(list)]).toMatchObject([0, [{ name: 'x' }]])
  expect(list.stderr).toContain('mathesarctl db remove x --remove-schema --keep-types')
  expect(await journalRows(place.home)).toBe(1)
  const run = await cli(removal(mode).args, { home: place.home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(await namesInStore(place.home)).toEqual([])
  expect(await journalRows(place.home)).toBe(0)
})

test('a removal of everything after that reports that the types still exist', async () => {
  const [mode] = MODES
  if (mode === undefined) throw new Error('there is a first mode')
  const place = await killedAfterCommit(mode)
  const run = await cli(['db', 'remove', 'x', '--remove-schema', '--yes', '--json'], { home: place.home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({
    schemaRemoved: true,
    typesKept: true,
    notes: [expect.stringContaining('mathesarctl schema remove')],
  })
})
