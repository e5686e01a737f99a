import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findPassword } from '../../src/postgres/settings/password-file.ts'
import {
  completeSettings,
  DEFAULT_SETTINGS,
  environmentTimeout,
  environmentTls,
  lookUpPassword,
  resolveSettings,
} from '../../src/postgres/settings/resolve-settings.ts'
import {
  checkDatabaseName,
  checkHost,
  checkPassword,
  checkPort,
  checkSslMode,
  checkUserName,
} from '../../src/postgres/settings/validate.ts'
import { overrideTls } from '../../src/postgres/tls/options.ts'
import { AWKWARD_PASSWORDS } from './awkward.ts'
import { failure } from './support.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mathesarctl-home-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** Returns the password that a password file of this text gives. */
function passwordIn(text: string, target: Parameters<typeof findPassword>[1]): string | null {
  return findPassword(Buffer.from(text), target)?.password.toString('utf8') ?? null
}

function passwordFile(text: string, mode = 0o600, path = join(home, '.pgpass')): string {
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

describe('the source of a value', () => {
  it('the source of a value is the strongest of flag, connection string, service file, environment and password file', () => {
    writeFileSync(
      join(home, '.pg_service.conf'),
      '[prod]\nhost=service\nport=5\ndbname=service\nuser=service\nsslmode=require\n',
    )
    passwordFile('*:*:*:*:from the file\n')
    const resolved = resolveSettings({
      flags: { host: 'flag', port: undefined },
      dsn: 'host=dsn port=2',
      env: {
        PGHOST: 'environment',
        PGPORT: '3',
        PGDATABASE: 'environment',
        PGSSLROOTCERT: '/ca',
        PGSERVICE: 'prod',
      },
      home,
    })
    expect(resolved.values).toEqual({
      host: 'flag',
      port: 2,
      database: 'service',
      user: 'service',
      sslmode: 'require',
      sslrootcert: '/ca',
      password: 'from the file',
    })
    expect(resolved.sources).toEqual({
      host: 'flag',
      port: 'dsn',
      database: 'service file',
      user: 'service file',
      sslmode: 'service file',
      sslrootcert: 'environment',
      password: 'password file',
    })
    expect(resolved.warnings).toEqual([])
  })

  it('the source of a value is the service that PGSERVICE names before the other variables of libpq', () => {
    writeFileSync(join(home, '.pg_service.conf'), '[prod]\nhost=service\ndbname=\n')
    const env = { PGSERVICE: 'prod', PGHOST: 'elsewhere', PGDATABASE: 'other', PGUSER: 'u' }
    const { values } = resolveSettings({ flags: {}, env, home })
    expect(values).toEqual({ host: 'service', user: 'u' })
  })

  it('the source of a value is the default of a parameter that the connection string gives as empty', () => {
    writeFileSync(join(home, '.pg_service.conf'), '[prod]\nhost=service\n')
    const passfile = passwordFile('*:*:*:*:of PGPASSFILE\n', 0o600, join(home, 'other'))
    passwordFile('*:*:*:*:of home\n')
    const env = {
      PGHOST: 'h',
      PGPORT: '1',
      PGDATABASE: 'd',
      PGUSER: 'u',
      PGPASSWORD: 'p',
      PGSSLROOTCERT: '/ca',
      PGCONNECT_TIMEOUT: '9',
      PGHOSTADDR: '10.0.0.1',
      PGSERVICE: 'prod',
    }
    const empty = (names: string) =>
      names
        .split(' ')
        .map((name) => `${name}=''`)
        .join(' ')
    const names = 'host port dbname user password sslrootcert connect_timeout hostaddr service'
    const resolved = resolveSettings({ flags: {}, dsn: empty(names), env, home })
    expect(resolved).toMatchObject({ values: {}, sources: {}, connectTimeoutMs: null, warnings: [] })
    expect(resolved.addresses.size).toBe(0)
    const dsn = `dbname=d user=u password='' passfile=''`
    const looked = resolveSettings({ flags: {}, dsn, env: { PGPASSWORD: 'p', PGPASSFILE: passfile }, home })
    expect(looked.values.password).toBe('of home')
  })

  it('the source of a value is the environment for a mode that the connection string gives as empty, which libpq refuses', () => {
    const env = { PGSSLMODE: 'verify-full', PGCHANNELBINDING: 'require' }
    const { values, channelBinding } = resolveSettings({
      flags: {},
      dsn: "sslmode='' channel_binding=''",
      env,
      home,
    })
    expect(values).toEqual({ sslmode: 'verify-full' })
    expect(channelBinding).toBe('require')
  })

  it('the source of a value is the service before the environment when the connection string names the service', () => {
    writeFileSync(join(home, '.pg_service.conf'), '[prod]\nhost=service\n')
    const { values } = resolveSettings({ flags: {}, dsn: 'service=prod', env: { PGHOST: 'elsewhere' }, home })
    expect(values).toEqual({ host: 'service' })
  })

  it('the source of a value can be each variable of libpq that describes a connection', () => {
    const resolved = resolveSettings({
      flags: {},
      env: {
        PGHOST: '/run/postgresql',
        PGPORT: '5433',
        PGDATABASE: 'd',
        PGUSER: 'u',
        PGPASSWORD: 'p',
        PGSSLMODE: 'verify-ca',
        PGSSLROOTCERT: '/ca',
        PGSSLCERT: '/crt',
        PGSSLKEY: '/key',
        PGCONNECT_TIMEOUT: '9',
        PGCHANNELBINDING: 'require',
      },
      home: null,
    })
    expect(resolved.values).toEqual({
      host: '/run/postgresql',
      port: 5433,
      database: 'd',
      user: 'u',
      password: 'p',
      sslmode: 'verify-ca',
      sslrootcert: '/ca',
      sslcert: '/crt',
      sslkey: '/key',
    })
    expect(new Set(Object.values(resolved.sources))).toEqual(new Set(['environment']))
    expect(resolved.connectTimeoutMs).toBe(9000)
    expect(resolved.channelBinding).toBe('require')
  })

  it('the source of a value is never an empty variable', () => {
    expect(resolveSettings({ flags: {}, env: { PGHOST: '', PGPORT: '' }, home: null }).values).toEqual({})
  })

  it('the source of a value is sslmode require where PGREQUIRESSL is 1 and nothing else sets a mode', () => {
    const of = (env: NodeJS.ProcessEnv, dsn = '') =>
      resolveSettings({ flags: {}, ...(dsn ? { dsn } : {}), env, home }).values.sslmode
    expect(of({ PGREQUIRESSL: '1' })).toBe('require')
    expect(of({ PGREQUIRESSL: '0' })).toBeUndefined()
    expect(of({ PGREQUIRESSL: '1', PGSSLMODE: 'disable' })).toBe('disable')
    expect(of({ PGREQUIRESSL: '1' }, 'sslmode=prefer')).toBe('prefer')
  })

  it.each([
    ['PGOPTIONS', '-c geqo=off'],
    ['PGREQUIREAUTH', 'scram-sha-256'],
    ['PGREQUIREPEER', 'postgres'],
    ['PGSSLCERTMODE', 'require'],
    ['PGSSLMINPROTOCOLVERSION', 'TLSv1.3'],
    ['PGSSLMAXPROTOCOLVERSION', 'TLSv1.2'],
    ['PGGSSENCMODE', 'require'],
    ['PGTARGETSESSIONATTRS', 'read-only'],
    ['PGMINPROTOCOLVERSION', '3.2'],
  ])('the source of a value is never the variable %s=%s, which a warning names', (variable, value) => {
    const { values, warnings } = resolveSettings({ flags: {}, env: { [variable]: value }, home })
    expect(values).toEqual({})
    expect(warnings).toEqual([expect.stringContaining(variable)])
    expect(warnings.join()).not.toContain(value)
  })

  it.each([
    ['PGAPPNAME', 'x'],
    ['PGCLIENTENCODING', 'LATIN1'],
    ['PGSSLCOMPRESSION', '1'],
    ['PGKRBSRVNAME', 'x'],
    ['PGGSSLIB', 'gssapi'],
    ['PGGSSDELEGATION', '1'],
    ['PGGSSENCMODE', 'prefer'],
    ['PGTARGETSESSIONATTRS', 'read-write'],
    ['PGLOADBALANCEHOSTS', 'random'],
    ['PGMINPROTOCOLVERSION', '3.0'],
    ['PGMAXPROTOCOLVERSION', 'latest'],
    ['PGSSLMINPROTOCOLVERSION', 'TLSv1.2'],
    ['PGSSLMAXPROTOCOLVERSION', 'TLSv1.3'],
    ['PGSSLNEGOTIATION', 'postgres'],
    ['PGSSLCERTMODE', 'allow'],
    ['PGSSLSNI', '1'],
    ['PGDATESTYLE', 'German'],
    ['PGTZ', 'UTC'],
    ['PGGEQO', 'off'],
  ])('needs no warning about %s=%s, which changes nothing here', (variable, value) => {
    expect(resolveSettings({ flags: {}, env: { [variable]: value }, home })).toMatchObject({
      values: {},
      warnings: [],
    })
  })

  it.each([
    ['sslnegotiation', 'direct', { negotiation: 'direct' }, { negotiation: 'postgres' }],
    ['sslcertmode', 'disable', { clientCertificate: 'disable' }, { clientCertificate: 'allow' }],
    ['sslsni', '0', { sni: false }, { sni: true }],
    ['sslcrl', '/Lists.crl', { crl: '/Lists.crl' }, {}],
    ['sslcrldir', '/Lists', { crlDirectory: '/Lists' }, {}],
  ] as const)(
    'says how TLS is used, in a connection string and a variable: %s=%s',
    (name, value, tls, byDefault) => {
      const env = { [`PG${name.toUpperCase()}`]: value }
      expect(resolveSettings({ flags: {}, dsn: `${name}=${value}`, env: {}, home })).toMatchObject({
        tls,
        warnings: [],
      })
      expect(resolveSettings({ flags: {}, env, home })).toMatchObject({ tls, warnings: [] })
      const [option = ''] = Object.keys(tls)
      const variables = { [option]: `PG${name.toUpperCase()}` }
      const stored = environmentTls({ ...env, PGHOST: 'h' })
      expect(stored).toEqual({ ...tls, variables, areSettingsStored: true })
      expect(overrideTls(stored, {})).toEqual(stored)
      expect(overrideTls(stored, byDefault)).toMatchObject(byDefault)
      if (option in byDefault) expect(overrideTls(stored, byDefault).variables).toEqual({})
      // The default outranks the variable, so that a stored database can be reached without it too.
      expect(resolveSettings({ flags: {}, dsn: `${name}=`, env, home }).tls).toEqual(byDefault)
    },
  )

  it.each([
    ['PGSSLNEGOTIATION', 'indirect'],
    ['PGSSLCERTMODE', 'require'],
    ['PGSSLSNI', 'maybe'],
  ])('warns about %s=%s for stored settings too', (variable, value) => {
    const warnings: string[] = []
    expect(environmentTls({ [variable]: value }, (text) => warnings.push(text))).toEqual({
      areSettingsStored: true,
    })
    expect(warnings).toEqual([expect.stringContaining(variable)])
  })

  it('draws no warning about a variable that the connection string overrides', () => {
    const env = { PGGSSENCMODE: 'require', PGOPTIONS: '-c geqo=off' }
    const dsn = "gssencmode=disable options=''"
    expect(resolveSettings({ flags: {}, dsn, env, home }).warnings).toEqual([])
  })

  it('the source of a value is never an unsupported variable, which a warning names', () => {
    const { warnings } = resolveSettings({ flags: {}, env: { PGREQUIREPEER: 'x' }, home: null })
    expect(warnings.join()).toContain('PGREQUIREPEER')
  })

  it.each([
    ['PGPORT', 'five'],
    ['PGSSLMODE', 'on'],
    ['PGCONNECT_TIMEOUT', 'soon'],
    ['PGDATABASE', 'x'.repeat(64)],
  ])('refuses a variable by its name: %s=%s', async (name, value) => {
    const error = await failure(() => resolveSettings({ flags: {}, env: { [name]: value }, home }), 'USAGE')
    expect(error.message).toContain(name)
  })
})

describe('the address of a host', () => {
  const of = (dsn: string, env: NodeJS.ProcessEnv = {}) => {
    const { values, addresses } = resolveSettings({ flags: {}, dsn, env, home })
    return { host: values.host, addresses: [...addresses].map(([host, { address }]) => [host, address]) }
  }

  it('the address of a host is hostaddr beside host, which keeps its name', () => {
    const expected = { host: 'db.example.org', addresses: [['db.example.org', '192.0.2.1']] }
    expect(of('host=db.example.org hostaddr=192.0.2.1')).toEqual(expected)
    expect(of('postgresql://db.example.org/?hostaddr=192.0.2.1')).toEqual(expected)
    expect(of('hostaddr=192.0.2.1', { PGHOST: 'db.example.org' })).toEqual(expected)
    expect(of('host=db.example.org', { PGHOSTADDR: '192.0.2.1' })).toEqual(expected)
  })

  it('the address of a host is the host itself where hostaddr stands alone or beside a Unix socket', () => {
    const expected = { host: '2001:db8::1', addresses: [] }
    expect(of('hostaddr=2001:db8::1')).toEqual(expected)
    expect(of('hostaddr=2001:db8::1 host=/tmp')).toEqual(expected)
    expect(of('hostaddr=2001:db8::1 host=2001:db8::1')).toEqual(expected)
  })
})

describe('the source of a password', () => {
  const of = (dsn: string, env: NodeJS.ProcessEnv = {}) =>
    resolveSettings({ flags: {}, dsn: `dbname=d user=u ${dsn}`, env, home }).passwordSource

  it('the source of a password is the connection string, the service, PGPASSWORD, or a line of the password file', () => {
    writeFileSync(join(home, '.pg_service.conf'), '[prod]\npassword=p\n')
    passwordFile('# comment\nother:*:*:*:x\n*:*:*:*:p\n')
    expect(of('password=p')).toEqual({ kind: 'dsn' })
    expect(of('service=prod')).toEqual({
      kind: 'service',
      service: 'prod',
      path: join(home, '.pg_service.conf'),
    })
    expect(of('', { PGPASSWORD: 'p' })).toEqual({ kind: 'environment' })
    expect(of('')).toEqual({ kind: 'password file', path: join(home, '.pgpass'), line: 3 })
    expect(of('passfile=/none')).toBeNull()
  })
})

describe('the service file', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['text after a header', '[x] # production\nhost=h\n', { host: 'h' }],
    ['a header between spaces', ' \t[x]\t\n\vhost=h\f\r\n', { host: 'h' }],
    ['empty values of any parameter', '[x]\nhost=h\nhostaddr=\nsslcrl=\nrequire_auth=\n', { host: 'h' }],
    ['a no-break space at the end of a value', '[x]\npassword=p\u00A0\n', { password: 'p\u00A0' }],
    ['a byte order mark', '\uFEFF[x]\nhost=h\n', { host: 'h' }],
    ['a broken line of another section', '[y]\nbroken\n[x]\nhost=h\n[z]\nbroken\n', { host: 'h' }],
    ['harmless values', '[x]\nhost=h\nssl_min_protocol_version=TLSv1.2\nreplication=false\n', { host: 'h' }],
  ])('the service file may contain %s, as with libpq', (_what, text, values) => {
    writeFileSync(join(home, '.pg_service.conf'), text)
    expect(resolveSettings({ flags: {}, dsn: 'service=x', env: {}, home }).values).toEqual(values)
  })

  it('the service file must be UTF-8 in the section that is read, and only there', async () => {
    const text = Buffer.from(`[a]\npassword=caf\xE9\n[b]\nhost=h\n`, 'latin1')
    writeFileSync(join(home, '.pg_service.conf'), text)
    const of = (service: string) => () =>
      resolveSettings({ flags: {}, dsn: `service=${service}`, env: {}, home }).values
    expect(of('b')()).toEqual({ host: 'h' })
    const error = await failure(of('a'), 'USAGE')
    expect(error.message).toMatch(/Line 2 .* not UTF-8.* Latin-1/)
    expect(error.message).not.toContain('caf')
  })

  it('the service file is the file of PGSERVICEFILE, then the one in PGSYSCONFDIR', () => {
    const own = join(home, 'services')
    writeFileSync(own, '# comment\n\n[a]\nhost=own\n  port=5433  \n[b]\nhost=b\n')
    mkdirSync(join(home, 'etc'))
    writeFileSync(
      join(home, 'etc/pg_service.conf'),
      '[a]\nhost=system\n[c]\nhost=c\nhost=second\npassword=x=y\n',
    )
    const env = { PGSERVICEFILE: own, PGSYSCONFDIR: join(home, 'etc') }
    const of = (service: string) =>
      resolveSettings({ flags: {}, dsn: `service=${service}`, env, home: null }).values
    expect(of('a')).toEqual({ host: 'own', port: 5433 })
    expect(of('b')).toEqual({ host: 'b' })
    expect(of('c')).toEqual({ host: 'c', password: 'x=y' })
  })

  it('the service file must contain the service, exist when it was named, and be well formed', async () => {
    const resolve = (env: NodeJS.ProcessEnv) => () => resolveSettings({ flags: {}, env, home })
    const env = { PGSERVICE: 'x', PGSYSCONFDIR: home }
    expect((await failure(resolve(env), 'USAGE')).message).toContain('"x" is not defined')
    expect((await failure(resolve({ ...env, PGSERVICEFILE: '/none' }), 'USAGE')).message).toContain('/none')
    for (const line of ['s3cr3t', 'host = x', 'service=y']) {
      writeFileSync(join(home, '.pg_service.conf'), `[x]\n${line}\n`)
      const error = await failure(resolve(env), 'USAGE')
      expect(error.message).toContain('Line 2')
      expect(error.message).not.toContain('s3cr3t')
    }
    writeFileSync(join(home, '.pg_service.conf'), '[x]\nrequirepeer=1\n')
    expect((await failure(resolve(env), 'USAGE')).message).toContain('requirepeer')
  })
})

it.each([
  ['9', 9000],
  [' 9 ', 9000],
  ['0', Number.POSITIVE_INFINITY],
  ['-1', Number.POSITIVE_INFINITY],
])('a time limit of 0 or less is none, as in libpq: %j', (text, expected) => {
  expect(
    resolveSettings({ flags: {}, dsn: `connect_timeout='${text}'`, env: {}, home }).connectTimeoutMs,
  ).toBe(expected)
  expect(environmentTimeout({ PGCONNECT_TIMEOUT: text, PGHOST: 'h' })).toBe(expected)
})

describe('the password file', () => {
  const target = { host: 'h', port: 5432, database: 'd', user: 'u' }

  it.each<[string, string | null]>([
    ['h:5432:d:u:secret', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['h:5432:d:u:secret\r', 'secret'],
    ['#h:5432:d:u:no\nh:5432:d:u:yes', 'yes'],
    ['other:5432:d:u:no\nh:5433:d:u:no\nh:5432:x:u:no\nh:5432:d:x:no', null],
    ['h:5432:d:u:first\nh:5432:d:u:second', 'first'],
    ['h:5432:d:u:a\\:b\\\\c', 'a:b\\c'],
    ['h:5432:d:u:a:b', 'a'],
    ['h:5432:d:u', null],
    ['::', null],
    ['', null],
    ['\\h:5432:d:u:escaped', 'escaped'],
    ['\\*:5432:d:u:no', null],
  ])('the line %j of the password file contains the password %j', (text, password) => {
    expect(passwordIn(text, target)).toBe(password)
  })

  it('matches escaped names', () => {
    const awkward = { host: '::1', port: 1, database: 'a:b', user: 'c\\d' }
    expect(passwordIn('\\:\\:1:1:a\\:b:c\\\\d:secret', awkward)).toBe('secret')
  })

  it.each(AWKWARD_PASSWORDS)('the password file can contain the password %s', (password) => {
    const line = `h:5432:d:u:${password.replace(/[\\:]/g, '\\$&')}`
    expect(passwordIn(line, target)).toBe(password)
  })

  it('lists a socket in the default directory as localhost, and any other by its directory', () => {
    expect(passwordIn('localhost:*:*:*:x', { ...target, host: '/var/run/postgresql' })).toBe('x')
    expect(passwordIn('localhost:*:*:*:x', { ...target, host: '/srv/pg' })).toBeNull()
    expect(passwordIn('/srv/pg:*:*:*:x', { ...target, host: '/srv/pg' })).toBe('x')
  })

  it('the password file is searched for the default host and port when none is given', () => {
    passwordFile('localhost:5432:d:u:secret\n')
    expect(lookUpPassword({ database: 'd', user: 'u' }, {}, home)).toEqual({
      password: 'secret',
      source: { kind: 'password file', path: join(home, '.pgpass'), line: 1 },
      warnings: [],
    })
    expect(lookUpPassword({ database: 'd' }, {}, home).password).toBeNull()
    expect(lookUpPassword({ database: 'd', user: 'u' }, {}, null).password).toBeNull()
  })

  it('the password file is the file that passfile= or PGPASSFILE names', () => {
    const a = passwordFile('*:*:*:*:a', 0o600, join(home, 'a'))
    const b = passwordFile('*:*:*:*:b', 0o600, join(home, 'b'))
    const of = (dsn: string) =>
      resolveSettings({ flags: {}, dsn, env: { PGPASSFILE: a }, home: null }).values.password
    expect(of('dbname=d user=u')).toBe('a')
    expect(of(`dbname=d user=u passfile=${b}`)).toBe('b')
    expect(of('dbname=d user=u passfile=/none')).toBeUndefined()
  })

  it('the password file may be in any encoding but for the password that it gives, which must be UTF-8', async () => {
    const text = Buffer.from('caf\xE9:*:*:*:x\nh:*:*:*:caf\xE9\n*:*:*:*:caf\xC3\xA9\n', 'latin1')
    writeFileSync(join(home, '.pgpass'), text)
    chmodSync(join(home, '.pgpass'), 0o600)
    const of = (host: string) => lookUpPassword({ host, database: 'd', user: 'u' }, {}, home)
    expect(of('other').password).toBe('café')
    const error = await failure(() => of('h'), 'USAGE')
    expect(error.message).toMatch(/line 2 .* not UTF-8.* Latin-1/)
    expect(error.message).not.toContain('caf')
  })

  it('the password file is ignored with a warning that states why when others may read it', () => {
    const path = passwordFile('*:*:*:*:secret\n', 0o640)
    const { values, warnings } = resolveSettings({ flags: { database: 'd', user: 'u' }, env: {}, home })
    expect(values.password).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining(path)])
    expect(warnings[0]).toContain('0640')
    expect(warnings[0]).not.toContain('secret')
  })

  it('the password file is not read when a password, or explicitly none, was given', () => {
    passwordFile('*:*:*:*:file\n')
    const of = (password: string | null) =>
      resolveSettings({ flags: { database: 'd', user: 'u', password }, env: {}, home }).values.password
    expect(of('flag')).toBe('flag')
    expect(of(null)).toBeNull()
  })
})

describe('defaults', () => {
  it('defaults are localhost, 5432 and prefer', () => {
    expect(DEFAULT_SETTINGS).toEqual({ host: 'localhost', port: 5432, sslmode: 'prefer' })
    expect(completeSettings({ database: 'd', user: 'u' })).toEqual({
      host: 'localhost',
      port: 5432,
      database: 'd',
      user: 'u',
      password: null,
      sslmode: 'prefer',
      sslrootcert: null,
      sslcert: null,
      sslkey: null,
      options: null,
    })
  })

  it('defaults verify the host name with the authorities of the system', () => {
    expect(completeSettings({ database: 'd', user: 'u', sslrootcert: 'system' }).sslmode).toBe('verify-full')
  })

  it('defaults exist neither for the database nor for the role', async () => {
    const database = await failure(() => completeSettings({ user: 'u' }), 'USAGE')
    expect(database.hint).toContain('--database')
    expect(database.details.field).toBe('database')
    const user = await failure(() => completeSettings({ database: 'd' }), 'USAGE')
    expect(user.hint).toContain('--user')
    expect(user.details.field).toBe('user')
  })
})

describe('the check of a typed value', () => {
  it('accepts a port from 1 to 65535', () => {
    for (const port of ['1', '5432', '65535']) expect(checkPort(port)).toBeNull()
    for (const port of ['', '0', '65536', '-1', '5.4', '0x10', 'abc', '1e3'])
      expect(checkPort(port)).toMatch(/65535/)
  })

  it('accepts a name of 1 to 63 bytes', () => {
    for (const check of [checkDatabaseName, checkUserName]) {
      expect(check('x'.repeat(63))).toBeNull()
      expect(check(`${'é'.repeat(31)}x`)).toBeNull()
      expect(check('é'.repeat(32))).toMatch(/64 bytes/)
      expect(check('')).toMatch(/empty/)
      expect(check('a\0b')).toMatch(/NUL/)
    }
  })

  it('accepts the sslmodes, hosts and passwords that a connection can use', () => {
    expect(checkSslMode('require')).toBeNull()
    expect(checkSslMode('REQUIRE')).toMatch(/verify-full/)
    for (const host of [
      'h',
      'db.example.org',
      '10.0.0.1',
      '::1',
      'fe80::1%eth0',
      '/run/pg',
      'under_score',
      'bücher.example',
    ]) {
      expect(checkHost(host)).toBeNull()
    }
    for (const host of [
      '',
      'a b',
      'a,b',
      'a:1',
      '[::1]',
      'x/y',
      '@abstract',
      'http://h',
      'a\nb',
      `/${'x'.repeat(100)}`,
    ]) {
      expect(checkHost(host)).not.toBeNull()
    }
    expect(checkPassword('é')).toBeNull()
    expect(checkPassword('a\0b')).toMatch(/NUL/)
  })
})
