import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { add, freshDatabases } from '../lib/databases.ts'
import { spread, times } from '../lib/format.ts'
import { envFileOf, fillMathesar, liveMathesar } from '../lib/live.ts'
import { mathesarctl } from '../lib/process.ts'
import { interleave } from '../lib/statistics.ts'
import { fillStore } from '../lib/store.ts'
import type { Case, Result, World } from '../lib/types.ts'
import { startWire, type Wire } from '../lib/wire.ts'

const ROUNDS = 21
const ADDS = 3
const MANY = 10_000
const MOST_MORE_ROUND_TRIPS = 3
const MOST_TIMES_SQLITE = 1.5
/** A wire can't count in TLS, and the file of SQLite has none either. */
const ENVIRONMENT = { PGSSLMODE: 'disable' }

/** Compares a Mathesar's own internal database on PostgreSQL with an SQLite file. */
export const live: Case = {
  name: 'live',
  title: 'the internal database of a live Mathesar',
  run: async (world) => [await addedRoundTrips(world), await listed(world)],
}

/** Counts what `db add --register-only` sends to the user database, and to the internal one. */
async function addedRoundTrips(world: World): Promise<Result> {
  const { home, cluster } = world
  const fresh = await freshDatabases(world)
  const internal = await liveMathesar(world)
  const wires = { user: await startWire(cluster), internal: await startWire(cluster) }
  const count = async (name: string, flags: readonly string[]) => {
    let most = { user: 0, internal: 0 }
    for (let round = 0; round < ADDS; round++) {
      const settings = wires.user.through(await fresh())
      for (const wire of Object.values(wires)) wire.reset()
      await add(`${name}-${round}`, settings, { home }, ENVIRONMENT, ['--register-only', ...flags])
      most = {
        user: Math.max(most.user, answered(wires.user)),
        internal: Math.max(most.internal, answered(wires.internal)),
      }
    }
    return most
  }
  try {
    const file = await count('file', [])
    const { port } = wires.internal.through(internal.settings)
    const mathesar = await count('live', ['--env-file', envFileOf(internal, home, port)])
    const more = mathesar.user + mathesar.internal - file.user
    return {
      label: 'db add --register-only into a modern layout, round trips after login',
      measured: `${mathesar.internal} on the internal database, ${mathesar.user} on the user database`,
      reference: `SQLite: ${file.user} on the user database`,
      outcome: `${more} more`,
      aim: `<= ${MOST_MORE_ROUND_TRIPS} more`,
      hasMetTarget: mathesar.internal > 0 && more <= MOST_MORE_ROUND_TRIPS,
    }
  } finally {
    for (const wire of Object.values(wires)) await wire.close()
  }
}

function answered(wire: Wire): number {
  return wire.roundTripsAfterLogin() - wire.terminations()
}

/** Measures `db list` of two internal databases that store the same number of databases. */
async function listed(world: World): Promise<Result> {
  const home = mkdtempSync(join(world.home, 'live-'))
  await mathesarctl(['setup', '--no-input'], { home })
  const internal = await liveMathesar(world)
  await fillMathesar(internal, MANY)
  await fillStore(home, MANY)
  const measure = async (flags: readonly string[]) => {
    const outputFile = join(home, 'list.json')
    const run = await mathesarctl(['db', 'list', '--json', ...flags], { home, env: ENVIRONMENT, outputFile })
    const { length } = JSON.parse(readFileSync(outputFile, 'utf8')) as unknown[]
    if (length !== MANY) throw new Error(`db list showed ${length} databases, not ${MANY}`)
    return run.ms
  }
  const envFile = envFileOf(internal, home, internal.settings.port)
  const { mathesar, sqlite } = await interleave(ROUNDS, {
    mathesar: () => measure(['--env-file', envFile]),
    sqlite: () => measure([]),
  })
  return {
    label: `db list --json of a modern layout, ${MANY} stored databases`,
    measured: spread(mathesar),
    reference: `SQLite: ${spread(sqlite)}`,
    outcome: times(mathesar.median, sqlite.median),
    aim: `<= ${MOST_TIMES_SQLITE} x`,
    hasMetTarget: mathesar.median <= MOST_TIMES_SQLITE * sqlite.median,
  }
}
