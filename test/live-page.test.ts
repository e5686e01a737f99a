import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from '../src/cli/program.ts'
import { ENVIRONMENT } from '../src/cli/reference.ts'
import { blocks, composeService } from './support/containers-page.ts'
import { repository } from './support/program.ts'

const PAGE = 'docs/live.md'
const text = readFileSync(join(repository, PAGE), 'utf8')
/** Its commands of mathesarctl, each in one line, from the first word after the program's name on. */
const commands = blocks('sh', PAGE)
  .flatMap((block) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
  .flatMap((line) => line.match(/(?<=\bmathesarctl )[a-z-].*/)?.[0] ?? [])

/** Returns the command that words name, after global flags, and those of the program. */
function flagsOf(words: readonly string[]): string[] {
  const program = buildProgram()
  const found = words.reduce<Command>(
    (command, word) => command.commands.find((one) => one.name() === word) ?? command,
    program,
  )
  if (found === program) throw new Error(`no command: ${words.join(' ')}`)
  return [...found.options, ...program.options].map(({ long }) => long ?? '')
}

test('the page about a running Mathesar shows commands and flags that exist', () => {
  expect(commands.length).toBeGreaterThanOrEqual(10)
  for (const command of commands) {
    const flags = flagsOf(command.split(' '))
    for (const [flag] of command.matchAll(/--[a-z-]+/g)) expect(flags, command).toContain(flag)
  }
  const known = new Set(buildProgram().commands.flatMap((one) => [one, ...one.commands].flatMap(longFlags)))
  const shown = [...text.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag)
  const ofOthers = ['--detach']
  expect(shown.filter((flag) => !known.has(flag) && !ofOthers.includes(flag ?? ''))).toEqual([])
})

function longFlags(command: Command): (string | undefined)[] {
  return [...command.options, ...buildProgram().options].map(({ long }) => long)
}

test('the Compose file keeps the tool out of `docker compose up`, and mounts the key read-only', () => {
  const { profiles, read_only, environment, volumes } = composeService(PAGE)
  expect({ profiles, read_only, volumes }).toEqual({
    profiles: ['tools'],
    read_only: true,
    volumes: ['./msar/secrets:/mathesar-secrets:ro'],
  })
  const variables = ENVIRONMENT.map(([name]) => name).join(' ')
  for (const name of Object.keys(environment)) expect(variables).toContain(name)
})

test('the page lists the tables of the schema that the tool creates', () => {
  const created = readFileSync(join(repository, 'src/store/django/journal-tables.sql'), 'utf8')
  const tables = [...created.matchAll(/CREATE TABLE IF NOT EXISTS mathesarctl\.(\w+)/g)].map(
    ([, name]) => name,
  )
  expect(tables.length).toBeGreaterThan(1)
  for (const table of tables) expect(text).toContain(`\`${table}\``)
})
