import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/errors.ts'
import { parseDsn } from '../../src/postgres/settings/dsn.ts'
import { AWKWARD_PASSWORDS } from './awkward.ts'
import { failure } from './support.ts'

describe('a URI', () => {
  it.each<[string, Record<string, unknown>]>([
    ['postgresql://', {}],
    ['postgresql://localhost', { host: 'localhost' }],
    ['postgresql://localhost:5433', { host: 'localhost', port: 5433 }],
    ['postgresql://localhost/mydb', { host: 'localhost', database: 'mydb' }],
    ['postgres://user@localhost', { user: 'user', host: 'localhost' }],
    ['postgresql://user:secret@localhost', { user: 'user', password: 'secret', host: 'localhost' }],
    ['postgresql:///mydb?host=localhost&port=5433', { database: 'mydb', host: 'localhost', port: 5433 }],
    ['postgresql://[2001:db8::1234]/db', { host: '2001:db8::1234', database: 'db' }],
    ['postgresql://[::1]:5433', { host: '::1', port: 5433 }],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/db', { host: '/var/run/postgresql', database: 'db' }],
    ['postgresql:///db?host=/tmp&user=u', { host: '/tmp', database: 'db', user: 'u' }],
    ['postgresql://u@:5433/', { user: 'u', port: 5433 }],
    ['postgresql://:@/', {}],
    ['postgresql://host/?', { host: 'host' }],
    ['postgresql://host?sslmode=require', { host: 'host', sslmode: 'require' }],
    ['postgresql://host/db?ssl=true', { host: 'host', database: 'db', sslmode: 'require' }],
    ['postgresql://a/db?host=b', { host: 'b', database: 'db' }],
    ['postgresql://me%40corp:p@h/d%20b', { user: 'me@corp', password: 'p', host: 'h', database: 'd b' }],
    ['postgresql://u:a:b@h/db', { user: 'u', password: 'a:b', host: 'h', database: 'db' }],
    ['postgresql://u:a?b#c@h/db', { user: 'u', password: 'a?b#c', host: 'h', database: 'db' }],
    ['postgresql://h/a/b', { host: 'h', database: 'a/b' }],
    ['postgresql://h/db?user=me@corp', { host: 'h', database: 'db', user: 'me@corp' }],
    [
      'postgresql://h/db?options=-c%20geqo%3Doff&application_name=x&gssencmode=prefer&keepalives_idle=9&client_encoding=LATIN1',
      { host: 'h', database: 'db', options: '-c geqo=off' },
    ],
    ['postgresql://h/db\n', { host: 'h', database: 'db' }],
    ['postgresql://h/%E6%95%B0', { host: 'h', database: '数' }],
    ['postgresql://h/a+b', { host: 'h', database: 'a+b' }],
    ['postgresql:// u @ h /d?application_name= x ', { user: 'u', host: 'h', database: 'd' }],
    [
      'postgresql://u:a\u00A0b@h/d\u00A0',
      { user: 'u', password: 'a\u00A0b', host: 'h', database: 'd\u00A0' },
    ],
    ['postgresql://u:a\tb@h/d', { user: 'u', password: 'a\tb', host: 'h', database: 'd' }],
    ['postgresql://h/d?requiressl=1', { host: 'h', database: 'd', sslmode: 'require' }],
    ['postgresql://h/d?sslmode=verify-full&ssl=true', { host: 'h', database: 'd', sslmode: 'verify-full' }],
    ['postgresql://h/d?ssl=true&sslmode=disable', { host: 'h', database: 'd', sslmode: 'disable' }],
  ])('%s', (dsn, settings) => {
    expect(parseDsn(dsn).settings).toEqual(settings)
  })

  it('returns separately what is not a setting of the connection', () => {
    expect(
      parseDsn('postgresql://h/db?connect_timeout=7&channel_binding=require&service=s&passfile=%2Fp'),
    ).toEqual({
      tls: {},
      settings: { host: 'h', database: 'db' },
      connectTimeoutMs: 7000,
      channelBinding: 'require',
      service: 's',
      passfile: '/p',
      hostaddr: null,
    })
  })
})

describe('a string of keywords and values', () => {
  it.each<[string, Record<string, unknown>]>([
    ['host=localhost port=5433 dbname=mydb', { host: 'localhost', port: 5433, database: 'mydb' }],
    ["host = localhost  dbname = 'my db'", { host: 'localhost', database: 'my db' }],
    ["password='it\\'s \\\\ ok' user=u", { password: "it's \\ ok", user: 'u' }],
    ['password=a\\ b', { password: 'a b' }],
    ['password=a\\ ', { password: 'a ' }],
    ["password='' user=u", { user: 'u' }],
    ['dbname=mydb\n\tuser=u\n', { database: 'mydb', user: 'u' }],
    ['host=/run/postgresql dbname=d', { host: '/run/postgresql', database: 'd' }],
    ['dbname=a dbname=b', { database: 'b' }],
    ['host=::1', { host: '::1' }],
    ['dbname=a=b', { database: 'a=b' }],
    ["user='postgres://x'", { user: 'postgres://x' }],
    ['host=h\vdbname=d\fuser=u\r\n', { host: 'h', database: 'd', user: 'u' }],
    ['password=a\u00A0b user=u', { password: 'a\u00A0b', user: 'u' }],
    ['password=\u2003 user=u\u3000', { password: '\u2003', user: 'u\u3000' }],
    ['password=\uFEFFx', { password: '\uFEFFx' }],
    ["port=' 5433 '", { port: 5433 }],
    ['requiressl=1', { sslmode: 'require' }],
    ['requiressl=0', { sslmode: 'prefer' }],
    ['sslmode=verify-full requiressl=1', { sslmode: 'require' }],
    ['host=h hostaddr=', { host: 'h' }],
    ["host=h sslcrl='' require_auth='' requirepeer='' ssl_min_protocol_version=''", { host: 'h' }],
    ['host=h ssl_min_protocol_version=tlsv1.2 ssl_max_protocol_version=TLSv1.3', { host: 'h' }],
    ['host=h replication=false gssdelegation=1', { host: 'h' }],
  ])('%s', (dsn, settings) => {
    expect(parseDsn(dsn).settings).toEqual(settings)
  })
})

describe('a password with special characters', () => {
  it.each(AWKWARD_PASSWORDS)(
    'a password with special characters is read unchanged from a URI: %s',
    (password) => {
      const dsn = `postgresql://u:${encodeURIComponent(password)}@h/db`
      expect(parseDsn(dsn).settings).toEqual({ user: 'u', password, host: 'h', database: 'db' })
    },
  )

  it.each(AWKWARD_PASSWORDS)(
    'a password with special characters is read unchanged from a key=value string: %s',
    (password) => {
      const quoted = password.replace(/[\\']/g, '\\$&')
      expect(parseDsn(`user=u password='${quoted}' host=h`).settings).toEqual({
        user: 'u',
        password,
        host: 'h',
      })
    },
  )
})

describe('an unsupported parameter', () => {
  it.each<[string, RegExp]>([
    ['postgresql://h/db?hostaddr=elsewhere', /hostaddr/],
    ['postgresql://h/db?ssl=false', /parameter ssl.*only as ssl=true/],
    ['host=h ssl=true', /parameter ssl.*only in a URI/],
    ['host=h hostaddr=10.0.0.1,10.0.0.2', /one hostaddr/],
    ['postgresql://h/db?sslkeylogfile=x', /sslkeylogfile/],
    ['postgresql://h/db?require_auth=scram-sha-256', /require_auth/],
    ['postgresql://h/db?gssencmode=require', /gssencmode/],
    ['postgresql://h/db?target_session_attrs=read-only', /target_session_attrs/],
    ['postgresql://h/db?target_session_attrs=standby', /target_session_attrs/],
    ['postgresql://h/db?sslnegotiation=indirect', /sslnegotiation/],
    ['postgresql://h/db?sslcertmode=require', /sslcertmode/],
    ['postgresql://h/db?sslsni=maybe', /sslsni/],
    ['postgresql://h/db?pgbouncer=true', /pgbouncer/],
    ['postgresql://h/db?constructor=1', /constructor/],
    ['postgresql://h/db?__proto__=1', /unknown parameter/],
    ['host=h sslmod=require', /sslmod"/],
    ['postgresql://a,b/db', /several hosts/],
    ['host=a,b', /one host/],
    ['host=a port=1,2', /one port/],
    ['postgresql://h:0/db', /port/],
    ['postgresql://h:65536/db', /port/],
    ['port=five', /port/],
    ['sslmode=no', /sslmode/],
    ['postgresql://h/db?sslmode=', /^$/],
    ['connect_timeout=soon', /connect_timeout/],
    ['channel_binding=maybe', /channel_binding/],
    ['host=h:5432', /colon/],
    ['host=[::1]', /brackets/],
    [`dbname=${'é'.repeat(32)}`, /64 bytes/],
    ['mysql://h/db', /mysql/],
    ['jdbc:postgresql://h/db', /jdbc:postgresql/],
    ['justaword', /neither/],
    ['', /empty/],
    ['   ', /empty/],
    ['host=a\0b', /NUL/],
    ['user=caf\uFFFD', /not UTF-8, or the character U\+FFFD/],
    ['password=caf\uFFFD', /not UTF-8/],
    ['host=h ssl_min_protocol_version=TLSv1.3', /ssl_min_protocol_version/],
    ['host=h replication=database', /replication/],
  ])('%s', async (dsn, words) => {
    if (words.source === '^$') {
      expect(parseDsn(dsn).settings).toEqual({ host: 'h', database: 'db' })
      return
    }
    const error = await failure(() => parseDsn(dsn), 'USAGE')
    expect(error.message).toMatch(words)
    expect(error.details.field).toBe('dsn')
  })
})

describe('a broken connection string', () => {
  it.each<[string, RegExp]>([
    ['postgresql://user:s3cr3t@s3cr3t@host/db', /%40/],
    ['postgresql://user:s3cr3t/s3cr3t@host/db', /%2F/],
    ['postgresql://user:123/s3cr3t?s3cr3t@host/db', /%3F/],
    ['postgresql://user:123/s3cr3t?s3cr3t=1@host/db', /percent-encoded/],
    ['postgresql://user:s3cr3t%zz@host/db', /%25/],
    ['postgresql://user:s3cr3t%@host/db', /%25/],
    ['postgresql://user:s3cr3t%2@host/db', /%25/],
    ['postgresql://user:s3cr3t%E9@host/db', /UTF-8|%25/],
    ['postgresql://user:s3cr3t%00@host/db', /Leave it out/],
    ['postgresql://user:s3cr3t s3cr3t@host/db', /%20/],
    ['postgresql://user:s3cr3t@::1/db', /\[::1\]/],
    ['postgresql://user:s3cr3t@[::1/db', /brackets/],
    ['postgresql://user:s3cr3t@host:5432x/db', /port/],
    ['postgresql://user:s3cr3t', /port/],
    ['postgresql://user:s3cr3t@host/db?sslmode', /name=value/],
    ['postgresql://user:s3cr3t@host/db?options=a=b', /%3D/],
    ['user=u password=s3cr3t s3cr3t host=h', /quoted?|' and '/],
    ['user=u password=s3cr3t s3cr3t=1 host=h', /' and '/],
    ["user=u password='s3cr3t host=h", /Close it/],
    ['password=s3cr3t sslmode=s3cr3t', /sslmode/],
    ['s3cr3t', /name=value|postgresql:/],
  ])('%s is told without showing it', (dsn, hint) => {
    let caught: unknown
    try {
      parseDsn(dsn)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(OperatorError)
    const error = caught as OperatorError
    expect(error.details.field).toBe('dsn')
    expect(error.hint).toMatch(hint)
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`).not.toContain('s3cr3t')
  })
})
