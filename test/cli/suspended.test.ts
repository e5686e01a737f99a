import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ADVISORY_LOCK_SQL } from '../../src/schema/session/advisory-lock.ts'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { repository, shellCommand } from '../support/program.ts'
import {
  CTRL_C,
  CTRL_D,
  ENTER,
  startTerminal,
  type TerminalOptions,
  type TerminalRun,
} from '../support/terminal.ts'

const CTRL_Z = '\x1a'
const PROMPT = 'shell>'
const CONTINUE = 'fg; echo "status=$?"'

/** Starts a shell with job control, and in it the program. */
async function inShell(
  args: string,
  options: Pick<TerminalOptions, 'home' | 'term' | 'env'>,
  program = shellCommand,
): Promise<TerminalRun> {
  const shell = startTerminal(['--norc', '--noprofile', '--noediting', '-i'], {
    ...options,
    file: '/bin/bash',
    env: { ...options.env, PS1: `${PROMPT} ` },
  })
  await shell.see(PROMPT)
  shell.type(`${program} ${args}${ENTER}`)
  return shell
}

/** Presses Ctrl-Z, waits for the shell, and continues the program. */
async function suspend(shell: TerminalRun): Promise<void> {
  shell.type(CTRL_Z)
  await shell.see('Stopped')
  await shell.see(PROMPT)
  // The shell has its usual terminal: it shows what is typed, and obeys Enter.
  await shell.answer('', 'echo "in the $((40 + 2)) shell"')
  await shell.see('in the 42 shell')
  await shell.see(PROMPT)
  shell.type(`${CONTINUE}${ENTER}`)
}

async function leave(shell: TerminalRun): Promise<void> {
  await shell.see(PROMPT)
  shell.type(`exit${ENTER}`)
  await shell.ended()
}

describe('after Ctrl-Z and fg', () => {
  it('db add draws its question again with what was typed, and keeps all answers', async () => {
    const home = await preparedHome()
    const { host, port, database, user, password } = await ownedDatabase()
    const shell = await inShell('db add library', { home })
    await shell.answer('Host', host)
    await shell.answer('Port', String(port))
    await shell.see('Database name')
    shell.type(database.slice(0, 3))
    await shell.see(database.slice(0, 3))
    await suspend(shell)
    await shell.see(`Database name ${database.slice(0, 3)}`)
    await suspend(shell)
    await shell.answer(`Database name ${database.slice(0, 3)}`, database.slice(3))
    await shell.answer('Role', user)
    await shell.see('Password')
    await suspend(shell)
    await shell.see('Password')
    shell.type(`${password}${ENTER}`)
    await shell.see('TLS mode')
    await suspend(shell)
    await shell.see('TLS mode')
    shell.type(ENTER)
    await shell.see('Add this database?')
    await suspend(shell)
    await shell.see('Add this database?')
    shell.type(`y${ENTER}`)
    await shell.see('Added "library"')
    expect(shell.raw()).not.toContain(password)
    await leave(shell)
    expect(await storedNames(home)).toEqual(['library'])
  })

  it('a list of choices is drawn again, and the arrow keys work', async () => {
    const { home } = await storedLibrary()
    await add('shop', await ownedDatabase(), { home })
    const shell = await inShell('db remove', { home })
    await shell.see('Database to remove')
    shell.type('sho')
    await shell.see('Database to remove (type to filter) sho')
    await suspend(shell)
    await shell.see('Database to remove (type to filter) sho')
    shell.type(ENTER)
    await shell.see('Remove the Mathesar schemas too?')
    await suspend(shell)
    await shell.answer('Remove the Mathesar schemas too?', 'n')
    await shell.answer('Remove the stored credentials of "shop"?', 'y')
    await shell.see('Removed "shop"')
    await leave(shell)
  })

  it('the question of a removal takes each of its three answers', async () => {
    const { home } = await storedLibrary()
    const shell = await inShell('db remove library --remove-schema', { home })
    await shell.see('(y/N/r)')
    await suspend(shell)
    await shell.see('(y/N/r)')
    shell.type(`n${ENTER}`)
    await shell.see('status=10')
    await leave(shell)
    expect(await storedNames(home)).toEqual(['library'])
  })

  it.each([
    ['Ctrl-C', CTRL_C],
    ['Ctrl-D', CTRL_D],
  ])('%s ends the dialogue', async (_key, typed) => {
    const home = await preparedHome()
    const shell = await inShell('db add library', { home })
    await shell.see('Host')
    await suspend(shell)
    await shell.see('Host')
    shell.type(typed)
    await shell.see('Interrupted; nothing was changed.')
    await shell.see('status=130')
    await leave(shell)
  })

  it('a dialogue that another program stopped asks on, too', async () => {
    const home = await preparedHome()
    const { host } = await ownedDatabase()
    const shell = await inShell('db add library', { home })
    await shell.see('Host')
    process.kill(childOf(shell.process.pid), 'SIGSTOP')
    await shell.see('Stopped')
    await shell.see(PROMPT)
    shell.type(`${CONTINUE}${ENTER}`)
    await shell.answer('Host', host)
    await shell.see('Port')
    shell.type('99999')
    await shell.see('65535')
    shell.type(CTRL_C)
    await shell.see('status=130')
    await leave(shell)
  })

  it('each kind of question is asked again at a terminal that moves no cursor', async () => {
    const home = await preparedHome()
    const { host, port, database, user, password } = await ownedDatabase()
    const shell = await inShell('db add library', { home, term: 'dumb' })
    await shell.see('Host')
    await suspend(shell)
    await shell.answer('Host', host)
    await shell.answer('Port', String(port))
    await shell.answer('Database name', database)
    await shell.answer('Role', user)
    await shell.see('Password')
    shell.type('forgotten')
    await suspend(shell)
    await shell.answer('Password', password ?? '')
    await shell.see('Number')
    await suspend(shell)
    await shell.answer('Number', '')
    await shell.answer('Add this database?', 'y')
    await shell.see('Added "library"')
    expect(shell.raw()).not.toContain(password)
    await leave(shell)
  })

  it.each(['readLine', 'readHiddenLine'])(
    '%s asks again if the process is stopped as soon as it has asked',
    async (read) => {
      const home = await preparedHome()
      const script = join(home, 'ask.mjs')
      await writeFile(
        script,
        `import { ${read} } from '${pathToFileURL(join(repository, 'src/cli/prompts/read-line.ts'))}'
const write = process.stderr.write.bind(process.stderr)
process.stderr.write = (text) => {
  process.stderr.write = write
  write(text)
  process.kill(process.pid, 'SIGSTOP')
}
console.log('read', await ${read}('Question: ', new AbortController().signal))`,
      )
      const shell = await inShell(script, { home }, `"${process.execPath}"`)
      await shell.see('Question: ')
      await shell.see('Stopped')
      await shell.see(PROMPT)
      shell.type(`${CONTINUE}${ENTER}`)
      await shell.answer('Question: ', 'the answer')
      await shell.see('read the answer')
      await leave(shell)
    },
  )

  it('an install that waits for a lock goes on', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const { host, port, user, database } = settings
    const password = settings.password ?? ''
    const holder = new pg.Client({ host, port, user, password, database })
    await holder.connect()
    onTestFinished(() => holder.end())
    await holder.query(`BEGIN; ${ADVISORY_LOCK_SQL}`)
    const args = [
      'db',
      'add',
      'library',
      ...connectionArguments(settings),
      '--lock-timeout',
      '60',
      '--no-input',
    ]
    const shell = await inShell(args.join(' '), { home, env: { PGPASSWORD: password } })
    await shell.see('Waiting for')
    await suspend(shell)
    await holder.query('COMMIT')
    await shell.see('Added "library"')
    await shell.see('status=0')
    await leave(shell)
  })
})

/** Returns the process that a shell runs. */
function childOf(shell: number): number {
  return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim())
}
