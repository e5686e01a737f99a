import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { withSession } from '../../src/postgres/connect.ts'
import { completeSettings, resolveSettings } from '../../src/postgres/settings/resolve-settings.ts'
import { superuserSettings } from '../support/database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { isPsqlRun, psql } from './psql.ts'
import { failure, tlsFile, tlsText } from './support.ts'

/** A server whose certificate `revoking.crl` revokes, and `current.crl` does not. */
let server: RunningCluster
/** The user's home directory, with lists in it. */
let home: string

/** The name under which OpenSSL looks up the lists of this authority in a directory. */
const HASHED = 'aabdaf6b.r0'

const fault = (name: string) => tlsFile(`faults/${name}`)

beforeAll(async () => {
  server = await startCluster({
    settings: ['ssl = on', "ssl_cert_file = 'server.crt'", "ssl_key_file = 'server.key'"],
    files: { 'server.crt': tlsText('faults/valid.crt'), 'server.key': tlsText('faults/server.key') },
  })
})
afterAll(() => server?.stop())

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-revocation-'))
  for (const list of ['current', 'revoking', 'of-middle']) {
    mkdirSync(join(home, list))
    copyFileSync(fault(`${list}.crl`), join(home, list, list === 'of-middle' ? 'e01009c6.r0' : HASHED))
  }
  mkdirSync(join(home, 'unnamed'))
  copyFileSync(fault('current.crl'), join(home, 'unnamed/current.crl'))
  mkdirSync(join(home, '.postgresql'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function environment(change: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { host, port, superuser, password } = server
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: superuser,
    PGDATABASE: 'postgres',
    PGPASSWORD: password,
    PGSSLMODE: 'verify-ca',
    PGSSLROOTCERT: fault('authority.crt'),
    ...change,
  }
}

async function connect(dsn: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { values, tls } = resolveSettings({ flags: {}, ...(dsn === '' ? {} : { dsn }), env, home })
  return withSession(completeSettings(values), { timeoutMs: 10_000, home, tls }, async () => 'connected')
}

describe.skipIf(!isPsqlRun)('revocation lists count as with libpq 18', () => {
  it.each<[string, Record<string, string>, string?]>([
    ['', {}],
    ['sslcrl=CURRENT', {}],
    ['sslcrl=REVOKING', {}],
    ['', { PGSSLCRL: 'REVOKING' }],
    ["sslcrl=''", { PGSSLCRL: 'REVOKING' }],
    ['sslcrl=CURRENT', { PGSSLCRL: 'REVOKING' }],
    ['sslcrldir=HOME/current', {}],
    ['sslcrldir=HOME/revoking', {}],
    ['sslcrldir=HOME/of-middle', {}],
    ['sslcrldir=HOME/unnamed', {}],
    ['', { PGSSLCRLDIR: 'HOME/revoking' }],
    ['sslcrl=CURRENT sslcrldir=HOME/of-middle', {}],
    ['sslcrl=CURRENT sslcrldir=HOME/revoking', {}],
    ['sslcrl=CURRENT', {}, 'revoking.crl'],
    ['sslcrldir=HOME/current', {}, 'revoking.crl'],
    ['', {}, 'revoking.crl'],
    ['sslcrl=REVOKING sslmode=require', {}],
    ["sslcrl=REVOKING sslmode=require sslrootcert=''", {}],
    ['sslcrl=REVOKING sslmode=disable', {}],
    ['service=svc', {}],
  ])('%j %j %j', async (dsn, variables, defaultList) => {
    const inserted = (text: string) =>
      text
        .replaceAll('CURRENT', fault('current.crl'))
        .replaceAll('REVOKING', fault('revoking.crl'))
        .replaceAll('HOME', home)
    if (defaultList !== undefined) copyFileSync(fault(defaultList), join(home, '.postgresql/root.crl'))
    writeFileSync(join(home, '.pg_service.conf'), inserted('[svc]\nsslcrl=REVOKING\n'))
    const changes = Object.entries(variables).map(([name, value]) => [name, inserted(value)])
    const env = environment(Object.fromEntries(changes))
    const [{ status }, answer] = await Promise.all([
      psql(inserted(dsn), { query: 'SELECT 1', home, env }),
      connect(inserted(dsn), env).catch(() => 'refused'),
    ])
    expect(answer).toBe(status === 0 ? 'connected' : 'refused')
  })
})

describe('revocation lists beside the authorities of the system', () => {
  beforeEach(() => {
    copyFileSync(fault('revoking.crl'), join(home, '.postgresql/root.crl'))
    process.env.SSL_CERT_FILE = fault('authority.crt')
  })
  afterEach(() => {
    delete process.env.SSL_CERT_FILE
  })
  const system = () => environment({ PGSSLROOTCERT: 'system', PGSSLMODE: 'verify-full' })

  it.skipIf(!isPsqlRun)('do not come from the default file, as with libpq 18', async () => {
    const env = { ...system(), SSL_CERT_FILE: fault('authority.crt') }
    expect(await psql('', { query: 'SELECT 1', home, env })).toMatchObject({ status: 0 })
    expect(await connect('', system())).toBe('connected')
  })

  // libpq ignores them.
  it.each(['sslcrl=REVOKING', 'sslcrldir=HOME/revoking'])('count when they are named: %s', async (dsn) => {
    const given = dsn.replace('REVOKING', fault('revoking.crl')).replace('HOME', home)
    expect((await failure(() => connect(given, system()), 'TLS_FAILED')).message).toContain('revoked')
  })
})

describe('revocation lists', () => {
  it.each<[string, string, Record<string, string>, RegExp, RegExp]>([
    [
      'revoke the certificate',
      '',
      { PGSSLCRL: 'REVOKING' },
      /revoked, according to .*revoking\.crl/,
      /certif/,
    ],
    ['are not there', '', { PGSSLCRL: '/none' }, /\/none can't be read: it does not exist/, /PGSSLCRL/],
    ['are not there', 'sslcrl=/none', {}, /\/none can't be read/, /given by sslcrl/],
    ['are no lists', 'sslcrl=AUTHORITY', {}, /authority\.crt has no revocation list/, /sslcrl/],
    ['are in no directory', '', { PGSSLCRLDIR: '/none' }, /\/none can't be read/, /PGSSLCRLDIR/],
    ['have names of their own', 'sslcrldir=HOME/unnamed', {}, /has no .*list under a name/, /openssl rehash/],
    [
      'are of another authority',
      'sslcrldir=HOME/of-middle',
      {},
      /of-middle has no revocation list/,
      /authority/,
    ],
  ])('are named in the error when they %s: %j %j', async (_, dsn, variables, message, hint) => {
    const inserted = (text: string) =>
      text
        .replaceAll('AUTHORITY', fault('authority.crt'))
        .replaceAll('REVOKING', fault('revoking.crl'))
        .replaceAll('HOME', home)
    const changes = Object.entries(variables).map(([name, value]) => [name, inserted(value)])
    const env = environment(Object.fromEntries(changes))
    const error = await failure(() => connect(inserted(dsn), env), 'TLS_FAILED')
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(hint)
  })

  it('count when a statement is canceled too', async () => {
    const { tls } = resolveSettings({ flags: {}, env: { PGSSLCRL: fault('current.crl') }, home })
    const controller = new AbortController()
    const settings = {
      ...superuserSettings('postgres', server),
      sslmode: 'verify-ca' as const,
      sslrootcert: fault('authority.crt'),
    }
    const sleeping = withSession(
      settings,
      { timeoutMs: 10_000, home, tls, signal: controller.signal },
      (session) => session.query('SELECT pg_sleep(60)'),
    )
    setTimeout(() => controller.abort(new Error('stop')), 200)
    await expect(sleeping).rejects.toThrow('stop')
  })
})
