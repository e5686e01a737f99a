import { createPrivateKey } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/errors.ts'
import { openSession, type SessionOptions, withSession } from '../../src/postgres/connect.ts'
import { foreignNames } from '../../src/postgres/tls/certificate-names.ts'
import {
  type ConnectionSettings,
  type HostAddress,
  SSL_MODES,
  type SslMode,
} from '../../src/postgres/types.ts'
import { createRole, superuserSettings } from '../support/database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { failure, startTcpServer, tlsFile, tlsText } from './support.ts'

const hostaddr = (address: string): HostAddress => ({ address, origin: 'hostaddr' })

/** A server with TLS: each role must, may or must not use it. */
let server: RunningCluster
/** The same with the certificate of another host. */
let foreign: RunningCluster
let home: string

const TLS_SETTINGS = [
  'ssl = on',
  "ssl_cert_file = 'server.crt'",
  "ssl_key_file = 'server.key'",
  "ssl_ca_file = 'ca.crt'",
]

function tlsFiles(name: string): Record<string, string> {
  return {
    'server.crt': tlsText(`${name}.crt`),
    'server.key': tlsText(`${name}.key`),
    'ca.crt': tlsText('ca.crt'),
  }
}

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-home-'))
  server = await startCluster({
    settings: TLS_SETTINGS,
    files: tlsFiles('server'),
    hba: [
      'hostnossl all tls_only 127.0.0.1/32 reject',
      'hostssl all plain_only 127.0.0.1/32 reject',
      'hostssl all tls_client 127.0.0.1/32 cert',
      'hostnossl all tls_client 127.0.0.1/32 reject',
      'hostssl all needs_cert 127.0.0.1/32 scram-sha-256 clientcert=verify-ca',
    ],
  })
  foreign = await startCluster({ settings: TLS_SETTINGS, files: tlsFiles('other-host') })
  for (const name of ['tls_only', 'plain_only', 'either', 'tls_client', 'needs_cert']) {
    await createRole({ name, password: 'secret' }, server)
  }
})
afterAll(async () => {
  await server?.stop()
  await foreign?.stop()
  rmSync(home, { recursive: true, force: true })
})

function as(user: string, sslmode: SslMode, change: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return { ...superuserSettings('postgres', server), user, password: 'secret', sslmode, ...change }
}

async function isEncrypted(
  settings: ConnectionSettings,
  options: Partial<SessionOptions> = {},
): Promise<boolean> {
  return withSession(settings, { timeoutMs: 10_000, home, ...options }, async (session) => {
    const [row] = await session.query<{ ssl: boolean }>(
      'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    )
    expect(row?.ssl).toBe(session.isEncrypted)
    return session.isEncrypted
  })
}

describe('each sslmode, with and without a root certificate', () => {
  type Outcome = 'tls' | 'plain' | ErrorCode
  const ca = tlsFile('ca.crt')
  const other = tlsFile('other-ca.crt')

  const table: [user: string, root: string | null, outcomes: Record<SslMode, Outcome>][] = [
    [
      'either',
      null,
      {
        disable: 'plain',
        allow: 'plain',
        prefer: 'tls',
        require: 'tls',
        'verify-ca': 'TLS_FAILED',
        'verify-full': 'TLS_FAILED',
      },
    ],
    [
      'either',
      ca,
      {
        disable: 'plain',
        allow: 'plain',
        prefer: 'tls',
        require: 'tls',
        'verify-ca': 'tls',
        'verify-full': 'tls',
      },
    ],
    [
      'either',
      other,
      {
        disable: 'plain',
        allow: 'plain',
        prefer: 'plain',
        require: 'TLS_FAILED',
        'verify-ca': 'TLS_FAILED',
        'verify-full': 'TLS_FAILED',
      },
    ],
    [
      'tls_only',
      ca,
      {
        disable: 'TLS_FAILED',
        allow: 'tls',
        prefer: 'tls',
        require: 'tls',
        'verify-ca': 'tls',
        'verify-full': 'tls',
      },
    ],
    [
      'tls_only',
      other,
      {
        disable: 'TLS_FAILED',
        allow: 'TLS_FAILED',
        prefer: 'TLS_FAILED',
        require: 'TLS_FAILED',
        'verify-ca': 'TLS_FAILED',
        'verify-full': 'TLS_FAILED',
      },
    ],
    [
      'plain_only',
      ca,
      {
        disable: 'plain',
        allow: 'plain',
        prefer: 'plain',
        require: 'AUTHENTICATION_FAILED',
        'verify-ca': 'AUTHENTICATION_FAILED',
        'verify-full': 'AUTHENTICATION_FAILED',
      },
    ],
  ]
  const rows = table.flatMap(([user, root, outcomes]) =>
    SSL_MODES.map(
      (mode) =>
        [
          user,
          mode,
          root === null ? 'no' : root === ca ? 'the right' : 'a wrong',
          outcomes[mode],
          root,
        ] as const,
    ),
  )
  it.each(rows)('%s, %s, %s root certificate: %s', async (user, sslmode, _which, outcome, sslrootcert) => {
    const settings = as(user, sslmode, { sslrootcert })
    if (outcome === 'tls' || outcome === 'plain') expect(await isEncrypted(settings)).toBe(outcome === 'tls')
    else await failure(() => isEncrypted(settings), outcome)
  })

  it.each(SSL_MODES)('connects to a server without TLS as the mode allows: %s', async (sslmode) => {
    const settings = { ...superuserSettings(), sslmode, sslrootcert: ca }
    if (['disable', 'allow', 'prefer'].includes(sslmode)) {
      expect(await isEncrypted(settings)).toBe(false)
    } else {
      const error = await failure(() => isEncrypted(settings), 'TLS_FAILED')
      expect(error.message).toContain('has no TLS')
      expect(error.hint).toContain('--sslmode')
    }
  })

  it('reports a server that refuses plain connections', async () => {
    const error = await failure(() => isEncrypted(as('tls_only', 'disable')), 'TLS_FAILED')
    expect(error.hint).toContain('--sslmode require')
    expect(error.details.field).toBe('sslmode')
  })
})

describe("the server's certificate", () => {
  it("the server's certificate must name the host with verify-full, and only then", async () => {
    const settings = { ...superuserSettings('postgres', foreign), sslrootcert: tlsFile('ca.crt') }
    expect(await isEncrypted({ ...settings, sslmode: 'verify-ca' })).toBe(true)
    const error = await failure(() => isEncrypted({ ...settings, sslmode: 'verify-full' }), 'TLS_FAILED')
    expect(error.message).toContain('"db.example.org", "*.db.example.org"')
    expect(error.message).toContain('"127.0.0.1"')
    expect(error.hint).toContain('verify-ca')
    expect(error.hint).toContain('hostaddr')
  })

  it("the server's certificate must name the host, and not the address that hostaddr gives", async () => {
    const settings = superuserSettings('postgres', foreign)
    const options = { addresses: new Map([['db.example.org', hostaddr(settings.host)]]) }
    const verified = {
      ...settings,
      host: 'db.example.org',
      sslmode: 'verify-full' as const,
      sslrootcert: tlsFile('ca.crt'),
    }
    expect(await isEncrypted(verified, options)).toBe(true)
    const other = { ...verified, host: 'other.example.org' }
    const addresses = new Map([[other.host, hostaddr(settings.host)]])
    await failure(() => isEncrypted(other, { addresses }), 'TLS_FAILED')
  })

  it.each(['localhost', '127.0.0.1', '::1'])("the server's certificate is verified for %s", async (host) => {
    const settings = as('either', 'verify-full', { host, sslrootcert: tlsFile('ca.crt') })
    expect(await isEncrypted(settings)).toBe(true)
  })

  it("the server's certificate is refused with a hint about --sslrootcert when its authority is unknown", async () => {
    const error = await failure(
      () => isEncrypted(as('either', 'verify-ca', { sslrootcert: tlsFile('other-ca.crt') })),
      'TLS_FAILED',
    )
    expect(error.hint).toContain('--sslrootcert')
  })

  it("the server's certificate is verified against ~/.postgresql/root.crt when that exists, with require too", async () => {
    const own = mkdtempSync(join(tmpdir(), 'mathesarctl-home-'))
    const missing = await failure(() => isEncrypted(as('either', 'verify-ca'), { home: own }), 'TLS_FAILED')
    expect(missing.message).toContain(join(own, '.postgresql/root.crt'))
    const homeless = await failure(() => isEncrypted(as('either', 'verify-ca'), { home: null }), 'TLS_FAILED')
    expect(homeless.message).toContain('no home directory')
    mkdirSync(join(own, '.postgresql'))
    copyFileSync(tlsFile('other-ca.crt'), join(own, '.postgresql/root.crt'))
    await failure(() => isEncrypted(as('either', 'require'), { home: own }), 'TLS_FAILED')
    copyFileSync(tlsFile('ca.crt'), join(own, '.postgresql/root.crt'))
    expect(await isEncrypted(as('either', 'require'), { home: own })).toBe(true)
    expect(await isEncrypted(as('either', 'verify-full'), { home: own })).toBe(true)
    rmSync(own, { recursive: true })
  })

  it.each(SSL_MODES.slice(2))(
    "the server's certificate is refused when the named root certificate does not exist (%s)",
    async (sslmode) => {
      const error = await failure(
        () => isEncrypted(as('either', sslmode, { sslrootcert: '/no/such/ca.crt' })),
        'TLS_FAILED',
      )
      expect(error.message).toContain('/no/such/ca.crt')
      expect(error.hint).toContain('--sslrootcert')
    },
  )

  it("the server's certificate is refused when the root certificate file contains no certificate", async () => {
    const path = join(home, 'junk.crt')
    writeFileSync(path, 'junk')
    await failure(() => isEncrypted(as('either', 'verify-ca', { sslrootcert: path })), 'TLS_FAILED')
  })

  it("the server's certificate is verified against the authorities of the system", async () => {
    const settings = as('either', 'verify-full', { sslrootcert: 'system' })
    await failure(() => isEncrypted(settings), 'TLS_FAILED')
    process.env.SSL_CERT_FILE = tlsFile('ca.crt')
    try {
      expect(await isEncrypted(settings)).toBe(true)
    } finally {
      delete process.env.SSL_CERT_FILE
    }
  })
})

describe('a client certificate', () => {
  function keyFile(name: string, mode: number): string {
    const path = join(home, name)
    copyFileSync(tlsFile('client.key'), path)
    chmodSync(path, mode)
    return path
  }

  it('logs in without a password', async () => {
    const settings = as('tls_client', 'verify-full', {
      password: null,
      sslrootcert: tlsFile('ca.crt'),
      sslcert: tlsFile('client.crt'),
      sslkey: keyFile('client.key', 0o600),
    })
    expect(await isEncrypted(settings)).toBe(true)
  })

  it('a client certificate is read from ~/.postgresql', async () => {
    const own = mkdtempSync(join(tmpdir(), 'mathesarctl-home-'))
    mkdirSync(join(own, '.postgresql'))
    copyFileSync(tlsFile('client.crt'), join(own, '.postgresql/postgresql.crt'))
    copyFileSync(keyFile('copied.key', 0o600), join(own, '.postgresql/postgresql.key'))
    chmodSync(join(own, '.postgresql/postgresql.key'), 0o600)
    expect(await isEncrypted(as('tls_client', 'require'), { home: own })).toBe(true)
    rmSync(own, { recursive: true })
  })

  it('requires a key that only its owner may read', async () => {
    const sslcert = tlsFile('client.crt')
    const open = as('tls_client', 'require', { sslcert, sslkey: keyFile('open.key', 0o644) })
    expect((await failure(() => isEncrypted(open), 'TLS_FAILED')).hint).toContain('chmod 0600')
    const device = as('tls_client', 'require', { sslcert, sslkey: '/dev/null' })
    const refusal = await failure(() => isEncrypted(device), 'TLS_FAILED')
    expect(refusal.message).toContain('/dev/null is not a regular file')
    expect(refusal.hint).not.toContain('chmod')
    const none = as('tls_client', 'require', { sslcert, sslkey: join(home, 'none.key') })
    expect((await failure(() => isEncrypted(none), 'TLS_FAILED')).hint).toContain('PGSSLKEY')
  })

  it.each([0o640, 0o440, 0o600])(
    'a client certificate is accepted with a key of root with mode %o, as by libpq',
    async (mode) => {
      if (process.getuid?.() !== 0) return
      const sslkey = keyFile(`root-${mode}.key`, mode)
      const settings = as('tls_client', 'require', { sslcert: tlsFile('client.crt'), sslkey })
      expect(await isEncrypted(settings)).toBe(true)
    },
  )

  it.each([0o660, 0o644, 0o650])(
    'a client certificate is refused with a key of root with mode %o, as by libpq',
    async (mode) => {
      if (process.getuid?.() !== 0) return
      const sslkey = keyFile(`root-${mode}.key`, mode)
      const settings = as('tls_client', 'require', { sslcert: tlsFile('client.crt'), sslkey })
      expect((await failure(() => isEncrypted(settings), 'TLS_FAILED')).hint).toContain('chmod 0600')
    },
  )

  it.each(['pkcs8', 'sec1'] as const)('a client certificate works with a key in DER (%s)', async (type) => {
    const sslkey = join(home, `${type}.der`)
    const key = createPrivateKey(tlsText('client.key'))
    writeFileSync(sslkey, key.export({ type, format: 'der' }), { mode: 0o600 })
    const settings = as('tls_client', 'require', { sslcert: tlsFile('client.crt'), sslkey })
    expect(await isEncrypted(settings)).toBe(true)
  })

  it.each(['pem', 'der'] as const)(
    'a client certificate is refused with an encrypted key (%s)',
    async (format) => {
      const sslkey = join(home, `encrypted.${format}`)
      const key = createPrivateKey(tlsText('client.key'))
      const encrypted = key.export({ type: 'pkcs8', format, cipher: 'aes-128-cbc', passphrase: 'x' } as never)
      writeFileSync(sslkey, encrypted, { mode: 0o600 })
      const settings = as('tls_client', 'require', { sslcert: tlsFile('client.crt'), sslkey })
      expect((await failure(() => isEncrypted(settings), 'TLS_FAILED')).message).toContain('passphrase')
    },
  )

  it('a client certificate is not sent when the settings disable it', async () => {
    const sslkey = keyFile('disabled.key', 0o600)
    const settings = as('tls_client', 'require', { sslcert: tlsFile('client.crt'), sslkey })
    const disabled = { tls: { clientCertificate: 'disable' } } as const
    await failure(() => isEncrypted(settings, disabled), 'AUTHENTICATION_FAILED')
  })

  it('the error names a client certificate whose authority the server does not trust', async () => {
    const sslkey = join(home, 'foreign.key')
    copyFileSync(tlsFile('faults/server.key'), sslkey)
    chmodSync(sslkey, 0o600)
    const settings = as('either', 'require', { sslcert: tlsFile('faults/valid.crt'), sslkey })
    const error = await failure(() => isEncrypted(settings), 'TLS_FAILED')
    expect(error.message).toContain('does not trust the client certificate')
    expect(error.hint).toContain('ssl_ca_file')
    expect(error.details.data?.reason).toBe('client certificate')
  })

  it('a client certificate is named in the error when the server requires one and there is none', async () => {
    const error = await failure(() => isEncrypted(as('needs_cert', 'require')), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('certificate')
  })
})

describe('a handshake without a request for TLS (sslnegotiation=direct)', () => {
  const direct = { tls: { negotiation: 'direct' } } as const

  it('a direct handshake connects to PostgreSQL 17 and newer', async () => {
    const settings = as('either', 'verify-full', { sslrootcert: tlsFile('ca.crt') })
    if (server.major >= 17) expect(await isEncrypted(settings, direct)).toBe(true)
    else expect((await failure(() => isEncrypted(settings, direct), 'TLS_FAILED')).hint).toContain('17')
  })

  it('a direct connection sends the handshake first, and cancels the same way', async () => {
    if (server.major < 17) return
    const greetings: (number | undefined)[] = []
    const proxy = await startTcpServer((socket) => {
      const upstream = connect(server.port, server.host)
      upstream.on('error', () => {})
      socket.once('data', (data: Buffer) => greetings.push(data[0]))
      socket.pipe(upstream).pipe(socket)
      socket.once('close', () => upstream.destroy())
    })
    const controller = new AbortController()
    const settings = as('either', 'require', { port: proxy.port })
    const options = { timeoutMs: 5000, home, signal: controller.signal, ...direct }
    const session = await openSession(settings, options)
    const sleeping = session.query('SELECT pg_sleep(60)')
    setTimeout(() => controller.abort(new Error('stop')), 100)
    await expect(sleeping).rejects.toThrow('stop')
    // RFC 8446, section 5.1: the type of a record with a message of the handshake is 22.
    expect(greetings).toEqual([22, 22])
    await session.close()
    await proxy.stop()
  })

  it.each(['disable', 'allow', 'prefer'] as const)(
    'a direct handshake is refused with sslmode %s, as in libpq',
    async (mode) => {
      const error = await failure(() => isEncrypted(as('either', mode), direct), 'USAGE')
      expect(error.message).toContain('sslnegotiation')
      expect(error.details.field).toBe('sslmode')
    },
  )

  it.each([
    ['has no TLS', () => superuserSettings()],
    ['speaks another protocol', null],
  ] as const)('is explained when the server %s', async (_name, plain) => {
    const web = await startTcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n')),
    )
    const settings = plain?.() ?? as('either', 'require', { port: web.port })
    const error = await failure(() => isEncrypted({ ...settings, sslmode: 'require' }, direct), 'TLS_FAILED')
    expect(error.hint).toContain('PostgreSQL 17 or newer')
    await web.stop()
  })

  it('a direct handshake is refused when the server does not confirm the protocol, as in libpq', async () => {
    const other = createTlsServer({ cert: tlsText('server.crt'), key: tlsText('server.key') })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as AddressInfo
    const error = await failure(() => isEncrypted(as('either', 'require', { port }), direct), 'TLS_FAILED')
    expect(error.message).toContain('ALPN')
    other.close()
  })
})

describe('the name of the host in the handshake (SNI)', () => {
  it.each([
    ['localhost', undefined, 'localhost'],
    ['localhost', false, false],
    ['127.0.0.1', undefined, false],
  ] as const)('is sent for %s, with sslsni %s: %s', async (host, sni, sent) => {
    const names: (string | false)[] = []
    const listener = await startTcpServer((socket) =>
      socket.once('data', () => {
        socket.write('S')
        const files = { cert: tlsText('server.crt'), key: tlsText('server.key') }
        const secured = new TLSSocket(socket, { isServer: true, ...files })
        secured.on('error', () => {})
        secured.once('secure', () => {
          names.push(secured.servername ?? false)
          secured.destroy()
        })
      }),
    )
    const settings = as('either', 'require', { host, port: listener.port })
    const tls = sni === undefined ? {} : { sni }
    await failure(() => isEncrypted(settings, { tls }), 'CONNECTION_FAILED')
    expect(names).toEqual([sent])
    await listener.stop()
  })
})

describe('an attacker between client and server', () => {
  it('refuses a connection on which more than one byte arrives before the handshake', async () => {
    const liar = await startTcpServer((socket) => socket.once('data', () => socket.write('SE\0\0\0\0')))
    await failure(() => isEncrypted(as('either', 'require', { port: liar.port })), 'CONNECTION_FAILED')
    await liar.stop()
  })

  it('shows no text of an attacker between client and server, since nothing proves who sent it', async () => {
    const liar = await startTcpServer((socket) =>
      socket.once('data', () => socket.end('Eplease call 0900-12345\0')),
    )
    const error = await failure(
      () => isEncrypted(as('either', 'require', { port: liar.port })),
      'CONNECTION_FAILED',
    )
    expect(`${error.message} ${error.hint}`).not.toContain('0900')
    await liar.stop()
  })

  it('an attacker between client and server cannot pass on a login that is bound to the TLS connection', async () => {
    const settings = as('either', 'require')
    expect(await isEncrypted(settings, { channelBinding: 'require' })).toBe(true)
    const plain = as('either', 'disable')
    const action = () => openSession(plain, { timeoutMs: 5000, home, channelBinding: 'require' })
    await failure(action, 'AUTHENTICATION_FAILED')
  })

  it('does not see which statement is canceled, or by which key', async () => {
    const seen: Buffer[] = []
    const proxy = await startTcpServer((socket) => {
      const upstream = connect(server.port, server.host)
      upstream.on('error', () => {})
      socket.on('data', (data: Buffer) => seen.push(data))
      socket.pipe(upstream).pipe(socket)
      socket.once('close', () => upstream.destroy())
    })
    const controller = new AbortController()
    const settings = as('either', 'require', { port: proxy.port })
    const session = await openSession(settings, { timeoutMs: 5000, home, signal: controller.signal })
    const sleeping = session.query('SELECT pg_sleep(60)')
    setTimeout(() => controller.abort(new Error('stop')), 100)
    await expect(sleeping).rejects.toThrow('stop')
    const cancelCode = Buffer.from([0x04, 0xd2, 0x16, 0x2e])
    expect(Buffer.concat(seen).includes(cancelCode)).toBe(false)
    await session.close()
    await proxy.stop()
  })
})

describe('the names in a certificate', () => {
  const names = (subjectaltname: string | undefined, common?: string | string[]) =>
    ({ subjectaltname, subject: { CN: common } }) as never

  it.each<[string, string | undefined, string | undefined, boolean]>([
    ['db.example.org', 'DNS:db.example.org', undefined, true],
    ['DB.Example.ORG', 'DNS:db.example.org', undefined, true],
    // psql refuses it too, and so would Mathesar, which connects with libpq.
    ['db.example.org.', 'DNS:db.example.org', undefined, false],
    ['a.example.org', 'DNS:*.example.org', undefined, true],
    ['a.b.example.org', 'DNS:*.example.org', undefined, false],
    ['example.org', 'DNS:*.example.org', undefined, false],
    ['axexample.org', 'DNS:*.example.org', undefined, false],
    ['a.org', 'DNS:*', undefined, false],
    ['ab.example.org', 'DNS:a*.example.org', undefined, false],
    ['db.example.org', undefined, 'db.example.org', true],
    ['db.example.org', 'DNS:other.example.org', 'db.example.org', false],
    // libpq's rule: a name looks for names only, and then the common name counts.
    ['db.example.org', 'IP Address:10.0.0.1', 'db.example.org', true],
    ['db.example.org', 'IP Address:10.0.0.1', 'other.example.org', false],
    ['db.example.org', 'IP Address:10.0.0.1, DNS:other.example.org', 'db.example.org', false],
    ['10.0.0.1', 'IP Address:10.0.0.1', undefined, true],
    ['10.0.0.1', 'DNS:10.0.0.1', undefined, true],
    ['10.0.0.1', 'DNS:x', '10.0.0.1', true],
    ['10.0.0.1', 'IP Address:10.0.0.2', '10.0.0.1', false],
    ['::1', 'IP Address:0:0:0:0:0:0:0:1', undefined, true],
    ['0:0:0:0:0:0:0:1', 'IP Address:0:0:0:0:0:0:0:1', undefined, true],
    ['::1', undefined, '::1', true],
    ['0:0:0:0:0:0:0:1', undefined, '::1', false],
    ['db.example.org', 'email:a@example.org, URI:https://x/', 'db.example.org', true],
    ['evil.org', 'DNS:"evil.org, DNS:good.org"', undefined, false],
    ['good.org', 'DNS:"evil.org, DNS:good.org"', undefined, false],
  ])('%s against %s, %s: %s', (host, alternative, common, isMatch) => {
    expect(foreignNames(host, names(alternative, common)) === null).toBe(isMatch)
  })

  it('several common names count as one, the first, as in libpq', () => {
    expect(foreignNames('a.example.org', names(undefined, ['a.example.org', 'b.example.org']))).toBeNull()
    expect(foreignNames('b.example.org', names(undefined, ['a.example.org', 'b.example.org']))).toEqual([
      'a.example.org',
    ])
  })

  it('the error includes the common name where it counts', () => {
    expect(foreignNames('a.example.org', names('IP Address:10.0.0.1', 'b.example.org'))).toEqual([
      '10.0.0.1',
      'b.example.org',
    ])
  })
})
