import { spawn } from 'node:child_process'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { ADVISORY_LOCK_SQL } from '../../src/schema/session/advisory-lock.ts'
import { installedDatabase } from '../schema/support.ts'
import { cli, connectionArguments, document, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, superuserSettings } from '../support/database.ts'
import { mathesarSchemas, preparedHome, storedLibrary } from '../support/installed.ts'
import { checkJson } from '../support/json.ts'
import { cleanEnvironment, programCommand } from '../support/program.ts'
import { startProxy } from '../support/proxy.ts'

/** Holds the lock of the Mathesar schemas, as another run does. */
async function holdLock({ host, port, user, password, database }: ConnectionSettings) {
  const login = { host, port, user, password: password ?? '', database }
  const holder = new pg.Client({ ...login, application_name: 'nightly job' })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query(`BEGIN; ${ADVISORY_LOCK_SQL}`)
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return { holder, pid: rows[0]?.pid }
}

test.each(['install', 'remove'] as const)(
  'names the run that holds the lock while schema %s waits for it',
  async (command) => {
    const home = await preparedHome()
    const settings = await (command === 'remove' ? installedDatabase() : ownedDatabase())
    const { holder, pid } = await holdLock(settings)
    const flags = command === 'remove' ? ['--yes'] : []
    const args = ['schema', command, ...connectionArguments(settings), '--lock-timeout', '30', ...flags]
    const { child, done } = startCli(args, { home, env: { PGPASSWORD: settings.password ?? '' } })
    let stderr = ''
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: string) => {
        stderr += text
        if (stderr.includes('Waiting for')) resolve()
      })
    })
    expect(stderr).toMatch(
      new RegExp(
        `Waiting for another run on the Mathesar schemas \\(process ${pid}, application nightly job, ` +
          `role "${settings.user}", since 20[0-9T:-]+Z\\)`,
      ),
    )
    await holder.query('COMMIT')
    expect((await done).status).toBe(0)
  },
)

test('names the holder of the lock in the error, with the facts that the server shows', async () => {
  const { home, settings } = await storedLibrary()
  const { pid } = await holdLock(settings)
  const args = ['db', 'remove', 'library', '--remove-schema', '--yes', '--lock-timeout', '1']
  const { code, message, ...facts } = errorOf(await cli([...args, '--json'], { home }))
  expect({ code, message, ...facts }).toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining(
      `(process ${pid}, application nightly job, role "${settings.user}", since 20`,
    ),
    pid,
    applicationName: 'nightly job',
    role: settings.user,
    since: expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:]{8}Z$/),
  })
})

test('reports that there is no progress when the answer to COMMIT does not come, and obeys SIGINT', async () => {
  const home = await preparedHome()
  const direct = await ownedDatabase()
  let isFrozen = false
  const proxy = await startProxy({
    target: direct,
    onPassage: ({ direction, bytes }) => {
      if (direction === 'to server' && bytes.includes('RESET ALL; COMMIT')) isFrozen = true
      return isFrozen ? 'hold' : 'pass'
    },
  })
  onTestFinished(() => proxy.close())
  const settings = { ...direct, host: proxy.host, port: proxy.port }
  const args = ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin']
  const { child, done } = startCli(args, { home, input: settings.password ?? '' })
  child.stderr.on('data', (text: string) => {
    if (text.includes('No progress for 10 s: the server has sent nothing.')) child.kill('SIGINT')
  })
  const { status, stderr } = await done
  expect(stderr).toMatch(/Interrupted while the server committed the install/)
  expect(status).toBe(130)
  expect(await mathesarSchemas(direct.database)).toEqual([])
}, 40_000)

test('names the session whose lock on a catalog keeps db test waiting, and waits for its end', async () => {
  const { home, settings } = await storedLibrary()
  const { host, port, user, password } = superuserSettings()
  const login = { host, port, user, password: password ?? '', database: settings.database }
  const holder = new pg.Client({ ...login, application_name: 'vacuumdb' })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('BEGIN; LOCK TABLE pg_catalog.pg_depend, pg_catalog.pg_event_trigger')
  const { child, done } = startCli(['db', 'test', 'library'], { home })
  child.stderr.on('data', (text: string) => {
    if (/for 1\d s/.test(text)) void holder.query('COMMIT')
  })
  const { status, stderr } = await done
  expect(stderr).toMatch(
    /Waiting for a lock for 5 s, behind another session \(process \d+, application vacuumdb/,
  )
  expect(status).toBe(0)
}, 40_000)

test('PGCONNECT_TIMEOUT counts for stored databases too', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  let isSilent = false
  const proxy = await startProxy({ target: settings, onPassage: () => (isSilent ? 'hold' : 'pass') })
  onTestFinished(() => proxy.close())
  const args = connectionArguments({ ...settings, host: proxy.host, port: proxy.port })
  await cli(['db', 'add', 'x', ...args, '--password-stdin'], { home, input: settings.password ?? '' })
  isSilent = true
  const env = { PGCONNECT_TIMEOUT: '1' }
  const tested = document(await cli(['db', 'test', 'x', '--json'], { home, env }))
  expect(tested).toMatchObject([{ error: { message: expect.stringContaining('within 1 s') } }])
  for (const command of [
    ['schema', 'status', 'x'],
    ['db', 'remove', 'x', '--yes', '--remove-schema'],
  ])
    expect(errorOf(await cli([...command, '--json'], { home, env })).message).toContain('within 1 s')
  const wrong = await cli(['db', 'test', 'x', '--json'], { home, env: { PGCONNECT_TIMEOUT: 'soon' } })
  expect(errorOf(wrong)).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('PGCONNECT_TIMEOUT'),
  })
}, 30_000)

test.each([
  ['--password-stdin', ['db', 'add', 'x', '--host', 'localhost', '--user', 'u', '--database', 'd']],
  ['--dsn', ['db', 'add', 'x']],
])('refuses %s without an end', async (flag, args) => {
  const home = await preparedHome()
  const [file, ...first] = programCommand()
  const value = flag === '--dsn' ? ['-'] : []
  const command = ['-c', 'yes | tr -d "\\n" | "$@"', 'sh', file, ...first, ...args, flag, ...value, '--json']
  const child = spawn('sh', command, { env: cleanEnvironment(home), cwd: home, timeout: 20_000 })
  let stderr = ''
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString('utf8')
  })
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  expect(status).toBe(2)
  checkJson([...args, flag, ...value, '--json'], { status, stdout: '', stderr })
  expect(JSON.parse(stderr).error).toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('it is longer than 1 MiB.'),
    field: flag.slice(2),
  })
})

test('refuses flags that name a device without an end', async () => {
  const home = await preparedHome()
  for (const args of [
    ['setup', '--secret-key-file', '/dev/zero'],
    ['db', 'add', 'x', '--host', 'h', '--user', 'u', '--database', 'd', '--password-file', '/dev/zero'],
    ['build', 'tags', '1.2.3', '--released-from', '/dev/zero'],
  ]) {
    const run = await cli([...args, '--no-input'], { home })
    expect([args, run.status, run.stderr]).toEqual([
      args,
      expect.any(Number),
      expect.stringMatching(/longer than \d+ MiB/),
    ])
    expect(run.status).not.toBe(0)
  }
}, 30_000)

/** Locks the internal database in the way of `mode` until the function that it returns is called. */
function lockInternalDatabase(home: string, mode: 'IMMEDIATE' | 'EXCLUSIVE'): () => void {
  const file = new Database(join(home, '.local/share/mathesarctl/internal.sqlite3'))
  onTestFinished(() => void file.close())
  if (mode === 'EXCLUSIVE') file.pragma('journal_mode = DELETE')
  file.exec(`BEGIN ${mode}`)
  return () => {
    if (file.inTransaction) file.exec('COMMIT')
  }
}

test.each([
  ['IMMEDIATE', ['db', 'edit', 'library', '--rename', 'archive']],
  ['EXCLUSIVE', ['db', 'list']],
  ['EXCLUSIVE', ['setup', '--no-input']],
] as const)(
  'reports that another process holds the lock of the internal database (%s): %j',
  async (mode, args) => {
    const { home } = await storedLibrary()
    const unlock = lockInternalDatabase(home, mode)
    const { child, done } = startCli([...args], { home })
    let stderr = ''
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (text: string) => {
        stderr += text
        if (stderr.includes('Waiting for')) resolve()
      })
      child.on('exit', () => resolve())
    })
    unlock()
    expect(stderr).toMatch(
      new RegExp(`Waiting for the internal database: process ${process.pid} \\(.+\\) holds`),
    )
    expect((await done).status).toBe(0)
  },
)

test('a wait for the internal database is not reported if it is short', async () => {
  const { home } = await storedLibrary()
  const unlock = lockInternalDatabase(home, 'IMMEDIATE')
  setTimeout(unlock, 500)
  const run = await cli(['db', 'edit', 'library', '--rename', 'archive'], { home })
  expect(run).toMatchObject({ status: 0 })
  expect(run.stderr).not.toContain('Waiting')
})
