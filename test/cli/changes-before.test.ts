import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome, storedLibrary } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'
import { CTRL_C, ENTER, startTerminal } from '../support/terminal.ts'

const INTERNAL_DATABASE = '.local/share/mathesarctl/internal.sqlite3'

/** Returns the text of the screen in one line. */
function textOf(screen: string): string {
  return screen.replaceAll(/\s+/g, ' ')
}

describe('an interruption after something was created', () => {
  it.each([
    ['the offer to add a database', 'Add a user database now?', null],
    ['a question of the addition', 'Unique name', 'y'],
  ])('of setup at %s names the key and the internal database', async (_, question, answer) => {
    const home = temporaryDirectory()
    const terminal = startTerminal(['setup'], { home })
    if (answer !== null) await terminal.answer('Add a user database now?', answer)
    await terminal.see(question)
    terminal.type(CTRL_C)
    expect((await terminal.ended()).status).toBe(130)
    const screen = textOf(terminal.screen())
    expect(screen).toContain(
      'Interrupted. The secret key and the internal database were created and stay. Nothing else was changed.',
    )
    expect(screen).not.toContain('nothing was changed')
    expect(existsSync(join(home, INTERNAL_DATABASE))).toBe(true)
  })

  it('of a second setup reports that nothing was changed', async () => {
    const terminal = startTerminal(['setup'], { home: await preparedHome() })
    await terminal.see('Add a user database now?')
    terminal.type(CTRL_C)
    expect((await terminal.ended()).status).toBe(130)
    expect(terminal.screen()).toContain('Interrupted; nothing was changed.')
  })

  it('of db add names the internal database that it created', async () => {
    const home = temporaryDirectory()
    const terminal = startTerminal(['db', 'add'], { home, env: { SECRET_KEY: 'a key of its own' } })
    await terminal.see('Unique name')
    const isCreated = existsSync(join(home, INTERNAL_DATABASE))
    terminal.type(CTRL_C)
    expect((await terminal.ended()).status).toBe(130)
    expect(textOf(terminal.screen())).toContain(
      isCreated
        ? 'Interrupted. The internal database was created and stays. Nothing else was changed.'
        : 'Interrupted; nothing was changed.',
    )
  })
})

describe('an answer of no after setup created something', () => {
  const CREATED = 'The secret key and the internal database were created and stay.'

  it('to the offer to add a database ends setup successfully, and names the command for later', async () => {
    const terminal = startTerminal(['setup'], { home: temporaryDirectory() })
    await terminal.answer('Add a user database now?', 'n')
    expect((await terminal.ended()).status).toBe(0)
    expect(terminal.screen()).toContain('To add one later, run: mathesarctl db add')
    expect(terminal.screen()).not.toContain('Nothing')
  })

  it('to the plan ends with status 10, and states what was created', async () => {
    const { host, port, database, user, password } = await ownedDatabase()
    const env = { PGHOST: host, PGPORT: String(port), PGDATABASE: database, PGUSER: user }
    const terminal = startTerminal(['setup'], { home: temporaryDirectory(), env })
    await terminal.answer('Add a user database now?', 'y')
    await terminal.answer('Unique name', 'library')
    for (const question of ['Host', 'Port', 'Database name', 'Role']) await terminal.answer(question, '')
    await terminal.answer('Password', password ?? '')
    await terminal.answer('TLS mode', '')
    await terminal.answer('Add this database?', 'n')
    await terminal.answer('What do you want to change?', '')
    expect((await terminal.ended()).status).toBe(10)
    expect(textOf(terminal.screen())).toContain(`${CREATED} Nothing else was changed.`)
  })

  it('to other values after an error ends with the status of the error, and states what was created', async () => {
    const env = { PGHOST: '127.0.0.1', PGPORT: String(await freePort()), PGDATABASE: 'd', PGUSER: 'u' }
    const terminal = startTerminal(['setup'], { home: temporaryDirectory(), env })
    await terminal.answer('Add a user database now?', 'y')
    await terminal.answer('Unique name', 'library')
    for (const question of ['Host', 'Port', 'Database name', 'Role']) await terminal.answer(question, '')
    await terminal.answer('Password', '')
    await terminal.answer('TLS mode', '')
    await terminal.see('What do you want to do?')
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(3)
    expect(textOf(terminal.screen())).toContain(`no database is added ${CREATED}`)
  })
})

describe('a name that is not stored', () => {
  it('gets the advice to add a database where none is stored', async () => {
    const home = await preparedHome()
    for (const words of [
      ['show', 'nix'],
      ['test', 'nix'],
      ['edit', 'nix', '--port', '1'],
      ['remove', 'nix', '--yes'],
    ]) {
      const run = await cli(['db', ...words], { home })
      expect(run.status).toBe(7)
      expect(textOf(run.stderr)).toContain('No database is stored yet. Add one with: mathesarctl db add')
      expect(run.stderr).not.toContain('db list')
    }
  })

  it('gets the advice to list the names where one is stored', async () => {
    const { home } = await storedLibrary()
    expect((await cli(['db', 'show', 'nix'], { home })).stderr).toContain('mathesarctl db list')
  })
})
