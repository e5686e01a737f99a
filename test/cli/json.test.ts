import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { type JsonSchema, jsonDocs, jsonSchema, PUBLISHED } from '../../scripts/lib/json-schemas.ts'
import { DOCUMENTS } from '../../src/cli/json/index.ts'
import { buildProgram } from '../../src/cli/program.ts'
import { cli, document, temporaryDirectory } from '../support/cli.ts'
import { checkJson, checkJsonOnTerminal } from '../support/json.ts'
import { repository } from '../support/program.ts'

/** The words of each command that does something itself. */
function* commandWords(command: Command, above: readonly string[] = []): Generator<string> {
  const children = command.createHelp().visibleCommands(command)
  for (const child of children.filter((one) => one.name() !== 'help')) {
    const words = [...above, child.name()]
    const isGroup = child.commands.length > 0 && child.registeredArguments.length === 0
    if (!isGroup) yield words.join(' ')
    yield* commandWords(child, words)
  }
}

/** Each schema below a schema, with the path that leads there. */
function* fieldsOf(schema: JsonSchema, path = ''): Generator<[path: string, field: JsonSchema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, field as JsonSchema]
    yield* fieldsOf(field as JsonSchema, `${path}.${name}`)
  }
  for (const part of [schema.items, ...(schema.anyOf ?? []), ...Object.values(schema.$defs ?? {})]) {
    if (typeof part === 'object') yield* fieldsOf(part as JsonSchema, `${path}[]`)
  }
}

describe('docs/json', () => {
  it('docs/json has a document for every command and for nothing else', () => {
    expect(Object.keys(DOCUMENTS).sort()).toEqual([...commandWords(buildProgram())].sort())
  })

  it('docs/json is what `npm run docs` writes', () => {
    const directory = join(repository, 'docs/json')
    const files = jsonDocs()
    expect(readdirSync(directory).sort()).toEqual([...files.keys()].sort())
    for (const [name, text] of files) expect(readFileSync(join(directory, name), 'utf8'), name).toBe(text)
  })

  it('costs a command nothing, because the program imports only types from the definitions', () => {
    const source = join(repository, 'src')
    const names = readdirSync(source, { recursive: true, encoding: 'utf8' })
    const others = names.filter((name) => name.endsWith('.ts') && !name.startsWith('cli/json/'))
    for (const name of others) {
      const text = readFileSync(join(source, name), 'utf8')
      expect(text, name).not.toMatch(/^import (?!type).*\/json\/|import\([^)]*\/json\//m)
    }
  })

  it.each(PUBLISHED)('$file describes the document and each of its fields', (published) => {
    const schema = jsonSchema(published)
    expect(schema.description).toMatch(/^[A-Z].*\.$/)
    for (const [path, { description }] of fieldsOf(schema)) expect(description, path).toMatch(/^[A-Z].*\.$/)
  })

  it.each(PUBLISHED)('$file allows fields that a later version may add', (published) => {
    expect(JSON.stringify(jsonSchema(published))).not.toContain('additionalProperties')
  })
})

describe('the check of every run in a test', () => {
  const edited = { name: 'x', status: 'changed', changed: [], before: {} }
  const run = (value: unknown) => ({ status: 0, stdout: `${JSON.stringify(value)}\n`, stderr: '' })
  const args = ['--json', 'db', 'edit', 'x', '--rename', 'y']

  it('accepts a document that matches its definition', () => {
    checkJson(args, run(edited))
    checkJsonOnTerminal(args, `Password:\r\n${JSON.stringify(edited, null, 2).replaceAll('\n', '\r\n')}\r\n`)
  })

  it.each([
    ['a field that is not defined', { ...edited, more: 1 }],
    ['a field that is missing', { name: 'x', status: 'changed' }],
    ['a value of another type', { ...edited, changed: 'name' }],
    ['a value that is not in the list', { ...edited, status: 'edited' }],
  ])('refuses %s', (_, value) => {
    expect(() => checkJson(args, run(value))).toThrow('docs/json/db-edit.schema.json')
    expect(() => checkJsonOnTerminal(args, JSON.stringify(value, null, 2))).toThrow('db-edit.schema.json')
  })

  it.each([
    ['two documents', { status: 0, stdout: '{}\n{}\n', stderr: '' }],
    ['text', { status: 0, stdout: 'Changed "x"\n', stderr: '' }],
    ['nothing at all', { status: 2, stdout: '', stderr: '' }],
    ['text on stderr', { status: 1, stdout: '', stderr: 'error: x\n' }],
    ['an error that lacks its hint', { status: 1, stdout: '', stderr: '{"error":{"code":"USAGE"}}\n' }],
  ])('refuses %s', (_, output) => {
    expect(() => checkJson(args, output)).toThrow('mathesarctl --json db edit x')
  })

  it('the check of every run in a test is called by every test that starts the program with --json by itself', () => {
    const directory = join(repository, 'test')
    const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    const forgetful = names.filter((name) => {
      if (!name.endsWith('.test.ts')) return false
      const text = readFileSync(join(directory, name), 'utf8')
      const isStartingProgram = text.includes("'node:child_process'") && text.includes('programCommand(')
      return isStartingProgram && text.includes("'--json'") && !text.includes('checkJson(')
    })
    expect(forgetful).toEqual([])
  })

  it('leaves runs without --json alone', () => {
    checkJson(['db', 'edit', 'x'], { status: 0, stdout: 'Changed\n', stderr: '' })
    checkJson(['db', 'add', '--', '--json'], { status: 0, stdout: 'Added\n', stderr: '' })
  })
})

it('prints texts that other programs read as a member of the document', async () => {
  const home = temporaryDirectory()
  const sql = (await cli(['schema', 'print'], { home })).stdout
  expect(document(await cli(['schema', 'print', '--json'], { home }))).toMatchObject({
    source: 'bundled',
    sql,
  })
  const script = (await cli(['completion', 'zsh'], { home })).stdout
  expect(document(await cli(['completion', 'zsh', '--json'], { home }))).toEqual({ shell: 'zsh', script })
})

describe('what the program answers by itself', () => {
  it.each([
    [['--version', '--json'], { version: expect.stringMatching(/^\d+\.\d+\.\d+/) }],
    [['--json', '-V'], { version: expect.any(String) }],
    [['db', 'list', '--version', '--json'], { version: expect.any(String) }],
    [['--help', '--json'], { command: 'mathesarctl', help: expect.stringContaining('Usage: mathesarctl') }],
    [
      ['db', 'add', '--json', '-h'],
      { command: 'mathesarctl db add', help: expect.stringContaining('Examples:') },
    ],
    [
      ['help', 'schema', 'print', '--json'],
      { command: 'mathesarctl schema print', help: expect.any(String) },
    ],
  ])('%j prints one document', async (args, expected) => {
    expect(document(await cli(args, { home: temporaryDirectory() }))).toEqual(expected)
  })
})
