import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { type JsonSchema, jsonSchema, PUBLISHED } from '../../scripts/lib/json-schemas.ts'
import { manPages } from '../../scripts/lib/man-pages.ts'
import { examplesOf } from '../../src/cli/help.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { cli, temporaryDirectory } from '../support/cli.ts'
import { expectGolden } from '../support/golden.ts'
import { repository } from '../support/program.ts'
import { startTerminal } from '../support/terminal.ts'

function* commands(command: Command, path: string[] = []): Generator<[path: string[], command: Command]> {
  yield [path, command]
  for (const child of command.createHelp().visibleCommands(command)) {
    if (child.name() !== 'help') yield* commands(child, [...path, child.name()])
  }
}

/** Returns the names of all fields in a schema, at any depth. */
function fieldNames(schema: JsonSchema): string[] {
  const own = Object.entries(schema.properties ?? {})
  const parts = [schema.items, ...(schema.anyOf ?? []), ...Object.values(schema.$defs ?? {})]
  const below = [...own.map(([, field]) => field), ...parts].filter((part) => typeof part === 'object')
  return [...own.map(([name]) => name), ...below.flatMap((part) => fieldNames(part as JsonSchema))]
}

/** Returns the line of a man page that lists a field, by its name or by a path that ends with it. */
function nameOfField(name: string): RegExp {
  return new RegExp(`^\\.It Va (?:\\S+\\.)?${name} Pq `, 'm')
}

/** Returns the golden file of a command's help, from the root of the repository. */
function goldenHelp(path: readonly string[]): string {
  return `test/cli/golden/help/${path.join('-') || 'mathesarctl'}.txt`
}

const all = [...commands(buildProgram())]

describe('--help', () => {
  test.each(all.map(([path]) => path))(
    '--help of %j fits 80 columns, has examples, and is plain text on stdout',
    async (...path) => {
      const home = temporaryDirectory()
      const run = await cli([...path, '--help'], { home })
      expect(run).toMatchObject({ status: 0, stderr: '' })
      expect(run.stdout).toContain('Examples:')
      expect(run.stdout).toContain('mathesarctl')
      expect(run.stdout).not.toContain('\x1b')
      expectGolden(goldenHelp(path), run.stdout)
      for (const line of run.stdout.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80)
      expect(await cli(['help', ...path], { home })).toEqual(run)
    },
  )

  test.each([40, 60, 79])('--help of every command fits a terminal of %i columns', (width) => {
    for (const [path, command] of commands(buildProgram(width))) {
      let text = ''
      command.configureOutput({ writeOut: (part) => (text += part) })
      command.outputHelp()
      for (const line of text.split('\n')) {
        // A single word that is wider than the terminal stays whole.
        const hasManyWords = line.trim().replace(/^# /, '').replace(/ \\$/, '').includes(' ')
        if (hasManyWords) {
          expect(line.length, `${path.join(' ')}: ${line}`).toBeLessThanOrEqual(width)
        }
      }
      const words = (help: string) =>
        help
          .replaceAll('\\\n', ' ')
          .split(/\s+/)
          .filter((word) => word !== '#')
      const golden = readFileSync(join(repository, goldenHelp(path)), 'utf8')
      expect(words(text)).toEqual(words(golden))
    }
  })

  test('--help fits the terminal that it is printed on', async () => {
    for (const args of [['db', 'edit', '--help'], ['help', 'schema', 'remove'], ['build', '-h'], []]) {
      const terminal = startTerminal(args, { home: temporaryDirectory(), columns: 60, rows: 120 })
      expect(await terminal.ended()).toMatchObject({ status: 0 })
      for (const line of terminal.raw().split('\r\n')) expect(line.length, line).toBeLessThanOrEqual(60)
    }
  })

  test('db edit names no environment variable of libpq, which it ignores', () => {
    const edit = all.find(([path]) => path.join(' ') === 'db edit')?.[1]
    expect(edit?.options.length).toBeGreaterThan(0)
    for (const { description } of edit?.options ?? []) expect(description).not.toContain('PG')
  })

  test('--help has a golden file for each command and no other', () => {
    const files = readdirSync(join(repository, 'test/cli/golden/help'))
    expect(files.sort()).toEqual(all.map(([path]) => basename(goldenHelp(path))).sort())
  })

  test('--help is the same from the file of the build and from the command tree', async () => {
    const home = temporaryDirectory()
    for (const path of [[], ['db'], ['db', 'add'], ['schema', 'print'], ['completion']]) {
      const ready = await cli([...path, '--help'], { home })
      const printed = await cli(['--no-color', ...path, '--help'], { home })
      expect(printed.stdout).toBe(ready.stdout)
    }
  })

  test.each([
    [['help', 'nonsense']],
    [['help', 'db', 'nonsense']],
    [['db', 'help', 'nonsense']],
    [['help', 'build', 'npm']],
  ])('refuses %j, which names a command that does not exist', async (args) => {
    const run = await cli(args, { home: temporaryDirectory() })
    expect(run.status).toBe(2)
    expect(run.stderr).toContain(`Unknown command '${args.at(-1)}'.`)
    expect(run.stdout).toBe('')
  })

  test('--help is what the bare program and a bare group print', async () => {
    const home = temporaryDirectory()
    for (const args of [[], ['db'], ['schema']]) {
      const run = await cli(args, { home })
      expect([args, run.status]).toEqual([args, 0])
      expect(run.stdout).toContain('Usage: mathesarctl')
    }
  })

  test('prints the version on one line for --version', async () => {
    const home = temporaryDirectory()
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string
    }
    expect(await cli(['--version'], { home })).toMatchObject({
      status: 0,
      stdout: `${version}\n`,
      stderr: '',
    })
  })
})

describe('man pages', () => {
  const source = (file: string) => readFileSync(join(repository, file), 'utf8')
  const pages = manPages({ changelog: source('CHANGELOG.md'), control: source('debian/control') })

  test('man pages are those of the command tree', () => {
    const directory = join(repository, 'man')
    expect(readdirSync(directory).sort()).toEqual([...pages.keys()].sort())
    for (const [name, text] of pages)
      expect(readFileSync(join(directory, name), 'utf8'), `run: npm run man`).toBe(text)
  })

  test('man pages name every field of every JSON document', () => {
    for (const [path, command] of all) {
      const document = PUBLISHED.find((one) => one.command === path.join(' '))
      if (document === undefined) continue
      const page = pages.get(`mathesarctl-${path[0]}.1`) ?? ''
      const section = page.slice(page.indexOf(`.Ss ${path.join(' ')} --json`), page.indexOf('.Sh EXAMPLES'))
      expect(section, command.name()).toContain('--json')
      for (const name of fieldNames(jsonSchema(document))) expect(section).toMatch(nameOfField(name))
    }
    const error = PUBLISHED.find(({ command }) => command === null)
    const schema = error && jsonSchema(error).properties?.error
    for (const name of Object.keys((schema as JsonSchema).properties ?? {})) {
      expect(pages.get('mathesarctl.1')).toMatch(nameOfField(name))
    }
  })

  test('man pages have each example once', () => {
    for (const [name, text] of pages) {
      const examples = text.slice(text.indexOf('.Sh EXAMPLES'), text.indexOf('.Sh SEE ALSO'))
      const commands = [...examples.matchAll(/^\.Bd -literal -offset indent\n(.*?)\n\.Ed$/gms)].map(
        ([, command]) => command,
      )
      expect(commands.length, name).toBeGreaterThan(0)
      expect(new Set(commands).size, name).toBe(commands.length)
    }
    const overview = pages.get('mathesarctl.1')?.match(/^\.Ed$/gm) ?? []
    expect(overview.length).toBe(examplesOf(buildProgram()).length)
  })

  test('man pages state where to report a bug', () => {
    for (const [name, text] of pages) {
      expect(text.slice(text.indexOf('.Sh BUGS')), name).toMatch(/<\S+@\S+>/)
    }
  })

  test('man pages name every command and every flag', () => {
    const text = [...pages.values()].join('\n')
    for (const [path, command] of all) {
      if (path.length > 0) expect(text).toContain(path.join(' '))
      for (const { long } of command.options) if (long) expect(text).toContain(`Fl ${long.slice(1)}`)
    }
  })
})
