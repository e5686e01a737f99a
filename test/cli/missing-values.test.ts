import { describe, expect, it } from 'vitest'
import { cli, connectionArguments, errorOf, temporaryDirectory } from '../support/cli.ts'
import { sql, superuserSettings } from '../support/database.ts'
import { add, preparedHome, storedLibrary } from '../support/installed.ts'

describe('without a terminal, one error names everything that is missing:', () => {
  it.each([
    [
      ['db', 'add'],
      ['name as an argument', '--database', '--user'],
    ],
    [
      ['db', 'add', '--password-stdin'],
      ['name as an argument', '--database', '--user'],
    ],
    [
      ['db', 'add', '--database', 'x'],
      ['name as an argument', '--user'],
    ],
    [
      ['db', 'add', '--dsn', 'postgresql://me@host'],
      ['name as an argument', '--database'],
    ],
    [
      ['db', 'add', 'library'],
      ['--database', '--user', 'PGDATABASE', 'PGUSER'],
    ],
    [
      ['db', 'edit'],
      ['name as an argument', '--host', '--rename'],
    ],
    [
      ['db', 'remove'],
      ['name as an argument', '--yes'],
    ],
    [
      ['schema', 'status'],
      ['--database', '--user'],
    ],
    [
      ['schema', 'install'],
      ['--database', '--user'],
    ],
    [
      ['schema', 'dependents'],
      ['--database', '--user'],
    ],
    [
      ['schema', 'remove'],
      ['--database', '--user', '--yes'],
    ],
    [['build'], ['a format', '--out']],
    [['completion'], ['one of bash, zsh, fish']],
    [
      ['build', 'apt-repo', '--out', 'x'],
      ['--sign-key', '--deb', '--base-url'],
    ],
  ])('%j', async (args, expected) => {
    const run = await cli([...args, '--json'], { home: temporaryDirectory() })
    const { code, message, hint } = errorOf(run)
    expect({ code, status: run.status }).toEqual({ code: 'USAGE', status: 2 })
    for (const part of expected) expect(`${message} ${hint}`).toContain(part)
  })

  it('the error does not name a value that is there', async () => {
    const run = await cli(['db', 'add', 'library', '--json'], { home: temporaryDirectory() })
    expect(`${errorOf(run).message} ${errorOf(run).hint}`).not.toContain('argument')
  })

  it('the error comes before standard input is read', async () => {
    const run = await cli(['db', 'add', '--dsn', '-', '--json'], {
      home: temporaryDirectory(),
      input: 'this is no DSN',
    })
    expect(errorOf(run)).toMatchObject({ code: 'USAGE', field: 'name' })
  })
})

describe('a command for a stored database', () => {
  it.each([
    [['db', 'show']],
    [['db', 'test']],
    [['db', 'edit', '--host', 'db.example.org']],
    [['db', 'remove', '--yes']],
    [['schema', 'status']],
    [['schema', 'dependents']],
    [['schema', 'install']],
    [['schema', 'remove', '--yes']],
  ])('lists the stored names where none is given and nothing can be asked: %j', async (args) => {
    const { home } = await storedLibrary()
    const run = await cli([...args, '--json'], { home })
    expect(run.status).toBe(2)
    const { code, hint } = errorOf(run)
    expect(code).toBe('USAGE')
    expect(hint).toContain('The stored names are: "library".')
  })

  it('a command suggests the nearest names for one that is not stored', async () => {
    const { home } = await storedLibrary()
    const run = await cli(['db', 'show', 'librayr', '--json'], { home })
    expect(run.status).toBe(7)
    expect(errorOf(run).hint).toContain('Did you mean "library"?')
  })
})

describe('the schema commands', () => {
  it('the schema commands work on a stored database by its name', async () => {
    const { home, settings } = await storedLibrary()
    const status = await cli(['schema', 'status', 'library', '--json'], { home })
    expect(JSON.parse(status.stdout)).toMatchObject({ installed: true, source: 'bundled' })
    const dependents = await cli(['schema', 'dependents', 'library', '--json'], { home })
    expect(JSON.parse(dependents.stdout)).toEqual([])
    const removed = await cli(['schema', 'remove', 'library', '--yes', '--json'], { home })
    expect(JSON.parse(removed.stdout)).toMatchObject({ status: 'removed' })
    const listed = await cli(['db', 'list', '--json'], { home })
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'library', schema: null }])
    const installed = await cli(['schema', 'install', 'library', '--json'], { home })
    expect(JSON.parse(installed.stdout)).toMatchObject({ status: 'installed' })
    const again = await cli(['db', 'list', '--json'], { home })
    expect(JSON.parse(again.stdout)).toMatchObject([{ name: 'library', schema: { source: 'bundled' } }])
    expect(settings.database).toBeTruthy()
  })

  it('the schema commands refuse a name beside flags that name a database', async () => {
    const { home, settings } = await storedLibrary()
    for (const flags of [connectionArguments(settings), ['--dsn', 'dbname=x'], ['--password-stdin']]) {
      const run = await cli(['schema', 'status', 'library', ...flags, '--json'], { home })
      expect(run.status).toBe(2)
      expect(errorOf(run).message).toMatch(/^The name of a stored database and --\S+ are given\.$/)
    }
  })

  it('the schema commands report a name that is not stored', async () => {
    const { home } = await storedLibrary()
    const run = await cli(['schema', 'status', 'librayr', '--json'], { home })
    expect(run.status).toBe(7)
    expect(errorOf(run).hint).toContain('"library"')
  })
})

describe('without a terminal, a database that the server does not have', () => {
  it('is answered with the similar names of the server, in the hint', async () => {
    const { home, settings } = await storedLibrary()
    const wrong = { ...settings, database: `${settings.database}x` }
    const added = await add('x', wrong, { home })
    expect(added.status).toBe(3)
    expect(errorOf(added).hint).toContain(`Did you mean "${settings.database}"`)
    const flags = [...connectionArguments(wrong), '--password-stdin', '--json']
    const status = await cli(['schema', 'status', ...flags], { home, input: settings.password ?? '' })
    expect(status.status).toBe(3)
    expect(errorOf(status).hint).toContain(`Did you mean "${settings.database}"`)
  })
})

describe('a removal of schemas that are in use', () => {
  it('names everything that it needs in one error', async () => {
    const { home, settings } = await storedLibrary()
    await sql(settings.database, 'CREATE TABLE people (mail mathesar_types.email)', [], settings)
    const other = await add('other', { ...settings, host: 'localhost' }, { home })
    expect(other, other.stderr).toMatchObject({ status: 0 })
    const run = await cli(['db', 'remove', 'library', '--remove-schema', '--json'], { home })
    expect(run.status).toBe(8)
    const { hint, alsoUsedBy } = errorOf(run)
    for (const flag of ['--on-dependents', '--confirm', '--shared-schema', '--yes'])
      expect(hint).toContain(flag)
    expect(alsoUsedBy).toEqual(['other'])
    const flags = ['--remove-schema', '--on-dependents', 'convert', '--shared-schema', '--yes']
    const again = await cli(['db', 'remove', 'library', ...flags], { home })
    expect(again, again.stderr).toMatchObject({ status: 0 })
  })

  it('asks for no confirmation that is given', async () => {
    const { home, settings } = await storedLibrary()
    await sql(settings.database, 'CREATE TABLE people (mail mathesar_types.email)', [], settings)
    for (const flag of ['--yes', '--dry-run']) {
      const run = await cli(['schema', 'remove', 'library', flag, '--json'], { home })
      expect(run.status).toBe(8)
      expect(errorOf(run).hint).not.toContain('--yes')
    }
  })
})

describe('with variables of a Mathesar on PostgreSQL', () => {
  const env =
    'SECRET_KEY=abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopq\nPOSTGRES_DB=mathesar_django\n'
  const write = async (home: string, text = `${env}POSTGRES_USER=m\nPOSTGRES_HOST=db\n`) => {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${home}/.env`, text, { mode: 0o600 })
  }

  const commands = [
    [['setup', '--no-input']],
    [['db', 'add', 'x', '--database', 'd', '--user', 'u', '--port', '1']],
    [['db', 'list']],
    [['db', 'test', '--all']],
  ]

  it.each(commands)('a command warns that it uses the default SQLite file: %j', async (args) => {
    const home = await preparedHome()
    const variables = { POSTGRES_DB: 'mathesar_django', POSTGRES_USER: 'm', POSTGRES_HOST: 'db.invalid' }
    const run = await cli(args, { home, env: variables })
    expect(run.stderr).toContain(
      `This run uses the SQLite file ${home}/.local/share/mathesarctl/internal.sqlite3`,
    )
    expect(run.stderr).toContain('POSTGRES_* of the environment name')
    expect(run.stderr).toContain('--internal-db')
    expect(run.stderr.match(/This run uses/g)).toHaveLength(1)
  })

  it.each(commands)(
    'a command uses the internal database of an .env file that is named: %j',
    async (args) => {
      const home = await preparedHome()
      await write(home, `${env}POSTGRES_USER=m\nPOSTGRES_HOST=db.invalid\n`)
      const run = await cli([...args, '--env-file', '.env'], { home })
      expect(run.status).toBe(3)
      expect(run.stderr).toContain('postgresql://m@db.invalid:5432/mathesar_django')
      expect(run.stderr).not.toContain('SQLite')
    },
  )

  it('the warning names the variables of the environment, in JSON too', async () => {
    const home = temporaryDirectory()
    const variables = { POSTGRES_DB: 'd', POSTGRES_USER: 'u', POSTGRES_HOST: 'h' }
    await cli(['setup', '--json'], { home })
    const run = await cli(['setup', '--json'], { home, env: variables })
    expect(JSON.parse(run.stdout)).toMatchObject({
      secretKey: { created: false },
      warnings: expect.arrayContaining([expect.stringContaining('POSTGRES_* of the environment name')]),
    })
    const other = await cli(['setup', '--json'], { home, env: { POSTGRES_DB: 'd' } })
    expect(JSON.parse(other.stdout)).not.toHaveProperty('warnings')
  })

  it('no warning appears where the operator names the file, or no such variable is set', async () => {
    const home = temporaryDirectory()
    await write(home)
    const named = await cli(['setup', '--env-file', '.env', '--internal-db', 'own.sqlite3', '--no-input'], {
      home,
    })
    expect(named).toMatchObject({ status: 0 })
    expect(named.stderr).not.toContain('POSTGRES')
    await write(home, 'SECRET_KEY=abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopq\n')
    const none = await cli(['setup', '--env-file', '.env', '--no-input'], { home })
    expect(none).toMatchObject({ status: 0 })
    expect(none.stderr).not.toContain('POSTGRES')
  })
})

describe('at the start of db add', () => {
  it('without a terminal, a name that is taken is reported before the server is asked', async () => {
    const { home, settings } = await storedLibrary()
    const other = { ...superuserSettings(), database: settings.database, port: 1 }
    const run = await add('library', other, { home })
    expect(run.status).toBe(6)
    expect(errorOf(run).code).toBe('NAME_TAKEN')
  })
})
