import { expect, onTestFinished, test } from 'vitest'
import { type CliOptions, cli, connectionArguments, document, errorOf, startCli } from '../support/cli.ts'
import { createRole, sharedCluster, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, storedNames } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { startProxy } from '../support/proxy.ts'
import { journalRows } from './support.ts'

/** What happens to a database that `--create-database` created when the run fails or is interrupted. */

const RUNS = isSlowLane ? 40 : 10
const LONGEST_DELAY_MS = 320

/** Whether the database accepts connections, and its comment; `undefined` if it does not exist. */
async function outside(database: string) {
  const [row] = await sql<{ open: boolean; comment: string | null }>(
    'postgres',
    `SELECT datallowconn AS open, shobj_description(oid, 'pg_database') AS comment
       FROM pg_database WHERE datname = $1`,
    [database],
  )
  return row
}

async function sessionsOf(role: string): Promise<number> {
  return (await sql('postgres', 'SELECT FROM pg_stat_activity WHERE usename = $1', [role])).length
}

async function creator() {
  const role = await createRole({ attributes: 'CREATEDB' })
  return { ...superuserSettings(uniqueName('fresh')), ...role }
}

const errorFrom = (stderr: string) => errorOf({ status: null, signal: null, stdout: '', stderr })

const addArguments = (settings: Awaited<ReturnType<typeof creator>>) => [
  'db',
  'add',
  'x',
  ...connectionArguments(settings),
  '--password-stdin',
  '--create-database',
  '--json',
]

test(`Ctrl-C at ${RUNS} points of an add loses no table that another process created meanwhile`, async () => {
  const home = await preparedHome()
  const outcomes = { added: 0, kept: 0, dropped: 0, notCreated: 0 }
  for (let run = 0; run < RUNS; run++) {
    const settings = await creator()
    const tables: string[] = []
    let isOver = false
    const { child, done } = startCli(addArguments(settings), { home, input: settings.password })
    const worker = (async () => {
      for (let turn = 0; !isOver; turn++) {
        const table = `made_${turn}`
        await sql(settings.database, `CREATE TABLE public.${table} (a int)`).then(
          () => tables.push(table),
          () => {},
        )
        // In half of the runs the other process connects again and again, in the other half once.
        if (tables.length > 0 && run % 2 === 1) return
      }
    })()
    // The database exists: from here on an interruption concerns it.
    while (child.exitCode === null && (await outside(settings.database)) === undefined);
    await new Promise((resolve) => setTimeout(resolve, (run * LONGEST_DELAY_MS) / RUNS))
    child.kill('SIGINT')
    const { status, stdout, stderr } = await done
    isOver = true
    // The signal may find a run that has printed its result and is about to end.
    const isDone = status === 0 || (status === null && stdout.trim() !== '')
    await worker
    const there = await outside(settings.database)
    if (isDone) outcomes.added++
    else if (there !== undefined) outcomes.kept++
    else outcomes[tables.length > 0 ? 'dropped' : 'notCreated']++
    expect(there === undefined ? tables : [], stderr).toEqual([])
    if (there === undefined) continue
    expect(there).toEqual({ open: true, comment: null })
    const relations = await sql<{ relname: string }>(
      settings.database,
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE 'made%'`,
    )
    expect(relations.map(({ relname }) => relname).sort()).toEqual([...tables].sort())
    // A run that is interrupted in COMMIT leaves the question of the outcome to the next one.
    if (isDone || errorFrom(stderr).outcome === 'unknown') {
      await cli(['db', 'remove', 'x', '--yes'], { home })
    } else expect(errorFrom(stderr).message).toContain('which this run created, stays')
    expect(await journalRows(home)).toBe(0)
  }
  expect(outcomes.dropped).toBe(0)
  // The number depends on the speed of the machine.
  expect(outcomes.kept).toBeGreaterThan(0)
}, 300_000)

test('Ctrl-C during CREATE DATABASE leaves no database behind', async () => {
  const home = await preparedHome()
  for (const delayMs of [0, 5, 20, 60]) {
    const direct = await creator()
    const sent = Promise.withResolvers<void>()
    const proxy = await startProxy({
      target: sharedCluster(),
      onPassage: ({ direction, bytes }) => {
        if (direction === 'to server' && bytes.includes('CREATE DATABASE')) sent.resolve()
        return 'pass'
      },
    })
    onTestFinished(() => proxy.close())
    const settings = { ...direct, host: proxy.host, port: proxy.port }
    const { child, done } = startCli(addArguments(settings), { home, input: settings.password })
    await sent.promise
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    child.kill('SIGINT')
    expect((await done).status).toBe(130)
    expect(await outside(settings.database)).toBeUndefined()
    expect(await journalRows(home)).toBe(0)
  }
})

/** Runs an add that fails in its install, and is killed once the database was closed. */
async function leftClosed(home: string, options: Partial<CliOptions> = {}) {
  const direct = await creator()
  const killed = Promise.withResolvers<void>()
  const proxy = await startProxy({
    target: sharedCluster(),
    onPassage: ({ direction, bytes }) => {
      if (direction === 'to client' && bytes.includes('mathesarctl progress')) return 'cut'
      if (direction !== 'to server' || !bytes.includes('ALLOW_CONNECTIONS false')) return 'pass'
      killed.resolve()
      return 'pass'
    },
  })
  onTestFinished(() => proxy.close())
  const settings = { ...direct, host: proxy.host, port: proxy.port }
  const { child, done } = startCli(addArguments(settings), { home, input: settings.password, ...options })
  await killed.promise
  child.kill('SIGKILL')
  await done
  await expect.poll(() => outside(direct.database)).toMatchObject({ open: false })
  await expect.poll(() => sessionsOf(direct.user)).toBe(0)
  return direct
}

test('the next run opens and uses a database that a killed run left closed', async () => {
  const home = await preparedHome()
  const settings = await leftClosed(home)
  expect(await journalRows(home)).toBe(1)
  const again = await add('x', settings, { home, flags: ['--create-database'] })
  expect(again, again.stderr).toMatchObject({ status: 0 })
  expect(document(again)).toMatchObject({ status: 'added', createdDatabase: false })
  expect(await outside(settings.database)).toEqual({ open: true, comment: null })
  expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
  expect(await storedNames(home)).toEqual(['x'])
  expect(await journalRows(home)).toBe(0)
})

test('a run without a journal entry opens a closed database again, and a dry run does not', async () => {
  const settings = await leftClosed(await preparedHome())
  const home = await preparedHome()
  const dry = await add('y', settings, { home, flags: ['--dry-run'] })
  expect(dry.status).toBe(3)
  expect(errorOf(dry)).toMatchObject({
    code: 'CONNECTION_FAILED',
    message: expect.stringContaining('an earlier run of mathesarctl created it'),
    hint: expect.stringContaining('Without --dry-run this command opens the database again'),
  })
  expect(await outside(settings.database)).toMatchObject({ open: false })
  const run = await add('y', settings, { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({ warnings: [expect.stringContaining('open again')] })
})
