import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Credentials } from '../../../src/build/registry/credentials.ts'
import { findCredentials } from '../../../src/build/registry/find-credentials.ts'
import { parseRepository } from '../../../src/build/registry/reference.ts'
import { OperatorError } from '../../../src/errors.ts'
import { temporaryDirectory } from '../../support/cli.ts'

const SECRET = 'pass:word-1234567890'

const base64 = (text: string) => Buffer.from(text).toString('base64')

function find(env: NodeJS.ProcessEnv, repository = 'registry.example.org/owner/tool') {
  return findCredentials(
    parseRepository(repository),
    { PATH: process.env.PATH, HOME: '/nonexistent-home', ...env },
    undefined,
  )
}

async function failure(run: Promise<unknown>): Promise<OperatorError> {
  const error = await run.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof OperatorError)) throw new Error(`no OperatorError: ${error}`)
  expect(`${error.message} ${error.hint}`).not.toContain(SECRET)
  return error
}

/** Writes a config file of Docker, and returns the environment that leads to it. */
function docker(config: unknown): { DOCKER_CONFIG: string; path: string } {
  const directory = temporaryDirectory()
  const path = join(directory, 'config.json')
  writeFileSync(path, typeof config === 'string' ? config : JSON.stringify(config))
  return { DOCKER_CONFIG: directory, path }
}

/** Writes a credential helper, and returns the environment in which it is found. */
function helper(name: string, script: string): { PATH: string } {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`)
  chmodSync(join(directory, `docker-credential-${name}`), 0o755)
  return { PATH: `${directory}:${process.env.PATH}` }
}

describe('the credentials for a registry', () => {
  it('the credentials for a registry are absent where nothing has them', async () => {
    expect(await find({})).toBeNull()
    expect(await find(docker({}))).toBeNull()
    expect(await find(docker(''))).toBeNull()
    expect(
      await find(docker({ auths: { 'other.example.org': { auth: base64(`me:${SECRET}`) } } })),
    ).toBeNull()
  })

  it('come from the environment first', async () => {
    const env = {
      ...docker({ auths: { 'registry.example.org': { auth: base64('other:other') } } }),
      MATHESARCTL_REGISTRY_USER: 'me',
      MATHESARCTL_REGISTRY_PASSWORD: SECRET,
    }
    expect(await find(env)).toEqual({
      kind: 'password',
      user: 'me',
      password: SECRET,
      source: 'MATHESARCTL_REGISTRY_PASSWORD',
    })
  })

  it('come from the first line of a file', async () => {
    const path = join(temporaryDirectory(), 'password')
    writeFileSync(path, `${SECRET}\nmore`)
    const env = { MATHESARCTL_REGISTRY_USER: 'me', MATHESARCTL_REGISTRY_PASSWORD_FILE: path }
    expect(await find(env)).toMatchObject({ user: 'me', password: SECRET })
  })

  it.each<[NodeJS.ProcessEnv, string]>([
    [{ MATHESARCTL_REGISTRY_USER: 'me' }, 'MATHESARCTL_REGISTRY_PASSWORD is not set'],
    [{ MATHESARCTL_REGISTRY_PASSWORD: SECRET }, 'MATHESARCTL_REGISTRY_USER is not set'],
    [
      { MATHESARCTL_REGISTRY_USER: 'a:b', MATHESARCTL_REGISTRY_PASSWORD: SECRET },
      'MATHESARCTL_REGISTRY_USER contains a colon',
    ],
    [
      {
        MATHESARCTL_REGISTRY_USER: 'a',
        MATHESARCTL_REGISTRY_PASSWORD: SECRET,
        MATHESARCTL_REGISTRY_PASSWORD_FILE: '/x',
      },
      'are both set',
    ],
    [
      { MATHESARCTL_REGISTRY_USER: 'a', MATHESARCTL_REGISTRY_PASSWORD_FILE: '/nonexistent-file' },
      "can't be read from /nonexistent-file: it does not exist",
    ],
  ])('refuses incomplete variables: %j', async (env, message) => {
    expect(await failure(find(env))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
    })
  })

  it('come from GitLab’s CI for its own registry alone', async () => {
    const env = {
      CI_REGISTRY: 'registry.example.org',
      CI_REGISTRY_USER: 'ci',
      CI_REGISTRY_PASSWORD: SECRET,
    }
    expect(await find(env)).toMatchObject({ user: 'ci', password: SECRET, source: 'CI_REGISTRY_PASSWORD' })
    expect(await find(env, 'other.example.org/owner/tool')).toBeNull()
    expect(await find(env, 'registry.example.org:5000/owner/tool')).toBeNull()
  })

  it.each<[string, Record<string, unknown>, Partial<Credentials> | null]>([
    [
      'registry.example.org/a/b',
      { 'registry.example.org': { auth: base64(`me:${SECRET}`) } },
      { kind: 'password', user: 'me', password: SECRET },
    ],
    [
      'registry.example.org/a/b',
      { 'registry.example.org': { auth: base64(`me:${SECRET}\0\0`) } },
      { kind: 'password', password: SECRET },
    ],
    [
      'registry.example.org/a/b',
      { 'registry.example.org': { username: 'me', password: SECRET } },
      { kind: 'password', user: 'me', password: SECRET },
    ],
    [
      'registry.example.org/a/b',
      { 'https://registry.example.org/v2/': { auth: base64(`me:${SECRET}`) } },
      { kind: 'password', password: SECRET },
    ],
    [
      'registry.example.org/a/b',
      { 'registry.example.org': { auth: base64(`x:${SECRET}`), identitytoken: 'idt' } },
      { kind: 'identity', token: 'idt' },
    ],
    [
      'registry.example.org/a/b',
      { 'registry.example.org': { registrytoken: 'rt' } },
      { kind: 'bearer', token: 'rt' },
    ],
    ['registry.example.org/a/b', { 'registry.example.org': {} }, null],
    ['registry.example.org/a/b', { 'registry.example.org:5000': { auth: base64(`me:${SECRET}`) } }, null],
    ['registry.example.org/a/b', { 'example.org': { auth: base64(`me:${SECRET}`) } }, null],
    [
      'registry.example.org/a/b',
      { 'https://registry.example.org.evil/': { auth: base64(`me:${SECRET}`) } },
      null,
    ],
    ['registry.example.org:5000/a/b', { 'registry.example.org': { auth: base64(`me:${SECRET}`) } }, null],
    [
      'registry.example.org/a/b',
      {
        'registry.example.org': { auth: base64('w:w') },
        'registry.example.org/a': { auth: base64('n:n') },
        'registry.example.org/a/bc': { auth: base64('o:o') },
      },
      { kind: 'password', user: 'n' },
    ],
    [
      'docker.io/a/b',
      { 'https://index.docker.io/v1/': { auth: base64(`me:${SECRET}`) } },
      { kind: 'password', user: 'me' },
    ],
    ['docker.io/a/b', { 'docker.io': { auth: base64(`me:${SECRET}`) } }, { kind: 'password', user: 'me' }],
  ])('of %s in %j', async (repository, auths, expected) => {
    const found = await find(docker({ auths }), repository)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatchObject(expected)
  })

  it('name the file that they came from', async () => {
    const env = docker({ auths: { 'registry.example.org': { auth: base64(`me:${SECRET}`) } } })
    expect(await find(env)).toMatchObject({ source: env.path })
  })

  it('come from the first of the files of Docker and Podman that has them', async () => {
    const home = temporaryDirectory()
    const runtime = temporaryDirectory()
    const named = join(temporaryDirectory(), 'auth.json')
    const entry = (user: string) =>
      JSON.stringify({ auths: { 'registry.example.org': { auth: base64(`${user}:x`) } } })
    const userOf = async (env: NodeJS.ProcessEnv) => {
      const found = await find(env)
      return found?.kind === 'password' ? found.user : null
    }
    mkdirSync(join(home, '.config/containers'), { recursive: true })
    writeFileSync(join(home, '.config/containers/auth.json'), entry('config'))
    expect(await userOf({ HOME: home })).toBe('config')
    mkdirSync(join(runtime, 'containers'))
    writeFileSync(join(runtime, 'containers/auth.json'), entry('runtime'))
    expect(await userOf({ HOME: home, XDG_RUNTIME_DIR: runtime })).toBe('runtime')
    mkdirSync(join(home, '.docker'))
    writeFileSync(join(home, '.docker/config.json'), entry('home'))
    expect(await userOf({ HOME: home, XDG_RUNTIME_DIR: runtime })).toBe('home')
    writeFileSync(named, entry('named'))
    expect(await userOf({ HOME: home, REGISTRY_AUTH_FILE: named })).toBe('named')
    const { DOCKER_CONFIG } = docker(entry('docker'))
    expect(await userOf({ HOME: home, REGISTRY_AUTH_FILE: named, DOCKER_CONFIG })).toBe('docker')
    // Docker itself does not read the file in the home directory then.
    expect(await userOf({ HOME: home, DOCKER_CONFIG: '/nonexistent-directory' })).toBe('config')
  })

  it.each(['{', '[]', '"x"', '{"auths":[]}', '{"auths":{"a":"b"}}', '{"credHelpers":{"a":1}}', 'null'])(
    'refuses a config file with %s',
    async (text) => {
      const env = docker(text)
      expect(await failure(find(env))).toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining(env.path),
      })
    },
  )

  it('refuses a named file that does not exist', async () => {
    expect(await failure(find({ REGISTRY_AUTH_FILE: '/nonexistent-auth.json' }))).toMatchObject({
      code: 'USAGE',
      message: "/nonexistent-auth.json can't be read: it does not exist.",
    })
  })
})

it('a token that no header can contain is refused, and not repeated', async () => {
  const config = docker({ auths: { 'registry.example.org': { registrytoken: `${SECRET}\n` } } })
  expect(await failure(find(config))).toMatchObject({
    code: 'USAGE',
    message: `${config.path} has a registrytoken with characters that no token has.`,
  })
})

describe('a credential helper', () => {
  const asksFor = (server: string, answer: string) =>
    `[ "$1" = get ] && [ "$(cat)" = '${server}' ] && echo '${answer}' && exit 0; echo wrong >&2; exit 1`

  it('is asked for the registry', async () => {
    const answer = JSON.stringify({ ServerURL: 'x', Username: 'me', Secret: SECRET })
    const env = {
      ...docker({ credsStore: 'test', auths: { 'registry.example.org': {} } }),
      ...helper('test', asksFor('registry.example.org', answer)),
    }
    expect(await find(env)).toEqual({
      kind: 'password',
      user: 'me',
      password: SECRET,
      source: `docker-credential-test (${env.path})`,
    })
  })

  it('of one registry outranks the general one', async () => {
    const answer = JSON.stringify({ Username: '<token>', Secret: 'identity' })
    const env = {
      ...docker({ credsStore: 'missing', credHelpers: { 'registry.example.org': 'own' } }),
      ...helper('own', asksFor('registry.example.org', answer)),
    }
    expect(await find(env)).toMatchObject({ kind: 'identity', token: 'identity' })
  })

  it('is asked for Docker Hub by the address that "docker login" stores', async () => {
    const answer = JSON.stringify({ Username: 'me', Secret: SECRET })
    const env = {
      ...docker({ credsStore: 'test' }),
      ...helper('test', asksFor('https://index.docker.io/v1/', answer)),
    }
    expect(await find(env, 'docker.io/owner/tool')).toMatchObject({ user: 'me' })
  })

  it('that has nothing leaves it to the rest of the file', async () => {
    const env = {
      ...docker({ credsStore: 'test', auths: { 'registry.example.org': { auth: base64(`me:${SECRET}`) } } }),
      ...helper('test', 'echo "credentials not found in native keychain"; exit 1'),
    }
    expect(await find(env)).toMatchObject({ user: 'me' })
  })

  it.each([
    [
      'echo "the keychain is locked" >&2; exit 1',
      'INTERNAL',
      'docker-credential-test failed: the keychain is locked',
    ],
    ['echo "the keychain is locked"; exit 1', 'INTERNAL', 'failed: the keychain is locked'],
    [`echo '{"Username":"me","Secret":"${SECRET}"}'; exit 1`, 'INTERNAL', 'failed: it gave no reason'],
    [`echo '${SECRET}'`, 'INTERNAL', 'returned something else than credentials'],
    ['yes | head -c 3000000', 'INTERNAL', 'returned something else than credentials'],
  ])('that fails is reported: %s', async (script, code, message) => {
    const env = { ...docker({ credsStore: 'test' }), ...helper('test', script) }
    expect(await failure(find(env))).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('that is not installed is reported', async () => {
    expect(await failure(find(docker({ credsStore: 'missing' })))).toMatchObject({
      code: 'USAGE',
      message: 'The credential helper docker-credential-missing is not installed.',
    })
  })

  it.each(['../x', 'a b', '/bin/sh', 'a;b', '\u001b[31m'])(
    'never starts a credential helper under the name %j',
    async (name) => {
      expect(await failure(find(docker({ credsStore: name })))).toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('a credential helper whose name is none'),
      })
    },
  )
})
