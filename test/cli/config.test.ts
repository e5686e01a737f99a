import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { locateFiles, machineGroups } from '../../src/cli/settings/paths.ts'
import { cli, document, errorOf, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'
import { itAsRoot } from '../support/other-users.ts'

const NOWHERE = '/nonexistent/mathesarctl.yaml'

describe('the default files', () => {
  test('the default files follow the XDG specification with its fallbacks under HOME, and ignore relative values', () => {
    expect(
      locateFiles({ HOME: '/home/me', XDG_DATA_HOME: 'relative', XDG_CONFIG_HOME: '/conf' }, NOWHERE),
    ).toEqual({
      config: '/conf/mathesarctl/config.yaml',
      secretKey: '/conf/mathesarctl/secret_key',
      internalDatabase: '/home/me/.local/share/mathesarctl/internal.sqlite3',
      journals: '/home/me/.local/state/mathesarctl',
      mathesarEnvFile: null,
      isSystemWide: false,
    })
  })

  test('the default files are those of the machine where its settings can be read', () => {
    const path = join(temporaryDirectory(), 'mathesarctl.yaml')
    writeFileSync(path, '')
    expect(locateFiles({ HOME: '/home/me' }, path)).toEqual({
      config: path,
      secretKey: '/etc/mathesar/secret_key',
      internalDatabase: '/var/lib/mathesar/internal.sqlite3',
      journals: '/var/lib/mathesar/journal',
      mathesarEnvFile: null,
      isSystemWide: true,
    })
  })
})

describe('the group that root lets read the settings of the machine', () => {
  itAsRoot('the group that root lets read the settings of the machine may write to its files, too', () => {
    const path = join(temporaryDirectory(), 'mathesarctl.yaml')
    writeFileSync(path, '')
    chownSync(path, 0, 4321)
    chmodSync(path, 0o640)
    expect(machineGroups(locateFiles({}, path))).toEqual([4321])
    chmodSync(path, 0o600)
    expect(machineGroups(locateFiles({}, path))).toEqual([])
    expect(machineGroups(locateFiles({ HOME: '/root' }, NOWHERE))).toEqual([])
  })
})

function writeConfig(home: string, text: string): void {
  mkdirSync(join(home, '.config/mathesarctl'), { recursive: true })
  writeFileSync(join(home, '.config/mathesarctl/config.yaml'), text)
}

describe('config.yaml', () => {
  test('sets defaults that environment and flags outrank', async () => {
    const home = temporaryDirectory()
    writeConfig(home, `internal-db: ${home}/from-config.sqlite3\n`)
    const setupResult = async (args: string[], env: Record<string, string> = {}) =>
      document<{ internalDatabase: { location: string } }>(
        await cli(['setup', '--json', ...args], { home, env }),
      ).internalDatabase.location
    expect(await setupResult([])).toBe(`${home}/from-config.sqlite3`)
    expect(await setupResult([], { MATHESAR_INTERNAL_DB: `${home}/from-env.sqlite3` })).toBe(
      `${home}/from-env.sqlite3`,
    )
    const both = { MATHESAR_INTERNAL_DB: `${home}/from-env.sqlite3` }
    expect(await setupResult(['--internal-db', `${home}/from-flag.sqlite3`], both)).toBe(
      `${home}/from-flag.sqlite3`,
    )
  })

  test('silences everything but errors and results with quiet, and --verbose outranks it', async () => {
    const home = temporaryDirectory()
    writeConfig(home, 'quiet: true\n')
    expect(await cli(['setup'], { home })).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect((await cli(['setup', '--verbose'], { home })).stderr).not.toBe('')
    expect((await cli(['db', 'show', 'nope'], { home })).stderr).toContain('error:')
  })

  test.each([
    ['internal_db: x', 'internal_db'],
    ['quiet: maybe', 'quiet'],
    ['- a list', 'config.yaml'],
    ['a: [', 'YAML'],
  ])('config.yaml is refused as %j with an error that says what is wrong', async (text, word) => {
    const home = temporaryDirectory()
    writeConfig(home, text)
    const run = await cli(['db', 'list', '--json'], { home })
    expect([run.status, errorOf(run).code]).toEqual([2, 'USAGE'])
    expect(`${errorOf(run).message} ${errorOf(run).hint}`).toContain(word)
  })
})

describe('setup', () => {
  test('uses the SECRET_KEY of the environment or a .env file, and then creates no key file', async () => {
    const home = temporaryDirectory()
    writeFileSync(join(home, 'mathesar.env'), "SECRET_KEY='from the file'\n")
    const byFile = await cli(['setup', '--json', '--env-file', join(home, 'mathesar.env')], { home })
    expect(document(byFile)).toMatchObject({
      secretKey: { created: false, source: expect.stringContaining('mathesar.env') },
    })
    const other = temporaryDirectory()
    const byVariable = await cli(['setup', '--json'], { home: other, env: { SECRET_KEY: 'from the file' } })
    expect(document(byVariable)).toMatchObject({
      secretKey: { created: false, source: expect.stringContaining('SECRET_KEY') },
    })
    for (const one of [home, other]) {
      expect(existsSync(join(one, '.config/mathesarctl/secret_key'))).toBe(false)
    }
    const add = ['db', 'add', 'x', '--database', 'd', '--user', 'u', '--dry-run']
    expect((await cli(add, { home: other })).status).toBe(9)
    // The configuration file names the .env file from now on.
    expect((await cli(add, { home })).status).not.toBe(9)
  })

  test('setup never overwrites a key, and creates none where --env-file is missing', async () => {
    const home = await preparedHome()
    const { readFileSync } = await import('node:fs')
    const key = () => readFileSync(join(home, '.config/mathesarctl/secret_key'), 'utf8')
    const before = key()
    expect(before).toMatch(/^[A-Za-z0-9]{50}$/)
    expect(await cli(['setup', '--json'], { home })).toMatchObject({ status: 0 })
    expect(key()).toBe(before)
    const empty = temporaryDirectory()
    expect(
      (await cli(['setup', '--json', '--env-file', '/nonexistent/.env'], { home: empty })).status,
    ).not.toBe(0)
  })

  test.each([['--env-file', '/nonexistent/.env'], ['--env-file=/nonexistent/.env']])(
    'a flag that Node has too is this program’s alone: %s %s',
    async (...flag) => {
      const home = temporaryDirectory()
      const missing = await cli(['setup', '--json', ...flag], { home })
      expect(missing.status).toBe(2)
      expect(errorOf(missing)).toMatchObject({ code: 'USAGE', field: 'env-file' })
      const path = join(home, 'mathesar.env')
      writeFileSync(path, 'SECRET_KEY=abc\nNODE_OPTIONS=--bogus\nMATHESAR_INTERNAL_DB=/nonexistent/x\n', {
        mode: 0o600,
      })
      const given = flag.map((word) => word.replace('/nonexistent/.env', path))
      expect(await cli(['setup', '--json', ...given], { home })).toMatchObject({ status: 0 })
    },
  )
})

test('setup creates no key where credentials are stored under a key that is missing', async () => {
  const home = await preparedHome()
  expect(await add('x', await ownedDatabase(), { home })).toMatchObject({ status: 0 })
  const file = join(home, '.config/mathesarctl/secret_key')
  const { existsSync, renameSync } = await import('node:fs')
  renameSync(file, `${file}.away`)
  const run = await cli(['setup', '--json'], { home })
  expect([run.status, errorOf(run).code, existsSync(file)]).toEqual([9, 'SECRET_KEY_MISSING', false])
  const url = await cli(['setup', '--json', '--internal-db', 'postgresql://u@localhost/d'], {
    home: temporaryDirectory(),
  })
  expect([url.status, errorOf(url).code]).toEqual([9, 'SECRET_KEY_MISSING'])
  renameSync(`${file}.away`, file)
  expect(await cli(['setup', '--json'], { home })).toMatchObject({ status: 0 })
})

test('runs without a home directory when flags and environment name the files', async () => {
  const directory = temporaryDirectory()
  const env = { HOME: '', SECRET_KEY: 'key', MATHESAR_INTERNAL_DB: join(directory, 'internal.sqlite3') }
  expect(await cli(['setup', '--json'], { home: directory, env })).toMatchObject({ status: 0 })
  expect(await cli(['db', 'list', '--json'], { home: directory, env })).toMatchObject({
    status: 0,
    stdout: '[]\n',
  })
})
