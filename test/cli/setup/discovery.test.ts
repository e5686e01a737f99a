// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Compose files look like this
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { findMathesars } from '../../../src/cli/settings/discovery/index.ts'
import type { FoundMathesar } from '../../../src/cli/settings/discovery/types.ts'
import { loadComposeParser } from '../../../src/secrets/compose/parser.ts'
import { readEnvFile } from '../../../src/secrets/env-file.ts'
import { temporaryDirectory } from '../../support/cli.ts'

beforeAll(loadComposeParser)

const POSTGRES = 'POSTGRES_DB=d\nPOSTGRES_USER=u\nPOSTGRES_HOST=h\n'
const COMPOSE = `services:
  service:
    image: mathesar/mathesar
    environment:
      POSTGRES_DB: \${POSTGRES_DB:-mathesar_django}
      POSTGRES_USER: \${POSTGRES_USER:-mathesar}
      POSTGRES_HOST: \${POSTGRES_HOST:-mathesar_db}
      SECRET_KEY: \${SECRET_KEY:-}
    volumes: [./msar/secrets:/code/.secrets]
  db: { container_name: mathesar_db, image: postgres, ports: ["5433:5432"] }
`

/** Creates a directory with files; a path that ends in a slash is a directory. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { mode: 0o600 })
  }
  return directory
}

function find(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  const directory = directoryOf(files)
  const relative = (found: FoundMathesar) =>
    JSON.parse(JSON.stringify(found).replaceAll(`${directory}/`, './')) as FoundMathesar
  return findMathesars({ directories: [directory], env }).map(relative)
}

describe('the Mathesars of a directory', () => {
  it.each<[string, Record<string, string>, Partial<FoundMathesar>[]]>([
    ['nothing', {}, []],
    ['an .env file of another program', { '.env': 'SECRET_KEY=x\nDATABASE_URL=y\n' }, []],
    [
      'an .env file',
      { '.env': POSTGRES },
      [{ kind: 'env-file', file: './.env', flags: { envFile: './.env' } }],
    ],
    ['the file of the .deb', { 'mathesar.env': POSTGRES }, [{ kind: 'env-file', file: './mathesar.env' }]],
    [
      'both',
      { '.env': POSTGRES, 'mathesar.env': POSTGRES },
      [{ file: './.env' }, { file: './mathesar.env' }],
    ],
    [
      'an installation',
      { '.env': POSTGRES, 'bin/mathesar': '' },
      [{ kind: 'installation', file: './.env', problem: null }],
    ],
    ['an installation without settings', { 'bin/mathesar': '' }, []],
    [
      'a Compose project without an .env file',
      { 'docker-compose.yml': COMPOSE },
      [
        {
          kind: 'compose',
          file: './docker-compose.yml',
          service: 'service',
          flags: { envFile: './docker-compose.yml', address: ['mathesar_db=127.0.0.1:5433'] },
          hiddenHost: null,
          problem: null,
        },
      ],
    ],
    [
      'a Compose project with an .env file and a secret file',
      { 'compose.yaml': COMPOSE, '.env': 'POSTGRES_DB=x\n', 'msar/secrets/secret_key.txt': 'k' },
      [
        {
          kind: 'compose',
          flags: {
            envFile: './.env',
            address: ['mathesar_db=127.0.0.1:5433'],
          },
        },
      ],
    ],
    [
      'a database whose port is not published',
      { 'compose.yaml': COMPOSE.replace(', ports: ["5433:5432"]', '') },
      [{ flags: { envFile: './compose.yaml' }, hiddenHost: 'mathesar_db' }],
    ],
    [
      'an override that publishes another port',
      {
        'compose.yaml': COMPOSE.replace(', ports: ["5433:5432"]', ''),
        'compose.override.yaml': 'services: { db: { ports: ["127.0.0.1:6000:5432"] } }',
      },
      [{ flags: { envFile: './compose.yaml', address: ['mathesar_db=127.0.0.1:6000'] } }],
    ],
    [
      'a port of IPv6',
      { 'compose.yaml': COMPOSE.replace('"5433:5432"', '"[::1]:6000:5432"') },
      [{ flags: { envFile: './compose.yaml', address: ['mathesar_db=[::1]:6000'] } }],
    ],
    [
      'a database on the machine',
      { 'compose.yaml': COMPOSE, '.env': 'POSTGRES_HOST=host.docker.internal\n' },
      [{ flags: { envFile: './.env', address: ['host.docker.internal=127.0.0.1'] }, hiddenHost: null }],
    ],
    [
      'a database elsewhere',
      { 'compose.yaml': COMPOSE, '.env': 'POSTGRES_HOST=db.example.org\n' },
      [{ flags: { envFile: './.env' }, hiddenHost: null }],
    ],
    [
      'a loopback address of the container',
      { 'compose.yaml': COMPOSE, '.env': 'POSTGRES_HOST=localhost\n' },
      [{ flags: { envFile: './.env' }, hiddenHost: 'localhost' }],
    ],
    [
      'the network of the machine',
      {
        'compose.yaml': COMPOSE.replace('image:', 'network_mode: host\n    image:'),
        '.env': 'POSTGRES_HOST=localhost\n',
      },
      [{ flags: { envFile: './.env' }, hiddenHost: null }],
    ],
    [
      'files that COMPOSE_FILE names',
      { 'prod.yml': COMPOSE, '.env': 'COMPOSE_FILE=prod.yml:missing.yml\n', 'compose.yaml': 'services: {}' },
      [{ kind: 'compose', file: './prod.yml' }],
    ],
    [
      'a Compose file of another program',
      { 'compose.yaml': 'services: { web: { image: nginx } }', '.env': POSTGRES },
      [{ kind: 'env-file' }],
    ],
    ['a Compose file that is no YAML', { 'compose.yaml': 'a: [', '.env': POSTGRES }, [{ kind: 'env-file' }]],
  ])('are found by %s', (_, files, expected) => {
    expect(find(files)).toMatchObject(expected)
    expect(find(files)).toHaveLength(expected.length)
  })

  it.each([
    [COMPOSE.replace('${POSTGRES_HOST:-mathesar_db}', '${POSTGRES_HOST:-}'), 'inside its container'],
    [COMPOSE.replace('${SECRET_KEY:-}', '${SECRET_KEY:?}'), 'the value of SECRET_KEY is not set'],
    [COMPOSE.replace('./msar/secrets:', 'keys:'), 'lies in the volume keys'],
  ])('have a problem that says what to do where a Compose project cannot be used: %#', (text, message) => {
    const [found] = find({ 'compose.yaml': text })
    expect(found?.problem?.message).toContain(message)
    expect(found?.problem?.hint).not.toBe('')
  })

  it('have a problem where the .env file of their Compose project cannot be read', () => {
    const directory = directoryOf({ 'compose.yaml': COMPOSE })
    writeFileSync(join(directory, '.env'), Buffer.from([0x41, 0x3d, 0xe4, 0x0a]), { mode: 0o600 })
    expect(findMathesars({ directories: [directory], env: {} })).toMatchObject([
      { kind: 'compose', problem: { message: expect.stringContaining('is not UTF-8') } },
    ])
  })

  it('are listed once where two paths lead to one directory, in the order of the directories', () => {
    const one = directoryOf({ '.env': POSTGRES })
    const two = directoryOf({ '.env': POSTGRES })
    const found = findMathesars({ directories: [two, one, `${two}/.`, '/nonexistent'], env: {} })
    expect(found.map(({ file }) => dirname(file ?? ''))).toEqual([two, one].map((path) => path))
  })

  it.runIf(process.getuid?.() === 0)('name the other user to whom a file belongs', () => {
    const directory = directoryOf({ '.env': POSTGRES })
    chownSync(join(directory, '.env'), 65534, 65534)
    expect(findMathesars({ directories: [directory], env: {} })).toMatchObject([{ owner: 'nobody' }])
    chmodSync(join(directory, '.env'), 0o666)
    expect(findMathesars({ directories: [directory], env: {} })).toEqual([])
  })
})

describe('the Mathesar of the environment', () => {
  it('is found where the variables name a database, a role and a host', () => {
    const env = { POSTGRES_DB: 'a/b', POSTGRES_USER: 'u', POSTGRES_HOST: 'h', POSTGRES_PASSWORD: 'p' }
    expect(findMathesars({ directories: [], env })).toMatchObject([
      { kind: 'environment', flags: { internalDb: 'postgresql://u@h/a%2Fb' } },
    ])
    expect(JSON.stringify(findMathesars({ directories: [], env }))).not.toContain('"p"')
    const { POSTGRES_HOST: _, ...others } = env
    expect(findMathesars({ directories: [], env: others })).toEqual([])
  })
})

describe('the variables of a Compose project', () => {
  it('are those that Compose passes to Mathesar, whichever file is named', () => {
    const directory = directoryOf({
      'compose.yaml': COMPOSE.replace(
        'image: mathesar',
        'env_file: [more.env, none.env]\n    image: mathesar',
      ),
      '.env': 'POSTGRES_USER=bob\nUNRELATED=x\n',
      'more.env': 'MORE=1\nPOSTGRES_DB=weaker\n',
    })
    const expected = {
      MORE: '1',
      POSTGRES_DB: 'mathesar_django',
      POSTGRES_USER: 'bob',
      POSTGRES_HOST: 'mathesar_db',
      SECRET_KEY: '',
    }
    expect(readEnvFile(join(directory, '.env'))).toEqual(expected)
    expect(readEnvFile(join(directory, 'compose.yaml'))).toEqual(expected)
  })

  it('are those of the .env file alone where the Compose file runs no Mathesar', () => {
    const directory = directoryOf({ 'compose.yaml': 'a: [', '.env': POSTGRES })
    expect(readEnvFile(join(directory, '.env'))).toMatchObject({ POSTGRES_DB: 'd' })
    expect(() => readEnvFile(join(directory, 'compose.yaml'))).toThrow('is not YAML')
    writeFileSync(join(directory, 'compose.yaml'), 'services: {}')
    expect(() => readEnvFile(join(directory, 'compose.yaml'))).toThrow('has no service of Mathesar')
  })

  it.runIf(process.getuid?.() === 0)(
    'are those of the .env file alone where the Compose file beside it is of another user',
    () => {
      const directory = directoryOf({
        'compose.yaml': COMPOSE.replace('mathesar_db}', 'evil.example}'),
        '.env': POSTGRES.replace('POSTGRES_HOST=h\n', ''),
      })
      chmodSync(directory, 0o1777)
      expect(readEnvFile(join(directory, '.env'))).toMatchObject({ POSTGRES_HOST: 'evil.example' })
      chownSync(join(directory, 'compose.yaml'), 65534, 65534)
      expect(readEnvFile(join(directory, '.env'))).not.toHaveProperty('POSTGRES_HOST')
    },
  )

  it.each(['*S3cret', '>S3cret', '|S3cret'])('appear in no error about a Compose file: %s', (value) => {
    const directory = directoryOf({ 'compose.yaml': `a:\n  POSTGRES_PASSWORD: ${value}\n` })
    const read = () => readEnvFile(join(directory, 'compose.yaml'))
    expect(read).toThrow('is not YAML')
    expect(read).not.toThrow('S3cret')
  })
})
