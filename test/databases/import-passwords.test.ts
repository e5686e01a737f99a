import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ImportResult, importDatabases } from '../../src/databases/import/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'

const AUTHENTICATION_CLEARTEXT = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])
const SSL_REQUEST = 80877103
const REFUSAL = Buffer.from('SFATAL\0C28P01\0Mno\0\0')

/** Starts a server without TLS that refuses all passwords, and returns its port and what it received. */
async function startListener(host: string, port = 0): Promise<{ port: number; passwords: string[] }> {
  const passwords: string[] = []
  const server = createServer((socket) => {
    let isStarted = false
    socket.on('error', () => {})
    socket.on('data', (data) => {
      if (!isStarted) {
        if (data.readInt32BE(4) === SSL_REQUEST) {
          socket.write('N')
          return
        }
        isStarted = true
        socket.write(AUTHENTICATION_CLEARTEXT)
        return
      }
      if (data.toString('latin1', 0, 1) === 'p') passwords.push(data.toString('utf8', 5, data.length - 1))
      const head = Buffer.alloc(5)
      head.write('E')
      head.writeInt32BE(REFUSAL.length + 4, 1)
      socket.end(Buffer.concat([head, REFUSAL]))
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  onTestFinished(() => void server.close())
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : port, passwords }
}

/** Returns a store of a kind that holds databases. */
async function storeOf(
  kind: 'sqlite' | '0012',
  databases: Readonly<Record<string, ConnectionSettings>>,
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

/** Runs an import that changes nothing. */
function rehearse(target: Store, source: Store): Promise<ImportResult> {
  return importDatabases(target, source, { names: [], dryRun: true })
}

const KINDS = ['sqlite', '0012'] as const

describe('the passwords of an import', () => {
  it.each(KINDS)(
    'sends no password that a %s stores to another loopback address of the source',
    async (kind) => {
      const stored = await ownedDatabase()
      const { passwords } = await startListener('127.0.0.2', stored.port)
      const target = await storeOf(kind, { library: stored })
      const source = await storeOf('sqlite', {
        other: { ...stored, host: '127.0.0.2', password: 'guess', sslmode: 'disable' },
      })
      expect(await rehearse(target, source)).toMatchObject({ failed: 1 })
      expect(passwords.filter((password) => password !== 'guess')).toEqual([])
    },
  )

  it.each(KINDS)(
    'sends a password that a %s stores over TLS alone where its record demands it',
    async (kind) => {
      const { port, passwords } = await startListener('127.0.0.3')
      const stored = { ...(await ownedDatabase()), host: '127.0.0.3', port, sslmode: 'require' } as const
      const target = await storeOf(kind, { library: { ...stored, password: 'of the record' } })
      const source = await storeOf('sqlite', { other: { ...stored, password: 'guess', sslmode: 'disable' } })
      expect(await rehearse(target, source)).toMatchObject({ failed: 1 })
      expect(passwords.filter((password) => password !== 'guess')).toEqual([])
    },
  )

  it('sends the password of an entry to no server and over no TLS that the source has for another', async () => {
    const { port, passwords } = await startListener('127.0.0.3')
    const elsewhere = await startListener('127.0.0.2', port)
    const settings = { ...(await ownedDatabase()), host: '127.0.0.3', port }
    const source = await storeOf('sqlite', {
      secure: { ...settings, password: 'of the secure one', sslmode: 'require' },
      open: { ...settings, password: 'of the open one', sslmode: 'disable' },
      elsewhere: { ...settings, host: '127.0.0.2', password: 'of the third', sslmode: 'disable' },
    })
    expect(await rehearse(await storeOf('0012', {}), source)).toMatchObject({ failed: 3 })
    expect(new Set(passwords)).toEqual(new Set(['of the open one']))
    expect(new Set(elsewhere.passwords)).toEqual(new Set(['of the third']))
  })

  it.each(KINDS)('uses a stored password of a %s for a database of the same server', async (kind) => {
    const stored = await ownedDatabase()
    const target = await storeOf(kind, { library: stored })
    const source = await storeOf('sqlite', { other: { ...stored, password: 'old' } })
    expect(await rehearse(target, source)).toMatchObject({ failed: 0, databases: [{ status: 'unchanged' }] })
  })
})
