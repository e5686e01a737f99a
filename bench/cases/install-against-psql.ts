import { checkSchemas, freshDatabases } from '../lib/databases.ts'
import { ms, spread, times } from '../lib/format.ts'
import { mathesarctl } from '../lib/process.ts'
import { findReferences, libpqEnvironment, runFile, runNothing, writeInstallSql } from '../lib/psql.ts'
import { interleave } from '../lib/statistics.ts'
import type { Case } from '../lib/types.ts'

const ROUNDS = 21

/**
 * Compares an install alone with psql and the same SQL, each time in a new database: once as whole processes,
 * and once without the time in which each program starts, logs in and runs one query.
 */
export const installAgainstPsql: Case = {
  name: 'install-against-psql',
  title: 'schema install against psql',
  async run(world) {
    const { home } = world
    const fresh = await freshDatabases(world)
    const file = await writeInstallSql(world)
    const references = findReferences()
    const ours = async (command: 'install' | 'status') => {
      const settings = await fresh()
      const { ms: wall } = await mathesarctl(['schema', command], { home, env: libpqEnvironment(settings) })
      await checkSchemas(settings, command === 'install', world)
      return wall
    }
    const measured = await interleave<string>(ROUNDS, {
      install: () => ours('install'),
      status: () => ours('status'),
      ...Object.fromEntries(
        references.flatMap(({ name, path }) => [
          [name, async () => (await runFile(path, file, await fresh(), home)).ms],
          [`${name}, nothing`, async () => (await runNothing(path, await fresh(), home)).ms],
        ]),
      ),
    })
    const { install, status } = measured
    if (!install || !status) throw new Error('nothing was measured')
    return references.flatMap(({ name }) => {
      const wall = measured[name]
      const nothing = measured[`${name}, nothing`]
      if (!wall || !nothing) return []
      const rest = install.median - status.median
      const theirs = wall.median - nothing.median
      return [
        {
          label: 'schema install, the whole process',
          measured: spread(install),
          reference: `${name}: ${spread(wall)}`,
          outcome: times(install.median, wall.median),
          aim: '-',
          hasMetTarget: null,
        },
        {
          label: `schema install over the ${ms(status.median)} of schema status`,
          measured: ms(rest),
          reference: `${name}, over the ${ms(nothing.median)} of SELECT 1: ${ms(theirs)}`,
          outcome: times(rest, theirs),
          aim: '<= 1 x',
          hasMetTarget: rest <= theirs,
        },
      ]
    })
  },
}
