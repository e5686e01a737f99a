import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, connectionArguments, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'
import { createInternalDatabase, type InternalDatabaseOptions } from '../support/mathesar-database.ts'
import { installRelease } from '../support/release-states.ts'
import { writeReleaseTarball, writeReleaseTree } from '../support/release-tree.ts'
import { DOWN, ENTER, startTerminal, type TerminalRun } from '../support/terminal.ts'

interface Live {
  /** Where the `.env` lies. */
  directory: string
  run: (args: readonly string[], input?: string) => Promise<Run>
  add: (name: string, settings: ConnectionSettings, ...flags: string[]) => Promise<Run>
  start: (args: readonly string[], columns?: number) => TerminalRun
  versions: () => Promise<unknown[]>
}

async function newLive(options: InternalDatabaseOptions = {}): Promise<Live> {
  const internal = await createInternalDatabase(options)
  const home = temporaryDirectory()
  const directory = join(home, 'mathesar')
  mkdirSync(directory)
  const envFile = join(directory, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const globals = ['--env-file', envFile, '--journal', 'database']
  const run = (args: readonly string[], input = '') => cli([...args, ...globals], { home, input })
  return {
    directory,
    run,
    add: (name, settings, ...flags) =>
      run(
        ['db', 'add', name, ...connectionArguments(settings), '--password-stdin', '--json', ...flags],
        settings.password ?? '',
      ),
    start: (args, columns = 80) => startTerminal(['db', 'add', ...args, ...globals], { home, columns }),
    async versions() {
      const rows = (await internal.snapshot()).mathesar_database ?? []
      return rows.map((row) => row.last_confirmed_sql_version)
    },
  }
}

function tree(version = '0.11.0'): string {
  const directory = join(temporaryDirectory(), 'release')
  writeReleaseTree(directory, version, { size: 'small' })
  return directory
}

const RELEASE_0_11 = { source: 'release', version: '0.11.0' }

describe('db add on a modern Mathesar', () => {
  it('installs the SQL of the tree, the tarball or db/sql that --schema-source names', async () => {
    const { add, versions } = await newLive()
    const tarball = join(temporaryDirectory(), 'mathesar.tar.gz')
    writeReleaseTarball(tarball, '0.11.0', { size: 'small' })
    const sources = [
      ['tree', [tree()]],
      ['tarball', [tarball]],
      ['files', [join(tree(), 'db', 'sql'), '--release', '0.11.0']],
    ] as const
    for (const [name, flags] of sources) {
      const settings = await ownedDatabase()
      const run = await add(name, settings, '--schema-source', ...flags)
      expect(run, run.stderr).toMatchObject({ status: 0, stderr: '' })
      expect(document(run)).toMatchObject({ status: 'added', schema: RELEASE_0_11, schemaAction: 'install' })
      expect(document(run)).not.toHaveProperty('awaitsInstall')
      expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    }
    expect(await versions()).toEqual(['0.11.0', '0.11.0', '0.11.0'])
  })

  it('finds the release beside the .env by itself', async () => {
    const { add, directory, versions } = await newLive()
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const planned = await add('library', await ownedDatabase(), '--dry-run')
    expect(document(planned)).toMatchObject({ status: 'planned', schema: RELEASE_0_11 })
    expect(await versions()).toEqual([])
    const run = await add('library', await ownedDatabase())
    expect(document(run)).toMatchObject({ status: 'added', schema: RELEASE_0_11 })
    expect(await versions()).toEqual(['0.11.0'])
  })

  it('refuses the bundled SQL, and names the command that copies db/sql out of the container', async () => {
    const { add } = await newLive()
    const settings = await ownedDatabase()
    for (const flags of [[], ['--schema-source', 'bundled']]) {
      const run = await add('library', settings, ...flags)
      expect(run.status).toBe(2)
      expect(errorOf(run)).toMatchObject({
        code: 'USAGE',
        field: 'schema-source',
        hint: expect.stringContaining(':/code/db/sql'),
      })
    }
    const { hint } = errorOf(await add('library', settings))
    expect(hint).toContain('Or add --register-only')
  })

  it.each(['--schema-source', '--release'])('refuses --register-only with %s', async (flag) => {
    const { add } = await newLive()
    const value = flag === '--release' ? '0.11.0' : tree()
    const run = await add('library', await ownedDatabase(), '--register-only', flag, value)
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', field: flag.slice(2) })
  })

  it('refuses a release on a Mathesar 0.1.x', async () => {
    const { add } = await newLive({ step: 'legacy-serial' })
    const settings = await ownedDatabase()
    const run = await add(settings.database, settings, '--schema-source', tree())
    expect(run.status).toBe(2)
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', field: 'schema-source' })
  })

  it('warns of a release that does not fit the internal database', async () => {
    const { add } = await newLive({ step: '0002' })
    const settings = await ownedDatabase()
    const run = await add(settings.database, settings, '--schema-source', tree())
    expect(document(run)).toMatchObject({
      status: 'added',
      warnings: expect.arrayContaining([expect.stringContaining('The SQL is that of Mathesar 0.11.0')]),
    })
  })
})

describe('the dialogue of db add on a modern Mathesar', () => {
  it('shows which release it installs and where it was found', async () => {
    const { directory, start, versions } = await newLive()
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const settings = await ownedDatabase()
    const terminal = start(['Library', ...connectionArguments(settings)], 120)
    await terminal.see(/Their SQL is that of\s+Mathesar\s+0\.11\.0, from/)
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see(/Schemas +the SQL of the release will be installed \(release 0\.11\.0/)
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    await terminal.see('installed in the Mathesar schemas')
    expect((await terminal.ended()).status).toBe(0)
    expect(await versions()).toEqual(['0.11.0'])
  })

  it('asks for the path of a release where it finds none, until one is right', async () => {
    const { start, versions } = await newLive()
    const settings = await ownedDatabase()
    const sqlFiles = join(tree(), 'db', 'sql')
    const alone = join(temporaryDirectory(), 'mathesar-sql')
    cpSync(sqlFiles, alone, { recursive: true })
    const terminal = start(['Library', ...connectionArguments(settings)], 120)
    await terminal.see('Register the database only')
    expect(terminal.screen().replace(/\s+/g, ' ')).toContain(
      'asks for the path and, where that does not state it',
    )
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.answer('Tree, tarball or db/sql', '/no/such/path')
    await terminal.see('Name the directory of a Mathesar release')
    const screen = terminal.screen().replace(/\s+/g, ' ')
    expect(screen).not.toContain('The dialogue does not ask for')
    expect(screen).not.toContain('bundled')
    terminal.type(`${DOWN}${ENTER}`)
    await terminal.answer('Tree, tarball or db/sql', alone)
    await terminal.answer('Its version', '0.11.0')
    await terminal.answer('Password', settings.password ?? '')
    await terminal.see('Add this database?')
    terminal.type(ENTER)
    expect((await terminal.ended()).status).toBe(0)
    expect(await versions()).toEqual(['0.11.0'])
  })
})

describe('the schema commands with the SQL of a release', () => {
  const schema = (command: string, settings: ConnectionSettings, ...flags: string[]) =>
    cli(['schema', command, ...connectionArguments(settings), ...flags], {
      home: temporaryDirectory(),
      env: { PGPASSWORD: settings.password ?? '' },
    })

  it('install it in a database of the modern Mathesar, and confirm the version', async () => {
    const { add, directory, run, versions } = await newLive()
    const settings = await ownedDatabase()
    await add('library', settings, '--register-only')
    const refused = await run(['schema', 'install', 'library', '--json'])
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', field: 'schema-source' })
    expect(await versions()).toEqual(['0.0.0'])
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const installed = await run(['schema', 'install', 'library', '--json'])
    expect(document(installed)).toMatchObject({ status: 'installed', schema: RELEASE_0_11 })
    expect(await versions()).toEqual(['0.11.0'])
    const listed = await run(['db', 'list', '--json'])
    expect(document(listed)).toMatchObject([{ name: 'library', schema: RELEASE_0_11 }])
    const removed = await run(['schema', 'remove', 'library', '--yes', '--json'])
    expect(document(removed)).toMatchObject({ status: 'removed' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await versions()).toEqual(['0.0.0'])
    const after = await run(['db', 'list', '--json'])
    expect(document(after)).toMatchObject([{ name: 'library', schema: null }])
  })

  it('state whether exactly the given SQL is installed', async () => {
    const settings = await ownedDatabase()
    const source = tree()
    await schema('install', settings, '--schema-source', source)
    const status = await schema('status', settings, '--schema-source', source, '--json')
    expect(document(status)).toMatchObject({
      installed: true,
      ...RELEASE_0_11,
      comparedWith: { ...RELEASE_0_11, isInstalled: true },
    })
    const other = await schema('status', settings, '--schema-source', tree('0.10.0'))
    expect(other.stdout).toMatch(/compared +this is not release 0\.9\.0/)
    const bundled = await schema('status', settings, '--schema-source', 'bundled', '--json')
    expect(document(bundled)).toMatchObject({ comparedWith: { source: 'bundled', isInstalled: false } })
    expect(document(await schema('status', settings, '--json'))).not.toHaveProperty('comparedWith')
  })

  it('do not know whether the SQL that a Mathesar installed itself is the given one', async () => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.11.0', { size: 'small' })
    const status = await schema('status', settings, '--schema-source', tree())
    expect(status.stdout).toMatch(/compared +unknown whether this is exactly release 0\.11\.0, as no record/)
  })

  it('print a script that is safe to repeat, and that status recognizes', async () => {
    const settings = await ownedDatabase()
    const source = tree()
    const printed = await cli(['schema', 'print', '--schema-source', source], { home: temporaryDirectory() })
    expect(printed, printed.stderr).toMatchObject({ status: 0, stderr: '' })
    await sql(settings.database, printed.stdout, [], settings)
    await sql(settings.database, printed.stdout, [], settings)
    const status = await schema('status', settings, '--schema-source', source, '--json')
    expect(document(status)).toMatchObject({
      state: 'ours',
      drift: [],
      comparedWith: { isInstalled: true },
    })
    const removed = await schema('remove', settings, '--schema-source', source, '--yes', '--json')
    expect(document(removed)).toMatchObject({ status: 'removed' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })
})

describe('db remove on a modern Mathesar', () => {
  it("runs the release's own removal function, where the release is on this machine", async () => {
    const { run, add, directory } = await newLive()
    writeReleaseTree(directory, '0.11.0', { size: 'small' })
    const settings = await ownedDatabase()
    expect(await add('library', settings)).toMatchObject({ status: 0 })
    const witness = '\nCREATE TABLE public.witness AS SELECT 1 AS one;\n'
    appendFileSync(join(directory, 'db', 'sql', '02_msar_remove.sql'), witness)
    const removed = await run(['db', 'remove', 'library', '--remove-schema', '--yes', '--json'])
    expect(removed, removed.stderr).toMatchObject({ status: 0 })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await sql(settings.database, 'SELECT one FROM public.witness')).toEqual([{ one: 1 }])
  })

  it('needs no release to remove the schemas', async () => {
    const { run, add } = await newLive()
    const settings = await ownedDatabase()
    expect(await add('library', settings, '--schema-source', tree())).toMatchObject({ status: 0 })
    const removed = await run(['db', 'remove', 'library', '--remove-schema', '--yes', '--json'])
    expect(removed, removed.stderr).toMatchObject({ status: 0, stderr: '' })
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })
})
