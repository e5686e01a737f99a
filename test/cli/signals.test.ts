import { expect, onTestFinished, test } from 'vitest'
import { connectionArguments, errorOf, startCli } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { add, mathesarSchemas, preparedHome, storedNames } from '../support/installed.ts'
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
