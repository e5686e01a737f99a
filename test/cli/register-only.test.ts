import { expect, test } from 'vitest'
import { cli, connectionArguments, document } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, mathesarSchemas, preparedHome, storedNames } from '../support/installed.ts'
import { ENTER, startTerminal } from '../support/terminal.ts'

test('db add --register-only stores a database, and installs nothing in it', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const run = await add('library', settings, { home, flags: ['--register-only'] })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({ status: 'added', schema: null, schemaAction: 'none' })
  expect(await mathesarSchemas(settings.database)).toEqual([])
  const shown = await cli(['db', 'list', '--json'], { home })
  expect(document(shown)).toMatchObject([{ name: 'library', schema: null }])
})

test('a dry run of db add --register-only states that it would install nothing', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const flags = [...connectionArguments(settings), '--password-stdin', '--register-only', '--dry-run']
  const run = await cli(['db', 'add', 'library', ...flags], { home, input: settings.password ?? '' })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(run.stderr).toContain('without --dry-run this would store the credentials, and install nothing.')
  expect(await storedNames(home)).toEqual([])
})

test('the dialogue of db add --register-only shows that nothing is installed', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const flags = [...connectionArguments(settings), '--register-only']
  const terminal = startTerminal(['db', 'add', 'library', ...flags], { home })
  await terminal.see(/Nothing is installed in the\s+database/)
  await terminal.answer('Password', settings.password ?? '')
  await terminal.see(/Schemas +not installed/)
  await terminal.see('Add this database?')
  terminal.type(ENTER)
  await terminal.see('Nothing was installed in the database.')
  expect((await terminal.ended()).status).toBe(0)
})

test.each([
  ['--mathesar-user', 'admin'],
  ['--existing-schema', 'adopt'],
])('db add --register-only refuses %s %s on an SQLite file', async (flag, value) => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const run = await add('library', settings, { home, flags: ['--register-only', flag, value] })
  expect(run).toMatchObject({ status: 2 })
  expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'USAGE', field: flag.slice(2) } })
})
