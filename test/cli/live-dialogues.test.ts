import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { editDatabase } from '../../src/databases/edit/index.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { createDatabase, createRole, ownedDatabase, sql } from '../support/database.ts'
import { liveStore } from '../support/live-store.ts'
import { simulateApplication } from '../support/simulated-application.ts'
import { DOWN, ENTER, startTerminal, type TerminalRun } from '../support/terminal.ts'

/** A Mathesar with `library`, which two roles use, and `shop` of the first role. */
async function place() {
  const { internal, store } = await liveStore({ users: [{ username: 'ada' }, { username: 'grace' }] })
  const settings = await ownedDatabase()
  const bob = await createRole()
  await sql(settings.database, `GRANT ALL ON SCHEMA public TO ${bob.user}`)
  const shop = { ...settings, database: await createDatabase({ owner: settings.user }) }
  const access = { users: ['ada'], sqlVersion: '0.11.0' }
  await store.register('library', settings, { schema: null, access })
  await store.register('shop', shop, { schema: null, access })
  await editDatabase(store, { name: 'library', changes: bob, users: ['grace'] })
  const home = temporaryDirectory()
  const envFile = join(home, 'mathesar.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const start = (args: readonly string[], columns: number): TerminalRun =>
    startTerminal([...args, '--env-file', envFile], { home, columns })
  return { internal, settings, bob, start }
}

describe('the dialogues about a database of a live Mathesar', () => {
  it.each([80, 60])(
    'ask which role is to change, and show what else does, in %i columns',
    async (columns) => {
      const { settings, start } = await place()
      await sql(settings.database, `ALTER ROLE "${settings.user}" PASSWORD 'rotated'`)
      const terminal = start(['db', 'edit', 'library'], columns)
      await terminal.see('Stored role to change')
      expect(terminal.screen()).toContain('used by ada')
      terminal.type(ENTER)
      for (const question of ['Host', 'Port', 'Database name', 'Role']) await terminal.answer(question, '')
      await terminal.answer(/[Pp]assword/, 'rotated')
      await terminal.see('TLS')
      terminal.type(ENTER)
      await terminal.see('Change "library"?')
      expect(terminal.screen()).toMatch(/Password also of\s+"shop"/)
      expect(terminal.screen()).toContain('Internal database')
      terminal.type(`y${ENTER}`)
      await terminal.see('Changed "library": password (also for "shop").')
      expect(await terminal.ended()).toMatchObject({ status: 0 })
    },
  )

  it.each([80, 60])('show before a removal what Mathesar loses, in %i columns', async (columns) => {
    const { internal, start } = await place()
    await simulateApplication(internal).work({ server: 1, database: 1, role: 1 })
    const terminal = start(['db', 'remove'], columns)
    await terminal.see('Database to remove')
    terminal.type(ENTER)
    await terminal.answer('Remove the Mathesar schemas too?', 'n')
    await terminal.see('Remove the stored credentials of "library"?')
    expect(terminal.screen().replace(/\s+/g, ' ')).toContain(
      'the internal database loses 1 role, 2 access rights, 1 table setting and 1 column setting.',
    )
    terminal.type(`y${ENTER}`)
    expect(await terminal.ended()).toMatchObject({ status: 0 })
  })

  it('offer databases that share a name by their full names', async () => {
    const { internal, settings, start } = await place()
    await internal.query(
      `UPDATE mathesar_database SET nickname = 'library';
        INSERT INTO mathesar_server (host, port, sslmode, created_at, updated_at)
          VALUES ('db2', 5432, 'prefer', now(), now());
        INSERT INTO mathesar_database (name, nickname, server_id, last_confirmed_sql_version, created_at, updated_at)
          SELECT 'x', 'library', max(id), '0.0.0', now(), now() FROM mathesar_server`,
    )
    const terminal = start(['db', 'show'], 60)
    await terminal.see('Database to show')
    expect(terminal.screen()).toContain(`library@${settings.host}`)
    terminal.type('db2')
    await terminal.see('library@db2')
    terminal.type(ENTER)
    await terminal.see('(no role)')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
  })

  it('ask which database is meant where several share the name that is given', async () => {
    const { internal, settings, start } = await place()
    await internal.query("UPDATE mathesar_database SET nickname = 'library'")
    const terminal = start(['db', 'show', 'library'], 80)
    await terminal.see('2 stored databases have the name "library".')
    await terminal.see('Which of them')
    terminal.type(`${settings.database}${ENTER}`)
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    expect(terminal.screen()).toContain(`/${settings.database}`)
  })

  it('say whose password Enter keeps, where the role changes', async () => {
    const { settings, bob, start } = await place()
    const terminal = start(['db', 'edit', 'library', '--user', settings.user, '--role', bob.user], 200)
    await terminal.see(`Password (Enter: the stored one of role "${settings.user}")`)
    expect(terminal.screen()).not.toContain(`The stored password is that of role "${bob.user}"`)
    terminal.type(ENTER)
    await terminal.see(`access ("grace" as "${settings.user}" instead of "${bob.user}")`)
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    const other = start(['db', 'edit', 'library', '--user', 'nobody_yet'], 120)
    await other.see('No password of role "nobody_yet" is stored.')
    await other.see('Password (Enter: none)')
    other.type('\x03')
    await other.ended()
  })

  it('keep the role that the command line chooses', async () => {
    const { bob, start } = await place()
    const terminal = start(['db', 'edit', 'library', '--role', bob.user], 80)
    await terminal.answer('Host', '')
    await terminal.answer('Port', '')
    await terminal.answer('Database name', '')
    await terminal.see(bob.user)
    expect(terminal.screen()).not.toContain('Stored role to change')
    terminal.type(DOWN)
  })
})
