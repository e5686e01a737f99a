import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, connectionArguments, errorOf } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'
import { DOWN, ENTER, startTerminal, type TerminalRun, UP } from '../support/terminal.ts'

/** Returns how often the screen shows a text. */
function timesShown(terminal: TerminalRun, text: string): number {
  return terminal.screen().split(text).length - 1
}

/** Returns the text of the screen as one line. */
function flat(terminal: TerminalRun): string {
  return terminal.screen().replaceAll(/\s+/g, ' ')
}

function writePassword(home: string, password: string | null): string {
  const path = join(home, 'password')
  writeFileSync(path, password ?? '', { mode: 0o600 })
  return path
}

test('a statement in a hint is a line of its own, which a narrow terminal does not break', async () => {
  const home = await preparedHome()
  const role = await createRole()
  const database = await createDatabase({ name: uniqueName('a database with a long name') })
  const settings = { ...superuserSettings(), database, user: role.user }
  const password = writePassword(home, role.password)
  const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-file', password]
  const grant = `GRANT CREATE ON DATABASE "${database}" TO "${role.user}";`
  const terminal = startTerminal([...args, '--no-input'], { home, columns: 60 })
  expect((await terminal.ended()).status).toBe(5)
  // As the program wrote it: the emulator shows what the terminal itself breaks.
  expect(terminal.raw().split('\r\n')).toContain(`    ${grant}`)
  const run = await cli([...args, '--no-input'], { home })
  expect(run.stderr.split('\n')).toContain(`    ${grant}`)
  const json = await cli([...args, '--no-input', '--json'], { home })
  expect(errorOf(json).hint?.split('\n')).toContain(`  ${grant}`)
})

describe('giving up in a dialogue', () => {
  test('giving up an addition shows the error once, and keeps its status', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), port: await freePort() }
    const password = writePassword(home, settings.password)
    const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-file', password]
    const terminal = startTerminal(args, { home })
    await terminal.see('What do you want to do?')
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(3)
    expect(timesShown(terminal, 'error:')).toBe(1)
    expect(timesShown(terminal, 'hint:')).toBe(1)
  })

  test('with --json the error is still the document on stderr', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), port: await freePort() }
    const password = writePassword(home, settings.password)
    const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-file', password, '--json']
    const terminal = startTerminal(args, { home, columns: 400 })
    await terminal.see('What do you want to do?')
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(3)
    expect(timesShown(terminal, '"code":"CONNECTION_FAILED"')).toBe(1)
  })

  test('giving up an edit shows the error once, and that the record stays', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const terminal = startTerminal(['db', 'edit', 'library', '--port', String(await freePort())], { home })
    await terminal.see('What do you want to do?')
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(3)
    expect(timesShown(terminal, 'error:')).toBe(1)
    expect(timesShown(terminal, '"library" stays stored as it was.')).toBe(1)
  })

  test('giving up a name that is taken shows the error once', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const terminal = startTerminal(['db', 'add', 'library', '--database', 'other'], { home })
    await terminal.see('What do you want to do?')
    terminal.type(`${DOWN}${ENTER}`)
    expect((await terminal.ended()).status).toBe(6)
    expect(timesShown(terminal, 'is taken')).toBe(1)
  })
})

describe('an error in a dialogue', () => {
  test('a dialogue names what it asks for, and no flags for it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const password = writePassword(home, settings.password)
    const args = ['db', 'add', 'x', ...connectionArguments(settings), '--sslmode', 'require']
    const terminal = startTerminal([...args, '--password-file', password], { home })
    await terminal.see('What do you want to do?')
    expect(flat(terminal)).toContain('use TLS mode prefer or disable')
    expect(terminal.screen()).not.toContain('--sslmode')
    terminal.type(`${UP}Give up${ENTER}`)
    await terminal.ended()
  })

  test('a role that may not create databases is told so, and not offered to create one', async () => {
    const home = await preparedHome()
    const role = await createRole()
    const settings = { ...superuserSettings(), database: uniqueName('missing'), user: role.user }
    const password = writePassword(home, role.password)
    const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-file', password]
    const terminal = startTerminal(args, { home })
    await terminal.see('What do you want to do?')
    await terminal.see('Give up')
    expect(flat(terminal)).toContain(`role "${role.user}" needs CREATEDB`)
    expect(terminal.screen()).not.toContain('Create the database')
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(3)
    const run = await cli([...args, '--no-input', '--json'], { home })
    expect(errorOf(run).hint).toContain(`with --create-database, role "${role.user}" needs CREATEDB`)
  })

  test('only a command that can create a database mentions the flag for it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    for (const args of [
      ['db', 'edit', 'library', '--database', uniqueName('missing')],
      ['schema', 'status', ...connectionArguments({ ...settings, database: uniqueName('missing') })],
    ]) {
      const run = await cli([...args, '--no-input', '--json'], {
        home,
        env: { PGPASSWORD: settings.password ?? '' },
      })
      expect(errorOf(run)).toMatchObject({ code: 'DATABASE_DOES_NOT_EXIST' })
      expect(errorOf(run).hint).not.toContain('--create-database')
    }
    const missing = { ...settings, database: uniqueName('missing') }
    const run = await add('x', missing, { home })
    expect(errorOf(run).hint).toContain('--create-database')
  })
})

test('lists, summaries and errors name a server and a role by the same words', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const address = `${settings.host}:${settings.port}`
  const terminal = startTerminal(['db', 'add', 'library', ...connectionArguments(settings)], { home })
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see('Add this database?')
  expect(terminal.screen()).toMatch(new RegExp(`Server +${address}\n`))
  expect(terminal.screen()).toMatch(new RegExp(`Role +${settings.user}\n`))
  terminal.type(`y${ENTER}`)
  await terminal.ended()
  const list = await cli(['db', 'list'], { home })
  expect(list.stdout).toMatch(/^NAME +DATABASE +ROLE +SERVER /)
  expect(list.stdout).toContain(address)
  expect((await cli(['db', 'show', 'library'], { home })).stdout).toMatch(/^ *role /m)
  const tested = await cli(['db', 'test', 'library'], { home })
  expect(tested.stdout).toMatch(/^NAME +RESULT +POSTGRESQL /)
  const port = await freePort()
  const failed = await cli(['db', 'edit', 'library', '--port', String(port), '--no-input'], { home })
  expect(failed.stderr).toContain(`${settings.host}:${port}`)
})
