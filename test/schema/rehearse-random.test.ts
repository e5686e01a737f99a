import { expect, it, describe as suite } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { planLocks } from '../../src/schema/removal/locks.ts'
import { rehearseRemoval } from '../../src/schema/removal/remove.ts'
import { createRole, sharedCluster, sql, superuserSettings } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { randomDatabase } from './dependents/random-database.ts'
import { describe, installedCopy, mathesarScript } from './dependents/support.ts'
import { withSession } from './support.ts'

const { major } = sharedCluster()

/** MATHESARCTL_TEST_SEED=7 runs that seed alone, 100-199 all of these. */
const defaultSeeds = isSlowLane ? '1-6' : '1-3'
const [first = 1, last = first] = (process.env.MATHESARCTL_TEST_SEED ?? defaultSeeds).split('-').map(Number)
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Returns a database in which every statement that can run has run. */
async function build(seed: number): Promise<ConnectionSettings> {
  const owner = await installedCopy()
  const isSuperuser = seed % 2 === 0
  const roles = [(await createRole()).user, (await createRole()).user]
  await sql(
    owner.database,
    `GRANT CREATE, USAGE ON SCHEMA public TO ${[owner.user, ...roles].join(', ')};
     GRANT ${roles.join(', ')} TO ${owner.user}`,
  )
  const settings = isSuperuser ? superuserSettings(owner.database) : owner
  await withSession(settings, async (session) => {
    const { statements } = randomDatabase({ seed, major, superuser: isSuperuser, roles })
    for (const statement of statements)
      await session
        .run(`BEGIN; SET LOCAL search_path = public; ${mathesarScript(statement)}; COMMIT`)
        .catch(() => session.run('ROLLBACK'))
    const views = await session.run<{ name: string }>(
      `SELECT format('%I.%I', schemaname, matviewname) AS name FROM pg_matviews
       ORDER BY format('%I.%I', schemaname, matviewname)::regclass`,
    )
    for (const { name } of views)
      await session
        .run(`REFRESH MATERIALIZED VIEW ${name}`)
        .catch(() => session.run(`REFRESH MATERIALIZED VIEW ${name} WITH NO DATA`))
  })
  return settings
}

suite('the rehearsal for a random database', () => {
  it.each(seeds)('acquires the locks that it announced and leaves nothing behind (seed %i)', async (seed) => {
    const settings = await build(seed)
    const whole = { without: ['none'] }
    const before = await describe(settings, whole)
    for (const strategy of ['convert', 'cascade'] as const) {
      await withSession(settings, async (session) => {
        const { locks } = await planLocks(session, { strategy })
        const outcome = await rehearseRemoval(session, { strategy, lockTimeoutMs: 5_000 }).catch(
          (error: { code?: string; message: string }) => error,
        )
        // What is refused was refused before anything was locked, or is rolled back like the rest.
        if ('rehearsal' in outcome) {
          const names = (list: readonly { relation: string; mode: string }[]) =>
            list.map(({ relation, mode }) => `${relation} ${mode}`).sort()
          expect(names(outcome.rehearsal.locks), `${strategy}, seed ${seed}`).toEqual(names(locks))
        } else expect(outcome.code, outcome.message).toMatch(/^(DEPENDENTS_EXIST|INSUFFICIENT_PRIVILEGE)$/)
      })
    }
    expect(await describe(settings, whole), `seed ${seed}`).toEqual(before)
  })
})
