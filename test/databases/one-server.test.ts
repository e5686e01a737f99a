import { connect, createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { addDatabase } from '../../src/databases/add/index.ts'
import type { RunOptions } from '../../src/databases/events.ts'
import { importDatabases } from '../../src/databases/import/index.ts'
import { isOneServer } from '../../src/databases/one-server.ts'
import type { ConnectionSettings, HostAddress } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { createDatabase, createRole, ownedDatabase, sharedCluster, sql } from '../support/database.ts'
import { collectingReports, openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { startProxy } from '../support/proxy.ts'

const KINDS = ['sqlite', 'legacy-serial', '0012'] as const

/** Returns a store of a kind that holds databases. */
async function storeOf(
  kind: (typeof KINDS)[number],
  databases: Readonly<Record<string, ConnectionSettings>> = {},
): Promise<Store> {
  const store =
    kind === 'sqlite'
      ? await openStore(join(temporaryDirectory(), 'internal.sqlite3'), () => kind, { create: true })
      : await openLiveStore(await createInternalDatabase({ step: kind, secretKey: kind }))
  onTestFinished(() => store.close())
  for (const [name, settings] of Object.entries(databases)) {
    const access = { users: ['admin'], sqlVersion: '0.9.0' }
    await store.register(name, settings, { ...(kind === '0012' ? { access } : {}), schema: null })
  }
  return store
}

const HOST = 'evil.mathesar.test'

/** Options under which the host leads to a port of this machine, and the warnings of their runs. */
function leadingTo(address: string, port: number, host = HOST): RunOptions & { warnings: string[] } {
  const entry: HostAddress = { address, port, origin: 'address' }
  return { ...collectingReports(), addresses: new Map([[host, entry]]) }
}

/** Returns where each database of a store is, as `host:port` by name. */
async function placesOf(store: Store): Promise<Record<string, string>> {
  return Object.fromEntries((await store.list()).map(({ name, host, port }) => [name, `${host}:${port}`]))
}

let evil: RunningCluster

beforeAll(async () => {
  evil = await startCluster({ settings: ["listen_addresses = '127.0.0.1'"] })
})
afterAll(() => evil.stop())

/** Creates a database of a server that reports to be that of the tests, with the OID of a database there. */
async function evilTwin(victim: ConnectionSettings): Promise<ConnectionSettings> {
  const [facts] = await sql<{ started: string; oid: string }>(
    victim.database,
    `SELECT pg_postmaster_start_time()::text AS started,
       (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS oid`,
  )
  const { user, password } = await createRole({ name: victim.user, password: 'of the other server' }, evil)
  const suffix = evil.major >= 15 ? `OID ${facts?.oid}` : ''
  const database = await createDatabase({ name: victim.database, owner: user, suffix }, evil)
  await sql(
    database,
    `SET allow_system_table_mods = on;
     CREATE OR REPLACE FUNCTION pg_catalog.pg_postmaster_start_time() RETURNS timestamptz
       LANGUAGE sql STABLE AS $$ SELECT '${facts?.started}'::timestamptz $$;
     REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC;`,
    [],
    null,
    evil,
  )
  return { ...victim, host: HOST, user, password }
}

describe('servers under two spellings', () => {
  const options = {}

  it('are one server where both are names of this machine and each shows the locks of the other', async () => {
    const one = await ownedDatabase()
    const other = { ...(await ownedDatabase()), host: 'localhost' }
    expect(await isOneServer({ settings: one }, { settings: other }, options)).toBe(true)
    const missing = { settings: { ...one, database: 'no such database' }, isDatabaseMissing: true }
    expect(await isOneServer(missing, { settings: other }, options)).toBe(true)
  })

  it('are none where a login fails', async () => {
    const one = await ownedDatabase()
    const other = { ...one, host: 'localhost', password: 'wrong' }
    expect(await isOneServer({ settings: one }, { settings: other }, options)).toBe(false)
  })

  it('are one server where the operator maps a name to the place of the other', async () => {
    const one = await ownedDatabase()
    const other = { ...one, host: HOST, port: 5432 }
    const mapped = leadingTo(one.host, one.port)
    expect(await isOneServer({ settings: one }, { settings: other }, mapped)).toBe(true)
  })

  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  )
  it.skipIf(!hasIpv6)(
    'are none where another server has the port at another address of this machine',
    async () => {
      const victim = await ownedDatabase()
      const one = { ...(await evilTwin(victim)), host: evil.host, port: evil.port }
      const relay = createServer((socket) => {
        const upstream = connect(victim.port, victim.host)
        for (const end of [socket, upstream]) end.on('error', () => {})
        socket.pipe(upstream).pipe(socket)
      })
      await new Promise<void>((resolve, reject) => {
        relay.once('error', reject)
        relay.listen(evil.port, '::1', resolve)
      })
      onTestFinished(() => void relay.close())
      const other = { ...victim, host: '::1', port: evil.port }
      expect(await isOneServer({ settings: one }, { settings: other }, options)).toBe(false)
    },
  )
})

describe('a server that reports to be another one', () => {
  it.each(KINDS)('gets no password of that one in an import into a %s', async (kind) => {
    const victim = await ownedDatabase()
    const source = await storeOf('sqlite', { evil: await evilTwin(victim), victim })
    const target = await storeOf(kind)
    const run = leadingTo(evil.host, evil.port)
    expect(await importDatabases(target, source, { names: [] }, run)).toMatchObject({
      imported: 2,
      failed: 0,
    })
    const { host, port, password } = victim
    expect(await placesOf(target)).toEqual({ evil: `${HOST}:${port}`, victim: `${host}:${port}` })
    expect(await target.settings('evil')).toMatchObject({ password: 'of the other server' })
    expect(await target.settings('victim')).toMatchObject({ password })
    if (kind !== '0012') return
    expect(run.warnings.join()).toContain(
      `The server ${host}:${port} may be the same as ${HOST}:${port}, but nothing proves it.`,
    )
  })

  it.each(KINDS)('gets no password of that one where a %s stores it already', async (kind) => {
    const victim = await ownedDatabase()
    const target = await storeOf(kind, { evil: await evilTwin(victim) })
    const source = await storeOf('sqlite', { victim })
    const run = leadingTo(evil.host, evil.port)
    expect(await importDatabases(target, source, { names: [] }, run)).toMatchObject({
      imported: 1,
      failed: 0,
    })
    const { host, port, password } = victim
    expect(await placesOf(target)).toEqual({ evil: `${HOST}:${port}`, victim: `${host}:${port}` })
    expect(await target.settings('victim')).toMatchObject({ password })
  })

  it('gets no database that is added to the other one', async () => {
    const victim = await ownedDatabase()
    const target = await storeOf('0012', { evil: await evilTwin(victim) })
    const settings = { ...victim, database: await createDatabase({ owner: victim.user }) }
    const run = leadingTo(evil.host, evil.port)
    const added = await addDatabase(target, { name: 'two', settings, registerOnly: true }, run)
    expect(added.storedServer).toBeUndefined()
    expect((await placesOf(target)).two).toBe(`${victim.host}:${victim.port}`)
    expect(run.warnings).toEqual([
      `The server ${victim.host}:${victim.port} may be the same as ${HOST}:${victim.port}, which is stored ` +
        `already, but nothing proves it. So ${victim.host}:${victim.port} becomes a server of its own for Mathesar.`,
    ])
  })

  it('gets no password where it relays all connections to the other one', async () => {
    const victim = await ownedDatabase()
    const proxy = await startProxy({ target: sharedCluster() })
    onTestFinished(() => proxy.close())
    const source = await storeOf('sqlite', { evil: { ...(await ownedDatabase()), host: HOST }, victim })
    const target = await storeOf('0012')
    const run = leadingTo(proxy.host, proxy.port)
    expect(await importDatabases(target, source, { names: [] }, run)).toMatchObject({
      imported: 2,
      failed: 0,
    })
    const { host, port } = victim
    expect(await placesOf(target)).toEqual({ evil: `${HOST}:${port}`, victim: `${host}:${port}` })
  })
})

describe('a database under two spellings of its server', () => {
  it.each(KINDS)('is stored once in a %s, in one run and in several', async (kind) => {
    const ok = await ownedDatabase()
    const entries = { ok, dup: { ...ok, host: 'localhost' } }
    const source = await storeOf('sqlite', entries)
    const [once, twice] = [await storeOf(kind), await storeOf(kind)]
    await importDatabases(once, source, { names: [] })
    for (const name of ['dup', 'ok']) await importDatabases(twice, source, { names: [name] })
    expect(await once.names()).toEqual(['dup'])
    expect(await twice.names()).toEqual(['dup'])
    expect(await importDatabases(once, source, { names: [] })).toMatchObject({
      databases: [{ status: 'unchanged' }, { status: 'unchanged' }],
    })
  })
})
