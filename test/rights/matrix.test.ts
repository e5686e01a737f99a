import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedCluster } from '../support/database.ts'
import { ARM, type Role } from './attacks.ts'
import { namesOf, PLACES, type Place, type Planting, plant } from './places.ts'
import { type Command, type Outcome, type Result, run, statusOf } from './run.ts'
import { startWorld, type World } from './world.ts'

const { major } = sharedCluster()
let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(async () => {
  await world?.stop()
})

/** One column of the matrix: who runs the commands, and whose the places are. */
interface Scenario {
  title: string
  as: Role
  plantings: readonly Planting[]
  /** The owners may make temporary objects, which a guard needs where no superuser makes it. */
  temporary?: boolean
}

const SCENARIOS: readonly Scenario[] = [
  {
    title: 'a superuser, with tables of two owners, one more powerful',
    as: 'postgres',
    plantings: [{ table: 'anna' }, { table: 'boris' }],
  },
  {
    title: 'a DBA in the roles of two owners, one more powerful',
    as: 'dba',
    plantings: [{ table: 'anna' }, { table: 'boris' }],
  },
  {
    title: 'a superuser, with tables of a superuser that call the code of somebody else',
    as: 'postgres',
    plantings: [{ table: 'chief', code: 'anna' }],
  },
  {
    title: 'a superuser, with tables and code of a superuser',
    as: 'postgres',
    plantings: [{ table: 'chief' }],
  },
  { title: 'the owner of the database, with tables of others', as: 'dirk', plantings: [{ table: 'anna' }] },
  { title: 'the owner of the database, with tables of his own', as: 'dirk', plantings: [{ table: 'dirk' }] },
  {
    title: 'a DBA in the role of an owner who may make nothing temporary',
    as: 'dba',
    plantings: [{ table: 'anna' }],
    temporary: false,
  },
  {
    title: 'a superuser, with families of tables of several owners',
    as: 'postgres',
    plantings: [
      { table: 'anna', relative: 'boris' },
      { table: 'boris', relative: 'anna' },
      { table: 'anna', relative: 'chief' },
      { table: 'chief', code: 'anna', relative: 'anna' },
    ],
  },
  {
    title: 'a DBA, with families of tables of several owners',
    as: 'dba',
    plantings: [
      { table: 'anna', relative: 'boris' },
      { table: 'boris', relative: 'anna' },
    ],
  },
]

/** The roles that each may act as. */
const MAY_ACT_AS: Partial<Record<Role, readonly Role[]>> = {
  dba: ['dba', 'anna', 'boris', 'dirk'],
  dirk: ['dirk'],
}

/** The exit statuses that a conversion of one place may end with. */
function allowed(
  place: Place,
  { table, code = table, relative = table }: Planting,
  scenario: Scenario,
): number[] {
  const { as, temporary = true } = scenario
  const mayActAs = MAY_ACT_AS[as]
  const superuser = mayActAs === undefined
  if (!superuser && [table, code, relative].some((owner) => !mayActAs.includes(owner))) return [5]
  if (place.refused) return [8]
  if (place.superuserConverts && !superuser && major >= 14) return [5]
  if (place.empty) return [0]
  // What a conversion does not run may be refused with the rest, but need not be.
  const unless = (status: number) => (place.silent || place.inert ? [0, status] : [status])
  if (relative !== table) return unless(8)
  if (table === 'chief' && code !== table) return unless(8)
  if (!superuser && !temporary && table !== as) return unless(5)
  return place.defers ? [0, 8] : [0]
}

interface Cell {
  place: Place
  planting: Planting
  at: string
}

function cellsOf({ plantings, as }: Scenario): Cell[] {
  return plantings.flatMap((planting) =>
    PLACES.filter(({ since = 0 }) => major >= since)
      // A place that is refused whoever owns it would hide the others from a conversion that goes through.
      .filter(({ name }) => as === 'postgres' || name !== 'nothing at all')
      .map((place) => ({ place, planting, at: namesOf(place, planting).at })),
  )
}

const ownersOf = ({ plantings }: Scenario): Role[] => [
  ...new Set(plantings.flatMap(({ table, code = table, relative = table }) => [table, code, relative])),
]

/** The cells that an error names, by the schema that each has for itself. */
function named(outcome: Exclude<Outcome, 'done'>, cells: readonly Cell[]): Cell[] {
  const text = `${outcome.message} ${outcome.data}`
  return cells.filter(({ at }) => new RegExp(`\\b${at}\\b`).test(text))
}

describe.each(SCENARIOS)('$title', (scenario) => {
  const cells = cellsOf(scenario)
  let planted: string
  beforeAll(async () => {
    planted = await world.database()
    if (scenario.temporary === false)
      await world.sql(planted, `REVOKE TEMPORARY ON DATABASE "${planted}" FROM PUBLIC`)
    await world.sql(planted, cells.map(({ place, planting }) => plant(place, planting)).join('\n'))
  })
  afterAll(async () => {
    await world.drop(planted)
  })

  const copy = async () => {
    const database = await world.database(planted)
    // A copy of a database has its own privileges.
    if (scenario.temporary === false)
      await world.sql(database, `REVOKE TEMPORARY ON DATABASE "${database}" FROM PUBLIC`)
    return database
  }
  const runIn = (database: string, command: Command): Promise<Result> =>
    run(world, { database, as: scenario.as, command, owners: ownersOf(scenario) })

  it.each(['dependents', 'exact count', 'status', 'dry run', 'refuse'] as const)(
    'gains nobody any right by the command "%s"',
    async (command) => {
      const { outcome, wrong } = await runIn(planted, command)
      expect(wrong).toEqual([])
      const looks = command === 'dependents' || command === 'exact count' || command === 'status'
      if (looks) expect(outcome).toBe('done')
      else expect([5, 8]).toContain(statusOf(outcome) || 8)
    },
  )

  it.each(['cascade', 'keep types'] as const)(
    'gains nobody any right by the command "%s"',
    async (command) => {
      const database = await copy()
      const { outcome, wrong } = await runIn(database, command)
      await world.drop(database)
      expect(wrong).toEqual([])
      const foreign =
        scenario.as === 'dirk' && command === 'cascade' && scenario.plantings[0]?.table !== 'dirk'
      expect(statusOf(outcome)).toBe(foreign ? 5 : 0)
    },
  )

  it('converts what can be converted, refuses the rest by name, and gains nobody any right', async () => {
    const database = await copy()
    const wrong = new Set<string>()
    const statuses = new Map<Cell, number>()
    const unnamed: string[] = []
    let waiting = cells
    const sprung = new Set<string>()
    for (;;) {
      const result = await runIn(database, 'convert')
      for (const each of result.wrong) wrong.add(each)
      for (const { label } of result.marks) sprung.add(label)
      const { outcome } = result
      const stopped = outcome === 'done' ? waiting : named(outcome, waiting)
      for (const cell of stopped) statuses.set(cell, statusOf(outcome))
      if (outcome === 'done') break
      if (stopped.length === 0) {
        unnamed.push(`${outcome.exit}: ${outcome.message}`)
        break
      }
      waiting = waiting.filter((cell) => !stopped.includes(cell))
      await world.sql(database, stopped.map(({ at }) => `DROP SCHEMA ${at} CASCADE`).join('; '))
    }
    await world.drop(database)
    const failed = cells.flatMap((cell) => {
      const status = statuses.get(cell)
      const may = allowed(cell.place, cell.planting, scenario)
      return status === undefined || may.includes(status)
        ? []
        : [`${cell.at} ends with ${status} instead of ${may.join(' or ')}`]
    })
    // A trap in what was converted that nobody stepped on would prove nothing.
    const unsprung = [...statuses].flatMap(([{ place, planting, at }, status]) => {
      const label = `${place.name}@${planting.code ?? planting.table}`
      const quiet = place.empty || place.silent || place.inert
      return status !== 0 || quiet || sprung.has(label) ? [] : [`${at} was converted without a call`]
    })
    expect({ wrong: [...wrong], failed, unnamed, unsprung }).toEqual({
      wrong: [],
      failed: [],
      unnamed: [],
      unsprung: [],
    })
  }, 240_000)
})

describe('the trap itself', () => {
  it('notes what it gains where a superuser runs it', async () => {
    const database = await world.database()
    await world.sql(database, ARM)
    await world.marks()
    await world.sql(
      database,
      `BEGIN;
      SELECT trap_anna.defer('control@anna');
      SET LOCAL search_path = '';
      SELECT 'pg_catalog.pg_class'::regclass, 'x'::text, 1::oid;
      COMMIT;`,
    )
    const found = world.gains(await world.marks()).map(({ via }) => via)
    await world.drop(database)
    expect(found).toEqual(
      expect.arrayContaining([
        'as it is',
        'as it is; SET ROLE NONE',
        'pg_temp type regclass',
        'pg_temp type text',
        'pg_temp type oid',
        'WITH HOLD cursor',
        'deferred trigger later',
        'deferred trigger temp',
        'ALTER FUNCTION trap_anna.gift() OWNER TO boris',
        'GRANT boris TO anna',
      ]),
    )
  })

  it('notes nothing where a function of its owner alone runs it', async () => {
    const database = await world.database()
    await world.sql(database, ARM)
    await world.marks()
    await world.sql(
      database,
      `BEGIN;
      CREATE FUNCTION pg_temp.guard() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS 'BEGIN PERFORM trap_anna.spring(''control@anna''); END';
      ALTER FUNCTION pg_temp.guard() OWNER TO anna;
      SELECT pg_temp.guard();
      CLOSE ALL;
      SET LOCAL search_path = pg_catalog, pg_temp;
      SELECT 'pg_catalog.pg_class'::regclass, 'x'::text, 1::oid;
      COMMIT;`,
    )
    const marks = await world.marks()
    await world.drop(database)
    expect(marks.length).toBeGreaterThan(1)
    expect(world.gains(marks)).toEqual([])
  })
})
