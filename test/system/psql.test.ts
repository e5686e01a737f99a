import { spawnSync } from 'node:child_process'
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
    const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...target]
    const { status, stderr } = spawnSync('psql', args, { input: stdout, env, encoding: 'utf8' })
    // Whoever follows the advice sees the progress of the install, and no warning.
    const others = stderr.split('\n').filter((line) => !/^(INFO: {2}mathesarctl progress .*)?$/.test(line))
    expect({ status, others }).toEqual({ status: 0, others: [] })
  }
  const status = await cli(['schema', 'status', '--json', ...connectionArguments(settings)], {
    home,
    env: { PGPASSWORD: settings.password ?? '' },
  })
  expect(document(status)).toMatchObject({ installed: true, source: 'bundled', version: VERSION, drift: [] })
})
