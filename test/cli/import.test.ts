import {
  chmodSync,
  cpSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import { cli, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { preparedHome, storedLibrary } from '../support/installed.ts'
import { openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'
import { writeReleaseTree } from '../support/release-tree.ts'
import { startTerminal } from '../support/terminal.ts'

/** The key that Mathesar 0.1.4 to 0.4.0 has where nothing else is configured. */
const PUBLIC_KEY = '2gr6ud88x=(p855_5nbj_+7^gw-iz&n7ldqv%94mjaecl+b9=4'

const OWN_FILE = '.local/share/mathesarctl/internal.sqlite3'
const OWN_KEY = '.config/mathesarctl/secret_key'

interface Imported {
  databases: { name: string; status: string; error: { code: string } | null }[]
  imported: number
  failed: number
  warnings?: string[]
}

/** Creates an SQLite file that stores databases. */
async function storedFile(
  path: string,
  key: string,
  databases: Readonly<Record<string, ConnectionSettings>>,
): Promise<string> {
  const store = await openStore(path, () => key, { create: true })
  for (const [name, settings] of Object.entries(databases)) {
    await store.register(name, settings, { schema: null })
  }
  await store.close()
  return path
}

/** A home directory whose internal database is that of a live Mathesar. */
function homeOf(internal: InternalDatabase, home = temporaryDirectory()): string {
  const envFile = join(home, 'mathesar.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  mkdirSync(join(home, '.config/mathesarctl'), { recursive: true, mode: 0o700 })
  writeFileSync(join(home, '.config/mathesarctl/config.yaml'), `env-file: ${envFile}\n`, { mode: 0o600 })
  return home
}

function run(home: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return cli(['db', 'import', '--json', ...args], { home, env })
}

describe('mathesarctl db import', () => {
  it("copies mathesarctl's own file into a live Mathesar without any key flag", async () => {
    const home = await preparedHome()
    const key = readFileSync(join(home, OWN_KEY), 'utf8')
    const settings = await ownedDatabase()
    const file = await storedFile(join(home, OWN_FILE), key, { library: settings })
    const internal = await createInternalDatabase({ step: '0006' })
    homeOf(internal, home)
    const before = readFileSync(file)
    const imported = await run(home, ['--from', file])
    expect(imported, imported.stderr).toMatchObject({ status: 0 })
    expect(document<Imported>(imported)).toMatchObject({
      from: file,
      into: internal.location,
      databases: [
        {
          name: 'library',
          sourceName: 'library',
          status: 'imported',
          user: settings.user,
          users: ['admin'],
          passwordSharedWith: [],
        },
      ],
      imported: 1,
      failed: 0,
      notCopied: {},
      needsUpgrade: true,
    })
    const store = await openLiveStore(internal)
    expect((await store.settings('library')).password).toBe(settings.password)
    expect(readFileSync(file)).toEqual(before)
    const people = await cli(['db', 'import', '--from', file], { home })
    expect(people.stdout).toMatch(/library .*unchanged/)
    expect(people.stderr).toContain(`Import from ${file} into ${internal.location}:\n`)
    expect(people.stderr).toContain('Everything was stored already.')
  })

  it('lists each entry under its name in the source, and db show the roles that came with others', async () => {
    const home = homeOf(await createInternalDatabase())
    const owner = await ownedDatabase()
    const reader = await createRole()
    const key = join(home, 'old_key')
    writeFileSync(key, 'old', { mode: 0o600 })
    const file = await storedFile(join(home, 'old.sqlite3'), 'old', {
      inv: owner,
      'inv-ro': { ...owner, ...reader },
      own4: owner,
    })
    const args = ['db', 'import', '--from', file, '--from-secret-key-file', key]
    const dry = await cli([...args, '--dry-run'], { home })
    expect(dry.stdout).toMatch(
      /inv .* planned: import\ninv-ro .* planned: reuse \(the same database as inv\)\n/,
    )
    expect(dry.stderr).toContain(`In Mathesar, "admin" gets access as role "${owner.user}".\n`)
    expect(dry.stderr).toContain('1 entry to import, 1 entry to reuse, 1 entry unchanged.\n')
    const done = await cli(args, { home })
    expect(done.stdout).toMatch(
      /inv .* imported\ninv-ro .* reused \(the same database as inv\)\nown4 .* unchanged \(the same database as inv\)\n/,
    )
    expect(done.stderr).toContain(`In Mathesar, "admin" got access as role "${owner.user}".\n`)
    expect(done.stderr).toContain('1 entry imported, 1 entry reused, 1 entry unchanged.\n')
    const again = await cli([...args, 'own4'], { home })
    expect(again.stdout).toMatch(/\nown4 .* unchanged \(the same database as inv\)\n/)
    expect(again.stderr).not.toContain('In Mathesar')
    const shown = await cli(['db', 'show', 'inv'], { home })
    expect(shown.stdout).toMatch(new RegExp(`server roles +${reader.user}\n`))
  })

  it('states that a dry run changed nothing, also where nothing can be imported', async () => {
    const home = await preparedHome()
    const key = readFileSync(join(home, OWN_KEY), 'utf8')
    const settings = { ...(await ownedDatabase()), port: 1 }
    const file = await storedFile(join(temporaryDirectory(), 'old.sqlite3'), key, { dead: settings })
    const dry = await cli(['db', 'import', '--from', file, '--dry-run'], { home })
    expect(dry).toMatchObject({ status: 3 })
    expect(dry.stderr).toContain('Nothing was imported: 1 entry failed.\nThis was a dry run')
    const done = await cli(['db', 'import', '--from', file], { home })
    expect(done.stderr).toContain('Nothing was imported: 1 entry failed.\n')
    expect(done.stderr).not.toContain('dry run')
    await storedFile(file, key, { library: await ownedDatabase() })
    await cli(['db', 'import', '--from', file, 'library'], { home })
    const unchanged = await cli(['db', 'import', '--from', file, '--dry-run', 'library'], { home })
    expect(unchanged.stderr).toContain('Everything was stored already.\nThis was a dry run')
  })

  it('reads a file in a directory that nobody may write to, and creates nothing beside it', async () => {
    const home = await preparedHome()
    const directory = join(temporaryDirectory(), 'mount')
    mkdirSync(directory, { mode: 0o700 })
    const key = readFileSync(join(home, OWN_KEY), 'utf8')
    const file = await storedFile(join(directory, 'old.sqlite3'), key, { library: await ownedDatabase() })
    const files = readdirSync(directory)
    chmodSync(file, 0o400)
    chmodSync(directory, 0o500)
    const imported = await run(home, ['--from', file])
    expect(imported, imported.stderr).toMatchObject({ status: 0 })
    expect(readdirSync(directory)).toEqual(files)
    chmodSync(directory, 0o700)
  })

  it('finds the db.sqlite3 and the key of a Mathesar 0.1.x in its directory', async () => {
    const directory = temporaryDirectory()
    await storedFile(join(directory, 'db.sqlite3'), 'old key', { library: await ownedDatabase() })
    const home = homeOf(await createInternalDatabase())
    const envFile = join(directory, '.env')
    writeFileSync(envFile, "SECRET_KEY='old key'\n", { mode: 0o600 })
    for (const from of [directory, envFile, join(directory, 'db.sqlite3')]) {
      const imported = await run(home, ['--from', from, '--dry-run'])
      expect(imported, imported.stderr).toMatchObject({ status: 0 })
      expect(document<Imported>(imported).databases).toMatchObject([{ status: 'planned', action: 'import' }])
    }
  })

  it.each(['legacy-serial', 'legacy-identity', '0005'] as const)(
    'copies from the .env file of another Mathesar at %s, whose key differs',
    async (step) => {
      const settings = await ownedDatabase()
      const source = await createInternalDatabase({ step, secretKey: 'another key' })
      await (await openLiveStore(source)).register('library', settings, { schema: null })
      const before = await source.snapshot()
      const directory = temporaryDirectory()
      writeFileSync(join(directory, '.env'), source.envFile, { mode: 0o600 })
      const home = homeOf(await createInternalDatabase())
      const imported = await run(home, ['--from', join(directory, '.env')])
      expect(imported, imported.stderr).toMatchObject({ status: 0 })
      expect(document<Imported>(imported).imported).toBe(1)
      expect(await source.snapshot()).toEqual(before)
    },
  )

  it('opens a source that has no key of its own with the public key, and warns', async () => {
    const source = await createInternalDatabase({ step: '0006', secretKey: PUBLIC_KEY })
    await (await openLiveStore(source)).register('library', await ownedDatabase(), { schema: null })
    const directory = temporaryDirectory()
    writeFileSync(join(directory, '.env'), source.envFile.replace(/SECRET_KEY=.*\n/, ''), { mode: 0o600 })
    const imported = await run(homeOf(await createInternalDatabase()), ['--from', directory])
    expect(imported, imported.stderr).toMatchObject({ status: 0 })
    expect(document<Imported>(imported).warnings?.join()).toContain('public one of Mathesar 0.1.4 to 0.4.0')
  })

  it('refuses a source whose key is not known or does not fit, and names the flag', async () => {
    const directory = temporaryDirectory()
    const file = await storedFile(join(directory, 'old.sqlite3'), 'lost', { library: await ownedDatabase() })
    const home = homeOf(await createInternalDatabase())
    const refused = await run(home, ['--from', file])
    expect(refused).toMatchObject({ status: 9 })
    expect(errorOf(refused)).toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    expect(errorOf(refused).hint).toContain('--from-secret-key-file')
    const newKey = join(home, '.config', 'mathesarctl', 'secret_key.new')
    mkdirSync(dirname(newKey), { recursive: true, mode: 0o700 })
    writeFileSync(newKey, 'lost', { mode: 0o600 })
    const isRotating = await run(home, ['--from', file])
    expect(errorOf(isRotating)).toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    expect(errorOf(isRotating).hint).toMatch(/secret-key rotate.* pass --from-secret-key-file with that file/)
    rmSync(newKey)
    const keyFile = join(directory, 'key')
    writeFileSync(keyFile, 'lost\n', { mode: 0o600 })
    const wrong = await run(home, ['--from', file, '--from-secret-key-file', keyFile])
    expect(errorOf(wrong).hint).toContain('newline')
    writeFileSync(keyFile, 'lost')
    const imported = await run(home, ['--from', file, '--from-secret-key-file', keyFile])
    expect(imported, imported.stderr).toMatchObject({ status: 0 })
  })

  it('refuses the internal database in use as the source, however it is named', async () => {
    const internal = await createInternalDatabase()
    const home = homeOf(internal)
    for (const from of [
      join(home, 'mathesar.env'),
      internal.url,
      internal.url.replace('127.0.0.1', 'localhost'),
    ]) {
      const refused = await run(home, ['--from', from])
      expect(refused, refused.stderr).toMatchObject({ status: 2 })
      expect(errorOf(refused)).toMatchObject({
        code: 'USAGE',
        field: 'from',
        message: expect.stringContaining(internal.location),
        hint: expect.not.stringContaining('setup'),
      })
    }
    const own = await preparedHome()
    cpSync(join(own, OWN_FILE), join(own, 'copy.sqlite3'))
    linkSync(join(own, OWN_FILE), join(own, 'link.sqlite3'))
    for (const name of [OWN_FILE, 'link.sqlite3']) {
      const refused = await run(own, ['--from', join(own, name)])
      expect(refused).toMatchObject({ status: 2 })
      expect(errorOf(refused).message).toContain(`${join(own, OWN_FILE)} (default)`)
    }
    rmSync(join(own, 'link.sqlite3'))
    expect(await run(own, ['--from', join(own, 'copy.sqlite3')])).toMatchObject({ status: 0 })
  })

  it('refuses a source that does not exist, and creates no internal database for it', async () => {
    const home = await preparedHome()
    const refused = await run(home, ['--from', 'nowhere.sqlite3'])
    expect(refused).toMatchObject({ status: 1 })
    expect(errorOf(refused)).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    const missing = await run(home, [])
    expect(missing).toMatchObject({ status: 2 })
    expect(errorOf(missing)).toMatchObject({ code: 'USAGE', field: 'from' })
    const empty = await run(home, ['--from', temporaryDirectory()])
    expect(errorOf(empty)).toMatchObject({ code: 'USAGE', field: 'from' })
  })

  it('refuses a file that is empty, and the SQLite file of another program', async () => {
    const home = await preparedHome()
    const directory = temporaryDirectory()
    const file = join(directory, 'db.sqlite3')
    writeFileSync(file, '')
    for (const from of [file, directory]) {
      const refused = await run(home, ['--from', from])
      expect(refused).toMatchObject({ status: 1, stdout: '' })
      expect(errorOf(refused)).toMatchObject({ code: 'STORE_UNAVAILABLE', field: 'from' })
      expect(errorOf(refused).message).toBe(
        `The source of the import, ${file}, can't be used: the file is empty.`,
      )
    }
    const packed = join(directory, 'db.sqlite3.gz')
    writeFileSync(packed, gzipSync('SQLite format 3\0'))
    const binary = await run(home, ['--from', packed])
    expect(errorOf(binary).message).toContain('it is neither an SQLite file nor the .env or Compose file')
    rmSync(file)
    new DatabaseSync(file).exec('CREATE TABLE other (id)')
    const other = errorOf(await run(home, ['--from', file]))
    expect(other).toMatchObject({ code: 'STORE_UNAVAILABLE', field: 'from' })
    expect(other.hint).toContain('--from')
    expect(other.hint).not.toContain('--internal-db')
  })

  it('exits with the status of the errors where they agree, and lists them', async () => {
    const home = await preparedHome()
    const key = readFileSync(join(home, OWN_KEY), 'utf8')
    const settings = await ownedDatabase()
    const file = await storedFile(join(temporaryDirectory(), 'old.sqlite3'), key, {
      dead: { ...settings, port: 1 },
      library: settings,
    })
    const run1 = await cli(['db', 'import', '--from', file, '--yes'], { home })
    expect(run1).toMatchObject({ status: 3 })
    expect(run1.stdout).toMatch(/dead .*CONNECTION_FAILED\nlibrary .*imported/)
    expect(run1.stderr).toContain('1 entry imported, 1 entry failed.')
    await storedFile(file, key, { refused: { ...settings, password: 'wrong', host: 'localhost' } })
    await sql('postgres', `ALTER ROLE ${settings.user} PASSWORD 'rotated'`)
    expect(await cli(['db', 'import', '--from', file, '--yes'], { home })).toMatchObject({ status: 1 })
  })

  it.each([80, 60])('shows the plan and asks, in %i columns', async (columns) => {
    const internal = await createInternalDatabase()
    const home = homeOf(internal)
    const other = await ownedDatabase()
    const access = { users: ['admin'], sqlVersion: '0.0.0' }
    await (await openLiveStore(internal)).register('library', other, { schema: null, access })
    const settings = await ownedDatabase()
    const { database: taken } = await ownedDatabase()
    const file = await storedFile(join(temporaryDirectory(), 'old.sqlite3'), 'old', {
      archive: settings,
      dead: { ...settings, port: 1 },
      library: { ...settings, database: taken },
    })
    const keyFile = join(home, 'old_key')
    writeFileSync(keyFile, 'old', { mode: 0o600 })
    const args = ['db', 'import', '--from', file, '--from-secret-key-file', keyFile]
    const declined = startTerminal(args, { home, columns })
    await declined.answer('Another name for it:', '')
    await declined.see(/without\s+those\s+that\s+failed\?/)
    declined.type('n\r')
    expect(await declined.ended()).toMatchObject({ status: 10 })
    const accepted = startTerminal(args, { home, columns })
    await accepted.answer('Another name for it:', 'library 2')
    await accepted.see(/without\s+those\s+that\s+failed\?/)
    const screen = accepted.screen()
    const text = screen.replace(/\s+/g, '')
    const { host, port, user } = settings
    expect(text).toContain(`Inthesource,"library"isdatabase"${taken}"on${host}:${port}asrole"${user}".`)
    expect(text).toContain(`Importfrom${file}into${internal.location}:`)
    expect(text).toContain(`Import2entriesfrom${file}into${internal.location},withoutthosethatfailed?`)
    expect(screen).toMatch(/NAME .*PLAN/)
    expect(screen.replace(/\s+/g, ' ')).toContain(
      `In Mathesar, "admin" gets access as role "${settings.user}".`,
    )
    for (const line of screen.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
    accepted.type('y\r')
    await accepted.see('2 entries imported, 1 entry failed.')
    await accepted.see('mathesarctl db upgrade --all')
    expect(await accepted.ended()).toMatchObject({ status: 3 })
    expect(await (await openLiveStore(internal)).names()).toEqual(['archive', 'library', 'library 2'])
  })

  it('asks for the password of a source on PostgreSQL, which PGPASSWORD is not for', async () => {
    const source = await createInternalDatabase({ step: 'legacy-serial' })
    await (await openLiveStore(source)).register('library', await ownedDatabase(), { schema: null })
    const internal = await createInternalDatabase()
    const home = temporaryDirectory()
    const keyFile = join(home, 'key')
    writeFileSync(keyFile, internal.secretKey, { mode: 0o600 })
    const env = {
      PGPASSWORD: internal.settings.password ?? '',
      MATHESAR_INTERNAL_DB: internal.location,
      MATHESAR_SECRET_KEY_FILE: keyFile,
    }
    const refused = await run(home, ['--from', source.location], env)
    expect(refused).toMatchObject({ status: 2 })
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', field: 'password' })
    const terminal = startTerminal(['db', 'import', '--from', source.location], { home, env })
    await terminal.answer(/Password of role .*\(source\)/s, 'wrong')
    await terminal.see('error:')
    await terminal.answer(/Password of role .*\(source\)/s, '')
    await terminal.see('none was given.')
    const screen = terminal.screen()
    expect(screen).not.toContain('PGPASSWORD')
    expect(screen.indexOf('error:')).toBeGreaterThan(screen.indexOf('Password of role'))
    await terminal.answer(/Password of role .*\(source\)/s, source.settings.password ?? '')
    await terminal.answer(/Import 1 entry from\s.*\?/s, 'y')
    expect(terminal.screen()).not.toContain('Change: Password')
    await terminal.see('1 entry imported.')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
  })

  it('asks for the file of the key of a source that no known key opens, until one fits', async () => {
    const source = await createInternalDatabase({ step: '0006', secretKey: 'another key' })
    await (await openLiveStore(source)).register('library', await ownedDatabase(), { schema: null })
    const home = homeOf(await createInternalDatabase())
    const write = (name: string, text: string, mode = 0o600) => {
      writeFileSync(join(home, name), text, { mode })
      return join(home, name)
    }
    const terminal = startTerminal(['db', 'import', '--from', source.location], { home })
    await terminal.answer(/Password of role .*\(source\)/s, source.settings.password ?? '')
    await terminal.answer('File with the SECRET_KEY of the source:', write('wrong', 'wrong key'))
    await terminal.answer(
      /does not open.*File with the SECRET_KEY of the source:/s,
      write('open', 'x', 0o644),
    )
    await terminal.answer(/0644.*File with the SECRET_KEY of the source:/s, write('right', 'another key'))
    await terminal.answer(/Import 1 entry from\s.*\?/s, 'y')
    expect(terminal.screen()).not.toContain('The dialogue does not ask for')
    await terminal.see('1 entry imported.')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
  })

  it('names its own flag where the file of the key of the source cannot be used', async () => {
    const { home } = await storedLibrary()
    const file = await storedFile(join(home, 'old.sqlite3'), 'old', { library: await ownedDatabase() })
    const write = (name: string, text: string | Buffer, mode = 0o600) => {
      writeFileSync(join(home, name), text, { mode })
      return join(home, name)
    }
    for (const [path, code] of [
      [join(home, 'none'), 'SECRET_KEY_MISSING'],
      [home, 'SECRET_KEY_MISSING'],
      [write('empty', ''), 'SECRET_KEY_MISSING'],
      [write('utf-16', Buffer.from('\ufeffold', 'utf16le')), 'SECRET_KEY_MISSING'],
      [write('wrong', 'wrong'), 'SECRET_KEY_MISMATCH'],
      [write('open', 'old', 0o644), 'USAGE'],
    ] as const) {
      const refused = await run(home, ['--from', file, '--from-secret-key-file', path])
      expect(errorOf(refused), path).toMatchObject({ code, field: 'from-secret-key-file' })
      expect(errorOf(refused).hint, path).not.toMatch(/ --secret-key-file|setup/)
      if (code !== 'USAGE') expect(errorOf(refused).hint, path).toContain('--from-secret-key-file')
    }
  })

  it('moves the databases of an old installation to a current one together with db upgrade --all', async () => {
    const { home: old, settings } = await storedLibrary()
    const internal = await createInternalDatabase()
    const home = homeOf(internal)
    const imported = await run(home, [
      '--from',
      join(old, OWN_FILE),
      '--from-secret-key-file',
      join(old, OWN_KEY),
    ])
    expect(imported, imported.stderr).toMatchObject({ status: 0 })
    const tree = join(home, 'mathesar')
    writeReleaseTree(tree, '0.11.0')
    const args = ['db', 'upgrade', '--all', '--schema-source', tree, '--yes', '--json']
    const upgraded = await cli(args, { home })
    expect(upgraded, upgraded.stderr).toMatchObject({ status: 0 })
    const record = await (await openLiveStore(internal)).find('library')
    expect(record).toMatchObject({ database: settings.database, confirmedVersion: '0.11.0' })
    const again = await run(home, [
      '--from',
      join(old, OWN_FILE),
      '--from-secret-key-file',
      join(old, OWN_KEY),
    ])
    expect(document<Imported>(again)).toMatchObject({
      databases: [{ status: 'unchanged' }],
      needsUpgrade: false,
    })
  })
})
