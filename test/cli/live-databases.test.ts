import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { createDatabase, createRole, ownedDatabase, sql } from '../support/database.ts'
import { liveStore } from '../support/live-store.ts'
import type { InternalDatabase } from '../support/mathesar-database.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const ADMINS = { users: [{ username: 'ada' }, { username: 'grace' }] }

interface LiveLibrary {
  internal: InternalDatabase
  settings: ConnectionSettings
  /** Runs the program on that internal database. */
  run: (args: readonly string[], input?: string) => Promise<Run>
  envFile: string
}

/** A Mathesar with the databases `library` and `shop` of one role, and its `.env`. */
async function liveLibrary(): Promise<LiveLibrary> {
  const { internal, store } = await liveStore(ADMINS)
  const settings = await ownedDatabase()
  const shop = { ...settings, database: await createDatabase({ owner: settings.user }) }
  const access = { users: ['ada'], sqlVersion: '0.11.0' }
  await store.register('library', settings, { schema: null, access })
  await store.register('shop', shop, { schema: null, access })
  const home = temporaryDirectory()
  const envFile = join(home, 'mathesar.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const run = (args: readonly string[], input = '') => cli([...args, '--env-file', envFile], { home, input })
  return { internal, settings, run, envFile }
}

describe('the commands on a database of a live Mathesar', () => {
  it('rotate a password for every database of the role, and name those', async () => {
    const { settings, run } = await liveLibrary()
    await sql(settings.database, `ALTER ROLE "${settings.user}" PASSWORD 'rotated'`)
    const edit = ['db', 'edit', 'library', '--password-stdin']
    const planned = await run([...edit, '--dry-run'], 'rotated\n')
    expect(planned.stderr).toContain('these would change: password (also for "shop").')
    const json = await run([...edit, '--json', '--dry-run'], 'rotated\n')
    expect(document(json)).toMatchObject({ status: 'planned', passwordSharedWith: ['shop'] })
    const changed = await run(edit, 'rotated\n')
    expect(changed.stderr).toContain('Changed "library": password (also for "shop").')
    expect((await run(['db', 'test', 'shop', '--json'])).stdout).toContain('18.')
  })

  it('map a user to the role, and show who uses it', async () => {
    const { settings, run } = await liveLibrary()
    const { user } = settings
    const changed = await run(['db', 'edit', 'library', '--mathesar-user', 'grace'])
    expect(changed.stderr).toContain(`access ("grace" as "${user}", without access before).`)
    const shown = await run(['db', 'show', 'library'])
    expect(shown.stdout).toContain(`ada (as ${user}), grace (as ${user})`)
    expect(shown.stdout).toContain('Mathesar 0.11.0')
    const unknown = await run(['db', 'edit', 'library', '--mathesar-user', 'nobody', '--json'])
    expect(unknown.status).toBe(2)
    expect(errorOf(unknown)).toMatchObject({ code: 'USAGE', field: 'mathesar-user' })
  })

  it('move a database alone, and say what becomes of the old server', async () => {
    const { run } = await liveLibrary()
    const first = await run(['db', 'edit', 'library', '--host', 'localhost'])
    expect(first.stderr).not.toContain('deleted')
    const second = await run(['db', 'edit', 'shop', '--host', 'localhost', '--json'])
    expect(document(second)).toMatchObject({ changed: ['host'], deletes: { servers: 1 } })
  })

  it('name an ambiguous database by its full name', async () => {
    const { internal, settings, run } = await liveLibrary()
    await run(['db', 'edit', 'shop', '--host', 'localhost'])
    await internal.query("UPDATE mathesar_database SET nickname = 'library'")
    const names = [`library@${settings.host}`, 'library@localhost']
    for (const args of [
      ['db', 'show', 'library'],
      ['db', 'test', 'library'],
      ['db', 'edit', 'library', '--port', '1'],
      ['db', 'remove', 'library', '--yes'],
      ['schema', 'status', 'library'],
    ]) {
      const ambiguous = await run([...args, '--json'])
      expect(ambiguous.status).toBe(2)
      expect(errorOf(ambiguous)).toMatchObject({
        hint: expect.stringContaining(names.map((name) => JSON.stringify(name)).join(', ')),
        names,
      })
      const mistyped = await run([...args.with(2, 'librarx'), '--json'])
      expect(errorOf(mistyped)).toMatchObject({ code: 'NOT_FOUND' })
      expect(errorOf(mistyped).hint).toContain('"library@localhost"')
    }
    const list = document<{ name: string }[]>(await run(['db', 'list', '--json']))
    expect(list.map(({ name }) => name)).toEqual(names)
  })

  it('say before a removal how many rows go, and delete them', async () => {
    const { internal, run } = await liveLibrary()
    await simulateApplication(internal).work({ server: 1, database: 1, role: 1 })
    const loss =
      'With the record of "library", the internal database loses 1 access right, 1 table setting and ' +
      '1 column setting.'
    const planned = await run(['db', 'remove', 'library', '--dry-run'])
    expect(planned.stderr.replace(/\s+/g, ' ')).toContain(loss)
    expect(planned.stderr).toContain(
      'warning: The removal of "library" also deletes 1 exploration and 1 form',
    )
    const removed = await run(['db', 'remove', 'library', '--yes'])
    expect(removed.stderr.replace(/\s+/g, ' ')).toContain(loss)
    expect(await internal.query('SELECT name FROM mathesar_explorations')).toEqual([])
  })

  it('state whether a removal found the schemas that it was to drop, and how to add the database again', async () => {
    const { run, envFile } = await liveLibrary()
    const remove = ['db', 'remove', 'library', '--remove-schema']
    const planned = await run([...remove, '--dry-run'])
    expect(planned.stderr).toContain('The database of "library" has no Mathesar schemas.')
    const removed = await run([...remove, '--yes'])
    expect(removed.stderr).toContain('Removed "library". The database of "library" has no Mathesar schemas.')
    expect(removed.stderr).not.toContain('dropped')
    const record = await run(['db', 'remove', 'shop', '--yes'])
    expect(record.stderr).toContain(
      `"mathesarctl db add --register-only --env-file ${envFile}" stores the database again`,
    )
  })

  it('give a hint once where the tests of several databases have it in common', async () => {
    const { internal, run } = await liveLibrary()
    const registered = await run(['db', 'test', '--all'])
    const count = (text: string, part: string) => text.split(part).length - 1
    expect(count(registered.stderr, "open the database in Mathesar's web page")).toBe(1)
    await internal.query("UPDATE mathesar_database SET last_confirmed_sql_version = '0.11.0'")
    const failed = await run(['db', 'test', '--all'])
    expect(count(failed.stderr, 'it has no Mathesar schemas')).toBe(2)
    expect(count(failed.stderr, "open the database in Mathesar's web page")).toBe(1)
  })

  it('read a password from the flags alone where they change a role, and say so', async () => {
    const { run } = await liveLibrary()
    const refused = await run(['db', 'edit', 'library', '--user', 'somebody_else', '--json'])
    expect(errorOf(refused)).toMatchObject({ code: 'USAGE', field: 'password' })
    expect(errorOf(refused).hint).toContain('--password-stdin or --password-file')
    expect(errorOf(refused).hint).not.toContain('PGPASSWORD')
  })

  it('call a role that others do not get a further one', async () => {
    const { settings, run } = await liveLibrary()
    const bob = await createRole()
    await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
    const edit = ['db', 'edit', 'library', '--user', bob.user, '--mathesar-user', 'grace', '--password-stdin']
    const added = await run(edit, `${bob.password}\n`)
    expect(added.stderr).toContain(
      `Changed "library": a further role ("ada" as "${settings.user}" as before), ` +
        `access ("grace" as "${bob.user}", without access before).`,
    )
  })

  it('warn that trusted authorities are not stored', async () => {
    const { run } = await liveLibrary()
    const edited = await run(['db', 'edit', 'library', '--sslrootcert', '/nonexistent'])
    expect(edited.stderr).toContain("warning: The record can't contain the authorities of /nonexistent")
  })

  it('install no bundled SQL for a Mathesar that needs its own', async () => {
    const { run } = await liveLibrary()
    const refused = await run(['schema', 'install', 'library', '--json'])
    expect(refused.status).toBe(2)
    expect(errorOf(refused)).toMatchObject({
      code: 'USAGE',
      field: 'schema-source',
      hint: expect.stringContaining(':/code/db/sql'),
    })
  })

  it('refuse a role that is not stored, and list those that are', async () => {
    const { settings, run } = await liveLibrary()
    for (const args of [
      ['db', 'edit', 'library', '--port', '1'],
      ['db', 'remove', 'library', '--remove-schema', '--yes'],
      ['schema', 'status', 'library'],
      ['schema', 'dependents', 'library'],
      ['schema', 'remove', 'library', '--yes'],
    ]) {
      const refused = await run([...args, '--role', 'nobody', '--json'])
      expect(refused.status).toBe(2)
      expect(errorOf(refused).hint).toContain(`"${settings.user}"`)
    }
    const test = await run(['db', 'test', 'library', '--role', 'nobody', '--json'])
    expect(test.status).toBe(2)
    expect(document(test)).toMatchObject([{ error: { code: 'USAGE' } }])
    const noName = await run(['schema', 'status', '--dsn', 'postgresql://u@h/d', '--role', 'x', '--json'])
    expect(errorOf(noName)).toMatchObject({ code: 'USAGE', field: 'role' })
  })
})
