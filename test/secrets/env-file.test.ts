// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Compose files look like this
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { loadComposeParser } from '../../src/secrets/compose/parser.ts'
import {
  composeArguments,
  findComposeProject,
  readEnvFile,
  readEnvSettings,
} from '../../src/secrets/env-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-env-'))
afterAll(() => rmSync(directory, { recursive: true }))
beforeAll(loadComposeParser)

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

it.each<[compose: string, value: string | undefined, path: string, variable?: string]>([
  ['env_file: mathesar.env', 'of mathesar.env', 'mathesar.env'],
  ['env_file: [mathesar.env, .env]', 'of .env', '.env'],
  ['env_file: [.env, mathesar.env, none.env, other.env]', 'of mathesar.env', 'mathesar.env'],
  ['env_file: other.env', undefined, 'other.env'],
  ['command: run', undefined, 'compose.yaml'],
  ['environment: [SECRET_KEY]', 'of .env', '.env'],
  ['environment: { SECRET_KEY: }', 'of .env', '.env'],
  ["environment: { SECRET_KEY: '${SECRET_KEY:-}' }\n    env_file: mathesar.env", 'of .env', '.env'],
  ["environment: ['SECRET_KEY=${KEY-${SECRET_KEY}}']", 'of .env', '.env', 'KEY'],
  ["environment: { SECRET_KEY: '$KEY' }", '', '.env', 'KEY'],
  ['environment: { SECRET_KEY: literal }\n    env_file: mathesar.env', 'literal', 'compose.yaml'],
  ["environment: ['SECRET_KEY=a$SECRET_KEY']", 'aof .env', 'compose.yaml'],
  ["environment: ['SECRET_KEY=${KEY:-}${SECRET_KEY}']", 'of .env', 'compose.yaml'],
  ["environment: { SECRET_KEY: '${SECRET_KEY:+of flag}' }", 'of flag', 'compose.yaml'],
  ["environment: { SECRET_KEY: '$$KEY' }", '$KEY', 'compose.yaml'],
])('reports which file gives the key where a Compose file has %j', (compose, value, path, variable) => {
  const project = mkdtempSync(join(directory, 'project-'))
  const write = (name: string, text: string) => writeFileSync(join(project, name), text)
  write('compose.yaml', `services:\n  app:\n    image: mathesar/mathesar\n    ${compose}\n`)
  write('.env', 'HTTP_PORT=80\nSECRET_KEY=of .env\n')
  write('mathesar.env', 'SECRET_KEY=of mathesar.env\n')
  write('other.env', 'A=1\n')
  for (const named of ['.env', 'compose.yaml']) {
    const { variables, placeOf } = readEnvSettings(join(project, named))
    expect(variables.SECRET_KEY).toBe(value)
    const place = { path: join(project, path), ...(variable === undefined ? {} : { variable }) }
    expect(placeOf('SECRET_KEY')).toEqual(place)
  }
})

it('reports the Compose file that changes another one, and gives the key', () => {
  const project = mkdtempSync(join(directory, 'project-'))
  const write = (name: string, text: string) => writeFileSync(join(project, name), text)
  write(
    'compose.yaml',
    'services:\n  app:\n    image: mathesar/mathesar\n    environment: { SECRET_KEY: a }\n',
  )
  write('compose.override.yaml', 'services:\n  app:\n    environment: { SECRET_KEY: b }\n')
  const { variables, placeOf } = readEnvSettings(join(project, 'compose.yaml'))
  expect(variables.SECRET_KEY).toBe('b')
  expect(placeOf('SECRET_KEY').path).toBe(join(project, 'compose.override.yaml'))
})

it('reads a file of env_file as Compose does, wherever it is', () => {
  const project = mkdtempSync(join(directory, 'project-'))
  mkdirSync(join(project, 'env'))
  const write = (name: string, text: string) => writeFileSync(join(project, name), text)
  write('compose.yaml', 'services:\n  app:\n    image: mathesar/mathesar\n    env_file: env/mathesar.env\n')
  write('env/mathesar.env', 'SECRET_KEY=key # a comment\n')
  expect(readEnvFile(join(project, 'compose.yaml')).SECRET_KEY).toBe('key')
})

it.each([
  ['finds its files by itself', '.env', '', { envFile: null, files: [] }],
  ['reads no other file than .env', 'prod.env', '', { envFile: 'prod.env', files: [] }],
  [
    'reads COMPOSE_FILE of the .env file',
    '.env',
    'COMPOSE_FILE=compose.yml:more.yml\n',
    { envFile: null, files: [] },
  ],
  [
    'may not read COMPOSE_FILE of another file',
    'prod.env',
    'COMPOSE_FILE=compose.yml:more.yml\n',
    { envFile: 'prod.env', files: ['compose.yml', 'more.yml'] },
  ],
  ['finds no file of another name', 'more.yml', '', { envFile: null, files: ['more.yml'] }],
  [
    'prefers another file',
    'docker-compose.yml',
    '',
    { envFile: null, files: ['docker-compose.yml', 'docker-compose.override.yml'] },
  ],
])('states what Compose has to be told where it %s', (_, named, variables, expected) => {
  const project = mkdtempSync(join(directory, 'project-'))
  const service = 'services:\n  app:\n    image: mathesar/mathesar\n'
  for (const name of ['compose.yml', 'more.yml', 'docker-compose.yml']) {
    writeFileSync(join(project, name), service)
  }
  writeFileSync(join(project, 'docker-compose.override.yml'), 'services: {}\n')
  writeFileSync(join(project, 'more.override.yml'), 'services: {}\n')
  const path = join(project, named)
  if (named.endsWith('env')) writeFileSync(path, variables, { mode: 0o600 })
  const found = findComposeProject(path)
  if (found === null) throw new Error('no project')
  const { envFile, files } = composeArguments(path, found)
  const nameOf = (file: string) => relative(project, file)
  expect({ envFile: envFile && nameOf(envFile), files: files.map(nameOf) }).toEqual(expected)
})
