import { expect, it, describe as suite } from 'vitest'
import type { ConnectionSettings, Session } from '../../../src/postgres/types.ts'
import { createRole, sharedCluster, sql, superuserSettings } from '../../support/database.ts'
import { isSlowLane } from '../../support/lanes.ts'
import { withSession } from '../support.ts'
import { randomDatabase } from './random-database.ts'
import { convert, describe, mathesarSchemas, mathesarScript, plainScript, twins } from './support.ts'

const { major } = sharedCluster()

/** MATHESARCTL_TEST_SEED=7 runs that seed alone, 100-199 all of these. */
const defaultSeeds = isSlowLane ? '1-16' : '1-8'
const [first = 1, last = first] = (process.env.MATHESARCTL_TEST_SEED ?? defaultSeeds).split('-').map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Runs a statement in both databases, or in neither where one refuses it. */
async function runInBoth(sessions: readonly [Session, Session], statement: string): Promise<boolean> {
  const scripts = [mathesarScript(statement), plainScript(statement)]
  const results = await Promise.allSettled(
    sessions.map((session, index) => session.run(`BEGIN; SET LOCAL search_path = public; ${scripts[index]}`)),
  )
  const done = results.every(({ status }) => status === 'fulfilled')
  await Promise.all(sessions.map((session) => session.run(done ? 'COMMIT' : 'ROLLBACK')))
  return done
}

/** Builds the database of a seed twice and returns the statements that are in it. */
async function build(
  pair: readonly [ConnectionSettings, ConnectionSettings],
  statements: readonly string[],
): Promise<string[]> {
  const done: string[] = []
  await withSession(pair[0], (one) =>
    withSession(pair[1], async (other) => {
      const run = async (statement: string) => {
        const hasRun = await runInBoth([one, other], statement)
        if (hasRun) done.push(statement)
        return hasRun
      }
      for (const statement of statements) await run(statement)
      // A conversion refuses materialized views whose rows are out of date, or that their owner may not read
      // any more.
      const views = await one.run<{ name: string }>(
        `SELECT format('%I.%I', schemaname, matviewname) AS name FROM pg_matviews ORDER BY format('%I.%I', schemaname, matviewname)::regclass`,
      )
      for (const { name } of views) {
        if (!(await run(`REFRESH MATERIALIZED VIEW ${name}`)))
          await run(`REFRESH MATERIALIZED VIEW ${name} WITH NO DATA`)
      }
    }),
  )
  return done
}

suite('a random database', () => {
  it.each(seeds)('a database equals its twin after a conversion (seed %i)', async (seed) => {
    const { installed, plain } = await twins()
    const isSuperuser = seed % 2 === 0
    const roles = [(await createRole()).user, (await createRole()).user]
    for (const { database } of [installed, plain])
      await sql(database, `GRANT CREATE, USAGE ON SCHEMA public TO ${[installed.user, ...roles].join(', ')}`)
    await sql('postgres', `GRANT ${roles.join(', ')} TO ${installed.user}`)
    const as = (settings: ConnectionSettings) =>
      isSuperuser ? superuserSettings(settings.database) : settings
    const { statements, reordered } = randomDatabase({ seed, major, superuser: isSuperuser, roles })
    const done = await build([as(installed), as(plain)], statements)
    const label = `seed ${seed}${seeds.length > 1 ? '' : `:\n${done.map((statement) => `${statement};`).join('\n')}`}`
    await convert(as(installed)).catch((error: unknown) => {
      throw new Error(`${label}: ${String(error)}`, { cause: error })
    })
    expect(await describe(installed, { reordered }), label).toEqual(await describe(plain, { reordered }))
    expect(await mathesarSchemas(installed)).toEqual([])
  })
})
