/**
 * The benchmark: measures the program and the programs that it can be compared with, and states whether the
 * program meets its aims.
 *
 *     npm run bench                        everything, as a table
 *     npm run bench -- --markdown          the same in Markdown
 *     npm run bench -- start-up list       these cases alone
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../test/support/program.ts'
import { addAgainstPsql } from './cases/add-against-psql.ts'
import { addOverNetwork } from './cases/add-over-network.ts'
import { casts } from './cases/casts.ts'
import { installAgainstPsql } from './cases/install-against-psql.ts'
import { list } from './cases/list.ts'
import { live } from './cases/live.ts'
import { removalStrategies } from './cases/removal-strategies.ts'
import { removeWithSchema } from './cases/remove.ts'
import { startUp } from './cases/start-up.ts'
import { upgradeMany } from './cases/upgrade-many.ts'
import { describeMachine } from './lib/machine.ts'
import { markdownTable, plainTable } from './lib/table.ts'
import type { Case, Result } from './lib/types.ts'
import { inWorld } from './lib/world.ts'

const CASES: readonly Case[] = [
  startUp,
  addAgainstPsql,
  installAgainstPsql,
  addOverNetwork,
  removeWithSchema,
  removalStrategies,
  list,
  live,
  upgradeMany,
  casts,
]

const words = process.argv.slice(2)
const isMarkdown = words.includes('--markdown')
const names = words.filter((word) => word !== '--markdown')
const unknown = names.filter((name) => !CASES.some((one) => one.name === name))

if (unknown.length > 0) {
  process.stderr.write(
    `There is no case ${unknown.join(', ')}: choose from ${CASES.map(({ name }) => name).join(', ')}.\n`,
  )
  process.exitCode = 2
} else if (!existsSync(join(repository, 'dist/cli.js'))) {
  process.stderr.write(
    'The benchmark measures the built program, and there is none: run `npm run build` first.\n',
  )
  process.exitCode = 1
} else {
  await measure(CASES.filter(({ name }) => names.length === 0 || names.includes(name)))
}

async function measure(cases: readonly Case[]): Promise<void> {
  const report = (line: string) => process.stderr.write(`${line}\n`)
  report('Starting a PostgreSQL server ...')
  await inWorld(async (world) => {
    const machine = await describeMachine(world)
    const results: Result[] = []
    for (const { title, run } of cases) {
      report(`${title} ...`)
      results.push(...(await run(world)))
    }
    const facts = machine.map((fact) => (isMarkdown ? `- ${fact}` : fact)).join('\n')
    const table = isMarkdown ? markdownTable(results) : plainTable(results)
    process.stdout.write(
      `${facts}\n\n${table}\n\nTimes are medians, with the least and the most in brackets.\n`,
    )
  })
}
