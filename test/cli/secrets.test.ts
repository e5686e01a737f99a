import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cli, connectionArguments, type Run, startCli, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { cleanEnvironment, shellCommand } from '../support/program.ts'
import { startProxy } from '../support/proxy.ts'

/**
 * Every way in which a secret could be written: as it is, in a URL, in JSON, in SQL, as an escaped C string.
 */
function spellings(secret: string): string[] {
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", "''"),
    ]),
  ]
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

const PASSWORD = 'S3cret\'"&é word'

test('shows no secret in argv, output, errors or files', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase({ password: PASSWORD })
  const key = readFileSync(join(home, '.config/mathesarctl/secret_key'), 'utf8')
  const secrets = [...spellings(PASSWORD), ...spellings(key)]
  const runs: Run[] = []
  const target = connectionArguments(settings)
  const env = { PGPASSWORD: PASSWORD }
  for (const format of [['--json'], ['--verbose'], []]) {
    runs.push(
      await cli(['db', 'add', 'x', ...target, '--password-stdin', ...format], { home, input: PASSWORD }),
    )
    runs.push(await cli(['db', 'add', 'y', ...target, ...format], { home, env }))
    for (const args of [['list'], ['show', 'x'], ['test', 'x'], ['edit', 'x', '--sslmode', 'allow']]) {
      runs.push(await cli(['db', ...args, ...format], { home }))
    }
    runs.push(await cli(['schema', 'status', ...target, ...format], { home, env }))
    // Failures: nothing of a wrong password, a DSN, a key, may come back either.
    const dsn = `postgresql://${settings.user}:${encodeURIComponent(PASSWORD)}@${settings.host}:1/${settings.database}`
    runs.push(await cli(['db', 'add', 'z', '--dsn', '-', ...format], { home, input: dsn }))
    runs.push(await cli(['db', 'add', 'z', '--dsn', '-', ...format], { home, input: `${dsn}?bogus=1` }))
    runs.push(
      await cli(['db', 'add', 'z', '--dsn', '-', ...format], {
        home,
        input: dsn.replace('postgresql', 'pg'),
      }),
    )
    runs.push(
      await cli(['db', 'add', 'z', ...target, '--port', '1', '--password-stdin', ...format], {
        home,
        input: PASSWORD,
      }),
    )
    runs.push(await cli(['db', 'list', ...format], { home, env: { SECRET_KEY: `${key}x` } }))
    runs.push(await cli(['db', 'remove', 'x', '--yes', ...format], { home }))
  }
  for (const { stdout, stderr } of runs) {
    for (const secret of secrets) expect(`${stdout}${stderr}`).not.toContain(secret)
  }
  await add('x', settings, { home })
  for (const file of filesBelow(home)) {
    const content = readFileSync(file).toString('latin1')
    for (const secret of spellings(PASSWORD)) {
      expect([file, content.includes(Buffer.from(secret).toString('latin1'))]).toEqual([file, false])
    }
    if (!file.endsWith('/secret_key')) expect([file, content.includes(key)]).toEqual([file, false])
  }
})

test('sends the server no secret in a statement, and shows none in the command line', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase({ password: PASSWORD })
  const seen: string[] = []
  const proxy = await startProxy({
    target: settings,
    onPassage: ({ bytes }) => {
      seen.push(bytes.toString('utf8'))
      return 'pass'
    },
  })
  const place = { ...settings, host: proxy.host, port: proxy.port }
  const { child, done } = startCli(['db', 'add', 'x', ...connectionArguments(place), '--password-stdin'], {
    home,
    input: PASSWORD,
  })
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  expect(commandLine).toContain('mathesarctl')
  expect(commandLine).not.toContain(PASSWORD)
  expect((await done).status).toBe(0)
  await proxy.close()
  expect(seen.join('')).toContain('CREATE')
  expect(seen.join('')).not.toContain(PASSWORD)
})

test('warns of a DSN with a password on the command line', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const dsn = `postgresql://${settings.user}:${settings.password}@${settings.host}:${settings.port}/${settings.database}`
  const run = await cli(['db', 'add', 'x', '--dsn', dsn], { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(run.stderr).toContain('--dsn -')
  expect(run.stderr).not.toContain(settings.password)
})

test('no command has a flag for the text of a password', async () => {
  const home = temporaryDirectory()
  for (const args of [
    ['db', 'add'],
    ['db', 'edit', 'x'],
    ['schema', 'install'],
  ]) {
    const run = await cli([...args, '--password', 'secret'], { home })
    expect(run.status).toBe(2)
    const { stdout } = await cli([...args.slice(0, 2), '--help'], { home })
    expect(stdout).not.toMatch(/--password[ =]/)
  }
})

test('creates files and directories for their owner alone, whatever the umask', async () => {
  const { execFileSync } = await import('node:child_process')
  const home = temporaryDirectory()
  const settings = await ownedDatabase()
  const shell = (command: string, input = '') =>
    execFileSync('/bin/sh', ['-c', `umask 000; ${command}`], {
      env: cleanEnvironment(home),
      input,
      stdio: 'pipe',
    })
  shell(`${shellCommand} setup --no-input`)
  shell(
    `${shellCommand} db add x ${connectionArguments(settings).join(' ')} --password-stdin`,
    settings.password ?? '',
  )
  for (const directory of ['.config/mathesarctl', '.local/share/mathesarctl']) {
    expect([directory, statSync(join(home, directory)).mode & 0o777]).toEqual([directory, 0o700])
    for (const file of filesBelow(join(home, directory)))
      expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600])
  }
  await sql('postgres', 'SELECT 1')
})
