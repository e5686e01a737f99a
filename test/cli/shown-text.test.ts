import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Chalk } from 'chalk'
import { describe, expect, it } from 'vitest'
import { errorText } from '../../src/cli/render/error.ts'
import { jsonText, printable, printableBlock, printableOutput } from '../../src/cli/render/printable.ts'
import { table } from '../../src/cli/render/table.ts'
import { shellWord } from '../../src/cli/shell-words.ts'
import { OperatorError } from '../../src/errors.ts'
import { cli } from '../support/cli.ts'
import { ownedDatabase, sql, uniqueName } from '../support/database.ts'
import { add, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'

const plain = new Chalk({ level: 0 })

/** Names with one character each that a terminal obeys or hides, and the escape that is shown for it. */
const HOSTILE: readonly (readonly [text: string, shown: string])[] = [
  ['a\u001b[31mb', 'a\\x1b[31mb'],
  ['a\nerror: b', 'a\\x0aerror: b'],
  ['a\rb', 'a\\x0db'],
  ['a\u007fb', 'a\\x7fb'],
  ['a\u009b31mb', 'a\\u009b31mb'],
  ['a\u00adb', 'a\\u00adb'],
  ['a\u061cb', 'a\\u061cb'],
  ['a\u200bb', 'a\\u200bb'],
  ['a\u200db', 'a\\u200db'],
  ['a\u200fb', 'a\\u200fb'],
  ['a\u2028b', 'a\\u2028b'],
  ['a\u2029b', 'a\\u2029b'],
  ['a\u202eb', 'a\\u202eb'],
  ['a\u2066b', 'a\\u2066b'],
  ['a\u3164b', 'a\\u3164b'],
  ['a\ufeffb', 'a\\ufeffb'],
  ['a\u{e0041}b', 'a\\U000e0041b'],
  ['a\ud800b', 'a\\ud800b'],
  ['a\udc85b', 'a\\x85b'],
]

const ORDINARY = ['people', 'ключ', '日本語', 'Straße 7', 'naïve', '👩‍👩‍👧', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'C:\\temp']

describe('text from elsewhere', () => {
  it.each(HOSTILE)('escapes what a terminal would obey or hide in %j', (text, shown) => {
    expect(printable(text, false)).toBe(shown)
    expect(table([{ heading: 'NAME' }], [[text]], { style: plain })).toBe(`NAME\n${shown}`)
    expect(shellWord(text)).toBe(`$'${shown}'`)
  })

  it.each(ORDINARY)('shows %s as it is', (text) => {
    expect(printable(text, false)).toBe(text)
    expect(shellWord(text)).not.toContain('$')
  })

  it('is a word that bash reads back as the same name', () => {
    for (const [text] of HOSTILE) {
      if (!text.isWellFormed()) continue
      const word = shellWord(`it's \\ ${text}`)
      const read = execFileSync('bash', ['-c', `printf %s ${word}`], { env: { LC_ALL: 'C.UTF-8' } })
      expect(read.toString(), word).toBe(`it's \\ ${text}`)
    }
  })

  it('never begins a line like one of the program’s own', () => {
    const server = 'it failed\nerror: all is lost\r\nhint: run rm -rf\u2028error: really\n\terror: yes'
    const error = new OperatorError('INTERNAL', server, server)
    for (const width of [null, 80, 60, 20]) {
      const lines = errorText(error, plain, width).split('\n')
      expect(lines.filter((line) => line.startsWith('error:'))).toEqual([
        expect.stringContaining('error: it failed'),
      ])
      expect(lines.filter((line) => line.startsWith('hint:'))).toHaveLength(1)
      expect(lines.join('\n')).toContain('\n  error: all is')
    }
    expect(printableBlock('a\nb')).toBe('a\n  b')
  })

  it('keeps the colors of the program, and no other sequences', () => {
    const colored = new Chalk({ level: 1 })
    const line = `${colored.red('error:')} ${colored.dim('a')} \u001b[8mhidden \u001b]0;title\u0007`
    expect(printableOutput(line, true)).toBe(
      `${colored.red('error:')} ${colored.dim('a')} \\x1b[8mhidden \\x1b]0;title\\x07`,
    )
    expect(printableOutput('\u001b[31mred', false)).toBe('\\x1b[31mred')
  })

  it('has the same value in JSON, without a character that a terminal obeys or hides', () => {
    const value = [...HOSTILE.map(([text]) => text), ...ORDINARY, { 'a\u202eb': '\u{e0041}' }]
    for (const indent of [0, 2]) {
      const text = jsonText(value, indent)
      expect(JSON.parse(text)).toEqual(value)
      expect(text).not.toMatch(/[\x7f-\x9f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    }
    expect(jsonText('ключ')).toBe('"ключ"')
  })
})

/** Everything that a command wrote: no line of it is faked, and nothing of it moves the cursor. */
function expectSafe({ stdout, stderr }: { stdout: string; stderr: string }): void {
  expect(stdout + stderr).not.toMatch(/^(?:error|hint|warning): (?:fake|all is)/m)
  expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
}

describe('names and messages of a server', () => {
  const NAME = 'x\u202e\u200b\u0085\u2028\nerror: fake'

  it('are escaped in tables, plans, errors and JSON', async () => {
    const { home, settings } = await storedLibrary()
    await sql(
      settings.database,
      `CREATE TABLE "${NAME}" ("${NAME}" mathesar_types.email); CREATE VIEW "v${NAME}" AS SELECT * FROM "${NAME}"`,
      [],
      settings,
    )
    for (const flags of [
      ['db', 'remove', 'library', '--remove-schema', '--yes'],
      ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'convert', '--dry-run', '-v'],
      ['db', 'remove', 'library', '--remove-schema', '--on-dependents', 'cascade', '--dry-run', '--json'],
    ]) {
      const run = await cli(flags, { home })
      expectSafe(run)
      expect(run.stdout + run.stderr).toContain('\\u202e\\u200b\\u0085\\u2028')
    }
  })

  it('are escaped where a database, a role or a stored database has the name', async () => {
    const hostile = `${uniqueName('d')}${NAME}`
    const settings = await ownedDatabase({ database: hostile, user: `${uniqueName('r')}${NAME}` })
    const home = await preparedHome()
    expectSafe(await add('library', settings, { home, flags: ['-v'] }))
    const file = new Database(join(home, '.local/share/mathesarctl/internal.sqlite3'))
    file.prepare('UPDATE mathesar_database SET name = ?').run(NAME)
    file.close()
    for (const flags of [[], ['-v'], ['--json']]) {
      for (const words of [['list'], ['show', NAME], ['test', NAME], ['show', 'other'], ['edit', NAME]]) {
        const run = await cli(['db', ...words, ...flags], { home })
        expectSafe(run)
      }
    }
    const run = await cli(['__complete', '--', 'db', 'show', ''], { home })
    expect(run.stdout).toBe('')
    expectSafe(await cli(['db', 'remove', NAME, '--yes'], { home }))
    expect(await storedNames(home)).toEqual([])
  })
})
