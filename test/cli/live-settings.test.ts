import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { PUBLIC_KEY } from '../../src/secrets/live-key.ts'
import { cli, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { sql } from '../support/database.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'

const NAME = 'library'

/** Creates the internal database of a Mathesar that stores one user database. */
async function mathesar(options: { secretKey?: string; password?: string } = {}): Promise<InternalDatabase> {
  const { password, ...others } = options
  const internal = await createInternalDatabase(others)
  if (password !== undefined) {
    await sql('postgres', `ALTER ROLE ${internal.settings.user} PASSWORD '${password.replaceAll("'", "''")}'`)
    internal.settings.password = password
  }
  await internal.query(
    `INSERT INTO mathesar_server (host, port, sslmode, created_at, updated_at)
       VALUES ('db.invalid', 5432, 'prefer', now(), now());
     INSERT INTO mathesar_database (name, server_id, last_confirmed_sql_version, created_at, updated_at)
       SELECT '${NAME}', id, '0.11.0', now(), now() FROM mathesar_server;`,
  )
  await internal.query(
    `INSERT INTO mathesar_configuredrole (name, server_id, password, created_at, updated_at)
       SELECT 'alice', id, $1, now(), now() FROM mathesar_server`,
    [await internal.encrypt('stored password')],
  )
  await internal.query(
    `INSERT INTO mathesar_userdatabaserolemap
         (configured_role_id, database_id, server_id, user_id, created_at, updated_at)
       SELECT r.id, d.id, s.id, u.id, now(), now()
       FROM mathesar_server AS s, mathesar_configuredrole AS r, mathesar_database AS d, mathesar_user AS u`,
  )
  return internal
}

/** Writes a file below a directory, private unless told otherwise, and returns its path. */
function write(directory: string, name: string, text: string, mode = 0o600): string {
  const path = join(directory, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  chmodSync(path, mode)
  return path
}

function names(run: Run): string[] {
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return document<{ name: string }[]>(run).map(({ name }) => name)
}

/** Returns what the key check of `db test` says: the server itself is never there. */
async function testCode(args: string[], options: { home: string; env?: Record<string, string> }) {
  const run = await cli(['db', 'test', NAME, '--json', '--connect-timeout', '5', ...args], options)
  if (run.stdout === '') return errorOf(run).code
  const [tested] = document<[{ error: { code: string } }]>(run)
  return tested.error.code
}

describe('the internal database of a live Mathesar', () => {
  test('is named by --env-file, --internal-db, MATHESAR_INTERNAL_DB and config.yaml', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    const envFile = write(home, 'mathesar/.env', internal.envFile)
    const env = { PGPASSWORD: internal.settings.password ?? '' }
    const list = (args: string[], more = {}) => cli(['db', 'list', '--json', ...args], { home, env: more })
    expect(names(await list(['--env-file', envFile]))).toEqual([NAME])
    expect(names(await list(['--internal-db', internal.location], env))).toEqual([NAME])
    expect(names(await list([], { ...env, MATHESAR_INTERNAL_DB: internal.location }))).toEqual([NAME])
    write(home, '.config/mathesarctl/config.yaml', 'env-file: ../../mathesar/.env\n')
    expect(names(await list([]))).toEqual([NAME])
    write(home, '.config/mathesarctl/config.yaml', `internal-db: ${internal.location}\n`)
    expect(names(await list([], env))).toEqual([NAME])
  })

  test('is that of --env-file rather than that of a variable or of config.yaml, and --internal-db outranks all', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    const envFile = write(home, 'mathesar/.env', internal.envFile)
    const env = { MATHESAR_INTERNAL_DB: 'postgresql://nobody@nowhere.invalid/none', SECRET_KEY: 'key' }
    write(home, '.config/mathesarctl/config.yaml', 'internal-db: other.sqlite3\n')
    expect(names(await cli(['db', 'list', '--json', '--env-file', envFile], { home, env }))).toEqual([NAME])
    const file = join(home, 'internal.sqlite3')
    expect(
      await cli(['setup', '--json', '--no-input', '--internal-db', file, '--env-file', envFile], { home }),
    ).toMatchObject({ status: 0 })
    const run = await cli(['db', 'list', '--json', '--internal-db', file, '--env-file', envFile], { home })
    expect(names(run)).toEqual([])
  })

  test('is never another one than that of --env-file, which may lie in a db.sqlite3 beside it', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    write(home, '.config/mathesarctl/config.yaml', `env-file: ${write(home, 'one/.env', internal.envFile)}\n`)
    const envFile = write(home, 'two/.env', 'SECRET_KEY=key of 0.1.7\n')
    const remove = ['db', 'remove', NAME, '--yes', '--json', '--env-file', envFile]
    const before = await internal.snapshot()
    const refused = await cli(remove, { home })
    expect([refused.status, errorOf(refused).code, errorOf(refused).field]).toEqual([2, 'USAGE', 'env-file'])
    const file = join(home, 'two/db.sqlite3')
    expect(await cli(['setup', '--internal-db', file, '--env-file', envFile], { home })).toMatchObject({
      status: 0,
    })
    write(home, '.config/mathesarctl/config.yaml', `env-file: ${join(home, 'one/.env')}\n`)
    expect(names(await cli(['db', 'list', '--json', '--env-file', envFile], { home }))).toEqual([])
    expect(await cli(remove, { home })).toMatchObject({ status: 7 })
    expect(await internal.snapshot()).toEqual(before)
  })

  test('gets its password from the URL with a warning, and it is shown nowhere', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    const run = await cli(['db', 'list', '--verbose', '--internal-db', internal.url], { home })
    expect(run).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('The URL of --internal-db has a password')
    const wrong = internal.url.replace(/:[^:@/]+@/, ':wrong-secret@')
    const failed = await cli(['db', 'list', '--verbose', '--internal-db', wrong], { home })
    expect(failed).toMatchObject({ status: 4 })
    for (const { stdout, stderr } of [run, failed]) {
      expect(stdout + stderr).not.toContain(internal.settings.password)
      expect(stdout + stderr).not.toContain('wrong-secret')
    }
  })

  test.each([
    'postgresql://u:hun@ter/2@h.invalid/d',
    'postgresql://u:hun@ter/2@h.invalid:5432/d?sslmode=prefer',
    'postgresql://u:hun@ter#2@h.invalid/d',
    'postgresql:u:hunter/2@h.invalid/d',
  ])('is refused where the password in its URL has to be encoded: %s', async (url) => {
    const home = temporaryDirectory()
    const run = await cli(['db', 'list', '--json', '--verbose', '--internal-db', url], { home })
    expect([run.status, errorOf(run).code, errorOf(run).field]).toEqual([2, 'USAGE', 'internal-db'])
    expect(run.stderr.includes('ter') && run.stderr.includes('h.invalid')).toBe(false)
    const file = write(home, '.env', `DJANGO_DATABASE_URL='${url}'\nSECRET_KEY=key\n`)
    const inFile = await cli(['db', 'list', '--json', '--env-file', file], { home })
    expect([inFile.status, errorOf(inFile).field]).toEqual([2, 'env-file'])
  })

  test('gets its password from an .env file of the same database, else from PGPASSWORD, else from the password file', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    const { host, port, user, password } = internal.settings
    const envFile = write(home, 'mathesar/.env', internal.envFile)
    const list = (args: string[], env = {}) =>
      cli(['db', 'list', '--json', '--internal-db', internal.location, ...args], { home, env })
    const without = await list([])
    expect([without.status, errorOf(without).field]).toEqual([2, 'internal-db'])
    expect(errorOf(without).hint).toContain('PGPASSWORD')
    expect(errorOf(without).hint).not.toContain('--password')
    const unset = internal.envFile.replace(/POSTGRES_PASSWORD=.*\n/, '')
    const inFile = await cli(['db', 'list', '--json', '--env-file', write(home, 'unset', unset)], { home })
    expect(errorOf(inFile).hint).toContain('POSTGRES_PASSWORD')
    expect(names(await list(['--env-file', envFile], { PGPASSWORD: 'wrong' }))).toEqual([NAME])
    expect(await list([], { PGPASSWORD: 'wrong' })).toMatchObject({ status: 4 })
    write(home, '.pgpass', `${host}:${port}:*:${user}:${password}\n`)
    expect(names(await list([]))).toEqual([NAME])
  })

  test.each([
    ['POSTGRES_PORT=tcp://10.0.0.1:5432', 'POSTGRES_PORT'],
    ['POSTGRES_PORT=five', 'POSTGRES_PORT'],
    ['POSTGRES_USER=', 'POSTGRES_USER'],
  ])('is refused where the .env file has %s', async (line, word) => {
    const home = temporaryDirectory()
    const text = `POSTGRES_DB=d\nPOSTGRES_USER=u\nPOSTGRES_HOST=h\nSECRET_KEY=key\n${line}\n`
    const run = await cli(['db', 'list', '--json', '--env-file', write(home, '.env', text)], { home })
    expect([run.status, errorOf(run).code, errorOf(run).field]).toEqual([2, 'USAGE', 'env-file'])
    expect(errorOf(run).message).toContain(word)
  })

  test('gets hints about its .env file that help when they are followed', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    const list = async (text: string) => {
      const { status, stderr } = await cli(['db', 'list', '--env-file', write(home, '.env', text)], { home })
      return { status, stderr: stderr.replace(/\s+/g, ' ') }
    }
    const text = internal.envFile
    const carriage = await list(text.replaceAll('\n', '\r\n'))
    expect(carriage).toMatchObject({ status: 0, stderr: expect.stringContaining('end in LF alone') })
    const exported = await list(text.replace(/^POSTGRES_DB/m, 'export POSTGRES_DB'))
    expect(exported).toMatchObject({ status: 0, stderr: expect.stringContaining('Leave out "export"') })
    const marked = await list(
      `\u{FEFF}POSTGRES_DB=${internal.settings.database}\n${text.replace(/^POSTGRES_DB=.*\n/m, '')}`,
    )
    expect(marked).toMatchObject({ status: 2, stderr: expect.stringContaining('byte order mark') })
    expect(await list(text)).toEqual({ status: 0, stderr: '' })
  })

  test('is named by DJANGO_DATABASE_URL where no POSTGRES_* is set', async () => {
    const internal = await mathesar({ password: 'p@ss/w%rd' })
    const home = temporaryDirectory()
    const url = internal.url.replace(/:[^:@/]+@/, ':p%40ss%2Fw%25rd@')
    const list = (text: string) =>
      cli(['db', 'list', '--json', '--env-file', write(home, '.env', text)], { home })
    expect(names(await list(`DJANGO_DATABASE_URL=${url}\nSECRET_KEY=key\n`))).toEqual([NAME])
    const file = await list('DJANGO_DATABASE_URL=sqlite:////var/lib/mathesar/db.sqlite3\n')
    expect([file.status, errorOf(file).field]).toEqual([2, 'env-file'])
    expect(errorOf(file).hint).toContain('--internal-db')
    const broken = await list('DJANGO_DATABASE_URL=postgres://user:secret/x@host:5432/db\n')
    expect([broken.status, errorOf(broken).field]).toEqual([2, 'env-file'])
    expect(broken.stderr).not.toContain('secret')
  })

  test('has its user and password read literally first, and then percent-decoded', async () => {
    const literal = await mathesar({ password: 'a%20b%' })
    const encoded = await mathesar({ password: 'a b%' })
    const home = temporaryDirectory()
    for (const [internal, password] of [
      [literal, 'a%20b%'],
      [encoded, 'a%20b%25'],
    ] as const) {
      const text = internal.envFile.replace(/POSTGRES_PASSWORD=.*/, `POSTGRES_PASSWORD='${password}'`)
      const run = await cli(['db', 'list', '--json', '--env-file', write(home, '.env', text)], { home })
      expect(names(run)).toEqual([NAME])
    }
  })

  test('completes the stored names from an .env file and from the configuration, also at another address', async () => {
    const internal = await mathesar()
    const { host, port } = internal.settings
    const home = temporaryDirectory()
    const text = internal.envFile.replace(/POSTGRES_HOST=.*/, 'POSTGRES_HOST=mathesar_db.invalid')
    const envFile = write(home, 'mathesar/.env', text)
    const flags = ['--env-file', envFile, '--address', `mathesar_db.invalid=${host}:${port}`]
    const complete = (words: string[]) => cli(['__complete', '--', ...words], { home })
    const bare = await complete(['db', 'show', ...flags, ''])
    expect(bare.stdout.trim().split('\n')).toContain(NAME)
    write(
      home,
      '.config/mathesarctl/config.yaml',
      `env-file: ${envFile}\naddresses:\n  mathesar_db.invalid: ${host}:${port}\n`,
    )
    expect((await complete(['db', 'show', ''])).stdout.trim().split('\n')).toContain(NAME)
  })

  test('is used without a home directory', async () => {
    const internal = await mathesar()
    const directory = temporaryDirectory()
    const envFile = write(directory, '.env', internal.envFile)
    const run = await cli(['db', 'list', '--json', '--env-file', envFile], {
      home: directory,
      env: { HOME: '' },
    })
    expect(names(run)).toEqual([NAME])
  })
})

describe('the key of a live Mathesar', () => {
  test('comes from its .env file, its secret file beside that, or a flag, and never from mathesarctl’s own file', async () => {
    const internal = await mathesar()
    const home = temporaryDirectory()
    write(home, '.config/mathesarctl/secret_key', 'mathesarctl’s own')
    const withoutKey = internal.envFile.replace(/SECRET_KEY=.*\n/, '')
    const envFile = write(home, 'mathesar/.env', internal.envFile)
    expect(await testCode(['--env-file', envFile], { home })).toBe('CONNECTION_FAILED')
    write(home, 'mathesar/.env', withoutKey)
    expect(await testCode(['--env-file', envFile], { home })).toBe('SECRET_KEY_MISSING')
    const flag = write(home, 'key', internal.secretKey)
    expect(await testCode(['--env-file', envFile, '--secret-key-file', flag], { home })).toBe(
      'CONNECTION_FAILED',
    )
    write(home, 'mathesar/.secrets/secret_key.txt', internal.secretKey, 0o644)
    expect(await testCode(['--env-file', envFile], { home })).toBe('CONNECTION_FAILED')
    const url = { home, env: { PGPASSWORD: internal.settings.password ?? '' } }
    expect(await testCode(['--internal-db', internal.location], url)).toBe('SECRET_KEY_MISSING')
    write(home, '.config/mathesarctl/config.yaml', `secret-key-file: ${flag}\n`)
    expect(await testCode(['--internal-db', internal.location], url)).toBe('CONNECTION_FAILED')
  })

  test('is read from the secret file untrimmed, with CR LF as LF', async () => {
    const internal = await mathesar({ secretKey: ' key of 0.5.0 \n' })
    const home = temporaryDirectory()
    const envFile = write(home, '.env', internal.envFile.replace(/SECRET_KEY=.*/s, ''))
    const place = 'msar/secrets/secret_key.txt'
    write(home, place, ' key of 0.5.0 \r\n')
    expect(await testCode(['--env-file', envFile], { home })).toBe('CONNECTION_FAILED')
    write(home, place, ' key of 0.5.0 ')
    expect(await testCode(['--env-file', envFile], { home })).toBe('SECRET_KEY_MISMATCH')
  })

  test('is the one that all of Mathesar 0.1.4 to 0.4.0 share only if it opens what is stored', async () => {
    const internal = await mathesar({ secretKey: PUBLIC_KEY })
    const other = await mathesar()
    const home = temporaryDirectory()
    const withoutKey = ({ envFile }: InternalDatabase) => envFile.replace(/SECRET_KEY=.*\n/, '')
    const envFile = write(home, 'one/.env', withoutKey(internal))
    const run = await cli(['db', 'test', NAME, '--env-file', envFile], { home })
    expect(run).toMatchObject({ status: 3 })
    expect(run.stderr).toContain('which is public')
    const others = write(home, 'other/.env', withoutKey(other))
    expect(await testCode(['--env-file', others], { home })).toBe('SECRET_KEY_MISSING')
    await internal.query('UPDATE mathesar_configuredrole SET password = NULL')
    const unproved = await cli(['db', 'test', NAME, '--env-file', envFile], { home })
    expect(unproved.stderr).not.toContain('which is public')
  })

  test('is the shared one for an SQLite file too, in each command that needs it', async () => {
    const home = temporaryDirectory()
    const file = async (name: string, key: string) => {
      const path = write(home, `${name}/db.sqlite3`, '')
      const database = new Database(path)
      database.exec(`CREATE TABLE django_migrations (id integer NOT NULL PRIMARY KEY, app text, name text);
        CREATE TABLE mathesar_database (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
          created_at datetime NOT NULL, updated_at datetime NOT NULL, name varchar(128) NOT NULL UNIQUE,
          deleted bool NOT NULL, db_name varchar(128) NOT NULL, host varchar(255) NOT NULL,
          password text NOT NULL, port integer NOT NULL, username text NOT NULL)`)
      const fernet = await deriveKey(key)
      const insert = `INSERT INTO mathesar_database VALUES (1, ?, ?, ?, 0, 'library', 'db.invalid', ?, 5432, ?)`
      const now = '2024-01-30 10:00:00'
      database.prepare(insert).run(now, now, NAME, encrypt('of ann', fernet), encrypt('ann', fernet))
      database.close()
      return ['--internal-db', path, '--env-file', write(home, `${name}/.env`, 'ALLOWED_HOSTS=*\n')]
    }
    const withPublic = await file('public', PUBLIC_KEY)
    const run = await cli(['db', 'list', '--json', ...withPublic], { home })
    expect(names(run)).toEqual([NAME])
    expect(document(run)).toMatchObject([{ user: 'ann' }])
    expect(run.stderr).toContain('which is public')
    const setup = await cli(['setup', '--no-input', '--yes', ...withPublic], { home })
    expect(setup, setup.stderr).toMatchObject({ status: 0 })
    const rotated = await cli(['secret-key', 'rotate', '--yes', ...withPublic], { home })
    expect(rotated, rotated.stderr).toMatchObject({ status: 0 })
    expect(rotated.stderr).toContain(`Set SECRET_KEY in ${withPublic.at(-1)} to the content of`)
    const other = await cli(['db', 'list', ...(await file('other', 'another key'))], { home })
    expect(other).toMatchObject({ status: 9 })
    expect(other.stderr).not.toContain('which is public')
  })

  test('is proved by setup where no setting shows it', async () => {
    const internal = await mathesar({ secretKey: PUBLIC_KEY })
    const other = await mathesar()
    const home = temporaryDirectory()
    const setup = ({ envFile }: InternalDatabase) => {
      const path = write(home, 'mathesar/.env', envFile.replace(/SECRET_KEY=.*\n/, ''))
      return cli(['setup', '--no-input', '--yes', '--env-file', path], { home })
    }
    const run = await setup(internal)
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('which is public')
    expect(await setup(other)).toMatchObject({ status: 9 })
  })

  test('is the reading of the .env file that opens what is stored', async () => {
    const internal = await mathesar({ secretKey: 'ab$c' })
    const home = temporaryDirectory()
    const text = internal.envFile.replace(/SECRET_KEY=.*/, 'SECRET_KEY=a\\b$c')
    const envFile = write(home, '.env', text)
    expect(await testCode(['--env-file', envFile], { home })).toBe('CONNECTION_FAILED')
    write(home, 'bin/mathesar', '')
    const run = await cli(['db', 'test', NAME, '--env-file', envFile], { home })
    expect(run.stderr).toContain('as the launcher bin/mathesar does')
  })
})
