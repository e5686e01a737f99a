import { describe, expect, it } from 'vitest'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome, storedNames } from '../support/installed.ts'
import { DOWN, ENTER, startTerminal, type TerminalRun, UP } from '../support/terminal.ts'

const BACKSPACE = '\x7f'
const CTRL_U = '\x15'

/** Returns a home directory in which a database is stored under each of the names. */
async function homeWith(names: readonly string[]): Promise<string> {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  for (const name of names) {
    const run = await add(name, settings, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
  }
  return home
}

async function listed(home: string): Promise<TerminalRun> {
  const terminal = startTerminal(['db', 'remove'], { home, columns: 120 })
  await terminal.see('Database to remove')
  await terminal.see('select')
  return terminal
}

/** Declines the schemas, and returns the name that the last question then shows; declines that, too. */
async function nameToRemove(terminal: TerminalRun): Promise<string | undefined> {
  await terminal.answer('Remove the Mathesar schemas too?', 'n')
  await terminal.answer('The database itself is not touched', 'n')
  expect((await terminal.ended()).status).toBe(10)
  return /Remove the stored credentials of "(.*?)"\?/.exec(terminal.screen())?.[1]
}

describe('the list of stored names', () => {
  it('chooses what the screen shows when the keys and Enter come in one burst', async () => {
    const names = ['a-lib', 'alpha', 'lib', 'library', 'my-library']
    const home = await homeWith(names)
    for (const [keys, expected] of [
      ['b', 'a-lib'],
      ['br', 'library'],
      ['LIBR', 'library'],
      ['y-l', 'my-library'],
      // The name that equals what is typed goes before others that contain it.
      ['lib', 'lib'],
      ['my\t', 'my-library'],
      [`zzz${BACKSPACE.repeat(3)}br`, 'library'],
      [`zzz${CTRL_U}alp`, 'alpha'],
      [`br${DOWN}`, 'my-library'],
      [`br${DOWN}${UP}`, 'library'],
      ['', 'a-lib'],
    ] as const) {
      const terminal = await listed(home)
      terminal.type(`${keys}${ENTER}`)
      expect(await nameToRemove(terminal), JSON.stringify(keys)).toBe(expected)
      expect(terminal.screen()).toContain(`(type to filter) ${expected}\n`)
    }
    expect(await storedNames(home)).toEqual(names)
  })

  it('refuses an answer that matches no name, and keeps it to be corrected', async () => {
    const terminal = await listed(await homeWith(['alpha', 'library']))
    terminal.type(`z${ENTER}${ENTER}`)
    await terminal.see('No name contains "z".')
    expect(terminal.screen()).not.toContain('Remove the Mathesar schemas too?')
    terminal.type(`${BACKSPACE}br${ENTER}`)
    expect(await nameToRemove(terminal)).toBe('library')
  })
})
