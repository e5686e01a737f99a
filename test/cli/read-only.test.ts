import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import { type CliOptions, cli, connectionArguments, document, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'

/** Every command that only reads, and every dry run. */
const READS: readonly (readonly string[])[] = [
  ['db', 'list'],
  ['db', 'list', '--json'],
  ['db', 'show', 'x'],
  ['db', 'test', 'x'],
  ['db', 'test', '--all'],
  ['db', 'edit', 'x', '--rename', 'y', '--dry-run'],
  ['db', 'remove', 'x', '--dry-run'],
  ['db', 'remove', 'x', '--remove-schema', '--dry-run'],
]

/** Only root may mount. */
const isRoot = process.platform === 'linux' && process.getuid?.() === 0

const internalPath = (home: string) => join(home, '.local/share/mathesarctl/internal.sqlite3')

/** Every file beside an internal database, with its size, time and a hash of its bytes. */
function filesBeside(path: string): string[] {
  return readdirSync(dirname(path)).map((name) => {
    const file = join(dirname(path), name)
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex')
    return `${name} ${statSync(file).size} ${statSync(file).mtimeMs} ${hash}`
  })
}

describe('a command that only reads, and a dry run', () => {
  let home: string
  let settings: Awaited<ReturnType<typeof ownedDatabase>>
  beforeAll(async () => {
    settings = await ownedDatabase()
  })

  async function stored(): Promise<string> {
    home = await preparedHome()
    expect(await add('x', settings, { home })).toMatchObject({ status: 0 })
    return internalPath(home)
  }

  async function readAll(options: Pick<CliOptions, 'wrapper'> = {}): Promise<void> {
    const dryAdd = ['db', 'add', 'y', ...connectionArguments(settings), '--password-stdin', '--dry-run']
    for (const args of [...READS, dryAdd]) {
      const run = await cli(args, { home, input: settings.password ?? '', ...options })
      expect([args, run.status, run.stderr]).toEqual([args, 0, run.stderr])
    }
    const completed = await cli(['__complete', '--', 'db', 'show', ''], { home })
    expect(completed.stdout).toBe('x\n')
  }

  it('changes no byte of the internal database and creates no file beside it', async () => {
    const path = await stored()
    const before = filesBeside(path)
    expect(before).toHaveLength(1)
    await readAll()
    expect(filesBeside(path)).toEqual(before)
  })

  it.skipIf(!isRoot)('works where the file system of the internal database is read-only', async () => {
    const path = await stored()
    const before = filesBeside(path)
    const mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    await readAll({ wrapper: ['unshare', '--mount', 'sh', '-c', mount, dirname(path)] })
    expect(filesBeside(path)).toEqual(before)
  })

  it('leaves an interrupted operation in the journal, and names the command that finishes it', async () => {
    const path = await stored()
    const file = new Database(path)
    file.exec(`INSERT INTO mathesarctl_operation (id, kind, name, keep_types, started_at, settings, phase)
      VALUES ('7c9e6679-7425-40de-944b-e07fc1f90ae7', 'remove', 'x', 0, '2026-01-02T03:04:05.678Z', 's', 'begun')`)
    file.close()
    const before = filesBeside(path)
    await readAll()
    expect(filesBeside(path)).toEqual(before)
    const message = 'Removing "x" (begun 2026-01-02T03:04:05.678Z) was interrupted and is not finished.'
    const hint = 'mathesarctl db remove x --remove-schema'
    const list = await cli(['db', 'list'], { home })
    expect(list.stderr).toContain(message)
    expect(list.stderr).toContain(hint)
    const json = await cli(['db', 'list', '--json'], { home })
    expect(document(json)).toMatchObject([{ name: 'x' }])
    expect(JSON.parse(json.stderr)).toEqual({ warnings: [expect.stringContaining(message)] })
    const show = await cli(['db', 'show', 'x', '--json'], { home })
    expect(document(show)).toMatchObject({ name: 'x', warnings: [expect.stringContaining(hint)] })
  })

  it("creates nothing in a Mathesar's own file", async () => {
    home = temporaryDirectory()
    const path = join(home, 'mathesar', 'db.sqlite3')
    mkdirSync(dirname(path))
    const file = new Database(path)
    file.exec(`CREATE TABLE mathesar_database (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
      created_at datetime NOT NULL, updated_at datetime NOT NULL, name varchar(128) NOT NULL UNIQUE,
      deleted bool NOT NULL, db_name varchar(128) NOT NULL, host varchar(255) NOT NULL, password text NOT NULL,
      port integer NOT NULL, username text NOT NULL)`)
    file
      .prepare(`INSERT INTO mathesar_database VALUES (1, '2024-01-30', '2024-01-30', 'x', 0, ?, ?, ?, ?, ?)`)
      .run(settings.database, settings.host, settings.password, settings.port, settings.user)
    file.close()
    const before = filesBeside(path)
    for (const args of [
      ['db', 'list'],
      ['db', 'show', 'x'],
      ['db', 'remove', 'x', '--dry-run'],
    ]) {
      const run = await cli([...args, '--internal-db', path], { home, env: { SECRET_KEY: 'any' } })
      expect([args, run.status, run.stderr]).toEqual([args, 0, run.stderr])
    }
    expect(filesBeside(path)).toEqual(before)
  })
})
