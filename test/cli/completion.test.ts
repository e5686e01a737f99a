import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { forBash, shellWords } from '../../src/cli/shell-words.ts'
import { cli, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { add, preparedHome } from '../support/installed.ts'

async function complete(home: string, ...words: string[]): Promise<string[]> {
  const run = await cli(['__complete', '--', ...words], { home })
  expect(run.status).toBe(0)
  return run.stdout.split('\n').filter((line) => line !== '')
}

test('completes subcommands, flags, choices and stored names', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  await add('my library', settings, { home })
  await add('music', settings, { home })
  expect(await complete(home, '')).toEqual([
    'setup',
    'db',
    'schema',
    'secret-key',
    'build',
    'completion',
    'help',
  ])
  expect(await complete(home, 'db', 're')).toEqual(['remove'])
  expect(await complete(home, 'db', 'add', '--ssl')).toEqual(['--sslmode', '--sslrootcert'])
  expect(await complete(home, 'db', 'add', '--sslmode', 'verify')).toEqual(['verify-ca', 'verify-full'])
  expect(await complete(home, 'db', 'add', '--sslmode=req')).toEqual(['--sslmode=require'])
  expect(await complete(home, 'db', 'remove', '--js')).toEqual(['--json'])
  expect(await complete(home, 'db', 'show', '')).toEqual(['music', 'my library'])
  expect(await complete(home, 'db', 'remove', '--yes', 'my')).toEqual(['my library'])
  expect(await complete(home, 'db', 'add', '')).toEqual([])
  expect(await complete(home, 'completion', 'z')).toEqual(['zsh'])
  expect(await complete(home, 'help', 's')).toEqual(['setup', 'schema', 'secret-key'])
  expect(await complete(home, 'db', 'help', 'sh')).toEqual(['show'])
  expect(await complete(home, 'help', 'db', 'sh')).toEqual(['show'])
  expect(await complete(home, 'help', 'db', 'show', '')).toEqual([])
  expect(await complete(home, 'help', 'nothing', '')).toEqual([])
})

test('completes formats and platforms of a build, each once, and its subcommand', async () => {
  const home = temporaryDirectory()
  const formats = await complete(home, 'build', '')
  expect(formats).toEqual(expect.arrayContaining(['npm', 'all', 'tags', 'help']))
  const others = await complete(home, 'build', 'npm', '')
  expect(others).toEqual(formats.filter((word) => !['npm', 'tags', 'help'].includes(word)))
  expect(await complete(home, 'build', '--platform', '')).toEqual([
    'linux-x64',
    'linux-arm64',
    'darwin-arm64',
  ])
  expect(await complete(home, 'build', '--platform', 'linux-x64', '')).toEqual([
    'linux-arm64',
    'darwin-arm64',
  ])
  expect(await complete(home, 'build', '--platform', 'linux-x64', '--o')).toEqual(['--out'])
  expect(await complete(home, 'build', '--platform', 'linux-x64', '--out', 'x', 'np')).toEqual(['npm'])
  expect(await complete(home, 'build', 'tags', '--rel')).toEqual(['--released', '--released-from'])
  expect(await complete(home, 'build', 'tags', '--plat')).toEqual([])
  expect(await complete(home, 'db', 'show', '--', '--')).toEqual([])
})

test('completes stored names from the internal database that a flag or the environment names', async () => {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  const other = join(home, 'other.sqlite3')
  await add('films', settings, { home, flags: ['--internal-db', other] })
  await add('books', settings, { home })
  expect(await complete(home, 'db', 'show', '')).toEqual(['books'])
  for (const words of [
    ['--internal-db', other, 'db', 'show', ''],
    [`--internal-db=${other}`, 'db', 'show', ''],
    ['db', 'show', '--internal-db', '~/other.sqlite3', ''],
  ]) {
    expect(await complete(home, ...words)).toEqual(['films'])
  }
  const run = await cli(['__complete', '--', 'db', 'show', ''], {
    home,
    env: { MATHESAR_INTERNAL_DB: other },
  })
  expect(run.stdout).toBe('films\n')
})

test('changes nothing, waits for nobody, and prints no error while it completes', async () => {
  const home = await preparedHome()
  await add('books', await ownedDatabase(), { home })
  const names = async (path: string) => {
    const started = performance.now()
    const run = await cli(['__complete', '--', 'db', 'show', ''], {
      home,
      env: { MATHESAR_INTERNAL_DB: path },
    })
    expect(run).toMatchObject({ status: 0, stderr: '' })
    expect(performance.now() - started).toBeLessThan(5_000)
    return run.stdout
  }
  const empty = join(home, 'empty.sqlite3')
  writeFileSync(empty, '')
  expect(await names(empty)).toBe('')
  expect(statSync(empty).size).toBe(0)
  expect(await names(join(home, 'missing'))).toBe('')
  expect(existsSync(join(home, 'missing'))).toBe(false)
  expect(await names(home)).toBe('')
  execFileSync('mkfifo', [join(home, 'pipe')])
  expect(await names(join(home, 'pipe'))).toBe('')
  // The file of a Mathesar, which the tool would bring its own tables into, while somebody has it locked.
  const legacy = join(home, 'db.sqlite3')
  const database = new Database(legacy)
  database.exec('CREATE TABLE mathesar_database (name text)')
  database.exec("INSERT INTO mathesar_database VALUES ('theirs')")
  const before = readFileSync(legacy)
  expect(await names(legacy)).toBe('theirs\n')
  database.exec('BEGIN EXCLUSIVE')
  expect(await names(legacy)).toBe('')
  database.exec('ROLLBACK')
  database.close()
  expect(readFileSync(legacy).equals(before)).toBe(true)
  mkdirSync(join(home, '.config/mathesarctl'), { recursive: true })
  writeFileSync(join(home, '.config/mathesarctl/config.yaml'), 'internal-db: [')
  expect(await complete(home, 'db', 'show', '')).toEqual([])
})

test.each(['bash', 'zsh', 'fish'])('prints a script that %s can read', async (shell) => {
  const home = await preparedHome()
  const { stdout } = await cli(['completion', shell], { home })
  expect(stdout).toContain('mathesarctl')
  writeFileSync(join(home, 'script'), stdout)
  const parsed = spawnSync(shell, ['-n', join(home, 'script')], { encoding: 'utf8' })
  // A shell that is not on this machine can't be asked; the build machine has all three.
  if (parsed.error) expect(process.env.CI).toBeUndefined()
  else expect(parsed).toMatchObject({ status: 0, stderr: '' })
})

test('reads a command line as the shell reads it, without running anything', () => {
  const values = (line: string) => shellWords(line).map(({ value }) => value)
  expect(values('mathesarctl db show ')).toEqual(['mathesarctl', 'db', 'show', ''])
  expect(values(`m  a\\ b "c d" 'e "f' "g\\"h\\i" x'y'z`)).toEqual([
    'm',
    'a b',
    'c d',
    'e "f',
    'g"h\\i',
    'xyz',
  ])
  expect(values('m "open and')).toEqual(['m', 'open and'])
  expect(values("m 'open $(rm)")).toEqual(['m', 'open $(rm)'])
  expect(values('m end\\')).toEqual(['m', 'end'])
  expect(values('')).toEqual([''])
})

test('prints for bash the text that replaces the part of the word that bash replaces', () => {
  const insert = (line: string, candidate: string, breaks = ' \t\n"\'><=;|&(:') => {
    const typed = shellWords(line).at(-1)
    return typed && forBash(candidate, typed, breaks)
  }
  expect(insert('m my', 'my library')).toBe('my\\ library')
  expect(insert('m "my', 'my "big" $lib')).toBe('my \\"big\\" \\$lib')
  expect(insert("m 'it", "it's")).toBe("it'\\''s")
  expect(insert("m --flag='a", '--flag=a b')).toBe('a b')
  expect(insert('m my" li', 'my library')).toBe(' library')
  expect(insert('m --flag=a', '--flag=a b')).toBe('a\\ b')
  expect(insert('m a:b:', 'a:b:c')).toBe('c')
  expect(insert('m a:b:', 'a:b:c', ' =')).toBe('a:b:c')
  expect(insert('m ', '~x;#*?[')).toBe('\\~x\\;\\#\\*\\?\\[')
  expect(insert('m ', 'Übersicht-Ω')).toBe('Übersicht-Ω')
})
