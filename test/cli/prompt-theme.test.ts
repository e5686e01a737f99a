import { expect, test } from 'vitest'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { CTRL_C, startTerminal, type TerminalOptions, UP } from '../support/terminal.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const STYLES = /\x1b\[[\d;]*m/

/** Answers questions of every kind, and returns what the program wrote. */
async function dialogue(args: readonly string[], options: Omit<TerminalOptions, 'home'>): Promise<string> {
  const { host, port, database, user } = await ownedDatabase()
  const adding = startTerminal(['db', 'add', ...args], { home: await preparedHome(), ...options })
  await adding.answer('Unique name', 'library')
  await adding.answer('Host', host)
  await adding.see('Port')
  adding.type('x')
  await adding.see('A port is')
  adding.type(`\x7f${port}\r`)
  await adding.answer('Database name', database)
  await adding.answer('Role', user)
  await adding.answer('Password', 'wrong')
  await adding.answer('TLS mode', '')
  await adding.see('What do you want to do?')
  adding.type(UP)
  await adding.see('navigate')
  adding.type(CTRL_C)
  await adding.ended()
  const choosing = startTerminal(['db', 'remove', ...args], {
    home: (await storedLibrary()).home,
    ...options,
  })
  await choosing.see('select')
  choosing.type('\r')
  await choosing.answer('Remove the Mathesar schemas too?', 'n')
  await choosing.answer('Remove the stored credentials', 'n')
  await choosing.ended()
  return adding.raw() + choosing.raw()
}

test.each([
  ['--no-color', ['--no-color'], {}],
  ['NO_COLOR', [], { env: { NO_COLOR: '1' } }],
])('questions have no colors with %s', async (_name, args, options) => {
  const written = await dialogue(args, options)
  expect(written).toContain('✔')
  expect(written).not.toMatch(STYLES)
})

test('questions have colors on a terminal that has them', async () => {
  expect(await dialogue([], {})).toMatch(STYLES)
})

test.each(['xterm-256color', 'dumb'])(
  'refuses an answer that is not UTF-8, and asks again, on a terminal of type %s',
  async (term) => {
    const home = await preparedHome()
    const terminal = startTerminal(['db', 'add'], { home, term })
    await terminal.see('Unique name')
    // The pseudo-terminal takes bytes too, which its types do not say.
    const { write } = terminal.process as unknown as { write: (bytes: Buffer) => void }
    write.call(terminal.process, Buffer.from('caf\xe9', 'latin1'))
    terminal.type('\r')
    await terminal.see('The answer has bytes that are not UTF-8')
    terminal.type(term === 'dumb' ? 'library\r' : '\x7f\r')
    await terminal.see('Host')
    terminal.type(CTRL_C)
    expect((await terminal.ended()).status).toBe(130)
    expect(await storedNames(home)).toEqual([])
  },
)
