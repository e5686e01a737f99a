import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { unknownCommand } from '../../src/cli/suggestions.ts'
import { cli, errorOf, temporaryDirectory } from '../support/cli.ts'

/** The command that the error suggests, without the program's name. */
function suggested(words: string): string | null {
  const { hint } = unknownCommand(buildProgram(), words.split(' '))
  return /^Did you mean "mathesarctl (.+)"\?/.exec(hint)?.[1] ?? null
}

describe('for a command that does not exist, the error suggests', () => {
  it.each([
    ['db rename', 'db edit NAME --rename NEWNAME'],
    ['db mv', 'db edit NAME --rename NEWNAME'],
    ['db delete', 'db remove'],
    ['db drop', 'db remove'],
    ['db uninstall', 'db remove'],
    ['db lsit', 'db list'],
    ['db databases', 'db list'],
    ['db create', 'db add'],
    ['db new', 'db add'],
    ['db get', 'db show'],
    ['db info', 'db show'],
    ['db check', 'db test'],
    ['db update', 'db edit'],
    ['db passwd', 'db edit'],
    ['db DELETE', 'db remove'],
    ['db install', 'schema install'],
    ['db setup', 'setup'],
    ['db version', '--version'],
    ['version', '--version'],
    ['databases', 'db list'],
    ['databses', 'db list'],
    ['database', 'db'],
    ['list', 'db list'],
    ['ls', 'db list'],
    ['rm', 'db remove'],
    ['remove', 'db remove'],
    ['delete', 'db remove'],
    ['rename', 'db edit NAME --rename NEWNAME'],
    ['add', 'db add'],
    ['create', 'db add'],
    ['show', 'db show'],
    ['test', 'db test'],
    ['edit', 'db edit'],
    ['init', 'setup'],
    ['stup', 'setup'],
    ['install', 'schema install'],
    ['status', 'schema status'],
    ['tags', 'build tags'],
    ['schema delete', 'schema remove'],
    ['schema rm', 'schema remove'],
    ['schema show', 'schema status'],
    ['schema upgrade', 'schema install'],
    ['schema dump', 'schema print'],
    ['--json db rename library', 'db edit NAME --rename NEWNAME'],
  ])('for "%s" the command "%s"', (words, expected) => {
    expect(suggested(words)).toBe(expected)
  })

  it.each(['xyzzy', 'db xyzzy', 'db a', 'schema q'])('the error suggests nothing for "%s"', (words) => {
    expect(suggested(words)).toBe(null)
    expect(unknownCommand(buildProgram(), words.split(' ')).hint).toContain('--help')
  })
})

describe('a command line with a command that does not exist', () => {
  it.each([
    [['db', 'rename', 'old', 'new'], 'rename', 'db edit NAME --rename NEWNAME'],
    [['db', 'delete', 'library', '--yes'], 'delete', 'db remove'],
    [['version'], 'version', '--version'],
    [['databases'], 'databases', 'db list'],
  ])('is refused with one suggestion: %j', async (args, unknown, meant) => {
    const run = await cli([...args, '--json'], { home: temporaryDirectory() })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({
      code: 'USAGE',
      message: `Unknown command '${unknown}'.`,
      hint: `Did you mean "mathesarctl ${meant}"? The flag --help lists the commands.`,
    })
  })

  it('help refuses a topic that is no command', async () => {
    const run = await cli(['help', 'db', 'rename'], { home: temporaryDirectory() })
    expect(run.status).toBe(2)
    expect(run.stderr).toContain('Did you mean "mathesarctl db edit NAME --rename NEWNAME"?')
  })
})

describe('a flag that does not exist', () => {
  it.each([
    [['db', 'add', 'x', '--dbname', 'y', '--username', 'z'], '--dbname', '--database'],
    [['db', 'add', 'x', '-U', 'z'], '-U', '--user'],
    [['db', 'add', 'x', '--password', 'z'], '--password', '--password-stdin or --password-file'],
    [['db', 'remove', 'x', '--force'], '--force', '--yes'],
    [['schema', 'remove', '--cascade'], '--cascade', '--on-dependents cascade'],
    [['db', 'add', 'x', '--databse', 'y'], '--databse', '--database'],
  ])(
    'of another tool, or misspelled, is refused with the flag that was meant: %j',
    async (args, flag, meant) => {
      const run = await cli([...args, '--json'], { home: temporaryDirectory() })
      expect(run.status).toBe(2)
      expect(errorOf(run)).toMatchObject({
        code: 'USAGE',
        message: `Unknown option '${flag}'.`,
        hint: `Did you mean ${meant}?`,
      })
    },
  )

  it('is suggested only where the command has it', async () => {
    const run = await cli(['db', 'list', '--dbname', 'y', '--json'], { home: temporaryDirectory() })
    expect(errorOf(run).hint).toContain('--help')
  })
})
