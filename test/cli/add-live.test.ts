import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, connectionArguments, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { createDatabase, createRole, ownedDatabase, sql } from '../support/database.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  type InternalDatabaseOptions,
} from '../support/mathesar-database.ts'
import { DOWN, ENTER, startTerminal, type TerminalRun } from '../support/terminal.ts'

const COMPOSE = 'services: { web: { image: "mathesar/mathesar:0.11.0", env_file: .env } }\n'

interface Live {
  internal: InternalDatabase
  home: string
  /** Runs `db add` without a terminal. */
  add: (name: string, settings: ConnectionSettings, ...flags: string[]) => Promise<Run>
  /** Starts it in a terminal, where it asks for the password. */
  start: (args: readonly string[], columns?: number) => TerminalRun
  list: () => Promise<unknown>
}

async function newLive(options: InternalDatabaseOptions & { isInContainer?: boolean } = {}): Promise<Live> {
  const internal = await createInternalDatabase(options)
  const home = temporaryDirectory()
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  // Beside a Compose file it is that of a Mathesar in a container.
  if (options.isInContainer) writeFileSync(join(home, 'compose.yaml'), COMPOSE)
  const globals = ['--env-file', envFile, '--journal', 'database']
  return {
    internal,
    home,
    add: (name, settings, ...flags) =>
      cli(
        [
          'db',
          'add',
          name,
          ...connectionArguments(settings),
          '--password-stdin',
          '--json',
          ...globals,
          ...flags,
        ],
        { home, input: settings.password ?? '' },
      ),
    start: (args, columns = 80) => startTerminal(['db', 'add', ...args, ...globals], { home, columns }),
    list: async () => document(await cli(['db', 'list', '--json', ...globals], { home })),
  }
}

describe('db add on a live Mathesar', () => {
  it('asks for the release before anything else where this machine has none', async () => {
    const { add } = await newLive()
    const run = await add('library', { ...(await ownedDatabase()), host: 'no.such.host.invalid' })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({
      code: 'USAGE',
      field: 'schema-source',
      hint: expect.stringContaining('--schema-source'),
    })
  })

  it('registers a database for every active superuser', async () => {
    const { internal, add, list } = await newLive({ users: [{ username: 'ada' }, { username: 'bob' }] })
    const settings = await ownedDatabase()
    const run = await add('Library', settings, '--register-only')
    expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(document(run)).toMatchObject({
      name: 'Library',
      status: 'added',
      schema: null,
      schemaAction: 'none',
      awaitsInstall: true,
      access: [
        { user: 'ada', role: settings.user },
        { user: 'bob', role: settings.user },
      ],
    })
    expect(await list()).toMatchObject([{ name: 'Library', database: settings.database }])
    const [role] = (await internal.snapshot()).mathesar_configuredrole ?? []
    const decrypted = await internal.decrypt(String(role?.password))
    expect(decrypted).toMatchObject({ kind: 'decrypted', plaintext: settings.password })
  })

  it('uses the PGPASSWORD of the internal database for no other role', async () => {
    const { internal, home } = await newLive()
    const keyFile = join(home, 'key')
    writeFileSync(keyFile, internal.secretKey, { mode: 0o600 })
    const settings = await ownedDatabase()
    const { password: _unused, ...withoutPassword } = settings
    const url = new URL(internal.url)
    const password = decodeURIComponent(url.password)
    url.password = ''
    const run = await cli(
      ['db', 'add', 'x', ...connectionArguments({ ...withoutPassword, password: null }), '--register-only'],
      {
        home,
        env: {
          MATHESAR_INTERNAL_DB: url.toString(),
          MATHESAR_SECRET_KEY_FILE: keyFile,
          PGPASSWORD: password,
        },
      },
    )
    expect(run.status, run.stderr).toBe(2)
    expect(run.stderr).toContain('PGPASSWORD is the password of role')
    expect(run.stderr).toContain('none was given')
  })

  it('refuses unknown users with status 2', async () => {
    const { add } = await newLive({ users: [{ username: 'ada' }] })
    const run = await add('x', await ownedDatabase(), '--register-only', '--mathesar-user', 'adam')
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', field: 'mathesar-user', hint: 'It has "ada".' })
  })

  it('reports which databases a new password concerns', async () => {
    const { add } = await newLive()
    const settings = await ownedDatabase()
    const second = { ...settings, database: await createDatabase({ owner: settings.user }) }
    await add('one', settings, '--register-only')
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'rotated'`)
    const planned = await add('two', { ...second, password: 'rotated' }, '--register-only', '--dry-run')
    expect(document(planned)).toMatchObject({ status: 'planned', passwordSharedWith: ['one'] })
    const added = await add('two', { ...second, password: 'rotated' }, '--register-only')
    expect(document(added)).toMatchObject({ status: 'added', passwordSharedWith: ['one'] })
  })

  it('stores the host that --address leads to, and not its address', async () => {
    const { add, list } = await newLive()
    const settings = await ownedDatabase()
    const flags = ['--register-only', '--address', `db.mathesar.test=${settings.host}:${settings.port}`]
    const run = await add('library', { ...settings, host: 'db.mathesar.test', port: 5432 }, ...flags)
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await list()).toMatchObject([{ host: 'db.mathesar.test', port: 5432 }])
    // The same server in the spelling of this machine.
    const second = { ...settings, database: await createDatabase({ owner: settings.user }) }
    const respelled = await add('two', second, ...flags)
    expect(document(respelled)).toMatchObject({ storedServer: { host: 'db.mathesar.test', port: 5432 } })
  })

  it('refuses certificates of the client, which a row has no place for', async () => {
    const { add } = await newLive()
    const settings = await ownedDatabase()
    const run = await add('x', settings, '--register-only', '--dsn', 'postgresql://?sslcert=/tmp/x.crt')
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE' })
  })
})

describe('the dialogue of db add on a live Mathesar', () => {
  it.each([80, 60])(
    'offers to register only where there is no release, and shows who gets access, in %i columns',
    async (columns) => {
      const { start, list } = await newLive({ users: [{ username: 'ada' }] })
      const settings = await ownedDatabase()
      const terminal = start(['Library', ...connectionArguments(settings)], columns)
      await terminal.see('Register the database only')
      terminal.type(ENTER)
      await terminal.answer('Password', settings.password ?? '')
      await terminal.see(/Users +ada/)
      await terminal.see(/Schemas +not installed here/)
      await terminal.see('Add this database?')
      terminal.type(ENTER)
      await terminal.see("role's login")
      const ended = await terminal.ended()
      expect(ended.status).toBe(0)
      expect(
        Math.max(
          ...terminal
            .screen()
            .split('\n')
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(columns)
      expect(await list()).toMatchObject([{ name: 'Library' }])
    },
  )

  it('ends with status 10 and no further question where the operator gives up for want of a release', async () => {
    const { start } = await newLive()
    const terminal = start(['library'])
    await terminal.see('Register the database only')
    terminal.type(`${DOWN}${DOWN}${ENTER}`)
    await terminal.see('Nothing was changed.')
    expect((await terminal.ended()).status).toBe(10)
    expect(terminal.screen()).not.toContain('Host')
  })

  it('asks for no name where Mathesar has no nicknames', async () => {
    const { start, list } = await newLive({ step: '0002' })
    const settings = await ownedDatabase()
    const terminal = start(['--register-only', ...connectionArguments(settings)])
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see(new RegExp(`Name +${settings.database}`))
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    await terminal.see('Added')
    expect((await terminal.ended()).status).toBe(0)
    expect(await list()).toMatchObject([{ name: settings.database }])
  })

  it('offers the name of this machine where Mathesar runs in a container', async () => {
    const { start, list } = await newLive({ isInContainer: true })
    const settings = await ownedDatabase()
    const terminal = start(['library', '--register-only', ...connectionArguments(settings)])
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see('Store host.docker.internal')
    terminal.type(ENTER)
    await terminal.see(/Server +host\.docker\.internal:/)
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    await terminal.see('Added "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await list()).toMatchObject([{ host: 'host.docker.internal', port: settings.port }])
  })

  it('offers the stored password of a role, and keeps the TLS mode of its server', async () => {
    const { add, start, list } = await newLive()
    const settings = await ownedDatabase()
    await add('one', settings, '--register-only')
    const database = await createDatabase({ owner: settings.user })
    const { host, port, user } = settings
    const flags = ['--host', host, '--port', String(port), '--user', user, '--database', database]
    const terminal = start(['two', '--register-only', ...flags])
    await terminal.answer('Password (Enter: the stored one)', '')
    await terminal.answer('TLS mode', '')
    await terminal.see(/Password +the stored one/)
    await terminal.see(/TLS mode +disable/)
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    await terminal.see('Added "two"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await list()).toMatchObject([{ sslmode: 'disable' }, { sslmode: 'disable' }])
  })

  it('adds a second role to a stored database, and shows whom it moves', async () => {
    const { add, start } = await newLive({ users: [{ username: 'ada' }] })
    const settings = await ownedDatabase()
    await add('library', settings, '--register-only')
    const reader = { ...settings, ...(await createRole()) }
    const flags = ['--register-only', '--mathesar-user', 'ada', ...connectionArguments(reader)]
    const terminal = start(['library', ...flags])
    await terminal.answer('Password', reader.password)
    await terminal.see(new RegExp(`Users +ada \\(as "${reader.user}" instead of\\s+"${settings.user}"\\)`))
    await terminal.see('Update "library"?')
    terminal.type(ENTER)
    await terminal.see('Updated "library": access.')
    await terminal.see(/now uses it as role\s+"/)
    await terminal.see(new RegExp(`until\\s+now:\\s+"${settings.user}"`))
    expect((await terminal.ended()).status).toBe(0)
  })

  it('offers to add another role to a stored database, and asks for its users', async () => {
    const { add, start } = await newLive({ users: [{ username: 'ada' }] })
    const settings = await ownedDatabase()
    await add('library', settings, '--register-only')
    const reader = await createRole()
    const terminal = start(['library', '--register-only', '--user', reader.user])
    await terminal.see(`Add the role "${reader.user}" to that database`)
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.answer('Password (Enter: none)', reader.password)
    await terminal.see('Who is to use the database in Mathesar?')
    terminal.type(ENTER)
    await terminal.see('Update "library"?')
    terminal.type(ENTER)
    await terminal.see('Updated "library": access.')
    expect((await terminal.ended()).status).toBe(0)
  })

  it('lets the server decide whether another spelling is the same database', async () => {
    const { add, start } = await newLive({ users: [{ username: 'ada' }] })
    const settings = await ownedDatabase()
    await add('library', settings, '--register-only')
    const given = { ...settings, host: 'localhost' }
    const terminal = start(['library', '--register-only', ...connectionArguments(given)])
    await terminal.see('Go on: it is the same database')
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.answer('Password (Enter: none)', settings.password ?? '')
    await terminal.see('Nothing was changed.')
    expect((await terminal.ended()).status).toBe(0)
  })

  it('asks who is to use the database where there is no active superuser', async () => {
    const { start, list } = await newLive({ users: [{ username: 'bob', isSuperuser: false }] })
    const settings = await ownedDatabase()
    const terminal = start(['library', '--register-only', ...connectionArguments(settings)])
    await terminal.see('Who is to use the database in Mathesar?')
    terminal.type(ENTER)
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see(/Users +bob/)
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    await terminal.see('Added "library"')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen()).not.toMatch(/\n\s*\n\s*\n/)
    expect(await list()).toMatchObject([{ name: 'library' }])
  })

  it('offers a name as that of the database where Mathesar has no nicknames', async () => {
    const { start } = await newLive({ step: '0002' })
    const settings = await ownedDatabase()
    const { host, port, user, database } = settings
    const flags = ['--host', host, '--port', String(port), '--user', user, '--sslmode', 'disable']
    const terminal = start([database, '--register-only', ...flags])
    await terminal.see('This Mathesar has no nicknames')
    await terminal.see(`(${database})`)
    terminal.type(ENTER)
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see(new RegExp(`Name +${database}`))
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    expect((await terminal.ended()).status).toBe(0)
  })
})
