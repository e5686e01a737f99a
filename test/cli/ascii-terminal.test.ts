import { describe, expect, it } from 'vitest'
import { ownedDatabase, sql } from '../support/database.ts'
import {
  ALL_SCHEMAS,
  mathesarSchemas,
  preparedHome,
  storedLibrary,
  storedNames,
} from '../support/installed.ts'
import { CTRL_C, CTRL_D, ENTER, startTerminal, type TerminalRun } from '../support/terminal.ts'

const UTF8 = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }

/** The escape sequences that move the cursor, erase, or hide it; colors are none of these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it matches
const MOVEMENTS = /\u001b\[[0-9;?]*[A-HJKSTfhlsu]/g

function expectAscii(terminal: TerminalRun): void {
  const beyond = [...new Set(terminal.raw().match(/[^\0-\x7f]/g))]
  expect(beyond, terminal.screen()).toEqual([])
}

function expectNoSequences(terminal: TerminalRun): void {
  expect(terminal.raw()).not.toContain('\u001b')
  expect(terminal.raw()).not.toContain('\b')
}

/** Answers all questions of `db add`. */
async function answerAll(terminal: TerminalRun, answers: Record<string, string>): Promise<void> {
  for (const [question, answer] of Object.entries(answers)) await terminal.answer(question, answer)
}

describe('a terminal that shows ASCII only', () => {
  it.each([
    { LC_ALL: 'C' },
    { LC_ALL: 'POSIX', LANG: 'de_DE.UTF-8' },
    { LC_ALL: '', LANG: '' },
    { LC_CTYPE: 'en_US.ISO-8859-1' },
  ])('gets questions, key help, marks and progress in ASCII with %j', async (env) => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const terminal = startTerminal(['db', 'add'], { home, env, columns: 60 })
    await answerAll(terminal, {
      'Unique name': 'library',
      Host: settings.host,
      Port: String(settings.port),
      'Database name': settings.database,
      'Role (': settings.user,
      Password: settings.password ?? '',
    })
    await terminal.answer('up/down navigate, Enter select', '')
    await terminal.answer('Add this database?', 'y')
    await terminal.see('Added "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.raw()).toMatch(MOVEMENTS)
    expectAscii(terminal)
    const list = startTerminal(['db', 'list'], { home, env, columns: 30 })
    await list.see('library')
    await list.ended()
    expect(list.raw()).toContain('...')
    expectAscii(list)
  })

  it('prints help in ASCII', async () => {
    const home = await preparedHome()
    for (const words of [['db', 'add'], ['db', 'edit'], ['setup'], ['build'], ['db', 'remove']]) {
      const terminal = startTerminal([...words, '--help'], { home, env: { LC_ALL: 'C' } })
      await terminal.ended()
      expectAscii(terminal)
    }
  })
})

describe('a dumb terminal', () => {
  it('asks on plain lines, without escape sequences, and adds', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const terminal = startTerminal(['db', 'add'], { home, env: UTF8, term: 'dumb' })
    await terminal.answer('Unique name: ', ' ')
    await terminal.see('at least one character')
    await terminal.answer('Unique name: ', 'library')
    await terminal.answer('Host (localhost): ', settings.host)
    await terminal.answer('Port (5432): ', '99999')
    await terminal.see('65535')
    await terminal.answer('Port (5432): ', String(settings.port))
    await terminal.answer('Database name: ', settings.database)
    await terminal.answer('Role (PostgreSQL user): ', settings.user)
    await terminal.see('Password (Enter: none): ')
    terminal.type(`wrong\x15wrongé\x7f\x7f${'\x7f'.repeat(5)}${settings.password}${ENTER}`)
    await terminal.see('  6) verify-full')
    await terminal.answer('Number (3): ', '7')
    await terminal.see('a number from 1 to 6')
    await terminal.answer('Number (3): ', '')
    await terminal.answer('Add this database? (Y/n) ', 'what')
    await terminal.see('Answer y for yes or n for no.')
    await terminal.answer('Add this database? (Y/n) ', 'yes')
    await terminal.see('Added "library"')
    expect(await terminal.ended()).toEqual({ status: 0, signal: 0 })
    expect(terminal.raw()).not.toContain(settings.password)
    expectNoSequences(terminal)
    expectAscii(terminal)
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  })

  it('asks what a removal should do, with numbers for the choices', async () => {
    const { home, settings } = await storedLibrary()
    await sql(settings.database, 'CREATE TABLE t (mail mathesar_types.email)', [], settings)
    const terminal = startTerminal(['db', 'remove', 'library'], { home, env: UTF8, term: 'dumb' })
    await terminal.answer('Remove the Mathesar schemas too? (y/N) ', 'y')
    await terminal.see('public.t.mail')
    await terminal.see('What should happen to them?')
    await terminal.see('Convert them to plain types')
    await terminal.answer('Number (6): ', '2')
    await terminal.answer(/credentials of "library"\? \(y\/N\/r\)/, 'y')
    await terminal.see('Removed "library"')
    expect((await terminal.ended()).status).toBe(0)
    expectNoSequences(terminal)
    expect(await storedNames(home)).toEqual([])
  })

  it.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('ends at %s before anything changed, also in a password', async (_, key) => {
    const home = await preparedHome()
    const first = startTerminal(['db', 'add'], { home, env: UTF8, term: 'dumb' })
    await first.see('Unique name: ')
    first.type(key)
    expect((await first.ended()).status).toBe(130)
    const flags = ['--host', 'localhost', '--port', '1', '--database', 'd', '--user', 'u']
    const second = startTerminal(['db', 'add', 'x', ...flags], { home, env: UTF8, term: 'dumb' })
    await second.see('Password')
    second.type(`secret${key}`)
    expect((await second.ended()).status).toBe(130)
    expect(second.raw()).not.toContain('secret')
    expectNoSequences(second)
  })
})
