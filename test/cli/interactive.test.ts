import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, connectionArguments, document, temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, storedNames } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'
import { programCommand } from '../support/program.ts'
import { CTRL_C, CTRL_D, DOWN, ENTER, startTerminal, UP } from '../support/terminal.ts'

test('db add asks for everything, checks while typing, shows a summary and adds', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('taken', await ownedDatabase(), { home })
  const terminal = startTerminal(['db', 'add'], { home })
  await terminal.see('SUPERUSER or the OWNER')
  await terminal.see('Mathesar schemas will be installed')
  await terminal.see('Unique name')
  terminal.type('taken')
  await terminal.see('"taken" is taken')
  terminal.type('\x7f'.repeat(5))
  terminal.type(`library${ENTER}`)
  await terminal.answer(/Host/, settings.host)
  await terminal.see('Port')
  terminal.type('99999')
  await terminal.see('65535')
  terminal.type('\x7f'.repeat(5))
  terminal.type(`${settings.port}${ENTER}`)
  await terminal.answer('Database name', settings.database)
  await terminal.answer('Role (', settings.user)
  await terminal.see('Password')
  terminal.type(settings.password ?? '')
  await terminal.see('*'.repeat((settings.password ?? '').length))
  terminal.type(ENTER)
  await terminal.see('TLS mode')
  terminal.type(ENTER)
  await terminal.see(/Schemas.*objects will be installed/)
  await terminal.see('Add this database?')
  terminal.type(ENTER)
  await terminal.see('Added "library"')
  expect(await terminal.ended()).toEqual({ status: 0, signal: 0 })
  // Which Mathesar shows the database depends on the internal database.
  expect(terminal.screen()).toMatch(/^Add a user database$/m)
  expect(terminal.screen()).not.toMatch(/to Mathesar\b|Mathesar show/)
  const stored = join(home, '.local/share/mathesarctl/internal.sqlite3')
  expect(terminal.raw()).toMatch(new RegExp(`Stored in the internal database:\\s+${stored}\r\n`))
  expect(terminal.raw()).not.toContain(settings.password)
  expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
})

test('db add offers values of libpq’s environment as defaults of its questions', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'library'], {
    home,
    env: {
      PGHOST: settings.host,
      PGPORT: String(settings.port),
      PGDATABASE: settings.database,
      PGUSER: settings.user,
      PGPASSWORD: settings.password ?? '',
    },
  })
  for (const [label, value] of [
    ['Host', settings.host],
    ['Port', String(settings.port)],
    ['Database name', settings.database],
    ['Role', settings.user],
  ] as const) {
    await terminal.see(new RegExp(`${label}.*${value}`))
    terminal.type(ENTER)
  }
  await terminal.see('Enter: the one from the environment')
  terminal.type(ENTER)
  await terminal.answer('TLS mode', '')
  await terminal.answer('Add this database?', 'y')
  await terminal.see('Added "library"')
  expect((await terminal.ended()).status).toBe(0)
})

test('db add keeps the other values when one is corrected after a failure', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'library', '--sslmode', 'disable', '--host', settings.host], {
    home,
  })
  await terminal.answer('Port', String(await freePort()))
  await terminal.answer('Database name', settings.database)
  await terminal.answer('Role (', settings.user)
  await terminal.answer('Password', 'wrong')
  await terminal.see('error:')
  await terminal.see('What do you want to do?')
  // The port is not the usual one, and is the suspect.
  terminal.type(ENTER)
  await terminal.answer('Port (', String(settings.port))
  await terminal.see('error:')
  await terminal.see('What do you want to do?')
  // The password is the suspect now.
  terminal.type(ENTER)
  await terminal.answer('Password (Enter', settings.password ?? '')
  await terminal.answer('Add this database?', '')
  await terminal.see('Added "library"')
  expect((await terminal.ended()).status).toBe(0)
})

test('db add offers to create a missing database', async () => {
  const home = await preparedHome()
  const role = await createRole({ attributes: 'CREATEDB' })
  const name = uniqueName('fresh')
  const { host, port } = superuserSettings()
  const terminal = startTerminal(
    [
      'db',
      'add',
      'library',
      '--host',
      host,
      '--port',
      String(port),
      '--database',
      name,
      '--user',
      role.user,
      '--sslmode',
      'disable',
    ],
    { home },
  )
  await terminal.answer('Password', role.password)
  await terminal.see('What do you want to do?')
  await terminal.see('Create the database')
  // What is typed moves the cursor to the choice that begins with it.
  terminal.type('Create')
  await expect.poll(() => terminal.screen()).toMatch(/❯ Create the database/)
  terminal.type(ENTER)
  await terminal.see('will be created')
  await terminal.answer('Add this database?', '')
  await terminal.see('Added "library"')
  expect((await terminal.ended()).status).toBe(0)
  expect(await mathesarSchemas(name)).toEqual(ALL_SCHEMAS)
})

test('db add changes nothing and exits 10 when the operator answers no', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(
    [
      'db',
      'add',
      'library',
      '--host',
      settings.host,
      '--port',
      String(settings.port),
      '--database',
      settings.database,
      '--user',
      settings.user,
      '--sslmode',
      'disable',
    ],
    { home },
  )
  await terminal.answer('Password', settings.password ?? '')
  await terminal.answer('Add this database?', 'n')
  await terminal.see('Give up; no database is added')
  terminal.type(ENTER)
  expect((await terminal.ended()).status).toBe(10)
  expect(await mathesarSchemas(settings.database)).toEqual([])
  expect(await storedNames(home)).toEqual([])
})

test.each([
  ['Ctrl-C', CTRL_C],
  ['Ctrl-D', CTRL_D],
])('ends cleanly at any question with %s, and restores the terminal', async (_name, key) => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const script = 'stty -a > before; "$@"; echo "status $?"; stty -a > after; cmp before after && echo same'
  const start = (args: string[]) =>
    startTerminal(['-c', script, 'sh', ...programCommand(), 'db', 'add', ...args], {
      home,
      file: '/bin/sh',
    })
  for (const [args, question] of [
    [[], 'Unique name'],
    [['x'], 'Host'],
    [['x', ...connectionArguments(settings)], 'Password'],
    [['x', ...connectionArguments(settings).slice(0, -2), '--password-file', 'password'], 'TLS mode'],
    [['x', ...connectionArguments(settings), '--password-file', 'password'], 'Add this database?'],
    [
      ['x', ...connectionArguments({ ...settings, port: await freePort() }), '--password-file', 'password'],
      'What do you want to do?',
    ],
  ] as const) {
    writeFileSync(`${home}/password`, settings.password ?? '', { mode: 0o600 })
    const terminal = start([...args])
    await terminal.see(question)
    terminal.type(key)
    await terminal.see('status 130')
    await terminal.see('same')
    expect(terminal.raw()).toContain('\x1b[?25h')
    expect(terminal.screen()).toContain('Interrupted')
    expect(terminal.screen()).not.toContain('Warning')
  }
  expect(await mathesarSchemas(settings.database)).toEqual([])
})

test('shows the lines that belong to a question even with --quiet', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const terminal = startTerminal(['db', 'remove', 'library', '--quiet'], { home })
  await terminal.see('database objects may depend on them')
  await terminal.answer('Remove the Mathesar schemas too?', 'y')
  await terminal.see(/msar \([1-9]\d* objects\)/)
  await terminal.answer('Drop these schemas', 'n')
  expect((await terminal.ended()).status).toBe(10)
})

test('db remove warns, and asks whether to drop the schemas too; the default is no', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const keeping = startTerminal(['db', 'remove', 'library'], { home })
  await keeping.see('database objects may depend on them')
  await keeping.see(/Remove the Mathesar schemas too\?.*\(y\/N\)/)
  keeping.type(ENTER)
  await keeping.answer(/Remove the stored credentials of "library"\?/, 'n')
  expect((await keeping.ended()).status).toBe(10)
  expect(await storedNames(home)).toEqual(['library'])

  const removing = startTerminal(['db', 'remove', 'library'], { home })
  await removing.answer('Remove the Mathesar schemas too?', 'y')
  await removing.see('Nothing outside depends on them')
  await removing.answer(/Drop these schemas/, 'y')
  await removing.see('Removed "library"')
  expect((await removing.ended()).status).toBe(0)
  expect(await mathesarSchemas(settings.database)).toEqual([])
  expect(await storedNames(home)).toEqual([])
})

test('db remove --forget-unreachable asks about the schemas only where the server still has the database', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const args = ['db', 'remove', 'library', '--forget-unreachable']
  const keeping = startTerminal(args, { home })
  await keeping.answer('Remove the Mathesar schemas too?', 'n')
  await keeping.answer(/Remove the stored credentials of "library"\?/, 'n')
  expect((await keeping.ended()).status).toBe(10)
  const dropping = startTerminal(args, { home })
  await dropping.answer('Remove the Mathesar schemas too?', 'y')
  await dropping.answer(/Drop these schemas/, 'n')
  expect((await dropping.ended()).status).toBe(10)

  await sql('postgres', `DROP DATABASE "${settings.database}"`)
  const refused = startTerminal(['db', 'remove', 'library'], { home })
  await refused.answer('Remove the Mathesar schemas too?', 'y')
  await refused.see('mathesarctl db remove library --forget-unreachable')
  expect((await refused.ended()).status).toBe(3)
  const forgetting = startTerminal(args, { home })
  await forgetting.see(/Only\s+the\s+record\s+of\s+"library"\s+will\s+be\s+removed/)
  await forgetting.answer(/Remove the stored credentials of "library"\?/, 'y')
  expect((await forgetting.ended()).status).toBe(0)
  expect(forgetting.screen()).not.toContain('Mathesar schemas too')
  expect(await storedNames(home)).toEqual([])
})

test('setup creates the key and the internal database, and offers db add', async () => {
  const home = temporaryDirectory()
  const terminal = startTerminal(['setup'], { home })
  await terminal.see('Secret key, created:')
  await terminal.see('internal.sqlite3')
  await terminal.answer('Add a user database now?', 'n')
  expect((await terminal.ended()).status).toBe(0)
  const again = await cli(['setup', '--json'], { home })
  expect(document(again)).toMatchObject({
    secretKey: { created: false },
    internalDatabase: { created: false },
  })
})

test('db edit offers the stored values as defaults of its questions', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('library', settings, { home })
  const terminal = startTerminal(['db', 'edit', 'library'], { home })
  await terminal.see(new RegExp(`Host.*${settings.host}`))
  terminal.type(ENTER)
  await terminal.answer('Port', '')
  await terminal.answer('Database name', '')
  await terminal.answer('Role (', '')
  await terminal.answer('Password', '')
  await terminal.see('TLS mode')
  terminal.type(`${DOWN}${DOWN}${ENTER}`)
  await terminal.answer('Change "library"?', '')
  await terminal.see(/Changed "library": sslmode/)
  expect((await terminal.ended()).status).toBe(0)
})

test('fits the dialogue of db add into 80 columns', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('a rather long name for a database that nobody would type', settings, { home })
  const terminal = startTerminal(['db', 'list'], { home, columns: 80 })
  await terminal.ended()
  for (const line of terminal.screen().split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  // A heading, a row, and which columns there is no room for.
  expect(terminal.screen().split('\n')).toHaveLength(3)
})

test('prints no color at a terminal with NO_COLOR or --no-color', async () => {
  const home = await preparedHome()
  for (const [args, env] of [
    [['db', 'show', 'nope', '--no-color'], {}],
    [['db', 'show', 'nope'], { NO_COLOR: '1' }],
  ] as const) {
    const terminal = startTerminal(args, { home, env })
    expect((await terminal.ended()).status).toBe(7)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence is what is looked for
    expect(terminal.raw()).not.toMatch(/\x1b\[\d+m/)
  }
})

test('db add asks for the trusted authorities of a TLS mode that checks certificates', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const terminal = startTerminal(['db', 'add', 'x', ...connectionArguments(settings).slice(0, -2)], { home })
  await terminal.answer('Password (Enter', settings.password ?? '')
  await terminal.see('TLS mode')
  terminal.type(`${DOWN}${DOWN}${ENTER}`)
  await terminal.answer('Trusted authorities', 'ca.pem')
  await terminal.see('has no TLS, which sslmode verify-ca')
  await terminal.see('What do you want to do?')
  // Back to a mode that checks nothing: then what was typed for the other one is gone, too.
  terminal.type(ENTER)
  // What only the list shows: the answer to the last question names the TLS mode, too.
  await terminal.see('must come from a trusted authority')
  terminal.type(`${UP}${UP}${ENTER}`)
  await terminal.answer('Add this database?', '')
  await terminal.see('Added "x"')
  expect((await terminal.ended()).status).toBe(0)
  expect(document(await cli(['db', 'show', 'x', '--json'], { home }))).toMatchObject({
    sslmode: 'prefer',
    sslrootcert: null,
  })
})

test('db add reports before the confirmation that the role may not create the database', async () => {
  const home = await preparedHome()
  const role = await createRole()
  const { host, port } = superuserSettings()
  const flags = ['--host', host, '--port', String(port), '--user', role.user, '--sslmode', 'disable']
  const terminal = startTerminal(
    ['db', 'add', 'library', ...flags, '--database', uniqueName('fresh'), '--create-database'],
    { home },
  )
  await terminal.answer('Password', role.password)
  await terminal.see('lacks CREATEDB')
  await terminal.see('What do you want to do?')
  expect(terminal.screen()).not.toContain('Add this database?')
  terminal.type(CTRL_C)
  expect((await terminal.ended()).status).toBe(130)
})

test(
  'db add shows other names of the same database, and db remove asks before it drops the schemas for ' +
    'them',
  async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('one', settings, { home })
    const adding = startTerminal(
      ['db', 'add', 'two', ...connectionArguments({ ...settings, host: 'localhost' })],
      {
        home,
      },
    )
    await adding.answer('Password', settings.password ?? '')
    await adding.see(/Also stored as +"one"/)
    await adding.answer('Add this database?', 'y')
    await adding.see('Added "two"')
    expect((await adding.ended()).status).toBe(0)

    for (const [answer, status, left] of [
      ['n', 10, ['one', 'two']],
      ['y', 0, ['two']],
    ] as const) {
      const removing = startTerminal(['db', 'remove', 'one', '--remove-schema'], { home })
      await removing.see('also stored as "two"')
      await removing.answer('Drop the schemas all the same?', answer)
      if (answer === 'y') await removing.answer('Drop these schemas', 'y')
      expect((await removing.ended()).status).toBe(status)
      expect(await storedNames(home)).toEqual(left)
    }
    expect(await mathesarSchemas(settings.database)).toEqual([])
  },
)
