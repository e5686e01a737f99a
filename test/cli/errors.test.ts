import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cli, connectionArguments, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { add, mathesarSchemas, preparedHome, remove, storedNames } from '../support/installed.ts'
import { checkJson } from '../support/json.ts'
import { startPooler } from '../support/pooler.ts'
import { freePort, type RunningCluster, startCluster } from '../support/postgres.ts'
import { cleanEnvironment, programCommand } from '../support/program.ts'
import { serverTlsFiles, tlsFile } from '../support/tls.ts'

/** An error with its exit status, one sentence and a hint, and nothing changed. */
async function expectError(
  run: Run,
  code: string,
  status: number,
  home: string,
): Promise<ReturnType<typeof errorOf>> {
  expect(run.stdout).toBe('')
  const error = errorOf(run)
  expect({ code: error.code, status: run.status }, JSON.stringify(error)).toEqual({ code, status })
  expect(error.message).toMatch(/^[A-Z"“].*[.?!]$/s)
  expect(error.hint.length).toBeGreaterThan(10)
  expect(await storedNames(home)).toEqual([])
  return error
}

describe('a server that can’t be reached', () => {
  test('reports CONNECTION_FAILED for a closed port', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), port: await freePort() }
    const error = await expectError(await add('a', settings, { home }), 'CONNECTION_FAILED', 3, home)
    expect(error.message).toContain(String(settings.port))
  })

  test('reports CONNECTION_FAILED after the timeout for a port that accepts and never answers', async () => {
    const home = await preparedHome()
    const server = createServer((socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const started = performance.now()
    const run = await add(
      'a',
      { ...(await ownedDatabase()), port },
      { home, flags: ['--connect-timeout', '1'] },
    )
    expect(performance.now() - started).toBeLessThan(8_000)
    await expectError(run, 'CONNECTION_FAILED', 3, home)
  })

  test('reports CONNECTION_FAILED with the name of a host that does not resolve', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), host: 'no-such-host.invalid' }
    const error = await expectError(await add('a', settings, { home }), 'CONNECTION_FAILED', 3, home)
    expect(error.message).toContain('no-such-host.invalid')
  })

  test('reports DATABASE_DOES_NOT_EXIST for a missing database', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), database: 'no_such_database' }
    const error = await expectError(await add('a', settings, { home }), 'DATABASE_DOES_NOT_EXIST', 3, home)
    expect(error.hint).toContain('--create-database')
  })
})

describe('a server that refuses', () => {
  test('reports AUTHENTICATION_FAILED for a wrong password', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), password: 'not the password' }
    const error = await expectError(await add('a', settings, { home }), 'AUTHENTICATION_FAILED', 4, home)
    expect(JSON.stringify(error)).not.toContain('not the password')
  })

  test('reports USAGE with the flags where the server asks for a password and none is given', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), password: null }
    const error = await expectError(await add('a', settings, { home }), 'USAGE', 2, home)
    expect(error.hint).toContain('--password-stdin')
  })

  test('reports INSUFFICIENT_PRIVILEGE with the GRANT for a role without CREATE', async () => {
    const home = await preparedHome()
    const role = await createRole()
    const database = await createDatabase()
    const settings = { ...superuserSettings(database), ...role }
    const error = await expectError(await add('a', settings, { home }), 'INSUFFICIENT_PRIVILEGE', 5, home)
    expect(error.message).toContain('CREATE')
    expect(error.hint).toMatch(new RegExp(`GRANT CREATE ON DATABASE "?${database}"? TO "?${role.user}"?`))
    await sql('postgres', `GRANT CREATE ON DATABASE "${database}" TO "${role.user}"`)
    expect(await add('a', settings, { home })).toMatchObject({ status: 0 })
  })

  test('reports INSUFFICIENT_PRIVILEGE for a role without CONNECT', async () => {
    const home = await preparedHome()
    const role = await createRole()
    const database = await createDatabase()
    await sql('postgres', `REVOKE CONNECT ON DATABASE "${database}" FROM PUBLIC`)
    const settings = { ...superuserSettings(database), ...role }
    const error = await expectError(await add('a', settings, { home }), 'INSUFFICIENT_PRIVILEGE', 5, home)
    expect(error.hint).toContain('GRANT CONNECT')
  })

  test('reports INSUFFICIENT_PRIVILEGE with the owner for schemas of another role', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql(settings.database, 'CREATE SCHEMA msar; CREATE TABLE msar.t (a int)')
    const run = await add('a', settings, { home, flags: ['--existing-schema', 'replace'] })
    const error = await expectError(run, 'INSUFFICIENT_PRIVILEGE', 5, home)
    expect(`${error.message} ${error.hint}`).toContain('postgres')
  })

  test('reports READ_ONLY_SERVER for a read-only role', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql('postgres', `ALTER ROLE "${settings.user}" SET default_transaction_read_only = on`)
    await expectError(await add('a', settings, { home }), 'READ_ONLY_SERVER', 3, home)
  })

  test('reports POOLED_CONNECTION for a transaction pooler, and accepts a session pooler', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const login = { user: settings.user, password: settings.password ?? '' }
    const pooler = await startPooler({ cluster: sharedCluster(), login, mode: 'transaction' })
    onTestFinished(() => pooler.stop())
    const pooled = { ...settings, host: pooler.host, port: pooler.port }
    await expectError(await add('a', pooled, { home }), 'POOLED_CONNECTION', 3, home)
    expect(await mathesarSchemas(settings.database)).toEqual([])
    const session = await startPooler({ cluster: sharedCluster(), login, mode: 'session' })
    onTestFinished(() => session.stop())
    const run = await add('a', { ...settings, host: session.host, port: session.port }, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
  })

  test('reports LOCKED after the timeout for an install that waits for a lock', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const pg = (await import('pg')).default
    const holder = new pg.Client({ ...superuserClient(settings.database) })
    await holder.connect()
    onTestFinished(() => holder.end())
    const { ADVISORY_LOCK_SQL } = await import('../../src/schema/session/advisory-lock.ts')
    await holder.query(`BEGIN; ${ADVISORY_LOCK_SQL}`)
    const run = await add('a', settings, { home, flags: ['--lock-timeout', '0.5'] })
    await expectError(run, 'LOCKED', 1, home)
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })
})

function superuserClient(database: string) {
  const { host, port, user, password } = superuserSettings(database)
  return { host, port, user, password: password ?? '', database, ssl: false }
}

describe('a server that insists on TLS', () => {
  let cluster: RunningCluster
  beforeAll(async () => {
    cluster = await startCluster({
      settings: ['ssl = on'],
      files: serverTlsFiles(),
      hba: ['host all postgres 127.0.0.1/32 scram-sha-256', 'hostnossl all all 127.0.0.1/32 reject'],
    })
  })
  afterAll(() => cluster.stop())

  test('reports TLS_FAILED with sslmode disable, and accepts require', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase({}, cluster)
    await expectError(await add('a', settings, { home }), 'TLS_FAILED', 3, home)
    const run = await add('a', { ...settings, sslmode: 'require' }, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
  })

  test('reports TLS_FAILED with verify-full and an authority that is not the server’s', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase({}, cluster)
    writeFileSync(`${home}/ca.pem`, tlsFile('other-ca.crt'))
    const flags = ['--sslrootcert', `${home}/ca.pem`]
    const run = await add('a', { ...settings, sslmode: 'verify-full' }, { home, flags })
    await expectError(run, 'TLS_FAILED', 3, home)
  })

  test('reports TLS_FAILED with require for a server without TLS', async () => {
    const home = await preparedHome()
    const settings = { ...(await ownedDatabase()), sslmode: 'require' as const }
    await expectError(await add('a', settings, { home }), 'TLS_FAILED', 3, home)
  })
})

describe('the internal database', () => {
  test('the internal database is recognized by Mathesar’s own tables, and reported as INTERNAL_DATABASE_TARGET', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      'CREATE TABLE django_migrations (id int); CREATE TABLE mathesar_database (id int); CREATE ' +
        'TABLE mathesar_user (id int)',
      [],
      settings,
    )
    await expectError(await add('a', settings, { home }), 'INTERNAL_DATABASE_TARGET', 6, home)
  })

  test('the internal database is recognized when a Mathesar’s .env names it, however its address is spelled', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    writeFileSync(
      `${home}/mathesar.env`,
      `POSTGRES_DB=${settings.database}\nPOSTGRES_USER=${settings.user}\nPOSTGRES_PASSWORD=${settings.password}\nPOSTGRES_HOST=localhost\nPOSTGRES_PORT=${settings.port}\n`,
    )
    const run = await add('a', settings, { home, flags: ['--env-file', `${home}/mathesar.env`] })
    expect(settings.host).toBe('127.0.0.1')
    await expectError(run, 'INTERNAL_DATABASE_TARGET', 6, home)
  })

  test('the internal database is recognized when --internal-db names it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const url = `postgresql://${settings.user}:${settings.password}@localhost:${settings.port}/${settings.database}`
    const run = await add('a', settings, { home, flags: ['--internal-db', url] })
    const error = await expectError(run, 'INTERNAL_DATABASE_TARGET', 6, home)
    expect(JSON.stringify(error)).not.toContain(settings.password)
  })

  test('the internal database is reported as STORE_UNAVAILABLE when it can’t be used', async () => {
    const home = await preparedHome()
    writeFileSync(
      `${home}/not-sqlite`,
      'this is not a database, but long enough to look like a file of one'.repeat(50),
    )
    const run = await cli(['db', 'list', '--json', '--internal-db', `${home}/not-sqlite`], { home })
    await expectError(run, 'STORE_UNAVAILABLE', 1, home)
  })

  test('the internal database is reported as STORE_UNAVAILABLE with a hint before setup', async () => {
    const home = temporaryDirectory()
    const run = await cli(['db', 'list', '--json'], { home })
    expect(run.status).toBe(1)
    expect(errorOf(run)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringContaining('mathesarctl setup'),
    })
  })
})

describe('the secret key', () => {
  test('the secret key is reported as SECRET_KEY_MISSING with a hint where there is none', async () => {
    const home = temporaryDirectory()
    const run = await add('a', await ownedDatabase(), { home })
    expect(run.status).toBe(9)
    expect(errorOf(run)).toMatchObject({
      code: 'SECRET_KEY_MISSING',
      hint: expect.stringContaining('mathesarctl setup'),
    })
  })

  test('the secret key is reported as SECRET_KEY_MISMATCH by every command when it is wrong', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('a', settings, { home })
    const env = { SECRET_KEY: 'another key' }
    for (const args of [
      ['db', 'list'],
      ['db', 'show', 'a'],
      ['db', 'edit', 'a', '--port', '1'],
    ]) {
      const run = await cli([...args, '--json'], { home, env })
      expect([args, run.status, errorOf(run).code]).toEqual([args, 9, 'SECRET_KEY_MISMATCH'])
    }
    expect((await cli(['db', 'test', 'a'], { home, env })).status).toBe(9)
    const other = await add('b', await ownedDatabase(), { home, env })
    expect([other.status, errorOf(other).code]).toEqual([9, 'SECRET_KEY_MISMATCH'])
    // Without the key the record can still be removed.
    expect(await remove('a', { home, env })).toMatchObject({ status: 0 })
  })
})

describe('wrong usage', () => {
  test.each([
    [['db', 'add'], 'NAME'],
    [['db', 'add', 'x'], '--database'],
    [['db', 'add', 'x', '--database', 'd'], '--user'],
    [['db', 'add', 'x', '--database', 'd', '--user', 'u', '--port', '70000'], '65535'],
    [['db', 'add', 'x', '--sslmode', 'maybe'], 'verify-full'],
    [['db', 'add', 'x'.repeat(129), '--database', 'd', '--user', 'u'], '128'],
    [['db', 'add', 'x', '--schema-source', '/tmp', '--database', 'd', '--user', 'u'], 'bundled'],
    [['db', 'add', 'x', '--dsn', 'http://x'], 'postgresql://'],
    [['db', 'test'], '--all'],
    [['db', 'edit', 'x'], '--password-stdin'],
    [['db', 'lst'], 'list'],
    [['db', 'list', '--jsn'], '--json'],
    [['db', 'list', '--bogus'], '--bogus'],
    [['completion', 'tcsh'], 'bash'],
  ])('wrong usage of %j is a USAGE error that says %s', async (args, word) => {
    const home = await preparedHome()
    const run = await cli([...args, '--json'], { home })
    const error = await expectError(run, 'USAGE', 2, home)
    expect(`${error.message} ${error.hint}`).toContain(word)
  })

  test('reports NOT_FOUND with similar names for an unknown name', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    for (const args of [['show'], ['test'], ['edit', '--rename', 'y'], ['remove', '--yes']]) {
      const [verb = '', ...flags] = args
      const run = await cli(['db', verb, 'Librar', ...flags, '--json'], { home })
      expect([verb, run.status, errorOf(run).code]).toEqual([verb, 7, 'NOT_FOUND'])
      expect(errorOf(run).hint).toContain('"library"')
    }
  })
})

test('repeats in its hints the flags that chose the internal database', async () => {
  const home = await preparedHome()
  const elsewhere = join(temporaryDirectory(), 'internal.sqlite3')
  const created = await cli(['setup', '--internal-db', elsewhere, '--yes'], { home })
  expect(created, created.stderr).toMatchObject({ status: 0 })
  const place = ['--internal-db', elsewhere]
  const empty = await cli(['db', 'list', ...place], { home })
  expect(empty.stderr).toContain(`mathesarctl db add --internal-db ${elsewhere}\n`)
  const unknown = await cli(['db', 'show', 'library', ...place], { home })
  expect(unknown.stderr).toMatch(/^ +mathesarctl db add --internal-db \S+$/m)
  const document = errorOf(await cli(['db', 'show', 'library', ...place, '--json'], { home }))
  expect(document.hint).toContain(`mathesarctl db add --internal-db ${elsewhere}`)
})

test('works with a hostile search_path and objects that shadow others', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await sql(
    settings.database,
    `CREATE SCHEMA evil;
     CREATE TABLE evil.pg_namespace (nspname text); CREATE TABLE evil.pg_class (x int); CREATE TABLE evil.pg_proc (x int);
     CREATE FUNCTION evil.format(text, variadic text[]) RETURNS text LANGUAGE sql AS $$SELECT 'DROP TABLE precious'$$;
     CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'hijacked'; END$$;
     CREATE FUNCTION evil.eq(name, name) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'hijacked'; END$$;
     CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.eq);
     CREATE TABLE public.pg_class (x int); CREATE TABLE public.precious (x int);
     ALTER ROLE "${settings.user}" SET search_path = evil, public, pg_catalog`,
    [],
    settings,
  )
  const run = await add('a', settings, { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(await cli(['db', 'test', 'a'], { home })).toMatchObject({ status: 0 })
  const removal = await remove('a', { home, flags: ['--remove-schema'] })
  expect(removal, removal.stderr).toMatchObject({ status: 0 })
  expect(await sql(settings.database, "SELECT to_regclass('public.precious') IS NOT NULL AS kept")).toEqual([
    { kept: true },
  ])
})

test('warns of an event trigger, and names it when the install fails in it', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const name = uniqueName('audit')
  await sql(
    settings.database,
    `CREATE FUNCTION public.${name}() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not on my watch'; END$$;
     CREATE EVENT TRIGGER ${name} ON ddl_command_end EXECUTE FUNCTION public.${name}()`,
  )
  const run = await cli(['db', 'add', 'a', ...connectionArguments(settings), '--password-stdin'], {
    home,
    input: settings.password ?? '',
  })
  expect(run.status).not.toBe(0)
  expect(run.stderr).toContain(`Event trigger "${name}"`)
  expect(run.stderr).toMatch(new RegExp(`${name}\\(\\)`))
  const error = run.stderr.slice(run.stderr.indexOf('error:'))
  expect(error).toContain(`ALTER EVENT TRIGGER "${name}" DISABLE;`)
  expect(await mathesarSchemas(settings.database)).toEqual([])
})

test
  .runIf(process.platform === 'linux')
  .each([[['--version']], [['schema', 'print']], [['db', 'list', '--json']]])(
  'reports a full disk behind standard output in a sentence: %j',
  async (args) => {
    const home = await preparedHome()
    const command = [...programCommand(), ...args]
    const full = openSync('/dev/full', 'w')
    const { status, stderr } = spawnSync(command[0] ?? '', command.slice(1), {
      env: cleanEnvironment(home),
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    closeSync(full)
    checkJson(args, { status, stdout: '', stderr })
    expect(stderr).toContain("can't be written to standard output: the disk is full.")
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
    expect(status).toBe(1)
  },
)
