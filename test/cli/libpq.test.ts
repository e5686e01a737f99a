import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cli, connectionArguments, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'
import { repository } from '../support/program.ts'
import { serverTlsFiles } from '../support/tls.ts'
import { variables } from '../support/variables.ts'

describe('a warning about an ignored variable', () => {
  const ignored = { PGTARGETSESSIONATTRS: 'read-only' }
  const words = expect.stringContaining('PGTARGETSESSIONATTRS')

  test('is written to stderr once, for people', async () => {
    const home = temporaryDirectory()
    const run = await cli(['schema', 'status'], { home, env: { ...(await variables()), ...ignored } })
    expect(run.status).toBe(0)
    expect(run.stderr.match(/warning: .*PGTARGETSESSIONATTRS/g)).toHaveLength(1)
  })

  test('is in the document with --json, or beside it where it is a list', async () => {
    const home = temporaryDirectory()
    const env = { ...(await variables()), ...ignored }
    const status = await cli(['schema', 'status', '--json'], { home, env })
    expect(document(status)).toMatchObject({ installed: false, warnings: [words] })
    expect(status.stderr).toBe('')
    const dependents = await cli(['schema', 'dependents', '--json'], { home, env })
    expect(document(dependents)).toEqual([])
    expect(JSON.parse(dependents.stderr)).toEqual({ warnings: [words] })
  })

  test('is in the document of the error with --json where the command fails', async () => {
    const home = temporaryDirectory()
    const env = { ...(await variables()), ...ignored, PGPASSWORD: 'wrong' }
    const run = await cli(['schema', 'status', '--json'], { home, env })
    expect(run.status).toBe(4)
    expect(JSON.parse(run.stderr)).toMatchObject({
      error: { code: 'AUTHENTICATION_FAILED' },
      warnings: [words],
    })
  })
})

test('PGREQUIRESSL=1 demands TLS', async () => {
  const home = temporaryDirectory()
  const run = await cli(['schema', 'status', '--json'], {
    home,
    env: { ...(await variables()), PGREQUIRESSL: '1' },
  })
  expect(run.status).toBe(3)
  expect(errorOf(run)).toMatchObject({ code: 'TLS_FAILED', reason: 'not offered' })
})

describe('the way in which TLS is used', () => {
  let server: RunningCluster
  beforeAll(async () => {
    server = await startCluster({ settings: ['ssl = on'], files: serverTlsFiles() })
  })
  afterAll(() => server.stop())

  const target = () => {
    const { host, port, superuser, password } = server
    return {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: superuser,
      PGDATABASE: 'postgres',
      PGPASSWORD: password,
    }
  }

  test('can be a direct handshake, by a DSN or PGSSLNEGOTIATION', async () => {
    if (server.major < 17) return
    const home = temporaryDirectory()
    const env = { ...target(), PGSSLMODE: 'require' }
    for (const [dsn, variable] of [
      ['sslnegotiation=direct'],
      ['sslsni=0', { PGSSLNEGOTIATION: 'direct' }],
    ] as const) {
      const run = await cli(['schema', 'status', '--dsn', dsn], { home, env: { ...env, ...variable } })
      expect(run).toMatchObject({ status: 0, stderr: '' })
    }
    const weak = await cli(['schema', 'status', '--dsn', 'sslnegotiation=direct sslmode=prefer', '--json'], {
      home,
      env,
    })
    expect(errorOf(weak)).toMatchObject({ code: 'USAGE', field: 'sslmode' })
  })

  test('is not stored, which "db add" says, and PGSSLNEGOTIATION counts for stored databases', async () => {
    if (server.major < 17) return
    const home = await preparedHome()
    const env = { ...target(), PGSSLMODE: 'require' }
    const add = ['db', 'add', 'x', '--dsn', 'sslnegotiation=direct']
    const added = await cli(add, { home, env })
    expect(added.status).toBe(0)
    expect(added.stderr).toContain("warning: The record can't contain sslnegotiation=direct")
    expect(added.stderr).toContain('PGSSLNEGOTIATION=direct')
    const testWith = (variables: Record<string, string>) =>
      cli(['db', 'test', 'x', '--json'], { home, env: variables })
    expect((await testWith({})).status).toBe(0)
    const direct = await testWith({ PGSSLNEGOTIATION: 'direct' })
    expect(direct.status).toBe(0)
    await cli(['db', 'edit', 'x', '--sslmode', 'prefer'], { home })
  })

  test('is left out for a stored database whose sslmode does not demand TLS, with a warning', async () => {
    const home = await preparedHome()
    const env = { ...target(), PGSSLMODE: 'prefer' }
    expect((await cli(['db', 'add', 'tcp'], { home, env })).status).toBe(0)
    const socket = { ...env, PGHOST: server.socketDirectory }
    expect((await cli(['db', 'add', 'socket'], { home, env: socket })).status).toBe(0)
    const variables = { PGSSLNEGOTIATION: 'direct' }
    const tested = await cli(['db', 'test', '--all'], { home, env: variables })
    expect(tested.status).toBe(0)
    expect(tested.stderr).toMatch(/PGSSLNEGOTIATION is ignored: .* can't be used with sslmode prefer/)
    expect(tested.stderr.match(/PGSSLNEGOTIATION is ignored/g)).toHaveLength(1)
    for (const command of [
      ['schema', 'status', 'tcp'],
      ['db', 'edit', 'tcp', '--port', env.PGPORT],
      ['db', 'remove', 'socket', '--yes'],
    ])
      expect((await cli(command, { home, env: variables })).status).toBe(0)
    const given = await cli(['schema', 'status', '--json'], { home, env: { ...env, ...variables } })
    const { message, hint } = errorOf(given)
    expect(message).toContain('sslnegotiation=direct (PGSSLNEGOTIATION)')
    expect(hint).toContain('unset PGSSLNEGOTIATION')
  })

  test('names the variables that may keep a stored database from being reached', async () => {
    const home = await preparedHome()
    const env = {
      ...target(),
      PGSSLMODE: 'require',
      PGSSLROOTCERT: join(repository, 'test/support/tls/ca.crt'),
    }
    expect((await cli(['db', 'add', 'x'], { home, env })).status).toBe(0)
    const hintWith = async (variables: Record<string, string>) => {
      const [row] = document(await cli(['db', 'test', 'x', '--json'], { home, env: variables })) as {
        error: { hint: string }
      }[]
      return row?.error.hint
    }
    expect(await hintWith({ PGSSLCRL: '/none' })).toContain('PGSSLCRL')
    expect(await hintWith({ PGSSLCRLDIR: '/none' })).toContain('PGSSLCRLDIR')
    const warned = await cli(['db', 'test', 'x'], { home, env: { PGSSLCERTMODE: 'require' } })
    expect(warned.stderr).toContain('warning: The environment variable PGSSLCERTMODE')
  })
})

describe('a text that is not UTF-8', () => {
  const latin = Buffer.from('p\xE4sswort\n', 'latin1')
  const wide = Buffer.from('\uFEFFpasswort\n', 'utf16le')

  test.each([
    ['Latin-1', latin],
    ['UTF-16', wide],
  ])('is refused as a password, and its encoding is named: %s', async (encoding, input) => {
    const home = await preparedHome()
    const path = join(home, 'pw')
    writeFileSync(path, input, { mode: 0o600 })
    const target = connectionArguments(await ownedDatabase())
    for (const [flags, options] of [
      [['--password-stdin'], { input }],
      [['--password-file', path], {}],
    ] as const) {
      const run = await cli(['db', 'add', 'x', ...target, ...flags, '--json'], { home, ...options })
      expect(run.status).toBe(2)
      expect(errorOf(run).message).toContain('is not UTF-8')
      expect(errorOf(run).message).toContain(encoding)
      expect(errorOf(run).field).toBe(flags[0].slice(2))
      expect(run.stderr).not.toMatch(/sswort|\uFFFD/)
    }
    expect(document(await cli(['db', 'list', '--json'], { home }))).toEqual([])
  })

  test('is refused as a connection string', async () => {
    const home = temporaryDirectory()
    const input = Buffer.from('host=h dbname=d user=u password=p\xE4ss', 'latin1')
    const run = await cli(['schema', 'status', '--dsn', '-', '--json'], { home, input })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ field: 'dsn', message: expect.stringContaining('Latin-1') })
  })

  test('is refused in a configuration file', async () => {
    const home = await preparedHome()
    writeFileSync(
      join(home, '.config/mathesarctl/config.yaml'),
      Buffer.from('# \xE4\nquiet: true\n', 'latin1'),
    )
    const run = await cli(['db', 'list'], { home })
    expect(run.status).toBe(2)
    expect(run.stderr).toContain('config.yaml is not UTF-8')
  })
})

test('setup creates no key where an environment file was named that has none', async () => {
  for (const [name, bytes] of [
    ['other', Buffer.from('DJANGO_SECRET_KEY=abc\n')],
    ['empty', Buffer.from('SECRET_KEY=\n')],
    ['mark', Buffer.from('\uFEFFSECRET_KEY=abc\n')],
    ['wide', Buffer.from('\uFEFFSECRET_KEY=abc\n', 'utf16le')],
    ['latin', Buffer.from('SECRET_KEY=abcd\xE9\n', 'latin1')],
  ] as const) {
    const home = temporaryDirectory()
    const path = join(home, `${name}.env`)
    writeFileSync(path, bytes, { mode: 0o600 })
    // Node has a flag of the same name, and reads the file too.
    const run = await cli(['setup', '--no-input', `--env-file=${path}`], { home })
    expect([name, run.status]).toEqual([name, name === 'wide' || name === 'latin' ? 2 : 9])
    expect(run.stderr).toContain(path)
    const key = await cli(['db', 'list', '--json'], { home })
    expect(key.status).not.toBe(0)
  }
})

test('an address beside the host is connected to, and the record keeps the host', async () => {
  const home = await preparedHome()
  const { PGHOST, ...env } = await variables()
  const dsn = `host=db.invalid hostaddr=${PGHOST}`
  const run = await cli(['db', 'add', 'x', '--dsn', dsn, '--json'], { home, env })
  expect(run.status).toBe(0)
  expect(document(run)).toMatchObject({
    status: 'added',
    warnings: [expect.stringMatching(/hostaddr.*"db\.invalid".*Mathesar looks up/)],
  })
  const shown = await cli(['db', 'show', 'x', '--json'], { home })
  expect(document(shown)).toMatchObject({ host: 'db.invalid' })
})

describe('a refused password', () => {
  test('is reported as stored where a stored database is tested', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('x', settings, { home })
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'another'`)
    const [tested] = document<{ error: { hint: string } }[]>(
      await cli(['db', 'test', 'x', '--json'], { home }),
    )
    expect(tested?.error.hint).toContain('came from the internal database.')
    const status = await cli(['schema', 'status', 'x', '--json'], { home })
    expect(errorOf(status)).toMatchObject({ passwordSource: 'stored' })
  })

  test('is reported with the file, standard input, the DSN, PGPASSWORD or a line of the password file', async () => {
    const home = temporaryDirectory()
    const { PGPASSWORD, ...env } = await variables()
    const path = join(home, 'pw')
    writeFileSync(path, 'wrong\n', { mode: 0o600 })
    const hint = async (args: readonly string[], more: Record<string, string> = {}, input = '') => {
      const run = await cli(['schema', 'status', ...args, '--json'], {
        home,
        env: { ...env, ...more },
        input,
      })
      expect(run.status).toBe(4)
      return errorOf(run).hint
    }
    expect(await hint(['--password-file', path])).toContain(`came from the file ${path}.`)
    expect(await hint(['--password-stdin'], {}, 'wrong')).toContain('came from standard input.')
    expect(await hint(['--dsn', '-'], {}, 'password=wrong')).toContain('came from the connection string.')
    expect(await hint([], { PGPASSWORD: `${PGPASSWORD}x` })).toContain('variable PGPASSWORD.')
    writeFileSync(join(home, '.pgpass'), '# mine\n*:*:*:*:wrong\n')
    chmodSync(join(home, '.pgpass'), 0o600)
    expect(await hint([])).toContain(`came from line 2 of the password file ${join(home, '.pgpass')}.`)
  })
})

test('a run warns where PGHOSTADDR outranks the host of the command line', async () => {
  const home = temporaryDirectory()
  const args = [
    'schema',
    'status',
    '--host',
    'staging.invalid',
    '--port',
    '1',
    '--database',
    'd',
    '--user',
    'u',
  ]
  const { stderr } = await cli(args, { home, env: { PGHOSTADDR: '127.0.0.1' } })
  expect(stderr).toContain('warning: PGHOSTADDR is set: the program connects to 127.0.0.1')
  const quiet = await cli(args, { home, env: { PGHOSTADDR: '127.0.0.1', PGAPPNAME: 'caf\uFFFD' } })
  expect(quiet.stderr).not.toContain('application_name')
})
