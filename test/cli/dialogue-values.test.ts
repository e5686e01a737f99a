import { Chalk } from 'chalk'
import { describe, expect, test } from 'vitest'
import { showError } from '../../src/cli/prompts/show-error.ts'
import type { Reporter } from '../../src/cli/terminal.ts'
import { OperatorError } from '../../src/errors.ts'
import { cli, connectionArguments, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { add, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { ENTER, startTerminal, type TerminalRun } from '../support/terminal.ts'

/** Answers the first questions of a whole edit with Enter, up to the password. */
async function keepUntilPassword(terminal: TerminalRun): Promise<void> {
  for (const label of ['Host', 'Port', 'Database name', 'Role (']) await terminal.answer(label, '')
}

/** Chooses an entry of a menu by the beginning of its text. */
async function choose(terminal: TerminalRun, name: string): Promise<void> {
  await terminal.see('Give up')
  terminal.type(name)
  await expect.poll(() => terminal.screen()).toContain(`❯ ${name}`)
  terminal.type(ENTER)
}

describe('the password that Enter keeps', () => {
  test('db edit goes back to the stored password after a wrong one', async () => {
    const { home } = await storedLibrary()
    const editing = startTerminal(['db', 'edit', 'library'], { home })
    await keepUntilPassword(editing)
    await editing.answer('Password (Enter: the stored one)', 'wrong')
    await editing.answer('TLS mode', '')
    await editing.see('refused the password')
    await choose(editing, 'Change: Password')
    await editing.answer('Password (Enter: the stored one)', '')
    await editing.see('These are the stored values')
    await editing.see('Give up')
    editing.type(ENTER)
    await editing.see('has these values already')
    expect((await editing.ended()).status).toBe(0)
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })

  test('db add names the stored password as that of Enter after a wrong one', async () => {
    const { home } = await storedLibrary()
    const terminal = startTerminal(['db', 'add', 'library'], { home })
    await choose(terminal, 'Add the same database again')
    await terminal.answer('Password (Enter: the stored one)', 'wrong')
    await terminal.see('refused the password')
    await choose(terminal, 'Change: Password')
    await terminal.answer('Password (Enter: the stored one)', '')
    await terminal.see('"library" is stored already, with the same values')
    expect((await terminal.ended()).status).toBe(0)
  })

  test('db add names the stored password where the flags name a stored database', async () => {
    const { home, settings } = await storedLibrary()
    const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
    await terminal.answer('Password (Enter: the stored one)', '')
    await terminal.see('"library" is stored already, with the same values')
    expect((await terminal.ended()).status).toBe(0)
  })

  test('the stored password is not offered for another name', async () => {
    const { home } = await storedLibrary()
    const terminal = startTerminal(['db', 'add', 'library'], { home })
    await choose(terminal, 'Add the same database again')
    await terminal.answer('Password (Enter: the stored one)', 'wrong')
    await terminal.see('refused the password')
    await choose(terminal, 'Change: Unique name')
    await terminal.answer('Unique name (library)', 'other')
    await terminal.see('refused the password')
    await choose(terminal, 'Change: Password')
    await terminal.see('Password (Enter: the one that you typed)')
    terminal.type('\x03')
    await terminal.ended()
  })

  test('Enter keeps the password that was typed, and a choice removes it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const terminal = startTerminal(['db', 'add', 'x', ...connectionArguments(settings)], { home })
    await terminal.answer('Password (Enter: none)', settings.password ?? '')
    await terminal.answer('Add this database?', 'n')
    await choose(terminal, 'Change: Password')
    await terminal.answer('Password (Enter: the one that you typed)', '')
    await terminal.see(/Password +given/)
    await terminal.answer('Add this database?', 'n')
    await choose(terminal, 'Use no password')
    await terminal.see('error:')
    await choose(terminal, 'Change: Password')
    await terminal.answer('Password (Enter: none)', settings.password ?? '')
    await terminal.answer('Add this database?', '')
    await terminal.see('Added "x"')
    expect((await terminal.ended()).status).toBe(0)
  })
})

describe('a name that is taken', () => {
  test('a typed name of a stored database offers to add it again', async () => {
    const { home } = await storedLibrary()
    const terminal = startTerminal(['db', 'add'], { home })
    await terminal.see('Unique name')
    terminal.type('library')
    await terminal.see('"library" is taken')
    terminal.type(ENTER)
    await terminal.see('The name "library" is taken by database')
    await choose(terminal, 'Add the same database again')
    await terminal.answer('Password (Enter: the stored one)', '')
    await terminal.see('"library" is stored already, with the same values')
    expect((await terminal.ended()).status).toBe(0)
  })

  test('db edit names the command that installs missing schemas', async () => {
    const { home, settings } = await storedLibrary()
    const empty = await createDatabase({ owner: settings.user })
    const run = await cli(['db', 'edit', 'library', '--database', empty], { home })
    expect(run.status).toBe(0)
    expect(run.stderr).toContain('mathesarctl schema install library')
    expect(run.stderr).not.toContain('mathesarctl db add')
    const tested = await cli(['db', 'test', 'library'], { home })
    expect(tested.stderr).toContain('mathesarctl schema install library')
    expect(await cli(['schema', 'install', 'library'], { home })).toMatchObject({ status: 0 })
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })

  test('the question for another name does not offer the one that is taken', async () => {
    const { home } = await storedLibrary()
    await add('museum', await ownedDatabase(), { home })
    const terminal = startTerminal(['db', 'edit', 'library', '--rename', 'museum'], { home })
    await choose(terminal, 'Change: New unique name')
    await terminal.see('New unique name')
    expect(terminal.screen()).not.toMatch(/New unique name \(?museum/)
    terminal.type('\x03')
    await terminal.ended()
  })
})

describe('an answer of no', () => {
  test('db add goes back to the summary, without another look at the server', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const terminal = startTerminal(['db', 'add', 'x', ...connectionArguments(settings)], { home })
    await terminal.answer('Password', settings.password ?? '')
    await terminal.answer('Add this database?', 'n')
    await choose(terminal, 'Back to the summary')
    await terminal.see(/Database +/)
    await terminal.answer('Add this database?', '')
    await terminal.see('Added "x"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen().split('✔ connection').length - 1).toBe(1)
  })

  test('db edit shows each value before and after, and stores nothing after a no', async () => {
    const { home, settings } = await storedLibrary()
    const other = await createDatabase({ owner: settings.user })
    const before = (await cli(['db', 'show', 'library', '--json'], { home })).stdout
    const terminal = startTerminal(['db', 'edit', 'library'], { home, columns: 120 })
    for (const label of ['Host', 'Port']) await terminal.answer(label, '')
    await terminal.answer('Database name', other)
    await terminal.answer('Role (', '')
    await terminal.answer('Password', settings.password ?? '')
    await terminal.answer('TLS mode', '')
    await terminal.see(new RegExp(`Database +${settings.database} → ${other}`))
    expect(terminal.screen()).toMatch(/✔ connection: .*, (?:not )?encrypted\n[\s\S]*✔ server/)
    await terminal.answer('Change "library"?', 'n')
    expect((await cli(['db', 'show', 'library', '--json'], { home })).stdout).toBe(before)
    await choose(terminal, 'Change: Unique name')
    await terminal.answer('Unique name (library)', 'books')
    await terminal.see(/Name +library → books/)
    await terminal.answer('Change "library"?', '')
    await terminal.see('Changed "books": name (before: "library"), database (before:')
    expect((await terminal.ended()).status).toBe(0)
    expect(await storedNames(home)).toEqual(['books'])
  })

  test('db edit leaves with status 10 where the operator gives up at the summary', async () => {
    const { home } = await storedLibrary()
    const terminal = startTerminal(['db', 'edit', 'library'], { home })
    await keepUntilPassword(terminal)
    await terminal.answer('Password', '')
    await terminal.see('TLS mode')
    terminal.type('allow')
    await expect.poll(() => terminal.screen()).toContain('❯ allow')
    terminal.type(ENTER)
    await terminal.answer('Change "library"?', 'n')
    await terminal.see('Give up; nothing was changed')
    terminal.type(ENTER)
    await terminal.see('Nothing was changed.')
    expect((await terminal.ended()).status).toBe(10)
  })

  test('db edit asks nothing where flags give every change, and its document has the values before', async () => {
    const { home } = await storedLibrary()
    const terminal = startTerminal(['db', 'edit', 'library', '--sslmode', 'prefer'], { home })
    await terminal.see('Changed "library": sslmode (before: "disable").')
    expect((await terminal.ended()).status).toBe(0)
    const run = await cli(['db', 'edit', 'library', '--sslmode', 'allow', '--json'], { home })
    expect(document(run)).toMatchObject({ changed: ['sslmode'], before: { sslmode: 'prefer' } })
  })

  test('db edit removes the stored password where no other value changes', async () => {
    const { home, settings } = await storedLibrary()
    const terminal = startTerminal(['db', 'edit', 'library'], { home })
    await keepUntilPassword(terminal)
    await terminal.answer('Password', '')
    await terminal.answer('TLS mode', '')
    await choose(terminal, 'Use no password')
    // This server wants one.
    await terminal.see('error:')
    await terminal.see('Give up')
    terminal.type('\x03')
    await terminal.ended()
    expect(settings.password).not.toBeNull()
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })
})

test('the choices still offer the databases of the server where the role cannot create one', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const database = `${settings.database}x`
  const args = ['db', 'add', 'x', ...connectionArguments({ ...settings, database }), '--create-database']
  const terminal = startTerminal(args, { home })
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see('it lacks CREATEDB')
  await terminal.see('Give up')
  expect(terminal.screen()).toContain(`❯ Use the database "${settings.database}"`)
  terminal.type(ENTER)
  await terminal.answer('Add this database?', '')
  await terminal.see('Added "x"')
  expect((await terminal.ended()).status).toBe(0)
})

test('the choice that creates a database names it', async () => {
  const home = await preparedHome()
  const role = await createRole({ attributes: 'CREATEDB' })
  const settings = { ...superuserSettings(), ...role, database: uniqueName('missing') }
  const terminal = startTerminal(['db', 'add', 'x', ...connectionArguments(settings)], { home })
  await terminal.answer('Password', role.password)
  await terminal.see(`Create the database "${settings.database}"`)
  terminal.type('\x03')
  await terminal.ended()
})

test('db test does not offer all of them where one database is stored', async () => {
  const { home } = await storedLibrary()
  const terminal = startTerminal(['db', 'test'], { home })
  await terminal.see('library')
  expect(terminal.screen()).not.toContain('All of them')
  terminal.type(ENTER)
  expect((await terminal.ended()).status).toBe(0)
})

test('db add reports once that the name is free', async () => {
  const home = await preparedHome()
  const { host, port, user, database, password } = await ownedDatabase()
  const dsn = `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`
  const terminal = startTerminal(['db', 'add', 'x', '--dsn', dsn], { home })
  await terminal.answer('Password', password ?? '')
  await terminal.see('Add this database?')
  expect(terminal.screen().split('"x" is free').length - 1).toBe(1)
  terminal.type('\x03')
  await terminal.ended()
})

test('db add asks for a host again with the one that was typed', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'x'], { home })
  await terminal.answer('Host', 'no-such-host.invalid')
  await terminal.answer('Port', String(settings.port))
  await terminal.answer('Database name', settings.database)
  await terminal.answer('Role (', settings.user)
  await terminal.answer('Password', settings.password ?? '')
  await terminal.answer('TLS mode', '')
  await terminal.see('error:')
  await choose(terminal, 'Change: Host')
  await terminal.see('Host (no-such-host.invalid)')
  terminal.type('\x03')
  await terminal.ended()
})

describe('a command that has no target', () => {
  test.each([['status'], ['dependents'], ['remove']])(
    'schema %s asks for the connection where no database is stored',
    async (command) => {
      const home = await preparedHome()
      const settings = await ownedDatabase()
      const terminal = startTerminal(['schema', command], { home })
      await terminal.see('No database is stored')
      await terminal.answer('Host', settings.host)
      await terminal.answer('Port', String(settings.port))
      await terminal.answer('Database name', settings.database)
      await terminal.answer('Role (', settings.user)
      await terminal.answer('TLS mode', '')
      await terminal.answer(`Password for role "${settings.user}"`, settings.password ?? '')
      await terminal.ended()
      expect(terminal.screen()).not.toContain('missing')
    },
  )

  test('schema remove asks only for what the flags leave out', async () => {
    const { home, settings } = await storedLibrary()
    const { host, port } = settings
    const args = ['schema', 'remove', '--host', host, '--port', String(port), '--database', settings.database]
    const terminal = startTerminal(args, { home })
    await terminal.answer('Role (', settings.user)
    await terminal.answer(`Password for role "${settings.user}"`, settings.password ?? '')
    await terminal.answer(/Drop .*\?/, 'y')
    await terminal.ended()
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 8 })
  })

  test('a command that adds names both things that setup creates where neither exists', async () => {
    const home = temporaryDirectory()
    const settings = await ownedDatabase()
    const run = await add('x', settings, { home })
    expect(errorOf(run)).toMatchObject({ code: 'SECRET_KEY_MISSING' })
    expect(errorOf(run).message).toMatch(
      /internal\.sqlite3 does not exist, and there is no secret key either/,
    )
    expect(errorOf(run).hint).toContain('Run "mathesarctl setup" to create both')
    const list = await cli(['db', 'list', '--json'], { home })
    expect(errorOf(list).hint).toContain('Run "mathesarctl setup"')
    const edit = await cli(['db', 'edit', 'x', '--port', '1', '--json'], { home })
    expect(errorOf(edit).hint).not.toContain('stays stored')
  })
})

test('db add asks whether to update a database that is stored already, and reports what it did', async () => {
  const { home, settings } = await storedLibrary()
  expect(
    await cli(['schema', 'remove', 'library', '--yes'], { home }),
    'the schemas are removed',
  ).toMatchObject({ status: 0 })
  const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
  await terminal.answer('Password (Enter: the stored one)', '')
  await terminal.see(/Password +the stored one/)
  await terminal.answer('Update "library"?', '')
  await terminal.see(/Updated "library": Mathesar schemas \(installed, [\d,]+ objects\)\./)
  expect((await terminal.ended()).status).toBe(0)
})

test('the introduction of db add describes the unique name where it asks for one', async () => {
  const home = await preparedHome()
  for (const [args, isDescribed] of [
    [[], true],
    [['library'], false],
  ] as const) {
    const terminal = startTerminal(['db', 'add', ...args], { home })
    await terminal.see(isDescribed ? 'Unique name' : 'Host')
    expect(terminal.screen().includes('your own label')).toBe(isDescribed)
    terminal.type('\x03')
    await terminal.ended()
  }
})

test('a long hint is shown once in a dialogue', () => {
  const lines: string[] = []
  const reporter = { style: new Chalk({ level: 0 }), explain: (line = '') => lines.push(line) }
  const error = new OperatorError('CONNECTION_FAILED', 'It failed.', 'Check the server. '.repeat(20))
  for (let attempt = 0; attempt < 2; attempt++) showError(error, reporter as unknown as Reporter)
  expect(lines[0]).toContain('Check the server.')
  expect(lines[1]).toContain('It failed.')
  expect(lines[1]).not.toContain('Check the server.')
})
