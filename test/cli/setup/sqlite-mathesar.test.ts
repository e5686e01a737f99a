import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../src/store/index.ts'
import { settings } from '../../store/support.ts'
import { cli, document, errorOf, temporaryDirectory } from '../../support/cli.ts'
import { createInternalDatabase } from '../../support/mathesar-database.ts'
import { DOWN, ENTER, startTerminal } from '../../support/terminal.ts'
import { configOf, configText } from './support.ts'

interface SetupDocument {
  secretKey: { source: string; created: boolean } | null
  internalDatabase: { location: string; created: boolean } | null
  written: { status: string; lines: string[] } | null
  found: { kind: string; file: string; internalDatabase: string; mathesar: object | null }[]
  warnings?: string[]
}

const OWN_FILE = '.local/share/mathesarctl/internal.sqlite3'
const OWN_KEY = '.config/mathesarctl/secret_key'

function write(path: string, text: string): string {
  writeFileSync(path, text, { mode: 0o600 })
  return path
}

/** Creates the directory of a Mathesar 0.1.x that keeps its internal database in an SQLite file. */
async function oldMathesar({ names = ['library'], env = 'SECRET_KEY=key of 0.1.7\n' } = {}) {
  const home = temporaryDirectory()
  const directory = join(home, 'mathesar')
  mkdirSync(directory, { mode: 0o700 })
  const file = join(directory, 'db.sqlite3')
  const store = await openStore(file, () => 'key of 0.1.7', { create: true })
  for (const name of names) await store.register(name, settings(), { schema: null })
  await store.close()
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE django_migrations (id integer, app text, name text, applied datetime)')
  database.close()
  const envFile = join(directory, '.env')
  if (env !== '') write(envFile, env)
  return { home, directory, file, envFile }
}

async function listed(home: string): Promise<string[]> {
  const run = await cli(['db', 'list', '--json'], { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return document<{ name: string }[]>(run).map(({ name }) => name)
}

describe('setup and a Mathesar whose internal database is an SQLite file', () => {
  it('takes it up by its .env file, and later commands use the same file and key', async () => {
    const { home, file, envFile } = await oldMathesar()
    const args = ['setup', '--env-file', 'mathesar/.env', '--no-input', '--yes']
    const run = await cli([...args, '--json'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document<SetupDocument>(run)).toMatchObject({
      secretKey: { created: false },
      internalDatabase: { location: file, created: false },
      written: { status: 'written', lines: [`env-file: ${envFile}`] },
    })
    expect(configText(home)).toBe(`env-file: ${envFile}\n`)
    expect([existsSync(join(home, OWN_FILE)), existsSync(join(home, OWN_KEY))]).toEqual([false, false])
    expect(await listed(home)).toEqual(['library'])
    const again = await cli(args, { home })
    expect(again.stderr).toContain('The configuration file has these settings already')
    expect(again.stderr).toContain('Next: mathesarctl db add\n')
  })

  it('keeps a file that --internal-db names, with the .env file of its key', async () => {
    const { home, file, envFile } = await oldMathesar()
    write(join(home, 'other.env'), 'SECRET_KEY=key of 0.1.7\n')
    const flags = ['--internal-db', 'mathesar/db.sqlite3', '--env-file', 'other.env']
    const run = await cli(['setup', ...flags, '--no-input'], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(`internal-db: ${file}\nenv-file: ${join(home, 'other.env')}\n`)
    expect(await listed(home)).toEqual(['library'])
    const other = await cli(['setup', '--env-file', envFile, '--no-input'], { home })
    expect(configText(home)).toBe(`env-file: ${envFile}\n`)
    expect(other.stderr).toContain(
      `mathesarctl setup --internal-db ${file} --env-file ${join(home, 'other.env')}\n`,
    )
  })

  it.each([
    ['its .env file', 'SECRET_KEY=key of 0.1.7\n', 'env-file'],
    ['the file alone', '', 'sqlite-file'],
  ])('finds it in its directory by %s, and creates nothing of its own', async (_, env, kind) => {
    const { home, directory, file, envFile } = await oldMathesar({ env })
    const variables = { HOME: home, SECRET_KEY: env === '' ? 'key of 0.1.7' : '' }
    const given = { home: directory, env: variables }
    const json = await cli(['setup', '--no-input', '--json'], given)
    expect(document<SetupDocument>(json).found).toMatchObject([
      { kind, internalDatabase: file, mathesar: { databases: 1, key: 'proved', releases: '0.1.4 to 0.1.7' } },
    ])
    const text = await cli(['setup', '--yes'], given)
    const flag = env === '' ? `--internal-db ${file}` : `--env-file ${envFile}`
    expect(text.stderr).toContain(`  mathesarctl setup ${flag}\n`)
    expect(readdirSync(home)).toEqual(['mathesar'])
    const terminal = startTerminal(['setup'], given)
    await terminal.see('Found a Mathesar on this machine:')
    await terminal.see('What should mathesarctl work with?')
    terminal.type(ENTER)
    await terminal.answer('Add a user database now?', 'n')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(env === '' ? `internal-db: ${file}\n` : `env-file: ${envFile}\n`)
  })

  it('takes no db.sqlite3 of another program for one', async () => {
    const home = temporaryDirectory()
    write(join(home, '.env'), 'SECRET_KEY=x\n')
    new DatabaseSync(join(home, 'db.sqlite3')).exec('CREATE TABLE django_migrations (id integer)')
    const run = await cli(['setup', '--no-input', '--json'], { home })
    expect(document<SetupDocument>(run)).toMatchObject({ found: [], internalDatabase: { created: true } })
  })

  it('never creates a key for it, even where nothing is stored', async () => {
    for (const names of [[], ['library']]) {
      const { home, file } = await oldMathesar({ names, env: '' })
      const run = await cli(['setup', '--internal-db', file, '--no-input', '--json'], { home })
      expect([run.status, errorOf(run).code]).toEqual([9, 'SECRET_KEY_MISSING'])
      expect(readdirSync(home)).toEqual(['mathesar'])
    }
  })

  it('asks for another one, and refuses an .env file that names none', async () => {
    const { home, directory, file } = await oldMathesar()
    const internal = await createInternalDatabase()
    const cwd = join(home, 'other')
    mkdirSync(cwd, { mode: 0o700 })
    write(join(cwd, '.env'), internal.envFile)
    const keyFile = write(join(home, 'key.env'), 'SECRET_KEY=x\n')
    const answer = async (text: string) => {
      const terminal = startTerminal(['setup'], {
        home: cwd,
        env: { HOME: home, SECRET_KEY: 'key of 0.1.7' },
      })
      await terminal.see('What should mathesarctl work with?')
      terminal.type(`${DOWN}${ENTER}`)
      await terminal.see('the URL of its internal database:')
      terminal.type(`${text}${ENTER}`)
      return terminal
    }
    expect(await (await answer(keyFile)).ended()).toMatchObject({ status: 2 })
    expect(existsSync(configOf(home))).toBe(false)
    const terminal = await answer(join(directory, 'db.sqlite3'))
    await terminal.answer('Add a user database now?', 'n')
    expect(await terminal.ended()).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(`internal-db: ${file}\n`)
  })
})

describe('setup and an SQLite file of its own', () => {
  it('keeps the flags of the file and of its key, so that the next command works', async () => {
    const home = temporaryDirectory()
    const run = await cli(
      ['setup', '--internal-db', 'own.sqlite3', '--secret-key-file', 'key', '--no-input'],
      { home },
    )
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(configText(home)).toBe(
      `internal-db: ${join(home, 'own.sqlite3')}\nsecret-key-file: ${join(home, 'key')}\n`,
    )
    expect(await listed(home)).toEqual([])
    const shadowed = await cli(['setup', '--internal-db', 'own.sqlite3', '--no-input', '--json'], {
      home,
      env: { MATHESAR_INTERNAL_DB: join(home, 'another') },
    })
    expect(document<SetupDocument>(shadowed).warnings).toEqual([
      expect.stringContaining('Later commands use another internal database'),
    ])
  })

  it('keeps an .env file that gives the key alone beside what names the file', async () => {
    const home = temporaryDirectory()
    const envFile = write(join(home, 'key.env'), 'SECRET_KEY=x\n')
    await cli(['setup', '--internal-db', 'own.sqlite3', '--env-file', envFile, '--no-input'], { home })
    const next = write(join(home, 'next.env'), 'SECRET_KEY=x\n')
    const run = await cli(['setup', '--env-file', next, '--no-input', '--json'], { home })
    expect(document<SetupDocument>(run)).not.toHaveProperty('warnings')
    expect(configText(home)).toBe(`internal-db: ${join(home, 'own.sqlite3')}\nenv-file: ${next}\n`)
  })

  it('names the next command with its flags where no configuration file can hold them', async () => {
    const home = temporaryDirectory()
    const file = join(home, 'own.sqlite3')
    const run = await cli(['setup', '--internal-db', file, '--secret-key-file', 'key', '--no-input'], {
      home,
      env: { XDG_CONFIG_HOME: '/proc/nowhere', LC_ALL: 'C' },
    })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain(`  internal-db: ${file}\n`)
    expect(run.stderr).toContain(`Next: mathesarctl db add --internal-db ${file} --secret-key-file key\n`)
  })
})
