import { expect, test } from 'vitest'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome, storedLibrary } from '../support/installed.ts'
import { programCommand } from '../support/program.ts'
import { CTRL_C, startTerminal } from '../support/terminal.ts'

/** Runs the program in a terminal whose size something else has set before, or sets later. */
function startSized(home: string, resize: string, args: readonly string[]) {
  const script = `${resize}; exec "$@"`
  return startTerminal(['-c', script, 'sh', ...programCommand(), ...args], { home, file: '/bin/sh' })
}

const SIZES = ['cols 0 rows 0', 'cols 1 rows 1', 'cols 5 rows 2', 'cols 65535 rows 65535']

test.each(SIZES)('draws its progress and its tables in a terminal of %s', async (size) => {
  const { home } = await storedLibrary()
  for (const args of [
    ['db', 'test', 'library'],
    ['db', 'list'],
    ['schema', 'dependents', '--help'],
  ]) {
    const terminal = startSized(home, `stty ${size}`, args)
    expect((await terminal.ended()).status).not.toBeGreaterThan(3)
  }
})

test.each(SIZES)('asks questions and installs in a terminal of %s, and obeys Ctrl-C', async (size) => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-file', 'password', '--yes']
  const add = startSized(home, `stty ${size}; (umask 077; echo ${settings.password} > password)`, args)
  expect((await add.ended()).status).toBe(0)
  const asking = startSized(home, `stty ${size}`, ['db', 'add'])
  await asking.see(/U\s*n\s*i\s*q\s*u\s*e/)
  asking.type(CTRL_C)
  expect((await asking.ended()).status).toBe(130)
})

test('survives a terminal that shrinks to 0 columns while it asks', async () => {
  const home = await preparedHome()
  const resize = '(sleep 2; stty cols 0 rows 0; echo shrunk) < /dev/tty &'
  const terminal = startSized(home, resize.replace(/ &$/, ' & true'), ['db', 'add'])
  await terminal.see('Unique name')
  await terminal.see('shrunk')
  terminal.type('lib')
  await terminal.see('lib')
  terminal.type(CTRL_C)
  expect((await terminal.ended()).status).toBe(130)
})
