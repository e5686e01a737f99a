import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { add, checkSchemas, freshDatabases } from '../lib/databases.ts'
import { ms, spread, times } from '../lib/format.ts'
import { bareNode, mathesarctl } from '../lib/process.ts'
import { findPsql, runFile } from '../lib/psql.ts'
import { interleave } from '../lib/statistics.ts'
import type { Case, Result, World } from '../lib/types.ts'

const ROUNDS = 21
const MOST = 2

/** A whole add against psql with the same SQL, each time in a database that is new. */
export const addAgainstPsql: Case = {
  name: 'add-against-psql',
  title: 'db add against psql',
  async run(world) {
    const { home } = world
    const fresh = await freshDatabases(world)
    const psql = findPsql()
    const file = psql === null ? null : await writeSql(world)
    let count = 0
    const { bare, added, run } = await interleave(ROUNDS, {
      bare: async () => (await bareNode({ home })).ms,
      added: async () => {
        const settings = await fresh()
        const { ms } = await add(`psql-${count++}`, settings, world)
        await checkSchemas(settings, true, world)
        return ms
      },
      run: async () => {
        if (psql === null || file === null) return Number.NaN
        const settings = await fresh()
        const { ms } = await runFile(psql, file, settings, home)
        await checkSchemas(settings, true, world)
        return ms
      },
    })
    const reference = psql === null ? 'psql is not on the PATH' : `psql -1 -q -f: ${spread(run)}`
    const line = (what: string, measured: string, value: number): Result => ({
      what,
      measured,
      reference,
      outcome: psql === null ? '-' : times(value, run.median),
      aim: `<= ${MOST} x`,
      met: psql === null ? null : value / run.median <= MOST,
    })
    const rest = added.median - bare.median
    return [
      line('db add, the whole process', spread(added), added.median),
      line(`db add without the bare Node's ${ms(bare.median)}`, ms(rest), rest),
    ]
  },
}

/** What `schema print` prints, without the BEGIN and COMMIT that psql -1 puts around it. */
async function writeSql({ home }: World): Promise<string> {
  const { stdout } = await mathesarctl(['schema', 'print'], { home })
  const sql = stdout.replace(/^BEGIN\b.*;$/m, '').replace(/^COMMIT;$/m, '')
  const file = join(home, 'install.sql')
  writeFileSync(file, sql)
  return file
}
