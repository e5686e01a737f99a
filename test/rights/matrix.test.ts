import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedCluster } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { ARM, type Role } from './attacks.ts'
import { namesOf, PLACES, type Place, type Planting, plant } from './places.ts'
import { type Command, type Outcome, run, statusOf } from './run.ts'
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
  /** Only these places; all by default. */
  places?: readonly string[]
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
  {
    title: 'a superuser, with tables of a superuser behind those of an owner',
    as: 'postgres',
    plantings: [{ table: 'anna' }, { table: 'chief' }],
    places: [
      'nothing',
      'check',
      'check of a domain',
      'generated column',
      'materialized view',
      'check with a function that trusts its search path',
    ],
  },
  { title: 'the owner of the database, with tables of others', as: 'dirk', plantings: [{ table: 'anna' }] },
  { title: 'the owner of the database, with tables of his own', as: 'dirk', plantings: [{ table: 'dirk' }] },
  {
    title: 'a DBA in the role of an owner who may make nothing temporary',
    as: 'dba',
    plantings: [{ table: 'anna' }],
    temporary: false,
    // The error names one object at a time.
    places: [
      'nothing',
      'check',
      'check of a domain',
      'generated column',
      'index predicate',
      'materialized view',
      'partition key',
      'trigger before',
    ],
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

/** The roles that each may act as, unless it is a superuser. */
const MAY_ACT_AS: Partial<Record<Role, readonly Role[]>> = {
  dba: ['dba', 'anna', 'boris', 'dirk'],
  dirk: ['dirk'],
}

interface Cell {
  place: Place
  planting: Planting
  /** The schema that the cell has for itself. */
  at: string
}

/** Returns the exit statuses that a removal may end with because of one cell. */
function allowed(command: 'convert' | 'cascade', { place, planting }: Cell, scenario: Scenario): number[] {
  const { table, code = table, relative = table } = planting
  const { as, temporary = true } = scenario
  const mayActAs = MAY_ACT_AS[as]
  const isSuperuser = mayActAs === undefined
  if (!isSuperuser && [table, code, relative].some((owner) => !mayActAs.includes(owner))) return [5]
  const isConversion = command === 'convert'
  if (isConversion && place.refused) return [8]
  if (place.empty || (!isConversion && !place.dropped)) return [0]
  // What is not run may be refused with the rest, but need not be.
  const unless = (status: number) => (place.silent || place.inert || place.dropped ? [0, status] : [status])
  const isPrivileged = isConversion && place.superuserConverts && !isSuperuser && major >= 14
  if (relative !== table && place.alone && code === table) return [0, 8]
  if (relative !== table) return isPrivileged ? [5, 8] : unless(8)
  if (isPrivileged) return [5]
  if (table === 'chief' && code !== table) return unless(8)
  if (!isSuperuser && !temporary && table !== as) return place.alone ? [0, 5] : unless(5)
  return place.defers || place.hinders ? [0, 8] : [0]
}

/** The scenarios that try all places in the slow lane. */
const WHOLE = SCENARIOS.filter(({ places }) => places === undefined)

/**
 * Returns the places of a scenario. The slow lane tries each place in each scenario. The default lane tries
 * every other place in a scenario and the rest in the next one, so that each place meets half of the
 * scenarios.
 */
function placesOf(scenario: Scenario): Place[] {
  const { places } = scenario
  const turn = WHOLE.indexOf(scenario)
  return PLACES.filter(
    ({ name, since = 0 }, position) =>
      major >= since && (places?.includes(name) ?? (isSlowLane || (position + turn) % 2 === 0)),
  )
}

function cellsOf(scenario: Scenario): Cell[] {
  const { plantings } = scenario
  const chosen = placesOf(scenario)
  return plantings.flatMap((planting) =>
    chosen.map((place) => ({ place, planting, at: namesOf(place, planting).at })),
  )
}

const ownersOf = ({ plantings }: Scenario): Role[] => [
  ...new Set(plantings.flatMap(({ table, code = table, relative = table }) => [table, code, relative])),
]

/** Returns the cells that an error names. */
function named(outcome: Exclude<Outcome, 'done'>, cells: readonly Cell[]): Cell[] {
  const text = `${outcome.message} ${outcome.data}`
  // What a materialized view or an index runs belongs to no family, and runs beside those that are refused.
  const isChanged = /changed what the expressions of .* run/.test(text)
  const isDeferred = /\btrap_(\w+\.)?later\b/.test(text)
  return cells.filter(
    ({ at, place }) =>
      new RegExp(`\\b${at}\\b`).test(text) ||
      (isDeferred && place.defers === true) ||
      (isChanged && place.alone === true),
  )
}

for (const scenario of SCENARIOS)
  describe(scenario.title, () => {
    const cells = cellsOf(scenario)
    // Two looks and two refusals do much the same: in the default lane the scenarios take turns with them.
    const isEven = SCENARIOS.indexOf(scenario) % 2 === 0
    const looks = (['dependents', 'exact count', 'status'] as const).filter(
      (command) => isSlowLane || command !== (isEven ? 'dependents' : 'exact count'),
    )
    const refusals = (['dry run', 'refuse'] as const).filter(
      (command) => isSlowLane || command !== (isEven ? 'refuse' : 'dry run'),
    )
    let planted: string
    const restrict = async (database: string) => {
      if (scenario.temporary === false)
        await world.sql(database, `REVOKE TEMPORARY ON DATABASE "${database}" FROM PUBLIC`)
    }
    beforeAll(async () => {
      planted = await world.database()
      await restrict(planted)
      await world.sql(planted, cells.map(({ place, planting }) => plant(place, planting)).join('\n'))
    })
    afterAll(async () => {
      await world.drop(planted)
    })

    const runIn = (database: string, command: Command) =>
      run(world, { database, as: scenario.as, command, owners: ownersOf(scenario) })

    it.each(looks)('gains no right from a command that only reads: %s', async (command) => {
      expect(await runIn(planted, command)).toMatchObject({ outcome: 'done', wrong: [] })
    })

    it.each(refusals)('gains no right from a refusal: %s', async (command) => {
      const { outcome, wrong } = await runIn(planted, command)
      expect(wrong).toEqual([])
      // What a dry run shows may be possible in whole.
      expect(command === 'dry run' ? [0, 5, 8] : [8]).toContain(statusOf(outcome))
    })

    it('gains no right from a removal that keeps the types', async () => {
      const database = await world.database(planted)
      await restrict(database)
      const result = await runIn(database, 'keep types')
      await world.drop(database)
      expect(result).toMatchObject({ outcome: 'done', wrong: [] })
    })

    it.each(['convert', 'cascade'] as const)(
      'gains no right from a removal, which succeeds or names what it refuses: %s',
      async (command) => {
        const database = await world.database(planted)
        await restrict(database)
        const found = { wrong: new Set<string>(), unnamed: [] as string[], sprung: new Set<string>() }
        const statuses = new Map<Cell, Outcome>()
        let rounds = 0
        for (let waiting = cells; waiting.length > 0; ) {
          const { outcome, wrong, marks } = await runIn(database, command)
          for (const each of wrong) found.wrong.add(each)
          for (const { label } of marks) found.sprung.add(label)
          // What is refused gives way, so that the rest can show what becomes of it.
          const stopped = outcome === 'done' ? waiting : named(outcome, waiting)
          for (const cell of stopped) statuses.set(cell, outcome)
          waiting = waiting.filter((cell) => !stopped.includes(cell))
          rounds += 1
          if (outcome !== 'done' && (stopped.length === 0 || rounds > 12)) {
            found.unnamed.push(`${outcome.exit}: ${outcome.message}`)
            break
          }
          if (outcome !== 'done')
            await world.sql(database, stopped.map(({ at }) => `DROP SCHEMA ${at} CASCADE`).join('; '))
        }
        await world.drop(database)
        const failed = [...statuses].flatMap(([cell, outcome]) => {
          const may = allowed(command, cell, scenario)
          if (may.includes(statusOf(outcome))) return []
          const why = outcome === 'done' ? '' : `: ${outcome.message}`
          return [`${cell.at} ends with ${statusOf(outcome)} instead of ${may.join(' or ')}${why}`]
        })
        // A trap in what was converted that nobody stepped on proves nothing.
        const unsprung = [...statuses].flatMap(([{ place, planting, at }, outcome]) => {
          const isQuiet = place.empty || place.silent || place.inert || command === 'cascade'
          const label = `${place.name}@${planting.code ?? planting.table}`
          return outcome !== 'done' || isQuiet || found.sprung.has(label) ? [] : [at]
        })
        expect({ wrong: [...found.wrong], failed, unnamed: found.unnamed, unsprung }).toEqual({
          wrong: [],
          failed: [],
          unnamed: [],
          unsprung: [],
        })
      },
      60_000,
    )
  })

describe('the trap itself', () => {
  it('records what it gains when a superuser runs it', async () => {
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

  it('records what it gains when it runs after SET ROLE alone', async () => {
    const database = await world.database()
    await world.sql(database, ARM)
    await world.marks()
    await world.sql(database, `BEGIN; SET LOCAL ROLE anna; SELECT trap_anna.spring('control@anna'); COMMIT;`)
    const found = world.gains(await world.marks()).map(({ via }) => via)
    await world.drop(database)
    expect(found).toContain('as it is; RESET ROLE')
    expect(found).not.toContain('as it is')
  })

  it('records nothing when only a function of its owner runs it', async () => {
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
