import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings, HostAddress, PasswordSource } from '../../src/postgres/types.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { failure, startTcpServer } from './support.ts'

/** A server that asks for passwords in clear text over IPv4, and lets everybody in over IPv6. */
let server: RunningCluster
beforeAll(async () => {
  server = await startCluster({
    hba: ['host all all 127.0.0.1/32 password', 'local all all password', 'host all all ::1/128 trust'],
  })
})
afterAll(() => server.stop())

function settings(change: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    host: server.host,
    port: server.port,
    database: 'postgres',
    user: server.superuser,
    password: server.password,
    sslmode: 'disable',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
    ...change,
  }
}

const hostaddr = (address: string): HostAddress => ({ address, origin: 'hostaddr' })

/** Returns the warnings of a connection. */
async function warningsOf(target: ConnectionSettings, addresses?: ReadonlyMap<string, HostAddress>) {
  const warnings: string[] = []
  const session = await openSession(target, {
    timeoutMs: 10_000,
    home: null,
    ...(addresses ? { addresses } : {}),
    onWarning: (message, hint) => warnings.push(`${message} ${hint}`),
  })
  await session.close()
  return warnings
}

describe('a password in clear text', () => {
  it('draws a warning where the connection is not encrypted', async () => {
    const [warning, ...others] = await warningsOf(settings())
    expect(others).toEqual([])
    expect(warning).toMatch(/clear text.*not encrypted.*--sslmode require/)
    expect(warning).not.toContain(server.password)
  })

  it('draws the warning before it is sent', async () => {
    const events: string[] = []
    const impostor = await startTcpServer((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]))
        socket.once('data', () => {
          events.push('password')
          socket.destroy()
        })
      })
    })
    const target = settings({ port: impostor.port })
    const options = { timeoutMs: 10_000, home: null, onWarning: () => events.push('warning') }
    await failure(() => openSession(target, options), 'CONNECTION_FAILED')
    await impostor.stop()
    expect(events).toEqual(['warning', 'password'])
  })

  it('draws none on a Unix socket, nor where the server asks for no password', async () => {
    expect(await warningsOf(settings({ host: server.socketDirectory }))).toEqual([])
    expect(await warningsOf(settings({ host: '::1' }))).toEqual([])
  })
})

describe('a refused password', () => {
  it.each<[PasswordSource, string]>([
    [{ kind: 'file', path: '/run/pw' }, 'the file /run/pw'],
    [{ kind: 'stdin' }, 'standard input'],
    [{ kind: 'dsn' }, 'the connection string'],
    [{ kind: 'service', service: 's', path: '/s.conf' }, 'the service "s" in /s.conf'],
    [{ kind: 'environment' }, 'the environment variable PGPASSWORD'],
    [{ kind: 'password file', path: '/p', line: 3 }, 'line 3 of the password file /p'],
    [{ kind: 'prompt' }, 'your answer'],
    [{ kind: 'stored' }, 'the internal database'],
  ])('is reported with its source: %j', async (passwordSource, words) => {
    const options = { timeoutMs: 10_000, home: null, passwordSource }
    const error = await failure(
      () => openSession(settings({ password: 'wrong' }), options),
      'AUTHENTICATION_FAILED',
    )
    expect(error.hint).toContain(`The password came from ${words}.`)
    expect(error.details.data?.passwordSource).toBe(passwordSource.kind)
  })
})

describe('the address of a host', () => {
  it('is connected to without looking the host up', async () => {
    const target = settings({ host: 'db.invalid' })
    expect(await warningsOf(target, new Map([['db.invalid', hostaddr('::1')]]))).toEqual([])
    expect(await warningsOf(target, new Map([['db.invalid', hostaddr('127.0.0.1')]]))).toHaveLength(1)
    await failure(() => warningsOf(target, new Map([['other', hostaddr('127.0.0.1')]])), 'CONNECTION_FAILED')
  })
})
