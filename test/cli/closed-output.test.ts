import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { mathesarSchemas, preparedHome, storedLibrary, storedNames } from '../support/installed.ts'
import { checkJson } from '../support/json.ts'
import { cleanEnvironment, programCommand } from '../support/program.ts'

/** Runs the program with pipes that nobody reads: the reader is gone before the first byte. */
async function withoutReader(
  args: readonly string[],
  { home, closed, input = '' }: { home: string; closed: readonly ('stdout' | 'stderr')[]; input?: string },
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const [file, ...first] = programCommand()
  const child = spawn(file, [...first, ...args], { env: cleanEnvironment(home), cwd: home })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    if (closed.includes(name)) child[name].destroy()
    else child[name].on('data', (bytes: Buffer) => (texts[name] += bytes.toString('utf8')))
  }
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  // What nobody reads is not there to be checked.
  checkJson(args, { status, ...texts, isKilled: closed.length > 0 })
  return { status, ...texts }
}

test.each([[['stderr']], [['stdout']], [['stdout', 'stderr']]] as const)(
  'adds a database and removes it whole although nobody reads its %j',
  async (closed) => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const input = settings.password ?? ''
    const add = ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin', '--verbose']
    expect((await withoutReader(add, { home, closed, input })).status).toBe(0)
    expect(await storedNames(home)).toEqual(['x'])
    expect(await mathesarSchemas(settings.database)).not.toEqual([])
    const remove = ['db', 'remove', 'x', '--remove-schema', '--yes', '--verbose']
    expect((await withoutReader(remove, { home, closed })).status).toBe(0)
    expect(await storedNames(home)).toEqual([])
    expect(await mathesarSchemas(settings.database)).toEqual([])
  },
)

test.each([[[]], [['--json']]] as const)(
  'exits with the status of the failure although nobody reads its messages (%j)',
  async (flags) => {
    const { home } = await storedLibrary()
    for (const closed of [['stderr'], ['stdout', 'stderr']] as const) {
      const run = (...args: string[]) => withoutReader([...args, ...flags, '-v'], { home, closed })
      expect((await run('db', 'show', 'nothing')).status).toBe(7)
      expect((await run('db', 'nonsense')).status).toBe(2)
      expect((await run('db', 'remove', 'library', '--remove-schema', '--no-input')).status).not.toBe(0)
      expect((await run('db', 'test', 'library')).status).toBe(0)
    }
  },
)

test.each([
  [['--help']],
  [['--version']],
  [['schema', 'print']],
  [['db', 'list', '--json']],
  [['completion', 'bash']],
])('ends without a message when the reader of its result has left: %j', async (args) => {
  const { home } = await storedLibrary()
  expect(await withoutReader(args, { home, closed: ['stdout'] })).toMatchObject({ status: 0, stderr: '' })
})
