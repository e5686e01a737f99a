import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, connectionArguments, document } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { add, mathesarSchemas, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { CTRL_C, DOWN, ENTER, startTerminal, type TerminalRun, UP } from '../support/terminal.ts'

/** Returns a connection string with everything that one can state, but the TLS mode. */
function dsnOf({ host, port, database, user, password }: ConnectionSettings): string {
  const credentials = password === null ? user : `${user}:${encodeURIComponent(password)}`
  return `postgresql://${credentials}@${encodeURIComponent(host)}:${port}/${database}`
}

/** Returns the choice that Enter selects: the marked line of the screen. */
function marked(terminal: TerminalRun): string {
  const lines = terminal.screen().split('\n')
  return lines.findLast((line) => /^[❯>] /.test(line))?.slice(2) ?? ''
}

test('after a wrong name of a database, the dialogue offers the nearest of the server first, and creating last', async () => {
  const home = await preparedHome()
  const role = await createRole({ attributes: 'CREATEDB' })
  const library = uniqueName('library')
  await createDatabase({ owner: role.user, name: library })
  const { host, port } = superuserSettings()
  // The last letter is missing: two letters that change places may be the same.
  const wrong = library.slice(0, -1)
  const flags = ['--host', host, '--port', String(port), '--user', role.user, '--sslmode', 'disable']
  const terminal = startTerminal(['db', 'add', 'x', ...flags, '--database', wrong], { home })
  await terminal.answer('Password', role.password)
  await terminal.see(new RegExp(`has no database\\s+"${wrong}"`))
  await terminal.see('Give up')
  const choices = terminal
    .screen()
    .split('\n')
    .map((line) => line.slice(2))
  expect(marked(terminal)).toBe(`Use the database "${library}"`)
  const change = choices.indexOf('Change: Database name')
  expect(choices[change - 1]).toMatch(/^Use the database /)
  expect(choices.indexOf(`Create the database "${wrong}"`)).toBe(
    choices.findLastIndex((line) => /^Give up/.test(line)) - 1,
  )
  terminal.type(ENTER)
  await terminal.see(new RegExp(`Database +${library}`))
  await terminal.see('Add this database?')
  terminal.type(ENTER)
  await terminal.see('Added "x"')
  expect((await terminal.ended()).status).toBe(0)
  expect(document(await cli(['db', 'show', 'x', '--json'], { home }))).toMatchObject({ database: library })
})

test('the cursor stands on the name where no database of the server has a similar one', async () => {
  const home = await preparedHome()
  const role = await createRole({ attributes: 'CREATEDB' })
  const { host, port } = superuserSettings()
  const flags = ['--host', host, '--port', String(port), '--user', role.user, '--sslmode', 'disable']
  const terminal = startTerminal(['db', 'add', 'x', ...flags, '--database', 'QXWKJZ'], { home })
  await terminal.answer('Password', role.password)
  await terminal.see('has no database "QXWKJZ"')
  await terminal.see('Give up')
  expect(marked(terminal)).toBe('Change: Database name')
  // From the name up over the ends of the list: giving up, then creating.
  terminal.type('\x03')
  expect((await terminal.ended()).status).toBe(130)
})

test('a no to the summary keeps every answer: it offers what to change, and Enter leaves', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const start = async () => {
    const terminal = startTerminal(['db', 'add', 'x', ...connectionArguments(settings)], { home })
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see('Add this database?')
    terminal.type(`n${ENTER}`)
    await terminal.see('What do you want to change?')
    await terminal.see('Give up; no database is added')
    return terminal
  }
  const leaving = await start()
  expect(marked(leaving)).toBe('Give up; no database is added')
  leaving.type(ENTER)
  await leaving.see('Nothing was changed.')
  expect((await leaving.ended()).status).toBe(10)
  expect(await mathesarSchemas(settings.database)).toEqual([])

  const changing = await start()
  // The list ends where it begins.
  changing.type(`${DOWN}${ENTER}`)
  await changing.see('Unique name')
  changing.type(`y${ENTER}`)
  await changing.see(/Name +y/)
  await changing.see('Add this database?')
  changing.type(ENTER)
  await changing.see('Added "y"')
  expect((await changing.ended()).status).toBe(0)
  expect(await storedNames(home)).toEqual(['y'])
})

test('db add reports at the start that the name is taken', async () => {
  const { home, settings } = await storedLibrary()
  const other = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'library'], { home })
  await terminal.see('The name "library" is taken by database')
  expect(terminal.screen()).not.toContain('Host')
  await terminal.see('Give up')
  expect(marked(terminal)).toBe('Choose another unique name')
  terminal.type(ENTER)
  await terminal.answer('Unique name', 'other')
  await terminal.answer('Host', other.host)
  await terminal.answer('Port', String(other.port))
  await terminal.answer('Database name', other.database)
  await terminal.answer('Role (', other.user)
  await terminal.answer('Password', other.password ?? '')
  await terminal.answer('TLS mode', '')
  await terminal.see('Add this database?')
  terminal.type(ENTER)
  await terminal.see('Added "other"')
  expect((await terminal.ended()).status).toBe(0)
  expect(await storedNames(home)).toEqual(['library', 'other'])
  expect(settings.database).not.toBe(other.database)
})

test('db add can add a stored database again with its stored values', async () => {
  const { home } = await storedLibrary()
  const terminal = startTerminal(['db', 'add', 'library'], { home })
  await terminal.see('Give up')
  terminal.type(`${DOWN}${ENTER}`)
  await terminal.answer('Password (Enter: the stored one)', '')
  await terminal.see('"library" is stored already, with the same values')
  expect((await terminal.ended()).status).toBe(0)
})

test('a name that is taken ends the run with status 6 where the operator gives up', async () => {
  const { home } = await storedLibrary()
  const settings = await ownedDatabase()
  // Another database: it can't be the stored one, whatever the password is.
  const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
  await terminal.see('is taken by')
  await terminal.see('Give up')
  expect(terminal.screen()).not.toContain('Add the same database again')
  terminal.type(`${UP}${ENTER}`)
  expect((await terminal.ended()).status).toBe(6)
})

test('a repeated db add with every value is not asked about its name', async () => {
  const { home, settings } = await storedLibrary()
  const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see('"library" is stored already')
  expect((await terminal.ended()).status).toBe(0)
  expect(terminal.screen()).not.toContain('is taken')
})

test('db add reports a name that is not valid, and a missing secret key, before it asks anything else', async () => {
  const home = await preparedHome()
  const invalid = startTerminal(['db', 'add', 'a\u200bb'], { home })
  await invalid.see('may not contain control characters or invisible characters')
  await invalid.see('Unique name')
  expect(invalid.screen()).not.toContain('Host')
  invalid.type(CTRL_C)
  expect((await invalid.ended()).status).toBe(130)
  rmSync(`${home}/.config/mathesarctl/secret_key`)
  const keyless = startTerminal(['db', 'add', 'x'], { home })
  await keyless.see('secret key')
  expect((await keyless.ended()).status).toBe(9)
  expect(keyless.screen()).not.toContain('Host')
})

test('a whole DSN is asked for nothing', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'x', '--dsn', dsnOf(settings)], { home })
  await terminal.see(/TLS mode +prefer/)
  await terminal.see('Add this database?')
  expect(terminal.screen()).not.toMatch(/\? (?:Host|Port|Password|TLS)/)
  terminal.type(ENTER)
  await terminal.see('Added "x"')
  expect((await terminal.ended()).status).toBe(0)
})

test('a DSN is asked for its password only where the server wants one, and for what has no default', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const { host, port, user } = settings
  const dsn = `postgresql://${user}@${encodeURIComponent(host)}:${port}/`
  const terminal = startTerminal(['db', 'add', 'x', '--dsn', dsn], { home })
  await terminal.answer('Database name', settings.database)
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see('Add this database?')
  terminal.type(ENTER)
  await terminal.see('Added "x"')
  expect(terminal.screen()).not.toContain('error:')
  expect((await terminal.ended()).status).toBe(0)
})

test.each([80, 60])('the choices after an error fit into %i columns', async (columns) => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('one', settings, { home })
  const database = `${settings.database}x`
  const flags = connectionArguments({ ...settings, database })
  const terminal = startTerminal(['db', 'add', 'x', ...flags], { home, columns, rows: 24 })
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see('Give up')
  const lines = terminal.screen().split('\n')
  expect(lines.filter((line) => /^[❯>] Use the database/.test(line))).toHaveLength(1)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
  terminal.type('\x03')
  expect((await terminal.ended()).status).toBe(130)
})
