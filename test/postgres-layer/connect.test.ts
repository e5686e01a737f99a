import { getEventListeners } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openSession, withSession } from '../../src/postgres/connect.ts'
import { parseDsn } from '../../src/postgres/settings/dsn.ts'
import { completeSettings } from '../../src/postgres/settings/resolve-settings.ts'
import type { ConnectionSettings, ServerNotice } from '../../src/postgres/types.ts'
import {
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { freePort, type RunningCluster, startCluster } from '../support/postgres.ts'
import { AWKWARD_NAMES, AWKWARD_PASSWORDS } from './awkward.ts'
import { failure, startTcpServer } from './support.ts'

const OPTIONS = { timeoutMs: 10_000, home: null }

let owned: ConnectionSettings
let role: { user: string; password: string }

beforeAll(async () => {
  owned = await ownedDatabase()
  role = await createRole()
})

async function whoAmI(settings: ConnectionSettings): Promise<Record<string, unknown> | undefined> {
  return withSession(settings, OPTIONS, async (session) => {
    const rows = await session.query<Record<string, unknown>>(
      'SELECT current_user::text, current_database()::text',
    )
    return rows[0]
  })
}

/** Waits until the server has no session with that application name. */
async function hasDisappeared(application: string): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    const rows = await sql('postgres', 'SELECT FROM pg_stat_activity WHERE application_name = $1', [
      application,
    ])
    if (rows.length === 0) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

describe('a connection', () => {
  it.each(['127.0.0.1', '::1', 'localhost', 'socket'])('connects to %s', async (host) => {
    const settings = { ...owned, host: host === 'socket' ? sharedCluster().socketDirectory : host }
    expect(await whoAmI(settings)).toEqual({ current_user: owned.user, current_database: owned.database })
  })

  it('ignores the sslmode on a Unix socket, as libpq does', async () => {
    const settings = { ...owned, host: sharedCluster().socketDirectory, sslmode: 'verify-full' as const }
    expect((await whoAmI(settings))?.current_user).toBe(owned.user)
  })

  it('sends its application name and UTF-8 as the encoding, and no other setting', async () => {
    await withSession(owned, OPTIONS, async (session) => {
      const rows = await session.query<{ name: string; source: string; setting: string }>(
        `SELECT name, source, setting FROM pg_settings WHERE source = 'client' ORDER BY name`,
      )
      expect(rows).toEqual([
        { name: 'application_name', source: 'client', setting: 'mathesarctl' },
        { name: 'client_encoding', source: 'client', setting: 'UTF8' },
      ])
      expect(session.isEncrypted).toBe(false)
    })
  })

  it('reads no environment variable by itself', async () => {
    const names = {
      PGOPTIONS: '-c geqo=off',
      PGREPLICATION: 'database',
      PGSSLNEGOTIATION: 'direct',
      PGPASSWORD: 'x',
    }
    Object.assign(process.env, {
      ...names,
      PGUSER: 'nobody',
      PGDATABASE: 'x',
      PGHOST: 'x',
      PGPORT: '1',
      PGAPPNAME: 'x',
    })
    try {
      await withSession(owned, OPTIONS, async (session) => {
        const rows = await session.query(
          "SELECT current_setting('geqo') AS geqo, current_setting('application_name') AS name",
        )
        expect(rows).toEqual([{ geqo: 'on', name: 'mathesarctl' }])
      })
      expect((await failure(() => whoAmI({ ...owned, password: null }), 'USAGE')).details.field).toBe(
        'password',
      )
    } finally {
      for (const name of [...Object.keys(names), 'PGUSER', 'PGDATABASE', 'PGHOST', 'PGPORT', 'PGAPPNAME']) {
        delete process.env[name]
      }
    }
  })

  it('sends the options that the settings hold', async () => {
    await withSession({ ...owned, options: '-c geqo=off' }, OPTIONS, async (session) => {
      expect(await session.query("SELECT current_setting('geqo') AS geqo")).toEqual([{ geqo: 'off' }])
    })
  })

  it('reports its steps, and never the password', async () => {
    const steps: string[] = []
    await withSession(
      { ...owned, host: 'localhost' },
      { ...OPTIONS, onDetail: (step) => steps.push(step) },
      async () => {},
    )
    expect(steps.join('\n')).toContain('logged in')
    expect(steps.join('\n')).not.toContain(owned.password)
  })
})

describe('a password with special characters', () => {
  it.each(AWKWARD_PASSWORDS)('logs in through a URI and a key=value string: %s', async (password) => {
    await sql(
      'postgres',
      `ALTER ROLE ${pg.escapeIdentifier(role.user)} PASSWORD ${pg.escapeLiteral(password)}`,
    )
    const { host, port } = sharedCluster()
    const uri = `postgresql://${role.user}:${encodeURIComponent(password)}@${host}:${port}/postgres`
    const string = `host=${host} port=${port} dbname=postgres user=${role.user} password='${password.replace(/[\\']/g, '\\$&')}'`
    for (const dsn of [uri, string]) {
      expect((await whoAmI(completeSettings(parseDsn(dsn).settings)))?.current_user).toBe(role.user)
    }
  })
})

describe('a name with special characters', () => {
  it.each(AWKWARD_NAMES)(
    'a name with special characters is used unchanged for role and database: %s',
    async (name) => {
      const settings = await ownedDatabase({ user: name, database: name })
      expect(await whoAmI(settings)).toEqual({ current_user: name, current_database: name })
      await sql('postgres', `DROP DATABASE ${pg.escapeIdentifier(name)}`)
      await sql('postgres', `DROP ROLE ${pg.escapeIdentifier(name)}`)
    },
  )
})

describe('an impossible value', () => {
  it.each<[Partial<ConnectionSettings>, string]>([
    [{ database: 'x'.repeat(64) }, 'database'],
    [{ user: '' }, 'user'],
    [{ user: 'a\0b' }, 'user'],
    [{ password: 'a\0b' }, 'password'],
    [{ host: 'a,b' }, 'host'],
    [{ port: 0 }, 'port'],
    [{ options: 'a\0b' }, 'options'],
    [{ sslrootcert: 'system', sslmode: 'require' }, 'sslmode'],
  ])('an impossible value is refused before anything is sent: %j', async (change, field) => {
    const error = await failure(() => openSession({ ...owned, ...change }, OPTIONS), 'USAGE')
    expect(error.details.field).toBe(field)
  })
})

describe('a login that is refused', () => {
  it('a login that is refused is reported as a wrong password, without showing it', async () => {
    const error = await failure(() => whoAmI({ ...owned, password: 'wr0ng' }), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain(owned.user)
    expect(error.message).toContain(owned.database)
    expect(error.details.sqlstate).toBe('28P01')
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('wr0ng')
  })

  it('a login that is refused is reported the same way for a role that does not exist, as the server does', async () => {
    await failure(() => whoAmI({ ...owned, user: uniqueName('ghost') }), 'AUTHENTICATION_FAILED')
  })

  it.each([null, ''])('asks for the password when it is %j', async (password) => {
    const error = await failure(() => whoAmI({ ...owned, password }), 'USAGE')
    expect(error.details.field).toBe('password')
    expect(error.hint).toContain('--password-stdin')
    expect(error.hint).toContain('--password-file')
  })

  it('a login that is refused is reported as a database that does not exist', async () => {
    const error = await failure(
      () => whoAmI({ ...owned, database: 'no such "db"' }),
      'DATABASE_DOES_NOT_EXIST',
    )
    expect(error.message).toContain('no such "db"')
    expect(error.hint).toContain('upper and lower case count')
    // Only db add can create it.
    expect(error.hint).not.toContain('--create-database')
  })

  it('a login that is refused is reported as a missing CONNECT privilege, with the statement that grants it', async () => {
    const name = 'needs "connect"'
    const settings = await ownedDatabase({ database: name })
    await sql('postgres', `REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(name)} FROM PUBLIC`)
    const error = await failure(
      () => whoAmI({ ...settings, ...role, password: 'p\tq' }),
      'INSUFFICIENT_PRIVILEGE',
    )
    expect(error.hint).toContain(`GRANT CONNECT ON DATABASE "needs ""connect""" TO "${role.user}";`)
    await sql('postgres', `DROP DATABASE ${pg.escapeIdentifier(name)}`)
  })

  it('a login that is refused is reported as a role that is not allowed to log in', async () => {
    const blocked = await createRole()
    await sql('postgres', `ALTER ROLE ${blocked.user} NOLOGIN`)
    const error = await failure(() => whoAmI({ ...owned, ...blocked }), 'AUTHENTICATION_FAILED')
    expect(error.hint).toContain(`ALTER ROLE "${blocked.user}" LOGIN`)
  })

  it('a login that is refused is reported as a role without a free connection', async () => {
    const limited = await createRole({ attributes: 'CONNECTION LIMIT 1' })
    const settings = { ...superuserSettings(), ...limited }
    await withSession(settings, OPTIONS, async () => {
      const error = await failure(() => whoAmI(settings), 'CONNECTION_FAILED')
      expect(error.details.sqlstate).toBe('53300')
    })
  })

  it('a login that is refused is reported as a database that accepts no connections', async () => {
    const { database, ...rest } = await ownedDatabase()
    await sql('postgres', `ALTER DATABASE ${database} ALLOW_CONNECTIONS false`)
    const error = await failure(() => whoAmI({ ...rest, database }), 'CONNECTION_FAILED')
    expect(error.message).toContain('accepts no connections')
  })
})

describe('a login that pg_hba.conf decides', () => {
  let cluster: RunningCluster

  beforeAll(async () => {
    cluster = await startCluster({
      hba: [
        'local all peer_role peer',
        'host all rejected_role 127.0.0.1/32 reject',
        'host all trusted_role 127.0.0.1/32 trust',
        'host all ghost 127.0.0.1/32 trust',
        'host all md5_role 127.0.0.1/32 md5',
        'host all clear_role 127.0.0.1/32 password',
        'host only_this all ::1/128 scram-sha-256',
        'host all all ::1/128 reject',
      ],
    })
    for (const name of ['peer_role', 'rejected_role', 'trusted_role', 'clear_role']) {
      await createRole({ name, password: 'p' }, cluster)
    }
    await sql(
      'postgres',
      `SET password_encryption = md5; CREATE ROLE md5_role LOGIN PASSWORD 'p'`,
      [],
      null,
      cluster,
    )
  })
  afterAll(() => cluster.stop())

  const as = (user: string, change: Partial<ConnectionSettings> = {}) => ({
    ...superuserSettings('postgres', cluster),
    user,
    password: 'p',
    ...change,
  })

  it.each(['md5_role', 'clear_role', 'trusted_role'])('admits %s by its own method', async (user) => {
    expect((await whoAmI(as(user)))?.current_user).toBe(user)
  })

  it('needs no password where the server asks for none', async () => {
    expect((await whoAmI(as('trusted_role', { password: null })))?.current_user).toBe('trusted_role')
  })

  it('explains a rejection with the address that the server saw, and the line that would admit the role', async () => {
    const error = await failure(() => whoAmI(as('rejected_role')), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('127.0.0.1')
    expect(error.hint).toContain('host "postgres" "rejected_role" 127.0.0.1/32 scram-sha-256')
    const v6 = await failure(() => whoAmI(as('rejected_role', { host: '::1' })), 'AUTHENTICATION_FAILED')
    expect(v6.hint).toContain('::1/128')
  })

  it('explains peer authentication with the line that would admit the role', async () => {
    const error = await failure(
      () => whoAmI(as('peer_role', { host: cluster.socketDirectory })),
      'AUTHENTICATION_FAILED',
    )
    expect(error.message).toContain('peer')
    expect(error.hint).toContain('local "postgres" "peer_role" scram-sha-256')
  })

  it('names a role that does not exist if the server reports it', async () => {
    const error = await failure(() => whoAmI(as('ghost')), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('has no role "ghost"')
  })

  it('requires channel binding only when the settings ask for it', async () => {
    for (const user of ['clear_role', 'trusted_role']) {
      const action = () => openSession(as(user), { ...OPTIONS, channelBinding: 'require' })
      expect((await failure(action, 'AUTHENTICATION_FAILED')).message).toContain('channel_binding=require')
    }
  })

  it('waits for a server that starts up', async () => {
    const settings = as('trusted_role')
    let turnedAway = 0
    const starting = await startTcpServer((socket) => {
      if (turnedAway < 2) {
        turnedAway++
        socket.once('data', () => socket.end(fatal('57P03', 'the database system is starting up')))
        return
      }
      const upstream = connect(settings.port, settings.host)
      upstream.on('error', () => {})
      socket.pipe(upstream).pipe(socket)
    })
    expect((await whoAmI({ ...settings, port: starting.port }))?.current_user).toBe('trusted_role')
    expect(turnedAway).toBe(2)
    await starting.stop()
  })

  it('stops at the deadline if a server keeps starting up', async () => {
    const starting = await startTcpServer((socket) =>
      socket.once('data', () => socket.end(fatal('57P03', 'the database system is starting up'))),
    )
    const settings = as('trusted_role', { port: starting.port })
    const error = await failure(
      () => openSession(settings, { ...OPTIONS, timeoutMs: 600 }),
      'CONNECTION_FAILED',
    )
    expect(error.message).toContain('starting up')
    await starting.stop()
  })
})

function fatal(sqlstate: string, message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

describe('a server that cannot be reached', () => {
  it('refuses the connection when nothing listens on the port', async () => {
    const port = await freePort()
    const error = await failure(() => whoAmI({ ...owned, port }), 'CONNECTION_FAILED')
    expect(error.message).toContain(`${owned.host}:${port} refused`)
  })

  it('reports a host name that does not resolve', async () => {
    const error = await failure(() => whoAmI({ ...owned, host: 'no-such-host.invalid' }), 'CONNECTION_FAILED')
    expect(error.message).toContain('no-such-host.invalid')
    expect(error.details.field).toBe('host')
  })

  it('reports a Unix socket that does not exist, or that nothing listens on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-socket-'))
    const missing = await failure(() => whoAmI({ ...owned, host: directory }), 'CONNECTION_FAILED')
    expect(missing.message).toContain(join(directory, `.s.PGSQL.${owned.port}`))
    writeFileSync(join(directory, `.s.PGSQL.${owned.port}`), '')
    const dead = await failure(() => whoAmI({ ...owned, host: directory }), 'CONNECTION_FAILED')
    expect(dead.message).toContain('Nothing listens')
    rmSync(directory, { recursive: true })
  })

  it.skipIf(process.getuid?.() === 0)(
    'reports a Unix socket that this user is not allowed to open',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-socket-'))
      mkdirSync(join(directory, 'closed'), { mode: 0 })
      const error = await failure(
        () => whoAmI({ ...owned, host: join(directory, 'closed') }),
        'CONNECTION_FAILED',
      )
      expect(error.message).toContain('may not open')
      chmodSync(join(directory, 'closed'), 0o700)
      rmSync(directory, { recursive: true })
    },
  )

  it.each([
    ['disable', 'login'],
    ['prefer', 'request for TLS'],
  ] as const)(
    'reports the step at which the deadline passed when the server never answers (sslmode %s)',
    async (sslmode, step) => {
      const silent = await startTcpServer((socket) => socket.resume())
      const start = performance.now()
      const settings = { ...owned, port: silent.port, sslmode }
      const error = await failure(
        () => openSession(settings, { ...OPTIONS, timeoutMs: 400 }),
        'CONNECTION_FAILED',
      )
      expect(performance.now() - start).toBeLessThan(1500)
      expect(error.message).toContain(step)
      expect(error.message).toContain('0.4 s')
      await silent.stop()
    },
  )

  it('reports a server that never finishes the TLS handshake', async () => {
    const silent = await startTcpServer((socket) => socket.once('data', () => socket.write('S')))
    const settings = { ...owned, port: silent.port, sslmode: 'require' as const }
    const error = await failure(
      () => openSession(settings, { ...OPTIONS, timeoutMs: 400 }),
      'CONNECTION_FAILED',
    )
    expect(error.message).toContain('TLS handshake')
    await silent.stop()
  })

  it('speaks another protocol', async () => {
    const web = await startTcpServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    for (const sslmode of ['prefer', 'disable'] as const) {
      await failure(() => whoAmI({ ...owned, port: web.port, sslmode }), 'CONNECTION_FAILED')
    }
    await web.stop()
    const other = await startTcpServer((socket) =>
      socket.write(Buffer.from([0x4a, 0, 0, 0, 4, 0x4a, 0, 0, 0, 4])),
    )
    await failure(() => whoAmI({ ...owned, port: other.port, sslmode: 'disable' }), 'CONNECTION_FAILED')
    await other.stop()
  })

  it.each([
    [
      'in one piece',
      'Ecould not fork new process for connection: Resource temporarily unavailable\n\0',
      1000,
    ],
    ['byte by byte', 'Ecould not fork new process for connection: Resource temporarily unavailable\n\0', 1],
  ])('has no process for the connection, and says so as before protocol 3, %s', async (_, answer, size) => {
    const full = await startTcpServer((socket) => {
      socket.setNoDelay(true)
      const bytes = Buffer.from(answer)
      const write = (at: number) => {
        if (at >= bytes.length) socket.end()
        else socket.write(bytes.subarray(at, at + size), () => setImmediate(() => write(at + size)))
      }
      write(0)
    })
    onTestFinished(full.stop)
    for (const sslmode of ['disable', 'prefer'] as const) {
      const error = await failure(() => whoAmI({ ...owned, port: full.port, sslmode }), 'CONNECTION_FAILED')
      expect(error.message).toMatch(
        /could not serve .*: could not fork new process for connection: Resource temporarily unavailable\.$/,
      )
      expect(error.details.data).toMatchObject({ reason: 'out of resources' })
      expect(error.hint).toMatch(/processes/)
    }
  })

  it.each([
    ['of memcached', 'ERROR\r\n'],
    ['that is longer than any such error', `E${'x'.repeat(5000)}`],
    ['with control characters', 'Eco\x01uld\0'],
  ])('answers with an error %s', async (_, answer) => {
    const other = await startTcpServer((socket) => socket.write(answer))
    onTestFinished(other.stop)
    const error = await failure(
      () => whoAmI({ ...owned, port: other.port, sslmode: 'disable' }),
      'CONNECTION_FAILED',
    )
    expect(error.message).toContain("does not speak PostgreSQL's protocol")
  })

  it('closes the connection at once', async () => {
    const closing = await startTcpServer((socket) => socket.end())
    for (const sslmode of ['disable', 'prefer', 'require'] as const) {
      const error = await failure(
        () => whoAmI({ ...owned, port: closing.port, sslmode }),
        'CONNECTION_FAILED',
      )
      expect(error.message).toContain('closed the connection')
    }
    await closing.stop()
  })

  it('asks for an authentication method that is not supported', async () => {
    const gss = await startTcpServer((socket) =>
      socket.once('data', () => socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 7]))),
    )
    const error = await failure(() => whoAmI({ ...owned, port: gss.port }), 'AUTHENTICATION_FAILED')
    expect(error.message).toContain('GSSAPI')
    await gss.stop()
  })
})

describe('connecting, however it ends', () => {
  it('leaves no socket, timer or listener behind', async () => {
    const silent = await startTcpServer((socket) => socket.resume())
    const busy = () =>
      process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe|TLS|Timeout/.test(kind)).length
    const controller = new AbortController()
    const options = { ...OPTIONS, timeoutMs: 200, signal: controller.signal }
    const attempts: ConnectionSettings[] = [
      owned,
      { ...owned, sslmode: 'prefer' },
      { ...owned, sslmode: 'require' },
      { ...owned, password: 'wrong' },
      { ...owned, password: null },
      { ...owned, port: silent.port },
      { ...owned, port: silent.port, sslmode: 'require' },
      { ...owned, host: 'no-such-host.invalid' },
      { ...owned, host: '/no/such/directory' },
    ]
    const before = busy()
    for (const settings of attempts) await withSession(settings, options, async () => {}).catch(() => {})
    await silent.stop()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(busy()).toBeLessThan(before)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })
})

describe('a session', () => {
  it('answers queries one after the other when they are sent at the same time', async () => {
    await withSession(owned, OPTIONS, async (session) => {
      const answers = await Promise.all(
        [1, 2, 3].map((n) => session.query<{ n: number }>('SELECT $1::int AS n', [n])),
      )
      expect(answers.map((rows) => rows[0]?.n)).toEqual([1, 2, 3])
    })
  })

  it('runs a script and returns the rows of its last statement that has any', async () => {
    await withSession(owned, OPTIONS, async (session) => {
      expect(await session.run('SELECT 1 AS a; SELECT 2 AS b; CREATE TEMP TABLE t (x int)')).toEqual([
        { b: 2 },
      ])
      expect(await session.run('SELECT 1 AS a; SELECT * FROM t')).toEqual([])
      expect(await session.run('')).toEqual([])
    })
  })

  it('passes notices on while the script still runs', async () => {
    await withSession(owned, OPTIONS, async (session) => {
      const notices: (ServerNotice & { at: number })[] = []
      const start = performance.now()
      await session.run(
        `DO $$BEGIN RAISE INFO 'first'; END$$; SELECT pg_sleep(0.4); DO $$BEGIN RAISE WARNING 'second'; END$$`,
        (notice) => notices.push({ ...notice, at: performance.now() - start }),
      )
      expect(notices).toMatchObject([
        { severity: 'INFO', message: 'first', sqlstate: '00000' },
        { severity: 'WARNING', message: 'second', sqlstate: '01000' },
      ])
      expect(notices[0]?.at).toBeLessThan(350)
    })
  })

  it('a session stays usable after a statement that failed', async () => {
    await withSession(owned, OPTIONS, async (session) => {
      await expect(session.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' })
      expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
    })
  })

  it('a session has no deadline once it is logged in', async () => {
    const session = await openSession(owned, { ...OPTIONS, timeoutMs: 300 })
    await session.query('SELECT pg_sleep(0.5)')
    await session.close()
  })

  it('a session can be closed more than once, and leaves nothing on the server', async () => {
    const session = await openSession(owned, OPTIONS)
    const name = uniqueName('app')
    await session.query(`SET application_name = '${name}'`)
    await session.close()
    await session.close()
    expect(await hasDisappeared(name)).toBe(true)
    await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
  })

  it('cancels the running statement when it is closed', async () => {
    const session = await openSession(owned, OPTIONS)
    const name = uniqueName('app')
    await session.query(`SET application_name = '${name}'`)
    const sleeping = session.query('SELECT pg_sleep(60)').catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await session.close()
    expect(await hasDisappeared(name)).toBe(true)
    await sleeping
  })
})

describe('an abort', () => {
  it.each(['127.0.0.1', 'socket'])('cancels a running statement promptly (%s)', async (host) => {
    const controller = new AbortController()
    const settings = { ...owned, host: host === 'socket' ? sharedCluster().socketDirectory : host }
    const session = await openSession(settings, { ...OPTIONS, signal: controller.signal })
    const name = uniqueName('app')
    await session.query(`SET application_name = '${name}'`)
    const sleeping = session.query('SELECT pg_sleep(60)')
    setTimeout(() => controller.abort(new Error('stop it')), 100)
    const start = performance.now()
    await expect(sleeping).rejects.toThrow('stop it')
    expect(performance.now() - start).toBeLessThan(1500)
    expect(await hasDisappeared(name)).toBe(true)
    await expect(session.query('SELECT 1')).rejects.toThrow('stop it')
    await session.close()
  })

  it('ends connecting', async () => {
    const silent = await startTcpServer((socket) => socket.resume())
    const signal = AbortSignal.timeout(100)
    const opening = openSession({ ...owned, port: silent.port }, { ...OPTIONS, signal })
    await expect(opening).rejects.toMatchObject({ name: 'TimeoutError' })
    await silent.stop()
    await expect(
      openSession(owned, { ...OPTIONS, signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no')
  })
})

describe('a connection that is cut', () => {
  it('rejects the running statement when the server terminates it', async () => {
    const session = await openSession(owned, OPTIONS)
    const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const sleeping = session.query('SELECT pg_sleep(60)')
    const caught = failure(() => sleeping, 'CONNECTION_FAILED')
    await new Promise((resolve) => setTimeout(resolve, 100))
    await sql('postgres', 'SELECT pg_terminate_backend($1)', [row?.pid])
    expect((await caught).details.sqlstate).toBe('57P01')
    await failure(() => session.query('SELECT 1'), 'CONNECTION_FAILED')
    await session.close()
  })

  it('rejects the next statement when the server terminated it while idle', async () => {
    const session = await openSession(owned, OPTIONS)
    const [row] = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await sql('postgres', 'SELECT pg_terminate_backend($1)', [row?.pid])
    await new Promise((resolve) => setTimeout(resolve, 200))
    await failure(() => session.query('SELECT 1'), 'CONNECTION_FAILED')
    await session.close()
  })

  it('rejects the running statement when the network is lost', async () => {
    const cluster = sharedCluster()
    const pipes: (() => void)[] = []
    const proxy = await startTcpServer((socket) => {
      const upstream = connect(cluster.port, cluster.host)
      upstream.on('error', () => {})
      socket.pipe(upstream).pipe(socket)
      pipes.push(() => {
        socket.resetAndDestroy()
        upstream.destroy()
      })
    })
    const session = await openSession({ ...owned, port: proxy.port }, OPTIONS)
    const caught = failure(() => session.run('SELECT pg_sleep(1)'), 'CONNECTION_FAILED')
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const cut of pipes) cut()
    expect((await caught).message).toContain('was lost')
    await session.close()
    await proxy.stop()
  })
})
