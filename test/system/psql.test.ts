import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { cli, connectionArguments, document, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { VERSION } from '../support/program.ts'

test('psql runs the output of schema print twice, and schema status recognizes the result', async () => {
  const home = temporaryDirectory()
  const settings = await ownedDatabase()
  const { stdout } = await cli(['schema', 'print'], { home })
  const env = { PATH: process.env.PATH, PGPASSWORD: settings.password ?? '', HOME: home }
  const target = [
    '-h',
    settings.host,
    '-p',
    String(settings.port),
    '-U',
    settings.user,
    '-d',
    settings.database,
  ]
  for (let turn = 0; turn < 2; turn++) {
    execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...target], { input: stdout, env })
  }
  const status = await cli(['schema', 'status', '--json', ...connectionArguments(settings)], {
    home,
    env: { PGPASSWORD: settings.password ?? '' },
  })
  expect(document(status)).toMatchObject({ installed: true, source: 'bundled', version: VERSION, drift: [] })
})
