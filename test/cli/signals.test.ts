import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startTcpServer } from '../postgres-layer/support.ts'
import { connectionArguments, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { add, mathesarSchemas, preparedHome, storedNames } from '../support/installed.ts'
import { itAsRoot } from '../support/other-users.ts'
import { startProxy } from '../support/proxy.ts'

/** A server whose answers to the install are held back, so that there is time to interrupt it. */
async function slowInstall(home: string, verb: 'add' | 'remove') {
  const direct = await ownedDatabase()
  let reached: () => void = () => {}
  const midway = new Promise<void>((resolve) => {
    reached = resolve
  })
  let isArmed = verb === 'add'
  const proxy = await startProxy({
    target: direct,
    onPassage: ({ direction, bytes }) => {
      if (!isArmed || direction !== 'to client' || !bytes.includes('mathesarctl progress')) return 'pass'
      reached()
      return 'hold'
    },
  })
  onTestFinished(() => proxy.close())
  const settings = { ...direct, host: proxy.host, port: proxy.port }
  if (verb === 'remove') {
    expect(await add('x', settings, { home })).toMatchObject({ status: 0 })
    isArmed = true
  }
  return { settings, midway }
}

/** A server that agrees to TLS, so that its client reads the certificates, and then says nothing. */
async function tlsServer() {
  const owned = await ownedDatabase()
  const server = await startTcpServer((socket) => socket.once('data', () => socket.write('S')))
  return { server, settings: { ...owned, host: '127.0.0.1', port: server.port } }
}

const backends = (database: string) =>
  sql(
    'postgres',
    "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'mathesarctl'",
    [database],
  )

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s in an install rolls it back and exits %i', async (signal, status) => {
  const home = await preparedHome()
  const { settings, midway } = await slowInstall(home, 'add')
  const { child, done } = startCli(
    ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin', '--json'],
    {
      home,
      input: settings.password ?? '',
    },
  )
  await midway
  child.kill(signal)
  const run = await done
  expect([run.status, errorOf(run).code]).toEqual([status, 'ABORTED'])
  await expect.poll(() => backends(settings.database)).toEqual([])
  expect(await mathesarSchemas(settings.database)).toEqual([])
  expect(await storedNames(home)).toEqual([])
  expect(await add('x', settings, { home, flags: ['--dry-run'] })).toMatchObject({ status: 0 })
})

test('leaves schemas and credentials on SIGINT in a removal', async () => {
  const home = await preparedHome()
  const { settings, midway } = await slowInstall(home, 'remove')
  const { child, done } = startCli(['db', 'remove', 'x', '--remove-schema', '--yes', '--json'], { home })
  await midway
  child.kill('SIGINT')
  expect((await done).status).toBe(130)
  await expect.poll(() => backends(settings.database)).toEqual([])
  expect(await mathesarSchemas(settings.database)).toHaveLength(3)
  expect(await storedNames(home)).toEqual(['x'])
})

test('ends at once on SIGINT while connecting', async () => {
  const home = await preparedHome()
  const { createServer } = await import('node:net')
  const connected = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    connected.resolve()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { child, done } = startCli(
    ['db', 'add', 'x', '--host', '127.0.0.1', '--port', String(port), '--database', 'd', '--user', 'u'],
    { home },
  )
  await connected.promise
  const started = performance.now()
  child.kill('SIGINT')
  expect((await done).status).toBe(130)
  expect(performance.now() - started).toBeLessThan(2_500)
})

test.each<[string, string[], Record<string, string>]>([
  ['a password file', ['schema', 'status', 'TARGET', '--password-file', 'PIPE'], {}],
  ['an environment file', ['db', 'list', '--env-file', 'PIPE'], {}],
  ['a secret key file', ['db', 'show', 'x', '--secret-key-file', 'PIPE'], {}],
  ['the secret key file of a variable', ['setup'], { MATHESAR_SECRET_KEY_FILE: 'PIPE' }],
  ['a service file', ['schema', 'status'], { PGSERVICEFILE: 'PIPE', PGSERVICE: 'x' }],
  [
    'a root certificate',
    ['schema', 'status', 'TARGET', '--sslmode', 'verify-ca', '--sslrootcert', 'PIPE'],
    {},
  ],
])(
  'SIGINT ends a run that waits for %s from a pipe',
  async (_, words, variables) => {
    const home = await preparedHome()
    const { server, settings } = await tlsServer()
    onTestFinished(() => server.stop())
    const pipe = join(home, 'pipe')
    execFileSync('mkfifo', ['-m', '600', pipe])
    const inserted = (word: string) => word.replace('PIPE', pipe)
    const args = words.flatMap((word) =>
      word === 'TARGET' ? connectionArguments(settings).slice(0, -2) : [inserted(word)],
    )
    const env = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, inserted(value)]))
    for (const writer of ['none', 'silent'] as const) {
      if (writer === 'silent') {
        const file = openSync(pipe, 'r+')
        onTestFinished(() => closeSync(file))
      }
      const { child, done } = startCli([...args, '--json'], { home, env: { PGPASSWORD: 'x', ...env } })
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      const start = performance.now()
      child.kill('SIGINT')
      const run = await done
      expect([writer, run.status, errorOf(run).code]).toEqual([writer, 130, 'ABORTED'])
      expect(performance.now() - start).toBeLessThan(1_000)
    }
  },
  20_000,
)

/** Returns the first process of the namespace of processes that a run of unshare created. */
async function firstProcess(unshare: number | undefined): Promise<number> {
  const children = () => readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim()
  await expect.poll(children).toMatch(/^\d+$/)
  return Number(children())
}

const AS_FIRST = ['--pid', '--fork', '--kill-child', '--mount-proc'] as const

itAsRoot.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 143],
  ['SIGQUIT', 131],
] as const)('%s ends the first process of a container before a command has begun', async (signal, status) => {
  const module = new URL('../../src/cli/first-process.ts', import.meta.url)
  const script = `import(${JSON.stringify(module)}).then((module) => {
    module.handleSignalsAsFirstProcess()
    console.log('ready')
    setTimeout(() => {}, 60_000)
  })`
  const child = spawn('unshare', [...AS_FIRST, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  process.kill(await firstProcess(child.pid), signal)
  expect(await once(child, 'exit')).toEqual([status, null])
})

itAsRoot('SIGTERM to the first process of a container rolls an install back', async () => {
  const home = await preparedHome()
  const { settings, midway } = await slowInstall(home, 'add')
  const { child, done } = startCli(
    ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin', '--json'],
    { home, input: settings.password ?? '', wrapper: ['unshare', ...AS_FIRST] },
  )
  await midway
  process.kill(await firstProcess(child.pid), 'SIGTERM')
  const run = await done
  expect([run.status, errorOf(run).code]).toEqual([143, 'ABORTED'])
  expect(await mathesarSchemas(settings.database)).toEqual([])
})
