/** What the commands state about databases whose SQL is not that of their Mathesar. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { cli, connectionArguments, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas, preparedHome } from '../support/installed.ts'
import { type LiveStore, liveStore } from '../support/live-store.ts'
import type { InternalDatabaseOptions } from '../support/mathesar-database.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles, writeReleaseTree } from '../support/release-tree.ts'
import { startTerminal } from '../support/terminal.ts'

interface Place extends LiveStore {
  home: string
  /** Where the .env file lies. */
  directory: string
  envFile: string
  run: (args: readonly string[], input?: string) => Promise<Run>
  /** Stores a database, whose Mathesar has recorded a version of its SQL. */
  register: (name: string, settings: ConnectionSettings, version?: string) => Promise<void>
}

async function newPlace(options: InternalDatabaseOptions = {}): Promise<Place> {
  const live = await liveStore(options)
  const home = temporaryDirectory()
  const directory = join(home, 'mathesar')
  mkdirSync(directory)
  const envFile = join(directory, '.env')
  writeFileSync(envFile, live.internal.envFile, { mode: 0o600 })
  const { hasUsers } = live.store.capabilities
  return {
    ...live,
    home,
    directory,
    envFile,
    run: (args, input = '') => cli([...args, '--env-file', envFile], { home, input }),
    async register(name, settings, sqlVersion = '0.0.0') {
      const access = { users: ['admin'], sqlVersion }
      await live.store.register(
        name,
        { ...settings, sslmode: 'prefer' },
        hasUsers ? { access, schema: null } : { schema: null },
      )
    },
  }
}

async function releasedDatabase(version: string): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await installRelease(settings, version)
  return settings
}

/** A database into which mathesarctl has put the SQL of a release, that of 0.11.0 under any name. */
async function installedAs(version: string): Promise<ConnectionSettings> {
  const { store } = await liveStore()
  const settings = await ownedDatabase()
  const access = { users: ['admin'], sqlVersion: '0.0.0' }
  await store.register('library', { ...settings, sslmode: 'prefer' }, { access, schema: null })
  const source = releaseSource({ ...releaseFiles('0.11.0'), version })
  expect(await upgradeDatabases(store, { names: 'all', source })).toMatchObject({ failed: 0 })
  return settings
}

function flat({ stderr }: Run): string {
  return stderr.replace(/\s+/g, ' ')
}

describe('db test', () => {
  it.each([
    ['whose record states that nothing is installed', '0.0.0', '0.11.0', /records that none are installed/],
    [
      'whose record is that of an earlier release',
      '0.9.0',
      '0.11.0',
      /records the schemas of Mathesar 0\.9\.0/,
    ],
    [
      'that has the SQL of an earlier release',
      '0.11.0',
      '0.8.0',
      /has the schemas of Mathesar 0\.8\.0, and this Mathesar is 0\.11\.0/,
    ],
  ])('passes a database %s with a warning that names db upgrade', async (_what, recorded, present, text) => {
    const { register, run } = await newPlace()
    const settings = await ownedDatabase()
    await installRelease(settings, present)
    await register('my library', settings, recorded)
    const tested = await run(['db', 'test', 'my library'])
    expect(tested).toMatchObject({ status: 0 })
    expect(flat(tested)).toMatch(text)
    expect(flat(tested)).toContain(
      'Bring them to the SQL of its release (with --schema-source or --release):',
    )
    expect(tested.stderr).toMatch(/^ {4}mathesarctl db upgrade 'my library' --env-file \S+$/m)
  })

  it('warns of nothing where the SQL, the record and the Mathesar agree', async () => {
    const { register, run, directory } = await newPlace()
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    await register('library', await releasedDatabase('0.11.0'), '0.11.0')
    expect(await run(['db', 'test', 'library'])).toMatchObject({ status: 0, stderr: '' })
    expect((await run(['db', 'list'])).stderr).toBe('')
  })

  it('warns of the SQL of a later release than the tree beside the .env', async () => {
    const { register, run, directory } = await newPlace()
    const settings = await installedAs('0.12.0')
    await register('library', settings, '0.12.0')
    // A Mathesar 0.12.0 may have the same tables.
    expect(await run(['db', 'test', 'library'])).toMatchObject({ status: 0, stderr: '' })
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const tested = await run(['db', 'test', 'library'])
    expect(tested).toMatchObject({ status: 0 })
    expect(flat(tested)).toMatch(
      /has the schemas of Mathesar 0\.12\.0, and this Mathesar is 0\.11\.0.* upgrade this Mathesar/,
    )
    expect(flat(tested)).not.toContain('db upgrade')
  })

  it('warns a Mathesar 0.1.x of the schemas of a later one', async () => {
    const { register, run } = await newPlace({ step: 'legacy-identity' })
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0')
    await register(settings.database, settings)
    const tested = await run(['db', 'test', settings.database])
    expect(tested).toMatchObject({ status: 0 })
    expect(flat(tested)).toContain('This Mathesar 0.1.x can no longer work on it.')
  })

  it('uses the same words for schemas as db add and the plan of db upgrade', async () => {
    const { register, run, directory } = await newPlace()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0')
    await register('library', settings)
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const words = 'Mathesar 0.9.0 to 0.11.0'
    expect((await run(['db', 'test', 'library'])).stdout).toContain(words)
    expect((await run(['db', 'upgrade', 'library', '--dry-run'])).stdout).toContain(words)
    const tested = document<{ schema: unknown }[]>(await run(['db', 'test', 'library', '--json']))
    expect(tested[0]?.schema).toEqual({
      source: 'adopted',
      version: null,
      release: { oldest: '0.9.0', newest: '0.11.0' },
    })
  })

  it('writes an error that several databases have in common once', async () => {
    const { register, run, directory, store } = await newPlace()
    for (const name of ['one', 'two']) await register(name, await ownedDatabase())
    await store.close()
    const wrong = join(directory, 'wrong')
    writeFileSync(wrong, 'a wrong key', { mode: 0o600 })
    for (const command of ['test', 'upgrade']) {
      const args = ['db', command, '--all', '--secret-key-file', wrong]
      const failed = await run(command === 'test' ? args : [...args, '--release', '0.11.0', '--dry-run'])
      if (command === 'test') expect(failed).toMatchObject({ status: 9 })
      expect(failed.stderr.split('does not open').length - 1).toBeLessThan(2)
    }
  })
})

describe('db list', () => {
  it('names both flags of an internal database where there is no home directory', async () => {
    const run = await cli(['db', 'list', '--json'], { home: temporaryDirectory(), env: { HOME: '' } })
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', field: 'internal-db' })
    expect(errorOf(run).hint).toMatch(/--internal-db PATH.*--env-file PATH/)
  })

  it('counts the databases that Mathesar recorded with other SQL than its own', async () => {
    const { register, run, envFile, directory } = await newPlace()
    const settings = await ownedDatabase()
    for (const [name, version] of [
      ['a', '0.0.0'],
      ['b', '0.9.0'],
      ['c', '0.11.0'],
      ['d', '0.12.0'],
    ] as const) {
      await register(name, { ...settings, database: `x_${name}` }, version)
    }
    const listed = await run(['db', 'list'])
    expect(listed).toMatchObject({ status: 0 })
    expect(listed.stdout).toContain('Mathesar 0.9.0')
    expect(flat(listed)).toContain(
      'This Mathesar is 0.11.0. As far as it recorded that, 2 databases have the SQL of an earlier release, or none. Run (with --schema-source or --release):',
    )
    expect(listed.stderr).toContain(`\n  mathesarctl db upgrade --all --env-file ${envFile}\n`)
    expect(await run(['db', 'list', '--quiet'])).toMatchObject({ stderr: '' })
    expect(await run(['db', 'list', '--json'])).toMatchObject({ stderr: '' })
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    expect(flat(await run(['db', 'list']))).toContain('or none. Run: mathesarctl db upgrade --all')
  })
})

describe('db upgrade', () => {
  it('gives the reason where the version stays the same', async () => {
    const { register, run, directory } = await newPlace()
    await register('library', await installedAs('0.11.0'), '0.11.0')
    writeReleaseTree(directory, '0.11.0')
    appendFileSync(join(directory, 'db', 'sql', '50_msar_permissions.sql'), '\n-- changed\n')
    const planned = await run(['db', 'upgrade', 'library', '--dry-run'])
    expect(planned.stdout).toMatch(/release 0\.11\.0 +release 0\.11\.0 +upgrade, other contents/)
    const done = await run(['db', 'upgrade', 'library', '--yes'])
    expect(done.stderr).toContain('library: upgraded, release 0.11.0, other contents')
  })

  it('writes one error for all databases that have the SQL of a later release', async () => {
    const { register, run, directory } = await newPlace()
    const settings = await installedAs('0.12.0')
    await register('one', settings, '0.12.0')
    await register('two', await installedAs('0.12.0'), '0.12.0')
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const planned = await run(['db', 'upgrade', '--all', '--dry-run'])
    expect(planned).toMatchObject({ status: 8 })
    expect(planned.stderr).toContain('\none, two\nerror: ')
    expect(flat(planned).split('The schemas are those of Mathesar 0.12.0.')).toHaveLength(2)
  })

  it('refuses the tree of a Mathesar 0.1.x with a hint that fits the Mathesar in use', async () => {
    const { register, run } = await newPlace()
    await register('library', await ownedDatabase())
    const tree = join(temporaryDirectory(), 'mathesar')
    mkdirSync(join(tree, 'mathesar'), { recursive: true })
    writeFileSync(join(tree, 'mathesar', '__init__.py'), '__version__ = "0.1.7"\n')
    for (const flags of [
      ['--schema-source', tree],
      ['--release', '0.1.7'],
    ]) {
      const refused = await run(['db', 'upgrade', 'library', '--json', ...flags])
      expect(refused).toMatchObject({ status: 2 })
      expect(errorOf(refused).hint).not.toContain('bundled')
      expect(errorOf(refused).hint).toContain(':/code/db/sql')
    }
  })

  it('states before it asks for the password of an administrator what that is for', async () => {
    const { register, home, envFile, directory } = await newPlace()
    const settings = await ownedDatabase()
    await installRelease(settings, '0.9.0')
    const { user, password } = await createRole()
    await sql('postgres', `GRANT CONNECT ON DATABASE "${settings.database}" TO "${user}"`)
    await register('library', { ...settings, user, password }, '0.9.0')
    writeReleaseTree(directory, '0.11.0')
    const args = ['db', 'upgrade', 'library', '--admin-user', settings.user, '--env-file', envFile]
    const terminal = startTerminal(args, { home, columns: 200 })
    await terminal.see(`Password for role "${settings.user}"`)
    expect(terminal.screen()).toMatch(/The stored role can't do it: The schemas .* belong to role/)
    terminal.type(`${settings.password}\r`)
    await terminal.answer('Upgrade 1 database?', 'y')
    await terminal.see('Upgraded 1 database.')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
  })
})

describe('db add', () => {
  it('names the command that upgrades the schemas of another owner, and that works', async () => {
    const { run, home, directory } = await newPlace()
    const owner = await ownedDatabase()
    await installRelease(owner, '0.9.0')
    const { user, password } = await createRole()
    await sql(
      owner.database,
      `GRANT USAGE ON SCHEMA msar, __msar, mathesar_types TO "${user}";
       GRANT SELECT ON ALL TABLES IN SCHEMA msar TO "${user}"; GRANT CREATE ON SCHEMA public TO "${user}"`,
    )
    const tree = join(directory, 'my tree')
    writeReleaseTree(tree, '0.11.0')
    const settings = { ...owner, user, password }
    const flags = ['--password-stdin', '--schema-source', tree]
    const added = await run(
      ['db', 'add', 'library', ...connectionArguments(settings), ...flags],
      password ?? '',
    )
    expect(added, added.stderr).toMatchObject({ status: 0 })
    const line = added.stderr.split('\n').find((one) => one.includes('  mathesarctl db upgrade'))
    expect(line).toContain(`mathesarctl db upgrade library --schema-source '${tree}'`)
    expect(line).toContain(`--admin-user ${owner.user}`)
    const passfile = join(home, '.pgpass')
    writeFileSync(passfile, `*:*:*:${owner.user}:${owner.password}\n`, { mode: 0o600 })
    const words = [...(line ?? '').trim().matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    )
    const upgraded = await cli([...words.slice(1), '--yes', '--json'], { home })
    expect(upgraded, upgraded.stdout + upgraded.stderr).toMatchObject({ status: 0 })
    expect(document(upgraded)).toMatchObject({ upgraded: 1, databases: [{ to: '0.11.0' }] })
  })
})

describe('schema install of a database that is not stored', () => {
  it('uses the SQL of the Mathesar in use, and never the bundled SQL for a modern one', async () => {
    const { run, directory } = await newPlace()
    const settings = await ownedDatabase()
    const install = (...flags: string[]) =>
      run(
        ['schema', 'install', ...connectionArguments(settings), '--password-stdin', '--json', ...flags],
        settings.password ?? '',
      )
    const refused = await install()
    expect(refused).toMatchObject({ status: 2 })
    expect(errorOf(refused).hint).toMatch(/:\/code\/db\/sql[\s\S]*--schema-source bundled/)
    expect(await mathesarSchemas(settings.database)).toEqual([])
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    expect(document(await install())).toMatchObject({ schema: { source: 'release', version: '0.11.0' } })
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    const other = await ownedDatabase()
    const bundled = await run(
      [
        'schema',
        'install',
        ...connectionArguments(other),
        '--password-stdin',
        '--json',
        '--schema-source',
        'bundled',
      ],
      other.password ?? '',
    )
    expect(document(bundled)).toMatchObject({ schema: { source: 'bundled' } })
  })

  it('uses the bundled SQL for an internal database that belongs to no Mathesar', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const run = await cli(
      ['schema', 'install', ...connectionArguments(settings), '--password-stdin', '--json'],
      {
        home,
        input: settings.password ?? '',
      },
    )
    expect(document(run)).toMatchObject({ schema: { source: 'bundled' } })
  })
})
