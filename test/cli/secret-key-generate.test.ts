import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { cli, temporaryDirectory } from '../support/cli.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

it('prints another key each time, of letters and digits, with a newline behind it', async () => {
  const home = temporaryDirectory()
  const runs = [
    await cli(['secret-key', 'generate'], { home }),
    await cli(['secret-key', 'generate'], { home }),
  ]
  for (const { status, stdout, stderr } of runs) {
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^[A-Za-z0-9]{50}\n$/)
  }
  expect(runs[0]?.stdout).not.toBe(runs[1]?.stdout)
  expect(readdirSync(home)).toEqual([])
})

it('writes the key into a new file for its owner alone, without a newline', async () => {
  const home = temporaryDirectory()
  const path = join(home, '.config', 'mathesarctl', 'secret_key')
  const run = await cli(['secret-key', 'generate', '--out', path], { home })
  expect(run).toMatchObject({ status: 0, stdout: '' })
  expect(readFileSync(path, 'utf8')).toMatch(/^[A-Za-z0-9]{50}$/)
  expect(run.stderr).toContain(path)
  expect(run.stderr).not.toContain(readFileSync(path, 'utf8'))
  expect([mode(path), mode(dirname(path))]).toEqual(['600', '700'])
  expect(readdirSync(dirname(path))).toEqual(['secret_key'])
  const inHome = await cli(['secret-key', 'generate', '--out', join(home, 'key')], { home })
  expect([inHome.status, mode(join(home, 'key'))]).toEqual([0, '600'])
})

it('refuses a directory that does not exist, and creates none', async () => {
  const home = temporaryDirectory()
  const path = join(home, 'a typo', 'key')
  const run = await cli(['secret-key', 'generate', '--out', path, '--json'], { home })
  expect(run).toMatchObject({ status: 2, stdout: '' })
  expect(JSON.parse(run.stderr).error).toMatchObject({
    code: 'USAGE',
    field: 'out',
    hint: expect.stringContaining(`\n  mkdir -p -m 700 '${join(home, 'a typo')}'`),
  })
  expect(readdirSync(home)).toEqual([])
})

it.each([
  ['a file', (path: string) => writeFileSync(path, 'mine', { mode: 0o600 })],
  ['an empty file', (path: string) => writeFileSync(path, '')],
])('never writes over %s', async (_, create) => {
  const home = temporaryDirectory()
  const path = join(home, 'secret_key')
  create(path)
  const before = readFileSync(path, 'utf8')
  const run = await cli(['secret-key', 'generate', '--out', path, '--json'], { home })
  expect(run).toMatchObject({ status: 6, stdout: '' })
  expect(JSON.parse(run.stderr).error).toMatchObject({ code: 'NAME_TAKEN' })
  expect(readFileSync(path, 'utf8')).toBe(before)
  expect(readdirSync(home)).toEqual(['secret_key'])
})

it('refuses a place where no file can be created', async () => {
  const home = temporaryDirectory()
  writeFileSync(join(home, 'file'), '')
  const run = await cli(['secret-key', 'generate', '--out', join(home, 'file', 'key')], { home })
  expect(run).toMatchObject({ status: 2, stdout: '' })
  expect(run.stderr).toContain('--out')
})

it('prints one JSON document, which contains the key only if no file does', async () => {
  const home = temporaryDirectory()
  const printed = await cli(['secret-key', 'generate', '--json'], { home })
  expect(JSON.parse(printed.stdout)).toEqual({
    secretKey: expect.stringMatching(/^[A-Za-z0-9]{50}$/),
    file: null,
  })
  const path = join(home, 'key')
  const written = await cli(['secret-key', 'generate', '--json', '--out', path], { home })
  expect(JSON.parse(written.stdout)).toEqual({ file: path })
})
