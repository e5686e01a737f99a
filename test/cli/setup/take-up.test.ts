import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, document, errorOf, temporaryDirectory } from '../../support/cli.ts'
import { storedLibrary } from '../../support/installed.ts'
import { createInternalDatabase, type InternalDatabase } from '../../support/mathesar-database.ts'
import { configOf, configText, storeDatabase } from './support.ts'

interface SetupDocument {
  secretKey: { source: string; created: boolean } | null
  internalDatabase: { location: string; created: boolean } | null
  config: string
  mathesar: { releases: string; databases: number; key: string; journal: object } | null
  written: { status: string; lines: string[]; reason?: string } | null
  found: { kind: string; file: string | null; mathesar: object | null; error: object | null }[]
  warnings?: string[]
}

function write(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

/** The same .env file with other variables. */
function envWith(internal: InternalDatabase, variables: Record<string, string>): string {
  const lines = internal.envFile
    .split('\n')
    .filter((line) => !Object.hasOwn(variables, line.split('=')[0] ?? ''))
  return [...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...lines].join('\n')
}

describe('taking up a Mathesar that flags name', () => {
  it('proves the key, writes the settings, and holds for later commands', async () => {
    const internal = await createInternalDatabase()
    await storeDatabase(internal)
    const home = temporaryDirectory()
    const path = write(join(home, 'mathesar.txt'), internal.envFile)
    const run = await cli(['setup', '--env-file', 'mathesar.txt', '--no-input', '--yes', '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document<SetupDocument>(run)).toEqual({
      secretKey: { source: 'SECRET_KEY in mathesar.txt', created: false },
      internalDatabase: { location: internal.location, created: false },
      config: configOf(home),
      mathesar: {
        releases: expect.stringContaining('0.11.0'),
        databases: 1,
        key: 'proved',
        journal: { place: 'database', created: true },
      },
      written: { status: 'written', lines: [`env-file: ${path}`, 'journal: database'] },
      found: [],
    })
    expect(configText(home)).toBe(`env-file: ${path}\njournal: database\n`)
    expect([
      statSync(configOf(home)).mode & 0o777,
      statSync(join(home, '.config/mathesarctl')).mode & 0o777,
    ]).toEqual([0o600, 0o700])
    expect(existsSync(join(home, '.config/mathesarctl/secret_key'))).toBe(false)
    const list = await cli(['db', 'list', '--json'], { home })
    expect(document<{ name: string }[]>(list).map(({ name }) => name)).toEqual(['library'])

    const before = await internal.snapshot()
    const again = await cli(['setup', '--no-input', '--yes', '--json'], { home })
    expect(document<SetupDocument>(again)).toMatchObject({
      mathesar: { journal: { place: 'database', created: false } },
      found: [],
    })
    expect(document<SetupDocument>(again).written?.status ?? 'unchanged').toBe('unchanged')
    expect([configText(home), await internal.snapshot()]).toEqual([
      `env-file: ${path}\njournal: database\n`,
      before,
    ])
  })

  it('counts the databases of the SQLite file used before that the Mathesar lacks, without a key', async () => {
    const internal = await createInternalDatabase()
    const { home } = await storedLibrary()
    const file = join(home, '.local/share/mathesarctl/internal.sqlite3')
    const path = write(join(home, 'mathesar.env'), internal.envFile)
    const args = ['setup', '--env-file', path, '--no-input', '--yes']
    // The file needs no key for this.
    renameSync(join(home, '.config/mathesarctl/secret_key'), join(home, 'key'))
    const json = await cli([...args, '--json'], { home })
    expect(document<object>(json)).toMatchObject({ importable: [{ location: file, databases: 1 }] })
    const text = await cli(args, { home })
    expect(text.stderr).toContain(
      `This Mathesar does not read 1 database stored in this file of mathesarctl:\n  ${file}\n` +
        `To copy what this Mathesar lacks, run:\n  mathesarctl db import --from ${file}\n`,
    )
    await storeDatabase(internal)
    const imported = await cli(args, { home })
    expect(imported.stderr).not.toContain('db import')
  })

  it('never writes the password of a URL, and says where later commands find it', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const key = write(join(home, 'key'), internal.secretKey)
    const flags = ['--internal-db', internal.url, '--secret-key-file', 'key', '--journal', 'directory']
    const run = await cli(['setup', ...flags, '--no-input'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(
      `internal-db: ${internal.location}\nsecret-key-file: ${key}\njournal: directory\n`,
    )
    expect(run.stderr + run.stdout).not.toContain(internal.settings.password)
    expect(run.stderr).toContain('~/.pgpass')
    expect(run.stderr).toContain('nothing is stored yet, so no key can be proved')
    const env = { PGPASSWORD: internal.settings.password ?? '' }
    expect(await cli(['db', 'list', '--json'], { home, env })).toMatchObject({ status: 0, stdout: '[]\n' })
    const again = await cli(['setup', '--no-input'], { home, env })
    expect(again.stderr).not.toContain('pgpass')
    expect(await internal.query("SELECT FROM pg_namespace WHERE nspname = 'mathesarctl'")).toEqual([])
  })

  it('keeps the URL of the configuration where --env-file gives the key of the same Mathesar alone', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const path = write(join(home, 'key.env'), `SECRET_KEY=${internal.secretKey}\n`)
    const env = { PGPASSWORD: internal.settings.password ?? '' }
    const flags = ['--internal-db', internal.location, '--env-file', path, '--no-input']
    expect(await cli(['setup', ...flags], { home, env })).toMatchObject({ status: 0 })
    const again = await cli(['setup', '--env-file', path, '--no-input'], { home, env })
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(`internal-db: ${internal.location}\nenv-file: ${path}\n`)
  })

  it('states that nobody permitted the schema, and where pending operations are recorded then', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const path = write(join(home, 'x'), internal.envFile)
    const run = await cli(['setup', '--env-file', path, '--no-input'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('run setup with --yes or --journal database')
  })

  it('offers no writes where a migration is unknown, and every command that writes refuses at its start', async () => {
    const internal = await createInternalDatabase()
    await storeDatabase(internal)
    await internal.query(
      `INSERT INTO django_migrations (app, name, applied) VALUES ('mathesar', '0013_next', now())`,
    )
    const home = temporaryDirectory()
    const path = write(join(home, 'x'), internal.envFile)
    const run = await cli(['setup', '--env-file', path, '--no-input', '--yes'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('--accept-unknown-layout')
    expect(run.stderr).not.toContain('mathesarctl db add')
    // The stored server does not exist: only the internal database was looked at.
    for (const command of [
      ['schema', 'remove', 'library'],
      ['db', 'remove', 'library'],
      ['db', 'edit', 'library', '--host', 'other'],
    ]) {
      const refused = await cli([...command, '--yes', '--no-input', '--json'], { home })
      expect(errorOf(refused), command.join(' ')).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('0013_next'),
      })
    }
  })

  it('reports another Mathesar of the working directory, and addresses that stay from before', async () => {
    const [one, two] = [await createInternalDatabase(), await createInternalDatabase()]
    const home = temporaryDirectory()
    const path = write(join(home, 'one'), one.envFile)
    const flags = ['--address', 'mathesar_db=127.0.0.1:5433', '--journal', 'directory', '--no-input']
    const first = await cli(['setup', '--env-file', path, ...flags], { home })
    expect(first.stderr).not.toContain('from before')
    const other = write(join(home, '.env'), two.envFile)
    const again = await cli(['setup', '--no-input'], { home })
    expect(again.stderr).toContain(
      `This file shows another Mathesar than the one that the configuration file names:\n  ${other}\n`,
    )
    expect(again.stderr).toContain(`  mathesarctl setup --env-file ${other}\n`)
    const switched = await cli(['setup', '--env-file', other, '--no-input', '--json'], { home })
    expect(document<SetupDocument>(switched).warnings).toEqual([
      expect.stringContaining(`Before, commands used another internal database: ${path}`),
      expect.stringContaining('still has an address of mathesar_db from before: 127.0.0.1:5433'),
    ])
    const same = await cli(['setup', '--no-input'], { home })
    expect(same.stderr).not.toMatch(/from before|another Mathesar/)
  })

  it('keeps what the configuration file has, and replaces what named another internal database', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    mkdirSync(join(home, '.config/mathesarctl'), { recursive: true })
    writeFileSync(configOf(home), '# mine\nverbose: false # why\ninternal-db: /old.sqlite3\n# end\n')
    const path = write(join(home, 'x'), envWith(internal, { POSTGRES_HOST: 'mathesar_db' }))
    const address = `mathesar_db=${internal.settings.host}`
    const run = await cli(['setup', '--env-file', path, '--address', address, '--no-input'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(
      '# mine\nverbose: false # why\n# end\n' +
        `env-file: ${path}\naddresses:\n  mathesar_db: ${internal.settings.host}\n`,
    )
    expect(await cli(['db', 'list', '--json'], { home })).toMatchObject({ status: 0 })
    const moved = ['setup', '--env-file', path, '--address', 'MATHESAR_DB=localhost', '--no-input']
    await cli(moved, { home })
    expect(configText(home)).toContain('addresses:\n  mathesar_db: localhost\n')
  })

  it.each<[string, (internal: InternalDatabase) => Record<string, string>, number, string]>([
    ['the key does not fit', () => ({ SECRET_KEY: 'another' }), 9, 'SECRET_KEY_MISMATCH'],
    ['there is no key', () => ({ SECRET_KEY: '' }), 9, 'SECRET_KEY_MISSING'],
    ['the password is wrong', () => ({ POSTGRES_PASSWORD: 'wrong' }), 4, 'AUTHENTICATION_FAILED'],
    ['nothing listens there', () => ({ POSTGRES_PORT: '1' }), 3, 'CONNECTION_FAILED'],
    ['it is no Mathesar', () => ({ POSTGRES_DB: 'postgres' }), 1, 'STORE_UNAVAILABLE'],
  ])('fails and writes nothing where %s', async (_, variables, status, code) => {
    const internal = await createInternalDatabase()
    await storeDatabase(internal)
    const home = temporaryDirectory()
    const path = write(join(home, 'x'), envWith(internal, variables(internal)))
    const before = await internal.snapshot()
    const run = await cli(['setup', '--env-file', path, '--no-input', '--yes', '--json'], { home })
    expect([run.status, errorOf(run).code]).toEqual([status, code])
    expect([existsSync(configOf(home)), await internal.snapshot()]).toEqual([false, before])
    expect(await internal.query("SELECT FROM pg_namespace WHERE nspname = 'mathesarctl'")).toEqual([])
    expect(existsSync(join(home, '.config/mathesarctl/secret_key'))).toBe(false)
  })

  it('does not take the secret key of mathesarctl itself for that of a Mathesar', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    expect(await cli(['setup', '--no-input', '--json'], { home })).toMatchObject({ status: 0 })
    const path = write(join(home, 'x'), envWith(internal, { SECRET_KEY: '' }))
    const run = await cli(['setup', '--env-file', path, '--no-input', '--json'], { home })
    expect([run.status, errorOf(run).code]).toEqual([9, 'SECRET_KEY_MISSING'])
  })

  it('uses the directory for the journal where the role may not create a schema', async () => {
    const internal = await createInternalDatabase({ mayCreateSchema: false })
    const home = temporaryDirectory()
    const path = write(join(home, 'x'), internal.envFile)
    const run = await cli(['setup', '--env-file', path, '--no-input', '--yes'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('may not create a schema')
    expect(configText(home)).toBe(`env-file: ${path}\n`)
    const forced = await cli(['setup', '--env-file', path, '--journal', 'database', '--json'], { home })
    expect([forced.status, errorOf(forced).code]).toEqual([5, 'INSUFFICIENT_PRIVILEGE'])
    expect(configText(home)).toBe(`env-file: ${path}\n`)
  })

  it('prints the lines for the configuration file where it cannot be written', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const path = write(join(home, 'x'), internal.envFile)
    const env = { XDG_CONFIG_HOME: '/proc/nowhere', LC_ALL: 'C' }
    const run = await cli(['setup', '--env-file', path, '--no-input', '--yes'], { home, env })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain("can't be written")
    expect(run.stderr).toContain(`  env-file: ${path}\n  journal: database\n`)
    const noHome = await cli(['setup', '--env-file', path, '--no-input', '--yes', '--json'], {
      home,
      env: { HOME: '', XDG_CONFIG_HOME: '' },
    })
    expect(document<SetupDocument>(noHome)).toMatchObject({ config: null, written: { status: 'failed' } })
  })
})

describe('taking up the Mathesar of a Compose project', () => {
  const writeProject = (home: string, { settings, secretKey }: InternalDatabase) => {
    const { database, user, password, port } = settings
    write(
      join(home, 'compose.yaml'),
      `services:
  app:
    image: mathesar/mathesar
    environment:
      POSTGRES_DB: ${database}
      POSTGRES_USER: ${user}
      POSTGRES_PASSWORD: "${password}"
      POSTGRES_HOST: mathesar_db
      SECRET_KEY: ${secretKey}
  mathesar_db: { image: postgres, ports: ["127.0.0.1:${port}:5432"] }
`,
    )
  }

  it('uses the published port of its database, unless an address is given', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    writeProject(home, internal)
    const flags = ['setup', '--env-file', 'compose.yaml', '--no-input', '--json']
    const run = await cli([...flags, '--yes'], { home })
    expect(document<SetupDocument>(run).internalDatabase?.location).toBe(
      internal.location.replace(/@.*\//, '@mathesar_db:5432/'),
    )
    const address = `  mathesar_db: 127.0.0.1:${internal.settings.port}\n`
    expect(configText(home)).toBe(`env-file: ${home}/compose.yaml\njournal: database\naddresses:\n${address}`)
    expect(await cli(['db', 'list', '--json'], { home })).toMatchObject({ status: 0 })
    const other = await cli([...flags, '--address', 'mathesar_db=127.0.0.1:1'], { home })
    expect([other.status, errorOf(other).code]).toEqual([3, 'CONNECTION_FAILED'])
    writeFileSync(configOf(home), configText(home).replace(/:\d+\n/, ':1\n'))
    expect(await cli(flags, { home })).toMatchObject({ status: 3 })
  })
})

describe('setup in an environment that names a Mathesar', () => {
  it('creates the journal, and needs no configuration file', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const env = {
      HOME: '',
      MATHESAR_INTERNAL_DB: internal.location,
      PGPASSWORD: internal.settings.password ?? '',
      SECRET_KEY: internal.secretKey,
    }
    const run = await cli(['setup', '--journal', 'database', '--yes', '--json'], { home, env })
    expect(document<SetupDocument>(run)).toMatchObject({
      mathesar: { journal: { place: 'database', created: true } },
      written: null,
    })
    expect(document<SetupDocument>(run)).not.toHaveProperty('warnings')
  })

  it.runIf(process.getuid?.() === 0)('writes private files as any user', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const uid = 12345
    const path = write(join(home, 'x'), internal.envFile)
    chownSync(home, uid, uid)
    chownSync(path, uid, uid)
    const run = await cli(['setup', '--env-file', path, '--no-input', '--yes'], { home, uid })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const { mode, uid: owner } = statSync(configOf(home))
    expect([mode & 0o777, owner]).toEqual([0o600, uid])
  })
})

describe('setup without a terminal', () => {
  const own = (home: string) => ({
    key: join(home, '.config/mathesarctl/secret_key'),
    file: join(home, '.local/share/mathesarctl/internal.sqlite3'),
  })

  it('only reports the Mathesar of the working directory, and creates nothing', async () => {
    const internal = await createInternalDatabase()
    await storeDatabase(internal)
    const home = temporaryDirectory()
    const file = write(join(home, '.env'), internal.envFile)
    const run = await cli(['setup', '--no-input', '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document<SetupDocument>(run)).toMatchObject({
      secretKey: null,
      internalDatabase: null,
      mathesar: null,
      written: null,
      found: [
        {
          kind: 'env-file',
          file,
          internalDatabase: internal.location,
          flags: { envFile: file },
          mathesar: { databases: 1, key: 'proved' },
          error: null,
        },
      ],
      warnings: [expect.stringMatching(/created nothing.*--yes and --no-input do not choose/)],
    })
    for (const flags of [['--no-input'], ['--yes'], ['--no-input', '--yes', '--secret-key-file', 'key']]) {
      const text = await cli(['setup', ...flags], { home })
      expect(text, text.stderr).toMatchObject({ status: 0 })
      expect(text.stderr).toContain(`  mathesarctl setup --env-file ${file}\n`)
      expect(text.stderr).toContain(`  mathesarctl setup --internal-db ${own(home).file}\n`)
      expect(text.stderr).not.toContain(internal.settings.password ?? '-')
    }
    expect(readdirSync(home)).toEqual(['.env'])
  })

  it('creates an internal database of its own beside a Mathesar as its report says', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    write(join(home, '.env'), internal.envFile)
    const { key, file } = own(home)
    const run = await cli(['setup', '--internal-db', file, '--no-input', '--json'], { home })
    expect(document<SetupDocument>(run)).toMatchObject({
      secretKey: { source: key, created: true },
      internalDatabase: { location: file, created: true },
    })
    expect(await cli(['db', 'list', '--json'], { home })).toMatchObject({ status: 0, stdout: '[]\n' })
    expect(configText(home)).toBe(`internal-db: ${file}\n`)
    const again = await cli(['setup', '--no-input', '--json'], { home })
    expect(document<SetupDocument>(again)).toMatchObject({
      secretKey: { source: key, created: false },
      internalDatabase: { location: file, created: false },
      found: [],
    })
  })

  it('states how a database that no port publishes can be reached, with the flag for it', async () => {
    const home = temporaryDirectory()
    write(
      join(home, 'docker-compose.yml'),
      `services:
  service: { image: mathesar/mathesar, environment: { POSTGRES_DB: a, POSTGRES_USER: b, POSTGRES_HOST: mathesar_db } }
  db: { container_name: mathesar_db, image: postgres }\n`,
    )
    const { stderr } = await cli(['setup', '--no-input'], { home })
    expect(stderr).toContain('Publish its port on this machine')
    expect(stderr).toMatch(/ {2}mathesarctl setup --env-file \S+ --address mathesar_db=127.0.0.1:PORT\n/)
  })

  it('states where it looked in vain before it creates an internal database of its own', async () => {
    const home = temporaryDirectory()
    const first = await cli(['setup', '--no-input'], { home })
    expect(first, first.stderr).toMatchObject({ status: 0 })
    expect(first.stderr).toContain('Found no Mathesar in the current directory, in /etc/mathesar or')
  })

  it.runIf(process.platform !== 'win32')('waits for no pipe in the place of an .env file', async () => {
    const home = temporaryDirectory()
    execFileSync('mkfifo', [join(home, '.env')])
    const run = await cli(['setup', '--no-input', '--json'], { home })
    expect(document<SetupDocument>(run).found).toEqual([])
  })

  it('names no file of its own for a user without a home directory', async () => {
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    write(join(home, '.env'), internal.envFile)
    const env = { HOME: '', XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' }
    const run = await cli(['setup', '--no-input'], { home, env })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('  mathesarctl setup --internal-db PATH --secret-key-file PATH\n')
  })
})
