import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseEnv, readEnvFile } from '../../src/secrets/env-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-env-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe("an .env file, read by python-decouple's rules", () => {
  it.each<[string, string, Record<string, string>]>([
    ['trims lines, names and values', '  A = one two  \r\n\tB=2\t', { A: 'one two', B: '2' }],
    ['keeps a no-break space', 'A=\u00A0x\u00A0', { A: '\u00A0x\u00A0' }],
    ['skips blank lines, comments and lines without =', '\n# A=1\n   #B=2\nC\nD=4', { D: '4' }],
    ['splits at the first =', 'SECRET_KEY=a=b==', { SECRET_KEY: 'a=b==' }],
    ['strips double quotes', 'A="a b"', { A: 'a b' }],
    ['strips single quotes', "A='a b'", { A: 'a b' }],
    ['strips all quotes at both ends', `A="'x'"`, { A: 'x' }],
    ['leaves quotes that do not match', `A="x'\nB=x"`, { A: `"x'`, B: 'x"' }],
    ['leaves a quote alone', `A="`, { A: '"' }],
    ['takes an empty value', 'A=\nB=""', { A: '', B: '' }],
    ['keeps what looks like a comment after a value', 'A=x # y', { A: 'x # y' }],
    ['expands and evaluates nothing', 'A=$HOME`id`$(id)\\n', { A: '$HOME`id`$(id)\\n' }],
    ['takes export before a name', 'export A=1\nexport\tB=2', { A: '1', B: '2' }],
    ['lets the last of several values count', 'A=1\nA=2', { A: '2' }],
    ['reads the keys of Django', `SECRET_KEY='!@#$%^&*(-_=+)'`, { SECRET_KEY: '!@#$%^&*(-_=+)' }],
    ['keeps a value that is named like a property', '__proto__=1', Object.fromEntries([['__proto__', '1']])],
  ])('%s', (_name, text, expected) => {
    expect(parseEnv(text)).toEqual(expected)
  })
})

it('reads a pipe once, for every part of a run that needs the file', () => {
  const path = join(directory, 'pipe.env')
  execFileSync('mkfifo', ['-m', '600', path])
  const writer = spawn('sh', ['-c', 'printf "SECRET_KEY=abc\n" > "$0"', path])
  onTestFinished(() => void writer.kill())
  expect(readEnvFile(path)).toEqual({ SECRET_KEY: 'abc' })
  expect(readEnvFile(path)).toEqual({ SECRET_KEY: 'abc' })
})

it.each([
  ['UTF-16', Buffer.from('\uFEFFSECRET_KEY=abc\n', 'utf16le')],
  ['UTF-16 or UTF-32', Buffer.from('SECRET_KEY=abc\n', 'utf16le')],
  ['Latin-1', Buffer.from('SECRET_KEY=abc\xE9\n', 'latin1')],
])('refuses a file that is in %s, and names the encoding', (encoding, bytes) => {
  const path = join(directory, 'other.env')
  writeFileSync(path, bytes)
  expect(() => readEnvFile(path)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(encoding) }),
  )
})

it('reads a file from the disk', () => {
  const path = join(directory, '.env')
  writeFileSync(path, 'SECRET_KEY=ключ\n')
  expect(readEnvFile(path)).toEqual({ SECRET_KEY: 'ключ' })
})

it('names a missing file in a usage error', () => {
  const path = join(directory, 'missing')
  expect(() => readEnvFile(path)).toThrow(
    expect.objectContaining({
      code: 'USAGE',
      message: `The environment file ${path} can't be read: it does not exist.`,
    }),
  )
})
