import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, document, temporaryDirectory } from '../support/cli.ts'
import { createDatabase, createRole, ownedDatabase, superuserSettings } from '../support/database.ts'
import {
  type DjangoPlace,
  exchange,
  type LegacyRows,
  type ModernRows,
  migrate,
} from '../support/django-project.ts'
import { add } from '../support/installed.ts'
import { MODERN_MIGRATIONS } from '../support/mathesar-database.ts'
import { type RunningCluster, startCluster } from '../support/postgres.ts'

/** In Django's own alphabet, and what the readers of a `.env` agree on. */
const SECRET_KEY = 'dk3_-q0x8w7v6u5t4s3r2q1p0o9n8m7l6k5j4i3h2g1f0e9d8c7b6a'
/** Outside ASCII and outside the BMP, with what SQL and shells give a meaning. */
const PASSWORD = 'p\'ä"ß$w\\%ö;r d-日本語-🔑'

/** An internal database whose tables Django created, and what mathesarctl works on it with. */
interface Mathesar {
  place: DjangoPlace
  home: string
  flags: string[]
  env: Record<string, string>
}

interface Listed {
  name: string
  host: string
  port: number
  database: string
  user: string
}

/** Creates the tables. A `secretKey` is one that the `.env` does not contain. */
async function mathesarOn(
  kind: 'sqlite' | 'legacy' | 'modern',
  migration?: string,
  secretKey?: string,
): Promise<Mathesar> {
  const home = temporaryDirectory()
  if (kind === 'sqlite') {
    const file = join(home, 'db.sqlite3')
    const place: DjangoPlace = { generation: 'legacy', secretKey: SECRET_KEY, database: file }
    await migrate(place)
    return { place, home, flags: ['--internal-db', file], env: { SECRET_KEY } }
  }
  const settings = await ownedDatabase()
  const place: DjangoPlace = { generation: kind, secretKey: secretKey ?? SECRET_KEY, database: settings }
  await migrate(place, migration)
  const envFile = join(home, 'mathesar.env')
  const lines = [
    `POSTGRES_DB=${settings.database}`,
    `POSTGRES_USER=${settings.user}`,
    `POSTGRES_PASSWORD=${settings.password}`,
    `POSTGRES_HOST=${settings.host}`,
    `POSTGRES_PORT=${settings.port}`,
    ...(secretKey === undefined ? [`SECRET_KEY=${SECRET_KEY}`] : []),
  ]
  writeFileSync(envFile, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { place, home, flags: ['--env-file', envFile], env: {} }
}

/** Runs a command on that internal database and returns its document. */
async function run<T>({ home, flags, env }: Mathesar, args: readonly string[], input = ''): Promise<T> {
  const done = await cli([...args, '--json', '--no-input', ...flags], { home, env, input })
  expect(done, done.stderr).toMatchObject({ status: 0 })
  return document<T>(done)
}

async function register(
  mathesar: Mathesar,
  name: string,
  settings: ConnectionSettings,
  flags: readonly string[] = [],
) {
  const { home, env } = mathesar
  const done = await add(name, settings, {
    home,
    env,
    flags: ['--register-only', '--no-input', ...mathesar.flags, ...flags],
  })
  expect(done, done.stderr).toMatchObject({ status: 0 })
}

/** Returns whether `db test` connects as the stored role with the stored password. */
async function isUsable(mathesar: Mathesar, name: string): Promise<boolean> {
  const { home, flags, env } = mathesar
  const done = await cli(['db', 'test', name, '--json', ...flags], { home, env })
  const [tested] = document<{ error: { code: string } | null; serverVersion: string | null }[]>(done)
  return typeof tested?.serverVersion === 'string'
}

describe.each(['sqlite', 'legacy'] as const)('Django and mathesarctl on one legacy database (%s)', (kind) => {
  const read = (mathesar: Mathesar) => exchange<LegacyRows>(mathesar.place, 'read')

  test('Django decrypts what mathesarctl stored, and finds nothing wrong', async () => {
    const mathesar = await mathesarOn(kind)
    const settings = await ownedDatabase({ password: PASSWORD })
    await register(mathesar, 'Bücher "1"', settings)
    const expected = {
      name: 'Bücher "1"',
      database: settings.database,
      host: settings.host,
      port: settings.port,
      user: settings.user,
      password: PASSWORD,
      deleted: false,
    }
    expect(await read(mathesar)).toEqual({ problems: [], isEncrypted: true, databases: [expected] })
    // A row that Django saves as a whole is still what it was for mathesarctl.
    await exchange(mathesar.place, 'save')
    expect(await isUsable(mathesar, 'Bücher "1"')).toBe(true)
    await run(mathesar, ['db', 'edit', 'Bücher "1"', '--rename', 'Books'])
    expect((await read(mathesar)).databases).toEqual([{ ...expected, name: 'Books' }])
    expect((await exchange<LegacyRows>(mathesar.place, 'delete', 'Books')).databases).toEqual([])
    expect(await run(mathesar, ['db', 'list'])).toEqual([])
  })

  test('mathesarctl lists, uses and removes what Django stored', async () => {
    const mathesar = await mathesarOn(kind)
    const settings = await ownedDatabase({ password: PASSWORD })
    const { host, port, database, user } = settings
    const one = { name: 'one', host, port, database, user, password: PASSWORD }
    await exchange(mathesar.place, 'write', [one, { ...one, name: 'two' }])
    expect(await run(mathesar, ['db', 'list'])).toMatchObject(
      ['one', 'two'].map((name) => ({ name, host, port, database, user })),
    )
    expect(await isUsable(mathesar, 'one')).toBe(true)
    await run(mathesar, ['db', 'remove', 'one', '--yes'])
    const { problems, databases } = await read(mathesar)
    expect({ problems, names: databases.map(({ name }) => name) }).toEqual({ problems: [], names: ['two'] })
  })
})

describe.each(['0002', '0003', '0005', '0009', '0010', '0012'])(
  'Django and mathesarctl on one modern database, up to migration %s',
  (step) => {
    const migration = MODERN_MIGRATIONS.find((name) => name.startsWith(step))
    const open = () => mathesarOn('modern', migration)
    const read = (mathesar: Mathesar) => exchange<ModernRows>(mathesar.place, 'read')
    const hasNicknames = step >= '0003'
    const hasModes = step >= '0010'

    test('Django decrypts what mathesarctl stored, and finds nothing wrong', async () => {
      const mathesar = await open()
      const settings = await ownedDatabase({ password: PASSWORD })
      const { host, port, database, user } = settings
      const name = hasNicknames ? 'Bücher "1"' : database
      await register(mathesar, name, settings)
      const expected = {
        servers: [{ host, port, sslmode: hasModes ? 'disable' : null, roles: { [user]: PASSWORD } }],
        databases: [
          {
            host,
            port,
            database,
            nickname: hasNicknames ? name : null,
            version: '0.0.0',
            access: [{ user: 'admin', role: user }],
          },
        ],
      }
      expect(await read(mathesar)).toEqual({ problems: [], isEncrypted: true, ...expected })
      await exchange(mathesar.place, 'save')
      expect(await isUsable(mathesar, name)).toBe(true)
      expect(await read(mathesar)).toMatchObject(expected)
      const left = await exchange<ModernRows>(mathesar.place, 'delete', name)
      expect(left).toEqual({ problems: [], isEncrypted: true, servers: expected.servers, databases: [] })
      expect(await run(mathesar, ['db', 'list'])).toEqual([])
    })

    test('mathesarctl lists, uses and removes what Django stored', async () => {
      const mathesar = await open()
      const settings = await ownedDatabase({ password: PASSWORD })
      const other = await ownedDatabase()
      const { host, port, database, user } = settings
      const one = {
        host,
        port,
        database,
        user,
        password: PASSWORD,
        sslmode: 'prefer',
        nickname: null,
        version: '0.11.0',
        mathesarUser: 'admin',
      }
      const two = {
        ...one,
        database: other.database,
        user: other.user,
        password: other.password,
        nickname: 'Zweite 🔑',
      }
      await exchange(mathesar.place, 'write', [one, two])
      const listed = await run<Listed[]>(mathesar, ['db', 'list'])
      const secondName = hasNicknames ? 'Zweite 🔑' : other.database
      expect(new Set(listed.map(({ name }) => name))).toEqual(new Set([database, secondName]))
      expect(listed).toContainEqual(expect.objectContaining({ name: database, host, port, database, user }))
      expect(await isUsable(mathesar, database)).toBe(true)
      expect(await isUsable(mathesar, secondName)).toBe(true)
      await run(mathesar, ['db', 'remove', database, '--yes'])
      expect(await read(mathesar)).toMatchObject({
        problems: [],
        servers: [{ roles: { [other.user]: other.password } }],
        databases: [{ database: other.database, access: [{ user: 'admin', role: other.user }] }],
      })
      await run(mathesar, ['db', 'remove', secondName, '--yes'])
      expect(await read(mathesar)).toEqual({ problems: [], isEncrypted: true, servers: [], databases: [] })
    })
  },
)

describe('a role without a password', () => {
  let trusting: RunningCluster

  beforeAll(async () => {
    trusting = await startCluster({ hba: ['host all all 127.0.0.1/32 trust'] })
  })
  afterAll(() => trusting.stop())

  async function database(): Promise<ConnectionSettings> {
    return { ...superuserSettings(await createDatabase({}, trusting), trusting), password: null }
  }

  test('is NULL for Django from 0.2.1 on', async () => {
    const mathesar = await mathesarOn('modern', '0003_v021')
    const settings = await database()
    await register(mathesar, 'library', settings)
    expect(await exchange<ModernRows>(mathesar.place, 'read')).toMatchObject({
      problems: [],
      servers: [{ roles: { [settings.user]: null } }],
    })
    expect(await isUsable(mathesar, 'library')).toBe(true)
  })

  test('is the empty text for Django where the column takes no NULL', async () => {
    const settings = await database()
    const modern = await mathesarOn('modern', '0002_custom_db_server_integrity_constraints')
    await register(modern, settings.database, settings)
    const { servers } = await exchange<ModernRows>(modern.place, 'read')
    expect(servers).toMatchObject([{ roles: { [settings.user]: '' } }])
    const legacy = await mathesarOn('legacy')
    await register(legacy, 'library', settings)
    const { databases } = await exchange<LegacyRows>(legacy.place, 'read')
    expect(databases).toMatchObject([{ name: 'library', password: '' }])
    expect(await isUsable(legacy, 'library')).toBe(true)
  })
})

test.each([
  ['a key of Django (with) $pecial & characters', 'a key of Django (with) $pecial & characters'],
  ['the line break at its end is a part of it\n', 'the line break at its end is a part of it\n'],
  ['carriage return\r\nas Python reads it\r\n', 'carriage return\nas Python reads it\n'],
  ['schlüssel-日本語', 'schlüssel-日本語'],
])('the secret file %j of Mathesar is the key of both', async (content, secretKey) => {
  const mathesar = await mathesarOn('modern', undefined, secretKey)
  mkdirSync(join(mathesar.home, '.secrets'))
  writeFileSync(join(mathesar.home, '.secrets/secret_key.txt'), content, { mode: 0o600 })
  const settings = await ownedDatabase({ password: PASSWORD })
  await register(mathesar, 'library', settings)
  expect(await exchange<ModernRows>(mathesar.place, 'read')).toMatchObject({
    problems: [],
    servers: [{ roles: { [settings.user]: PASSWORD } }],
  })
})

test.each(['0003', '0007', '0012'])(
  'what mathesarctl changes is what Django reads, up to migration %s',
  async (step) => {
    const mathesar = await mathesarOn(
      'modern',
      MODERN_MIGRATIONS.find((name) => name.startsWith(step)),
    )
    const settings = await ownedDatabase()
    const neighbor = { ...settings, database: await createDatabase({ owner: settings.user }) }
    const written = ({ database }: ConnectionSettings, nickname: string) => ({
      host: settings.host,
      port: settings.port,
      database,
      nickname,
      user: settings.user,
      password: 'an old password',
      sslmode: 'disable',
      version: '0.11.0',
      mathesarUser: 'admin',
    })
    await exchange(mathesar.place, 'write', [written(settings, 'one'), written(neighbor, 'two')])
    const read = () => exchange<ModernRows>(mathesar.place, 'read')
    const { home, flags, env } = mathesar
    const edit = async (args: readonly string[], input = '') => {
      const done = await cli(['db', 'edit', ...args, '--json', '--no-input', ...flags], { home, env, input })
      expect(done, done.stderr).toMatchObject({ status: 0 })
    }

    // The rotation: one password for both databases of that role and server.
    await edit(['one', '--password-stdin', '--yes'], settings.password ?? '')
    expect(await read()).toMatchObject({
      problems: [],
      isEncrypted: true,
      servers: [{ host: '127.0.0.1', roles: { [settings.user]: settings.password } }],
    })
    // Forms and maps move with their database.
    await edit(['one', '--host', 'localhost', '--rename', 'eins', '--yes'])
    const moved = await read()
    expect(moved.problems).toEqual([])
    expect(moved.servers.map(({ host, roles }) => ({ host, roles }))).toEqual(
      ['127.0.0.1', 'localhost'].map((host) => ({ host, roles: { [settings.user]: settings.password } })),
    )
    expect(new Set(moved.databases.map(({ host, nickname }) => `${nickname} ${host}`))).toEqual(
      new Set(['eins localhost', 'two 127.0.0.1']),
    )
    await edit(['two', '--host', 'localhost', '--yes'])
    expect(await read()).toMatchObject({ problems: [], servers: [{ host: 'localhost' }] })
  },
)

test('a second role and more users are maps that Django finds nothing wrong with', async () => {
  const mathesar = await mathesarOn('modern')
  const owner = await ownedDatabase()
  const other = { ...owner, ...(await createRole({ attributes: 'SUPERUSER' })) }
  await exchange(mathesar.place, 'users', [{ username: 'bob', is_superuser: false }])
  await register(mathesar, 'library', owner)
  await register(mathesar, 'library', other, ['--mathesar-user', 'bob'])
  const read = () => exchange<ModernRows>(mathesar.place, 'read')
  expect(await read()).toMatchObject({
    problems: [],
    servers: [{ roles: { [owner.user]: owner.password, [other.user]: other.password } }],
    databases: [
      {
        nickname: 'library',
        access: [
          { user: 'admin', role: owner.user },
          { user: 'bob', role: other.user },
        ],
      },
    ],
  })
  await run(mathesar, ['db', 'edit', 'library', '--role', other.user, '--mathesar-user', 'admin'])
  expect((await read()).databases[0]?.access).toEqual([
    { user: 'admin', role: other.user },
    { user: 'bob', role: other.user },
  ])
})
