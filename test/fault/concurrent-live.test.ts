import { expect, test } from 'vitest'
import { errorOf } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { simulateApplication } from '../support/simulated-application.ts'
import { liveWorld } from './live-world.ts'

test('several runs and the application write to one server at once, and nothing is lost or doubled', async () => {
  const world = await liveWorld('0012', 'database')
  const databases = await Promise.all(Array.from({ length: 3 }, () => ownedDatabase()))
  const [own] = databases
  if (own === undefined) throw new Error('there is no database')
  const { host, port } = own
  const register = (settings: typeof own, name: string) => {
    const connection = ['--host', host, '--port', String(port), '--database', settings.database]
    const role = ['--user', settings.user, '--sslmode', 'disable', '--password-stdin']
    const args = ['db', 'add', name, '--register-only', ...connection, ...role]
    return world.run(args, settings.password ?? '')
  }
  const application = simulateApplication(world.internal)
  const request = { host, port, database: 'of_the_application', role: 'its_role', password: 'p' }
  // It holds the row of the server, and commits after a while.
  const running = await application.startConnect({ ...request, nickname: 'theirs' })
  const runs = Promise.all(databases.map((settings, index) => register(settings, `own ${index}`)))
  await new Promise((resolve) => setTimeout(resolve, 500))
  await running.finish()
  for (const run of await runs) expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(await world.names()).toEqual(['own 0', 'own 1', 'own 2', 'theirs'])
  expect(await world.internal.query('SELECT FROM mathesar_server')).toHaveLength(1)
  expect(await world.internal.query('SELECT FROM mathesar_configuredrole')).toHaveLength(4)
  expect([await world.entries(), await world.locks()]).toEqual([0, 0])
}, 60_000)

test('a run that waits too long for the application says so, and changes nothing', async () => {
  const world = await liveWorld('0012', 'database')
  const application = simulateApplication(world.internal)
  const { host, port } = world.settings
  const running = await application.startConnect({
    host,
    port,
    database: 'another',
    role: 'its_role',
    password: 'p',
  })
  const run = await world.run(world.addition.args, world.addition.input)
  expect(run.status, run.stderr).toBe(1)
  expect(errorOf(run)).toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining('works on the same rows of the internal database'),
  })
  await running.finish()
  expect(await world.names()).toEqual(['another'])
  const again = await world.run(world.addition.args, world.addition.input)
  expect(again, again.stderr).toMatchObject({ status: 0 })
}, 60_000)
