import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, temporaryDirectory } from '../support/cli.ts'
import { preparedHome, storedLibrary } from '../support/installed.ts'
import { CTRL_C, startTerminal } from '../support/terminal.ts'

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
