import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cli, connectionArguments, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, remove, storedNames } from '../support/installed.ts'
import { repository, VERSION } from '../support/program.ts'
import { startProxy } from '../support/proxy.ts'
import { RELEASE_0_11, standInSql } from '../support/stand-ins.ts'

interface Added {
  name: string
  status: string
  schema: { source: string; version: string; objects: number }
  durationMs: number
}

describe('db add', () => {
  test('installs the schemas, stores the credentials, and prints the published document', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const run = await add('library', settings, { home })
    expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' })
    const added = document<Added>(run)
    expect(added).toMatchObject({
      name: 'library',
      status: 'added',
      schema: { source: 'bundled', version: VERSION },
    })
    expect(added.schema.objects).toBeGreaterThan(10)
    expect(added.durationMs).toBeGreaterThan(0)
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)

    const [stored] = document<Record<string, unknown>[]>(await cli(['db', 'list', '--json'], { home }))
    expect(stored).toEqual({
      name: 'library',
      host: settings.host,
      port: settings.port,
      database: settings.database,
      user: settings.user,
      sslmode: 'disable',
      schema: { source: 'bundled', version: VERSION },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
  })

  test('changes nothing and succeeds when it is repeated with the same values', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const before = (await cli(['db', 'show', 'library', '--json'], { home })).stdout
    const [{ oid: oidBefore } = { oid: '' }] = await sql<{ oid: string }>(
      settings.database,
      "SELECT 'msar'::regnamespace::oid",
    )
    const run = await add('library', settings, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document<Added>(run)).toMatchObject({
      status: 'unchanged',
      schema: { source: 'bundled', version: VERSION },
    })
    expect((await cli(['db', 'show', 'library', '--json'], { home })).stdout).toBe(before)
    const [{ oid } = { oid: '' }] = await sql<{ oid: string }>(
      settings.database,
      "SELECT 'msar'::regnamespace::oid",
    )
    expect(oid).toBe(oidBefore)
  })

  test('proves and stores a new password when it is repeated with one', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'rotated'`)
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 4 })
    const run = await add('library', { ...settings, password: 'rotated' }, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ status: 'updated', updated: ['password'] })
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })

  test('refuses a name that is already stored for another database', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const other = await ownedDatabase()
    const run = await add('library', other, { home })
    expect(run.status).toBe(6)
    expect(errorOf(run)).toMatchObject({ code: 'NAME_TAKEN' })
    expect(await mathesarSchemas(other.database)).toEqual([])
  })

  test('creates the database with --create-database', async () => {
    const home = await preparedHome()
    const role = await createRole({ attributes: 'CREATEDB' })
    const name = uniqueName('made "new" é')
    const settings = { ...superuserSettings(name), ...role }
    expect(errorOf(await add('new', settings, { home }))).toMatchObject({ code: 'DATABASE_DOES_NOT_EXIST' })
    const run = await add('new', settings, { home, flags: ['--create-database'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ createdDatabase: true })
    expect(await mathesarSchemas(name)).toEqual(ALL_SCHEMAS)
  })

  test('drops a database that it created when the install fails, and creates it again later', async () => {
    const home = await preparedHome()
    const role = await createRole({ attributes: 'CREATEDB' })
    const name = uniqueName('fresh')
    let cuts = 0
    const proxy = await startProxy({
      target: sharedCluster(),
      onPassage: ({ direction, bytes }) => {
        if (cuts > 0 || direction === 'to server' || !bytes.includes('mathesarctl progress')) return 'pass'
        cuts++
        return 'cut'
      },
    })
    onTestFinished(() => proxy.close())
    const settings = { ...superuserSettings(name), ...role, host: proxy.host, port: proxy.port }
    const exists = () => sql('postgres', 'SELECT 1 FROM pg_database WHERE datname = $1', [name])
    const failed = await add('new', settings, { home, flags: ['--create-database'] })
    expect([failed.status, errorOf(failed).code, cuts]).toEqual([3, 'CONNECTION_FAILED', 1])
    await expect.poll(exists).toEqual([])
    expect(await storedNames(home)).toEqual([])
    const run = await add('new', settings, { home, flags: ['--create-database'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await exists()).toHaveLength(1)
  })

  test('restores the schemas, or the database, when it is repeated after somebody dropped them', async () => {
    const home = await preparedHome()
    const role = await createRole({ attributes: 'CREATEDB' })
    const name = uniqueName('again')
    const settings = { ...superuserSettings(name), ...role }
    const flags = ['--create-database']
    expect(await add('x', settings, { home, flags })).toMatchObject({ status: 0 })
    await sql(name, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
    expect(await cli(['db', 'test', 'x'], { home })).toMatchObject({ status: 8 })
    const healed = await add('x', settings, { home, flags })
    expect(document(healed)).toMatchObject({ status: 'updated', updated: ['schemas'] })
    await sql('postgres', `DROP DATABASE "${name}"`)
    const created = await add('x', settings, { home, flags })
    expect(created, created.stderr).toMatchObject({ status: 0 })
    expect(document(created)).toMatchObject({ status: 'updated', createdDatabase: true })
    expect(await cli(['db', 'test', 'x'], { home })).toMatchObject({ status: 0 })
  })

  test('checks everything and changes nothing with --dry-run', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const run = await add('library', settings, { home, flags: ['--dry-run'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document<Added>(run)).toMatchObject({ status: 'planned' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await storedNames(home)).toEqual([])
    const elsewhere = `${home}/nothing-here.sqlite3`
    const again = await add('library', settings, { home, flags: ['--dry-run', '--internal-db', elsewhere] })
    expect(again, again.stderr).toMatchObject({ status: 0 })
    expect(existsSync(elsewhere)).toBe(false)
  })

  test('reads a DSN from standard input', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase({ password: 'p%@:/?#[]+&\'"\\ $é' })
    const dsn = `postgresql://${settings.user}:${encodeURIComponent(settings.password ?? '')}@${settings.host}:${settings.port}/${settings.database}?sslmode=disable`
    const run = await cli(['db', 'add', 'library', '--dsn', '-', '--json'], { home, input: dsn })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })

  test('reads its values from libpq’s environment and password file', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(
      `${home}/.pgpass`,
      `${settings.host}:${settings.port}:${settings.database}:${settings.user}:${settings.password}\n`,
      { mode: 0o600 },
    )
    const env = {
      PGHOST: settings.host,
      PGPORT: String(settings.port),
      PGDATABASE: settings.database,
      PGUSER: settings.user,
      PGSSLMODE: 'disable',
    }
    const run = await cli(['db', 'add', 'library', '--json'], { home, env })
    expect(run, run.stderr).toMatchObject({ status: 0 })
  })

  test('stores names and passwords with special characters and uses them again', async () => {
    const home = await preparedHome()
    const odd = `o'dd "x" % é ${uniqueName('r')}`
    const long = `${uniqueName('L')}${'ü'.repeat(25)}`.padEnd(38, 'z')
    expect(Buffer.byteLength(long)).toBe(63)
    const settings = await ownedDatabase({ user: odd, database: long, password: '% @:/?#[]+&\'"\\ space $é' })
    const run = await add('my "own" % name é', settings, { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const test = await cli(['db', 'test', 'my "own" % name é', '--json'], { home })
    expect(test, test.stderr).toMatchObject({ status: 0 })
    const removed = await remove('my "own" % name é', { home, flags: ['--remove-schema'] })
    expect(removed, removed.stderr).toMatchObject({ status: 0 })
    expect(await mathesarSchemas(long)).toEqual([])
  })

  test(
    'leaves schemas that it did not install untouched, and replaces or refuses them with ' +
      '--existing-schema',
    async () => {
      const home = await preparedHome()
      const settings = await ownedDatabase()
      await sql(settings.database, standInSql(RELEASE_0_11), [], settings)
      const refused = await add('a', settings, { home, flags: ['--existing-schema', 'refuse'] })
      expect(refused.status).toBe(8)
      expect(errorOf(refused)).toMatchObject({ code: 'SCHEMA_CONFLICT' })

      const adopted = await add('a', settings, { home })
      expect(adopted, adopted.stderr).toMatchObject({ status: 0 })
      expect(document(adopted)).toMatchObject({
        schemaAction: 'adopt',
        schema: { source: 'adopted', version: null, release: { oldest: '0.9.0', newest: '0.11.0' } },
      })
      const counted = "SELECT count(*)::int AS n FROM pg_proc WHERE pronamespace = 'msar'::regnamespace"
      expect(await sql(settings.database, counted)).toEqual([{ n: 479 }])

      const replaced = await add('b', settings, { home, flags: ['--existing-schema', 'replace'] })
      expect(replaced, replaced.stderr).toMatchObject({ status: 0 })
      expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
      expect(document(replaced)).toMatchObject({
        warnings: [
          expect.stringContaining('a Mathesar that uses them will no longer work on this database'),
          expect.stringContaining('The same database is stored already, as "a".'),
        ],
      })
      const theirs = await sql(settings.database, "SELECT to_regproc('msar.stand_in_1') AS theirs")
      expect(theirs).toEqual([{ theirs: null }])
    },
  )

  test('leaves the schemas with the role that owns them when a superuser runs it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      'CREATE SCHEMA msar; CREATE FUNCTION msar.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
      [],
      settings,
    )
    const run = await add('super', superuserSettings(settings.database), {
      home,
      flags: ['--existing-schema', 'replace'],
    })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const owners = await sql(
      settings.database,
      'SELECT DISTINCT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname IN ' +
        "('msar', '__msar', 'mathesar_types')",
    )
    expect(owners).toEqual([{ owner: settings.user }])
  })
})

describe('db add again', () => {
  test('keeps the stored TLS settings where no flag sets them', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('x', { ...settings, sslmode: 'allow' }, { home })
    const target = connectionArguments(settings).slice(0, -2)
    const run = await cli(['db', 'add', 'x', ...target, '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ status: 'unchanged' })
    expect(document(await cli(['db', 'show', 'x', '--json'], { home }))).toMatchObject({ sslmode: 'allow' })
  })

  test('leaves the bundled schemas unchanged for every value of --existing-schema', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('x', settings, { home })
    for (const choice of ['adopt', 'replace', 'refuse']) {
      const run = await add('x', settings, { home, flags: ['--existing-schema', choice] })
      expect([choice, run.status, document<Added>(run).status]).toEqual([choice, 0, 'unchanged'])
    }
  })

  test('upgrades schemas of an earlier version in place, and keeps schemas of a later version', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const earlier = readFileSync(join(repository, 'test/schema/earlier/0.1.0.sql'), 'utf8')
    await sql(settings.database, earlier, [], settings)
    await sql(settings.database, 'CREATE TABLE person (mail mathesar_types.email)', [], settings)
    const other = await createRole()
    await sql(settings.database, `GRANT CREATE ON DATABASE ${settings.database} TO ${other.user}`)
    const refused = await add('guest', { ...settings, ...other }, { home })
    expect([refused.status, errorOf(refused).code]).toEqual([5, 'INSUFFICIENT_PRIVILEGE'])
    await sql(settings.database, `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO ${other.user}`)
    const guest = await add('guest', { ...settings, ...other }, { home })
    expect(guest.status, guest.stderr).toBe(0)
    expect(document(guest)).toMatchObject({
      schemaAction: 'keep',
      schema: { version: '0.1.0', objects: 19 },
      warnings: [expect.stringContaining('stay at version 0.1.0')],
    })
    const plan = await cli(['schema', 'install', '--dry-run', '--json', ...connectionArguments(settings)], {
      home,
      env: { PGPASSWORD: settings.password ?? '' },
    })
    expect(document(plan)).toMatchObject({ status: 'planned', action: 'upgrade' })
    const added = await add('x', settings, { home })
    expect(document(added)).toMatchObject({
      status: 'added',
      schemaAction: 'upgrade',
      schema: { source: 'bundled', version: VERSION },
    })
    expect(document<Added>(await add('x', settings, { home })).status).toBe('unchanged')
    const [record] = await sql<{ text: string }>(
      settings.database,
      `SELECT obj_description('msar'::regnamespace) AS text`,
    )
    const later = record?.text.replace(/version=\S+ checksum=./, 'version=99.0.0 checksum=0') ?? ''
    await sql(settings.database, `COMMENT ON SCHEMA msar IS '${later}'`, [], settings)
    expect(document(await add('y', settings, { home }))).toMatchObject({
      schemaAction: 'keep',
      schema: { version: '99.0.0' },
    })
  })

  test('adds the database once when several processes run it at once', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const runs = await Promise.all(Array.from({ length: 6 }, () => add('x', settings, { home })))
    for (const run of runs) {
      // Whoever comes while another works on the name is told so, and may try again.
      if (run.status !== 0) expect([run.status, errorOf(run).code]).toEqual([1, 'LOCKED'])
    }
    expect(runs.filter((run) => run.status === 0).map((run) => document<Added>(run).status)).toContain(
      'added',
    )
    expect(await storedNames(home)).toEqual(['x'])
  })

  test('refuses to adopt a part of the schemas', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql(settings.database, 'CREATE SCHEMA msar; CREATE TABLE msar.theirs (a int)', [], settings)
    const run = await add('x', settings, { home })
    expect([run.status, errorOf(run).code]).toEqual([8, 'SCHEMA_CONFLICT'])
    expect(errorOf(run).message).toContain('only parts of the Mathesar schemas: msar (1 object)')
    expect(await storedNames(home)).toEqual([])
  })

  test('reports with --dry-run whether the role may create the database', async () => {
    const home = await preparedHome()
    const flags = ['--create-database', '--dry-run']
    const plain = { ...superuserSettings(uniqueName('no')), ...(await createRole()) }
    const refused = await add('x', plain, { home, flags })
    expect([refused.status, errorOf(refused).code]).toEqual([5, 'INSUFFICIENT_PRIVILEGE'])
    const may = { ...plain, ...(await createRole({ attributes: 'CREATEDB' })) }
    expect(document(await add('x', may, { home, flags }))).toMatchObject({
      status: 'planned',
      createsDatabase: true,
    })
    expect(await sql('postgres', 'SELECT 1 FROM pg_database WHERE datname = $1', [may.database])).toEqual([])
  })
})

describe('db remove', () => {
  test('db remove never reaches the server without --remove-schema', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql('postgres', `DROP DATABASE "${settings.database}"`)
    const run = await remove('library', { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({
      name: 'library',
      status: 'removed',
      schemaRemoved: false,
      converted: [],
      dropped: [],
    })
    expect(await storedNames(home)).toEqual([])
  })

  test('removes the schemas, then the credentials', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await sql(settings.database, 'CREATE TABLE mine (a text)', [], settings)
    await add('library', settings, { home })
    const run = await remove('library', { home, flags: ['--remove-schema'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const result = document<{ schemaRemoved: boolean; dropped: string[] }>(run)
    expect(result.schemaRemoved).toBe(true)
    expect(result.dropped).toEqual(
      expect.arrayContaining(['schema msar', 'schema __msar', 'schema mathesar_types']),
    )
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await storedNames(home)).toEqual([])
    expect(await sql(settings.database, "SELECT to_regclass('mine') IS NOT NULL AS kept")).toEqual([
      { kept: true },
    ])
  })

  test('lists dependents, changes nothing and exits 8', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql(
      settings.database,
      'CREATE TABLE people (id int, mail mathesar_types.email); INSERT INTO people VALUES (1, ' +
        "'a@b.c'), (2, 'd@e.f')",
      [],
      settings,
    )
    const run = await remove('library', { home, flags: ['--remove-schema'] })
    expect(run.status).toBe(8)
    const error = errorOf(run)
    expect(error.code).toBe('DEPENDENTS_EXIST')
    expect(error.dependents).toEqual([
      expect.objectContaining({
        schema: 'public',
        relation: 'people',
        column: 'mail',
        kind: 'column',
        type: 'mathesar_types.email',
        rows: 2,
      }),
    ])
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    expect(await storedNames(home)).toEqual(['library'])
    const text = await cli(['db', 'remove', 'library', '--remove-schema', '--yes'], { home })
    expect(text.stderr).toContain('public.people')
    expect(text.stderr).toContain('mathesar_types.email')
    expect(text.stderr).toContain('stored credentials of "library" are unchanged')
  })

  test('keeps the credentials when dropping fails, and reports it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql(
      settings.database,
      'ALTER SCHEMA msar OWNER TO postgres; ALTER SCHEMA __msar OWNER TO postgres; ALTER SCHEMA ' +
        'mathesar_types OWNER TO postgres',
    )
    const run = await remove('library', { home, flags: ['--remove-schema'] })
    expect(run.status).toBe(5)
    expect(errorOf(run)).toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: expect.stringContaining('stored credentials'),
    })
    expect(await storedNames(home)).toEqual(['library'])
  })

  test('removes the record of a server that no longer exists only with --forget-unreachable', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql('postgres', `DROP DATABASE "${settings.database}"`)
    const refused = await remove('library', { home, flags: ['--remove-schema'] })
    expect(refused.status).toBe(3)
    expect(errorOf(refused).hint).toContain('--forget-unreachable')
    expect(await storedNames(home)).toEqual(['library'])
    const run = await remove('library', { home, flags: ['--remove-schema', '--forget-unreachable'] })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({ schemaRemoved: false, forgotten: true })
    expect(await storedNames(home)).toEqual([])
  })

  test(
    'refuses to drop schemas that other records of the database use, however these spell it, without ' +
      '--shared-schema',
    async () => {
      const home = await preparedHome()
      const settings = await ownedDatabase()
      await add('one', settings, { home })
      const second = await add('two', { ...settings, host: 'localhost' }, { home })
      expect(document(second)).toMatchObject({
        alsoStoredAs: ['one'],
        warnings: [expect.stringContaining('stored already, as "one"')],
      })
      for (const flags of [['--dry-run'], [], ['--quiet']]) {
        const refused = await remove('one', { home, flags: ['--remove-schema', ...flags] })
        expect(refused.status, flags.join()).toBe(8)
        expect(errorOf(refused)).toMatchObject({
          code: 'DEPENDENTS_EXIST',
          alsoUsedBy: ['two'],
          hint: expect.stringContaining('--shared-schema'),
        })
        expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
      }
      const shared = ['--remove-schema', '--shared-schema']
      const planned = await remove('one', { home, flags: [...shared, '--dry-run'] })
      expect(document(planned)).toMatchObject({
        status: 'planned',
        alsoUsedBy: ['two'],
        warnings: [expect.stringContaining('"two"')],
      })
      const run = await remove('one', { home, flags: shared })
      expect(document(run)).toMatchObject({ schemaRemoved: true, alsoUsedBy: ['two'] })
      const [two] = document<{ name: string; schema: unknown }[]>(
        await cli(['db', 'list', '--json'], { home }),
      )
      expect(two).toMatchObject({ name: 'two', schema: null })
    },
  )

  test('needs a confirmation where nobody can be asked', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const run = await cli(['db', 'remove', 'library', '--json'], { home })
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--yes') })
    expect(await storedNames(home)).toEqual(['library'])
  })
})

describe('db edit', () => {
  test('rotates a password with --password-stdin alone, after proving it', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const wrong = await cli(['db', 'edit', 'library', '--password-stdin', '--json'], {
      home,
      input: 'wrong\n',
    })
    expect(wrong.status).toBe(4)
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
    await sql('postgres', `ALTER ROLE "${settings.user}" PASSWORD 'rotated'`)
    const run = await cli(['db', 'edit', 'library', '--password-stdin', '--json'], {
      home,
      input: 'rotated\r\n',
    })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toEqual({
      name: 'library',
      status: 'changed',
      changed: ['password'],
    })
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
  })

  test('renames without reaching the server', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    await sql('postgres', `DROP DATABASE "${settings.database}"`)
    const run = await cli(['db', 'edit', 'library', '--rename', 'archive', '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual(['archive'])
    const words = await cli(['db', 'edit', 'archive', '--rename', 'old books'], { home })
    expect(words.stderr).toContain('Changed "old books": name (before: "archive").')
  })

  test('changes only the given values, even while another run changes others', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const proxy = await startProxy({ target: settings, delayMs: 150 })
    onTestFinished(() => proxy.close())
    const slow = cli(['db', 'edit', 'library', '--port', String(proxy.port), '--json'], { home })
    const fast = await cli(['db', 'edit', 'library', '--sslmode', 'prefer', '--json'], { home })
    expect([fast.status, (await slow).status]).toEqual([0, 0])
    expect(document(await cli(['db', 'show', 'library', '--json'], { home }))).toMatchObject({
      port: proxy.port,
      sslmode: 'prefer',
    })
  })

  test('records the schemas of the new database when it changes the target', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const other = await createDatabase({ owner: settings.user })
    const run = await cli(['db', 'edit', 'library', '--database', other, '--json'], { home })
    expect(document(run)).toMatchObject({
      changed: ['database'],
      warnings: [expect.stringContaining('no Mathesar schemas')],
    })
    expect(document(await cli(['db', 'show', 'library', '--json'], { home }))).toMatchObject({ schema: null })
  })

  test('stores the absolute path of a certificate', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const run = await cli(['db', 'edit', 'library', '--sslrootcert', 'ca.pem', '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(await cli(['db', 'show', 'library', '--json'], { home }))).toMatchObject({
      sslrootcert: `${home}/ca.pem`,
    })
  })

  test('does not store a target that does not work', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('library', settings, { home })
    const run = await cli(['db', 'edit', 'library', '--database', 'no_such_database', '--json'], { home })
    expect(run.status).toBe(3)
    expect(document(await cli(['db', 'show', 'library', '--json'], { home }))).toMatchObject({
      database: settings.database,
    })
  })
})

describe('db test', () => {
  test('tests databases at the same time, and prints a row for each', async () => {
    const home = await preparedHome()
    const good = await ownedDatabase()
    const bad = await ownedDatabase()
    await add('good', good, { home })
    await add('bad', bad, { home })
    await sql('postgres', `ALTER ROLE "${bad.user}" PASSWORD 'other'`)
    const run = await cli(['db', 'test', '--all', '--json'], { home })
    expect(run.status).toBe(4)
    expect(document(run)).toEqual([
      {
        name: 'bad',
        ok: false,
        serverVersion: null,
        privileges: null,
        abilities: null,
        schema: null,
        error: { code: 'AUTHENTICATION_FAILED', message: expect.any(String), hint: expect.any(String) },
      },
      {
        name: 'good',
        ok: true,
        serverVersion: expect.stringMatching(/^\d+/),
        privileges: { superuser: false, owner: true, create: true },
        abilities: {
          connect: true,
          useSchemas: true,
          callFunctions: true,
          readTables: true,
          useTypes: true,
          createSchemas: true,
          createTables: true,
        },
        schema: { source: 'bundled', version: VERSION },
        error: null,
      },
    ])
    const text = await cli(['db', 'test', '--all'], { home })
    expect(text.stdout.split('\n')).toHaveLength(4)
    expect(text.stdout).toContain('use,tables,schemas')
    expect(text.stderr).toContain('hint:')
  })
})

describe('schema', () => {
  test('installs, inspects and removes the schemas in a database that is not stored', async () => {
    const home = temporaryDirectory()
    const settings = await ownedDatabase()
    const target = [...connectionArguments(settings), '--json']
    const env = { PGPASSWORD: settings.password ?? '' }
    const installed = await cli(['schema', 'install', ...target], { home, env })
    expect(installed, installed.stderr).toMatchObject({ status: 0 })
    const status = document<Record<string, unknown>>(
      await cli(['schema', 'status', ...target], { home, env }),
    )
    expect(status).toMatchObject({ installed: true, source: 'bundled', version: VERSION, drift: [] })
    expect(status.checksum).toMatch(/^[0-9a-f]{64}$/)
    await sql(
      settings.database,
      'DROP FUNCTION mathesar_types.email_local_part(mathesar_types.email)',
      [],
      settings,
    )
    expect(document(await cli(['schema', 'status', ...target], { home, env }))).toMatchObject({
      drift: [{ change: 'dropped', object: expect.stringContaining('email_local_part') }],
    })
    await sql(settings.database, 'CREATE TABLE m (p mathesar_types.uri[])', [], settings)
    expect(document(await cli(['schema', 'dependents', ...target], { home, env }))).toEqual([
      expect.objectContaining({ relation: 'm', column: 'p', type: 'mathesar_types.uri[]', rows: 0 }),
    ])
    expect(await cli(['schema', 'remove', '--yes', ...target], { home, env })).toMatchObject({ status: 8 })
    await sql(settings.database, 'DROP TABLE m', [], settings)
    expect(await cli(['schema', 'remove', '--yes', ...target], { home, env })).toMatchObject({ status: 0 })
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })

  test('prints SQL that installs exactly what the command installs', async () => {
    const home = temporaryDirectory()
    const settings = await ownedDatabase()
    const { stdout } = await cli(['schema', 'print'], { home })
    await sql(settings.database, stdout, [], settings)
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    expect(await createDatabase()).toMatch(/^db_/)
  })
})
