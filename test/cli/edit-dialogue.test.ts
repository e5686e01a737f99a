import { expect, test } from 'vitest'
import { cli, document } from '../support/cli.ts'
import { createRole, ownedDatabase, sql } from '../support/database.ts'
import { add, storedLibrary } from '../support/installed.ts'
import { freePort } from '../support/postgres.ts'
import { CTRL_C, DOWN, ENTER, startTerminal } from '../support/terminal.ts'

/** Returns another role that may do with the database what its owner may. */
async function otherRole(database: string, owner: string) {
  const role = await createRole()
  await sql(database, `GRANT "${owner}" TO "${role.user}"`)
  return role
}

test('db edit --user asks for the password of the new role, and offers a way back after a wrong one', async () => {
  const { home, settings } = await storedLibrary()
  const role = await otherRole(settings.database, settings.user)
  const terminal = startTerminal(['db', 'edit', 'library', '--user', role.user], { home })
  await terminal.see(`The stored password is that of role "${settings.user}"`)
  await terminal.answer(`Password (Enter: the stored one of role "${settings.user}")`, 'wrong')
  await terminal.see('error:')
  await terminal.see('What do you want to do?')
  await terminal.see('Give up')
  expect(terminal.screen()).not.toContain('the stored password')
  terminal.type(ENTER)
  await terminal.answer(`Password (Enter: the stored one of role "${settings.user}")`, role.password)
  await terminal.see(/Changed "library": .*role/)
  expect((await terminal.ended()).status).toBe(0)
  expect(document(await cli(['db', 'show', 'library', '--json'], { home }))).toMatchObject({
    user: role.user,
  })
  expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
})

test('db edit warns about the password of another role in its full dialogue, too', async () => {
  const { home, settings } = await storedLibrary()
  const role = await otherRole(settings.database, settings.user)
  const terminal = startTerminal(['db', 'edit', 'library'], { home, columns: 120 })
  for (const label of ['Host', 'Port', 'Database name']) await terminal.answer(label, '')
  expect(terminal.screen()).not.toContain('The stored password is that of role')
  await terminal.answer('Role (', role.user)
  await terminal.see(`The stored password is that of role "${settings.user}"`)
  await terminal.see(`role "${role.user}"`)
  await terminal.answer(`Password (Enter: the stored one of role "${settings.user}")`, role.password)
  await terminal.answer('TLS mode', '')
  await terminal.answer('Change "library"?', '')
  await terminal.see(/Changed "library": .*role/)
  expect((await terminal.ended()).status).toBe(0)
})

test('db edit asks for no password where the role stays, or a flag gives the password', async () => {
  const { home, settings } = await storedLibrary()
  const same = startTerminal(['db', 'edit', 'library', '--user', settings.user], { home })
  await same.see('has these values already')
  expect((await same.ended()).status).toBe(0)
  const role = await otherRole(settings.database, settings.user)
  const run = await cli(['db', 'edit', 'library', '--user', role.user, '--password-stdin'], {
    home,
    input: role.password,
  })
  expect(run, run.stderr).toMatchObject({ status: 0 })
})

test('db edit keeps the other changes when one is corrected, and stores nothing when the operator gives up', async () => {
  const { home, settings } = await storedLibrary()
  const port = String(await freePort())
  const flags = ['--port', port, '--sslmode', 'disable']
  const before = (await cli(['db', 'show', 'library', '--json'], { home })).stdout
  const givingUp = startTerminal(['db', 'edit', 'library', ...flags], { home })
  await givingUp.see('error:')
  await givingUp.see('Give up')
  // The port is marked; giving up is the last choice.
  givingUp.type(`${DOWN.repeat(5)}${ENTER}`)
  await givingUp.see(/"library" stays\s+stored as it was/)
  expect((await givingUp.ended()).status).toBe(3)
  expect((await cli(['db', 'show', 'library', '--json'], { home })).stdout).toBe(before)

  const correcting = startTerminal(['db', 'edit', 'library', ...flags, '--rename', 'books'], { home })
  await correcting.see('Give up')
  correcting.type(ENTER)
  await correcting.see('Port')
  correcting.type(`\x7f${settings.port}${ENTER}`)
  await correcting.answer('Change "library"?', '')
  await correcting.see('Changed "books"')
  expect((await correcting.ended()).status).toBe(0)
  expect(document(await cli(['db', 'show', 'books', '--json'], { home }))).toMatchObject({
    port: settings.port,
    sslmode: 'disable',
  })
})

test('db edit asks for another new name where the new one is taken', async () => {
  const { home } = await storedLibrary()
  await add('taken', await ownedDatabase(), { home })
  const terminal = startTerminal(['db', 'edit', 'library', '--rename', 'taken'], { home })
  await terminal.see('The name "taken" is taken')
  await terminal.see('Give up')
  terminal.type(ENTER)
  await terminal.answer('New unique name', 'books')
  await terminal.answer('Change "library"?', '')
  await terminal.see('Changed "books"')
  expect((await terminal.ended()).status).toBe(0)
})

test('db edit offers the databases of the server after a wrong name', async () => {
  const { home, settings } = await storedLibrary()
  const terminal = startTerminal(['db', 'edit', 'library', '--database', `${settings.database}x`], { home })
  await terminal.see('has no database')
  await terminal.see(`Use the database "${settings.database}"`)
  await terminal.see('Give up')
  expect(terminal.screen()).not.toContain('Create the database')
  terminal.type(ENTER)
  await terminal.see('has these values already')
  expect((await terminal.ended()).status).toBe(0)
})

test.each([
  [['db', 'show'], /database +db_/],
  [['db', 'test'], 'NAME'],
  [['db', 'edit', '--port', '1'], 'error:'],
  [['db', 'remove'], 'Remove the Mathesar schemas too?'],
  [['schema', 'status'], 'bundled'],
  [['schema', 'dependents'], 'Nothing'],
  [['schema', 'install'], 'already'],
  [['schema', 'remove'], 'msar'],
])(
  '%j without a name lists the stored databases at a terminal, and what is typed filters them',
  async (args, result) => {
    const { home } = await storedLibrary()
    await add('museum', await ownedDatabase(), { home })
    const terminal = startTerminal(args, { home })
    await terminal.see('Database to')
    await terminal.see('museum')
    terminal.type('LIBR')
    await terminal.see('LIBR')
    await expect.poll(() => terminal.screen().includes('museum')).toBe(false)
    terminal.type(ENTER)
    await terminal.see(result)
    terminal.type(CTRL_C)
    await terminal.ended()
    expect(terminal.screen()).toContain('library')
  },
)

test('db test offers all databases too', async () => {
  const { home } = await storedLibrary()
  await add('museum', await ownedDatabase(), { home })
  const terminal = startTerminal(['db', 'test'], { home })
  await terminal.see('All of them')
  terminal.type(`${DOWN}${DOWN}${ENTER}`)
  await terminal.see('NAME')
  expect((await terminal.ended()).status).toBe(0)
  expect(terminal.screen()).toMatch(/library[\s\S]*museum/)
})

test('a command that needs a name says that no database is stored', async () => {
  const { home } = await storedLibrary()
  expect(await cli(['db', 'remove', 'library', '--yes'], { home })).toMatchObject({ status: 0 })
  for (const args of [
    ['db', 'show'],
    ['db', 'test'],
    ['db', 'remove'],
  ]) {
    const terminal = startTerminal(args, { home })
    await terminal.see('No database is stored yet')
    await terminal.see('mathesarctl db add')
    expect((await terminal.ended()).status).toBe(2)
  }
})

test('db test offers no choice of all databases where one is stored', async () => {
  const { home } = await storedLibrary()
  const terminal = startTerminal(['db', 'test'], { home })
  await terminal.see('Database to test')
  await terminal.see('library')
  terminal.type(ENTER)
  await terminal.see('NAME')
  expect((await terminal.ended()).status).toBe(0)
  expect(terminal.screen()).not.toContain('All of them')
})
