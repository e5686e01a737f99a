import { add, checkSchemas, freshDatabases } from '../lib/databases.ts'
import { ms, spread, times } from '../lib/format.ts'
import { bareNode } from '../lib/process.ts'
import { findReferences, runFile, writeInstallSql } from '../lib/psql.ts'
import { interleave, type Summary } from '../lib/statistics.ts'
import type { Case, Result } from '../lib/types.ts'

const ROUNDS = 21
const MOST = 2

/** Compares a whole `db add` with psql and the same SQL, each time in a new database. */
export const addAgainstPsql: Case = {
  name: 'add-against-psql',
  title: 'db add against psql',
  async run(world) {
    const { home } = world
    const fresh = await freshDatabases(world)
    const file = await writeInstallSql(world)
    let count = 0
    const references = findReferences()
    const measured = await interleave<string>(ROUNDS, {
      bare: async () => (await bareNode({ home })).ms,
      added: async () => {
        const settings = await fresh()
        const { ms } = await add(`psql-${count++}`, settings, world)
        await checkSchemas(settings, true, world)
        return ms
      },
      ...Object.fromEntries(
        references.map(({ name, path }) => [
          name,
          async () => {
            const settings = await fresh()
            const { ms } = await runFile(path, file, settings, home)
            await checkSchemas(settings, true, world)
            return ms
          },
        ]),
      ),
    })
    const { bare, added } = measured
    if (!bare || !added) throw new Error('nothing was measured')
    if (references.length === 0) return lines(added, bare, null)
    return references.flatMap(({ name }) => {
      const wall = measured[name]
      return wall ? lines(added, bare, { name, wall }) : []
    })
  },
}

function lines(added: Summary, bare: Summary, reference: { name: string; wall: Summary } | null): Result[] {
  const line = (label: string, measured: string, value: number): Result => ({
    label,
    measured,
    reference: reference ? `${reference.name}: ${spread(reference.wall)}` : 'psql is not on the PATH',
    outcome: reference ? times(value, reference.wall.median) : '-',
    aim: `<= ${MOST} x`,
    hasMetTarget: reference ? value / reference.wall.median <= MOST : null,
  })
  const rest = added.median - bare.median
  return [
    line('db add, the whole process', spread(added), added.median),
    line(`db add without the bare Node's ${ms(bare.median)}`, ms(rest), rest),
  ]
}
