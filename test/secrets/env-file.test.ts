import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { readEnvFile } from '../../src/secrets/env-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-env-'))
afterAll(() => rmSync(directory, { recursive: true }))

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
