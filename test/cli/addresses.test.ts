import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readAddresses } from '../../src/cli/settings/addresses.ts'
import { cli, connectionArguments, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'

describe('--address', () => {
  test.each<[string, string, { address: string; port?: number }]>([
    ['mathesar_db=127.0.0.1', 'mathesar_db', { address: '127.0.0.1' }],
    ['mathesar_db=127.0.0.1:5433', 'mathesar_db', { address: '127.0.0.1', port: 5433 }],
    ['mathesar_db=db.example.org:5433', 'mathesar_db', { address: 'db.example.org', port: 5433 }],
    ['mathesar_db=[::1]', 'mathesar_db', { address: '::1' }],
    ['mathesar_db=[2001:db8::1]:5433', 'mathesar_db', { address: '2001:db8::1', port: 5433 }],
    ['mathesar_db=/run/postgresql', 'mathesar_db', { address: '/run/postgresql' }],
    ['mathesar_db=/run/postgresql:5433', 'mathesar_db', { address: '/run/postgresql', port: 5433 }],
    ['Mathesar_DB=127.0.0.1', 'mathesar_db', { address: '127.0.0.1' }],
    ['/run/Postgresql=127.0.0.1', '/run/Postgresql', { address: '127.0.0.1' }],
    ['::1=127.0.0.1', '::1', { address: '127.0.0.1' }],
    ['[::1]=127.0.0.1:5433', '::1', { address: '127.0.0.1', port: 5433 }],
  ])('reads %s', (flag, host, expected) => {
    expect([...readAddresses([flag], undefined, null)]).toEqual([[host, { ...expected, origin: 'address' }]])
  })

  test.each([
    'mathesar_db',
    '=127.0.0.1',
    'mathesar_db=',
    'mathesar_db=:5433',
    'mathesar_db=127.0.0.1:',
    'mathesar_db=127.0.0.1:0',
    'mathesar_db=127.0.0.1:65536',
    'mathesar_db=127.0.0.1:port',
    'mathesar_db=::1',
    'mathesar_db=::1:5433',
    'mathesar_db=[::1',
    'mathesar_db=[127.0.0.1]',
    'mathesar_db=[::1]5433',
    'mathesar_db=a b',
    'mathesar_db=postgresql://h',
    'mathesar_db=one,two',
    'mathesar_db:5432=127.0.0.1',
    'run/postgresql=127.0.0.1',
  ])('is refused as %j', async (flag) => {
    const run = await cli(['db', 'list', '--json', '--address', flag], { home: temporaryDirectory() })
    expect([run.status, errorOf(run).code, errorOf(run).field]).toEqual([2, 'USAGE', 'address'])
  })

  test('counts for the last of several addresses of a host, and outranks the configuration file', () => {
    const config = { mathesar_db: '192.0.2.1', other: '192.0.2.2:5433' }
    const flags = ['mathesar_db=192.0.2.3', 'mathesar_db=192.0.2.4']
    const addresses = readAddresses(flags, config, '/config.yaml')
    expect([...addresses].map(([host, { address, port }]) => [host, address, port])).toEqual([
      ['mathesar_db', '192.0.2.4', undefined],
      ['other', '192.0.2.2', 5433],
    ])
  })

  test('is refused in the configuration file with the name of its key', async () => {
    const home = temporaryDirectory()
    mkdirSync(join(home, '.config/mathesarctl'), { recursive: true })
    const write = (text: string) => writeFileSync(join(home, '.config/mathesarctl/config.yaml'), text)
    write('addresses:\n  mathesar_db: 127.0.0.1:port\n')
    const run = await cli(['db', 'list', '--json'], { home })
    expect([run.status, errorOf(run).code]).toEqual([2, 'USAGE'])
    expect(errorOf(run).message).toContain('addresses.mathesar_db')
    write('addresses:\n  mathesar_db: 5433\n')
    expect(errorOf(await cli(['db', 'list', '--json'], { home })).message).toContain('addresses')
  })
})

describe('a host that this machine reaches at another address', () => {
  const HOST = 'mathesar_db.invalid'

  test('is connected to by every command that works on a database, and never stored', async () => {
    const home = await preparedHome()
    const real = await ownedDatabase()
    const settings = { ...real, host: HOST, port: 5432 }
    const address = ['--address', `${HOST.toUpperCase()}=${real.host}:${real.port}`]
    const input = real.password ?? ''
    const flags = [...connectionArguments(settings), '--password-stdin', ...address]
    const added = await cli(['db', 'add', 'x', ...flags, '--json'], { home, input })
    expect(added, added.stderr).toMatchObject({ status: 0 })
    expect(document(added)).not.toHaveProperty('warnings')
    const shown = await cli(['db', 'show', 'x', '--json'], { home })
    expect(document(shown)).toMatchObject({ host: HOST, port: 5432 })
    for (const command of [
      ['db', 'test', 'x'],
      ['schema', 'status', 'x'],
      ['schema', 'dependents', 'x'],
      ['db', 'remove', 'x', '--dry-run'],
      ['db', 'edit', 'x', '--sslmode', 'allow', '--yes'],
      ['schema', 'remove', 'x', '--yes'],
      ['schema', 'install', 'x'],
      ['db', 'remove', 'x', '--remove-schema', '--yes'],
    ]) {
      const run = await cli([...command, ...address], { home })
      expect([command.join(' '), run.status, run.stderr]).toEqual([command.join(' '), 0, expect.anything()])
    }
  })

  test('keeps its name for the password file, and --verbose shows both', async () => {
    const home = temporaryDirectory()
    const real = await ownedDatabase()
    const { database, user, password } = real
    writeFileSync(join(home, '.pgpass'), `${HOST}:5432:${database}:${user}:${password}\n`, { mode: 0o600 })
    const dsn = `postgresql://${user}@${HOST}/${database}`
    const address = ['--address', `${HOST}=${real.host}:${real.port}`]
    const run = await cli(['schema', 'status', '--dsn', dsn, '--verbose', ...address], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain(`${HOST} is reached at ${real.host}:${real.port}`)
    expect(run.stderr).not.toContain(password)
  })

  test('is named together with its address where nothing listens there', async () => {
    const home = temporaryDirectory()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    server.close()
    onTestFinished(() => void server.close())
    const dsn = `postgresql://u:p@${HOST}:5432/d`
    const status = (address: string) =>
      cli(['schema', 'status', '--dsn', dsn, '--json', '--address', `${HOST}=${address}`], { home })
    const refused = await status(`127.0.0.1:${port}`)
    expect(refused.status).toBe(3)
    expect(errorOf(refused).message).toContain(`${HOST} (at 127.0.0.1:${port})`)
    const unknown = await status('unknown.invalid')
    expect(errorOf(unknown).message).toMatch(/"unknown\.invalid" \(the address of mathesar_db\.invalid\)/)
    const socket = await status('/nonexistent')
    expect(errorOf(socket).message).toContain(`/nonexistent/.s.PGSQL.5432 (the address of ${HOST})`)
  })

  test('is named together with its address where the server refuses the password', async () => {
    const real = await ownedDatabase()
    const home = temporaryDirectory()
    const dsn = `postgresql://${real.user}:wrong@${HOST}/${real.database}`
    const address = ['--address', `${HOST}=${real.host}:${real.port}`]
    const run = await cli(['schema', 'status', '--dsn', dsn, '--json', ...address], { home })
    expect(errorOf(run)).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(errorOf(run).message).toContain(`${HOST} (at ${real.host}:${real.port})`)
  })

  test('can be reached over a Unix socket', async () => {
    const home = temporaryDirectory()
    const run = await cli(
      [
        'schema',
        'status',
        '--json',
        '--dsn',
        `postgresql://u@${HOST}/d?sslmode=verify-full`,
        '--address',
        `${HOST}=/nonexistent`,
      ],
      { home },
    )
    expect(errorOf(run)).toMatchObject({ code: 'CONNECTION_FAILED', reason: 'socket' })
  })

  test('outranks a hostaddr, about which nothing is then reported', async () => {
    const home = await preparedHome()
    const real = await ownedDatabase()
    const dsn = `postgresql://${real.user}@${HOST}/${real.database}?hostaddr=192.0.2.1`
    const flags = ['--dsn', dsn, '--password-stdin', '--address', `${HOST}=${real.host}:${real.port}`]
    const run = await cli(['db', 'add', 'x', '--json', ...flags], { home, input: real.password ?? '' })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).not.toHaveProperty('warnings')
  })

  test('can be that of the internal database', async () => {
    const internal = await createInternalDatabase()
    const { host, port } = internal.settings
    const home = temporaryDirectory()
    const path = join(home, '.env')
    writeFileSync(path, internal.envFile.replace(/POSTGRES_HOST=.*/, `POSTGRES_HOST=${HOST}`), {
      mode: 0o600,
    })
    const list = (...flags: string[]) => cli(['db', 'list', '--json', '--env-file', path, ...flags], { home })
    expect(await list('--address', `${HOST}=${host}:${port}`)).toMatchObject({ status: 0, stdout: '[]\n' })
    expect(await list('--address', `${HOST}=${host}`)).toMatchObject({ status: 0, stdout: '[]\n' })
    const failed = await list()
    expect([failed.status, errorOf(failed).code]).toEqual([3, 'CONNECTION_FAILED'])
  })
})
