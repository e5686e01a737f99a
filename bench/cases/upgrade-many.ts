import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { ownedDatabase, sql } from '../../test/support/database.ts'
import type { InternalDatabase } from '../../test/support/mathesar-database.ts'
import { installRelease } from '../../test/support/release-states.ts'
import { releaseFiles, writeReleaseTree } from '../../test/support/release-tree.ts'
import { copyOf } from '../lib/copies.ts'
import { ms, times } from '../lib/format.ts'
import { envFileOf, liveMathesar, storeInMathesar } from '../lib/live.ts'
import { mathesarctl } from '../lib/process.ts'
import { findReferences, runFile } from '../lib/psql.ts'
import type { Case, World } from '../lib/types.ts'

const DATABASES = 200
const AT_ONCE = 2
const FROM = '0.9.0'
const TO = '0.11.0'
/** The routines of `msar` in the release. */
const ROUTINES = 479

/**
 * Compares the upgrade of many databases with a loop over psql that does the same, both two at a time. psql
 * upgrades one half before our run and the other half after it, so that a machine that gets slower meanwhile
 * favors neither.
 */
export const upgradeMany: Case = {
  name: 'upgrade-many',
  title: `db upgrade --all of ${DATABASES} databases against psql`,
  async run(world) {
    const { home } = world
    const template = await ownedDatabase({}, world.cluster)
    await installRelease(template, FROM)
    const { files } = releaseFiles(TO)
    const file = join(home, 'release.sql')
    writeFileSync(file, files.map(({ sql: text }) => text).join('\n'))
    const tree = join(home, 'release')
    writeReleaseTree(tree, TO)
    const kilobytes = Math.round(files.reduce((sum, { sql: text }) => sum + text.length, 0) / 1000)

    const references = findReferences()
    const withEach = async () => {
      const walls: number[] = []
      for (const { path } of references) {
        const upgrade = (copies: readonly ConnectionSettings[]) => psqlOfAll(path, file, copies, home)
        walls.push(await inCopies(template, DATABASES / 2, world, upgrade))
      }
      return walls
    }
    const before = await withEach()
    const ours = await inCopies(template, DATABASES, world, (copies) => ourUpgrade(tree, copies, world))
    const after = await withEach()
    return references.map(({ name }, at) => {
      const theirs = (before[at] ?? 0) + (after[at] ?? 0)
      return {
        label: `db upgrade --all of ${DATABASES} databases, ${kilobytes} kB of SQL, ${AT_ONCE} at a time`,
        measured: ms(ours),
        reference: `${DATABASES} runs of ${name}: ${ms(theirs)}`,
        outcome: times(ours, theirs),
        aim: '<= 1 x',
        hasMetTarget: ours <= theirs,
      }
    })
  },
}

/** Runs an action on copies of a database, checks that all were upgraded, and drops them. */
async function inCopies(
  template: ConnectionSettings,
  count: number,
  world: World,
  action: (copies: readonly ConnectionSettings[]) => Promise<number>,
): Promise<number> {
  const copies: ConnectionSettings[] = []
  try {
    for (let number = 0; number < count; number++) copies.push(await copyOf(template, world))
    const wall = await action(copies)
    for (const copy of copies) await checkUpgraded(copy, world)
    return wall
  } finally {
    for (const { database } of copies) {
      await sql('postgres', `DROP DATABASE ${database} WITH (FORCE)`, [], null, world.cluster)
    }
  }
}

/** The body of this function is what differs between the two releases. */
async function checkUpgraded({ database }: ConnectionSettings, { cluster }: World): Promise<void> {
  const text = `SELECT msar.normalize_label(' A ') AS label, count(*)::integer AS routines
    FROM pg_proc WHERE pronamespace = 'msar'::regnamespace`
  const [row] = await sql<{ label: string; routines: number }>(database, text, [], null, cluster)
  if (row?.label !== 'a' || row.routines !== ROUTINES) throw new Error(`${database} was not upgraded`)
}

/** Returns the milliseconds of all runs of psql together. */
async function psqlOfAll(
  psql: string,
  file: string,
  copies: readonly ConnectionSettings[],
  home: string,
): Promise<number> {
  const waiting = [...copies]
  const work = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await runFile(psql, file, next, home)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return performance.now() - started
}

/** Returns the milliseconds of the whole process that upgrades all databases of an internal database. */
async function ourUpgrade(
  tree: string,
  copies: readonly ConnectionSettings[],
  world: World,
): Promise<number> {
  const { home } = world
  const internal = await liveMathesar(world)
  try {
    await storeInMathesar(internal, copies, FROM)
    const envFile = envFileOf(internal, home, internal.settings.port)
    const run = await mathesarctl(
      [
        ...['db', 'upgrade', '--all', '--yes', '--json', '--concurrency', String(AT_ONCE)],
        ...['--schema-source', tree, '--env-file', envFile],
      ],
      { home, env: { PGSSLMODE: 'disable' } },
    )
    await checkConfirmed(internal, copies.length)
    return run.ms
  } finally {
    await internal.drop()
  }
}

async function checkConfirmed(internal: InternalDatabase, count: number): Promise<void> {
  const rows = await internal.query(
    `SELECT FROM mathesar_database WHERE last_confirmed_sql_version = '${TO}'`,
  )
  if (rows.length !== count) throw new Error(`only ${rows.length} of ${count} versions are confirmed`)
}
