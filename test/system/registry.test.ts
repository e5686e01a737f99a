import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pushLayout } from '../../src/build/registry/push.ts'
import type { PushedImage } from '../../src/build/types.ts'
import { OperatorError } from '../../src/errors.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { type ImageLayout, imageLayout } from '../support/image-layout.ts'
import { repository } from '../support/program.ts'
import { startRegistry } from '../support/registry.ts'

const PASSWORD = 'secret-password-1234567890'
const CREDENTIALS = { MATHESARCTL_REGISTRY_USER: 'me', MATHESARCTL_REGISTRY_PASSWORD: PASSWORD }
/** The user `me` with that password, by `htpasswd -B`. */
const HTPASSWD = 'me:$2b$05$abcdefghijklmnopqrstuuC26LWh3Xhi.DqK6tsXfOq2TeQXWxsOW\n'
const MEGABYTES = 20

function push(
  host: string,
  { directory }: ImageLayout,
  options: { version?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<PushedImage> {
  return pushLayout(directory, `${host}/owner/tool`, {
    version: '1.2.3',
    signal: undefined,
    progress: () => {},
    warn: () => {},
    pause: 100,
    ...options,
    env: { HOME: '/nonexistent-home', ...options.env },
  })
}

async function failure(run: Promise<unknown>): Promise<OperatorError> {
  const error = await run.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof OperatorError)) throw new Error(`no OperatorError: ${error}`)
  expect(`${error.message} ${error.hint}`).not.toContain(PASSWORD)
  return error
}

/** An image with a layer that does not fit into one packet. */
const layout = (seed = 'a') => imageLayout(temporaryDirectory(), Buffer.alloc(MEGABYTES * 1_000_000, seed))

const run = promisify(execFile)

/** It must not block this process, which also issues the tokens. */
async function skopeo(...args: string[]): Promise<string> {
  return (await run('skopeo', args, { maxBuffer: 1e8, timeout: 60_000 })).stdout
}

const inspect = (host: string, tag: string, ...flags: string[]) =>
  skopeo('inspect', '--raw', '--tls-verify=false', ...flags, `docker://${host}/owner/tool:${tag}`)

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

function htpasswd(): Record<string, unknown> {
  const path = join(temporaryDirectory(), 'htpasswd')
  writeFileSync(path, HTPASSWD)
  return { auth: { htpasswd: { realm: 'test', path } } }
}

describe('the registry of CNCF Distribution', () => {
  it('the registry of CNCF Distribution has a pushed image under each tag, as skopeo reads it', async () => {
    const host = await startRegistry()
    const image = layout()
    expect(await push(host, image)).toEqual({
      repository: `${host}/owner/tool`,
      digest: image.digest,
      tags: ['1.2.3', '1.2', '1', 'latest'],
    })
    for (const tag of ['1.2.3', '1.2', '1', 'latest'])
      expect(digestOf(await inspect(host, tag))).toBe(image.digest)
    const listed = await skopeo('list-tags', '--tls-verify=false', `docker://${host}/owner/tool`)
    expect(JSON.parse(listed)).toMatchObject({ Tags: ['1', '1.2', '1.2.3', 'latest'] })
  })

  it('skopeo copies every byte of a pushed layout, with both platforms', async () => {
    const host = await startRegistry()
    const image = layout()
    await push(host, image)
    const copy = temporaryDirectory()
    const source = `docker://${host}/owner/tool:latest`
    await skopeo('copy', '--all', '--preserve-digests', '--src-tls-verify=false', source, `oci:${copy}`)
    const blobs = (directory: string) => readdirSync(join(directory, 'blobs/sha256')).sort()
    expect(blobs(copy)).toEqual(blobs(image.directory))
    for (const name of blobs(copy)) {
      const read = (directory: string) => readFileSync(join(directory, 'blobs/sha256', name))
      expect(read(copy).equals(read(image.directory))).toBe(true)
    }
  })

  it('moves the tags with newer versions, and refuses a version twice', async () => {
    const host = await startRegistry()
    const [first, second] = [layout('a'), layout('b')]
    await push(host, first)
    await push(host, first)
    expect(await failure(push(host, second))).toMatchObject({
      code: 'NAME_TAKEN',
      message: `${host}/owner/tool:1.2.3 is another image already.`,
    })
    expect((await push(host, second, { version: '1.3.0' })).tags).toEqual(['1.3.0', '1.3', '1', 'latest'])
    expect(digestOf(await inspect(host, 'latest'))).toBe(second.digest)
    expect(digestOf(await inspect(host, '1.2'))).toBe(first.digest)
  })

  it('pushes with a password', async () => {
    const host = await startRegistry({ sections: htpasswd() })
    const image = layout()
    await push(host, image, { env: CREDENTIALS })
    expect(digestOf(await inspect(host, '1.2.3', '--creds', `me:${PASSWORD}`))).toBe(image.digest)
  })

  it('pushes with what "skopeo login" stored', async () => {
    const host = await startRegistry({ sections: htpasswd() })
    const file = join(temporaryDirectory(), 'auth.json')
    await skopeo('login', '--tls-verify=false', '--authfile', file, '-u', 'me', '-p', PASSWORD, host)
    const image = layout()
    await push(host, image, { env: { REGISTRY_AUTH_FILE: file } })
    expect(digestOf(await inspect(host, '1.2.3', '--authfile', file))).toBe(image.digest)
  })

  it('reports a wrong password, and none', async () => {
    const host = await startRegistry({ sections: htpasswd() })
    const env = { ...CREDENTIALS, MATHESARCTL_REGISTRY_PASSWORD: 'wrong' }
    expect(await failure(push(host, layout(), { env }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `${host} does not accept the credentials from MATHESARCTL_REGISTRY_PASSWORD.`,
    })
    expect(await failure(push(host, layout()))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('none were found'),
    })
  })

  it('pushes with a token, and reports one that may only read', async () => {
    const tokens = await tokenServer()
    const host = await startRegistry({ sections: tokens.sections })
    const image = layout()
    await push(host, image, { env: CREDENTIALS })
    expect(tokens.requests()).toBe(1)
    expect(digestOf(await inspect(host, '1.2.3', '--creds', `me:${PASSWORD}`))).toBe(image.digest)
    const env = { ...CREDENTIALS, MATHESARCTL_REGISTRY_USER: 'reader' }
    expect(await failure(push(host, layout('b'), { version: '2.0.0', env }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `${host} does not accept the credentials from MATHESARCTL_REGISTRY_PASSWORD.`,
    })
  })

  it('pushes by TLS to a server whose certificate is trusted, and to no other', async () => {
    const tls = (name: string) => join(repository, 'test/support/tls', name)
    const host = await startRegistry({
      http: { tls: { certificate: tls('server.crt'), key: tls('server.key') } },
    })
    const image = layout()
    expect(await failure(push(host, image))).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('is not trusted'),
    })
    // Node reads the authorities when it starts.
    const script = `
      import { pushLayout } from '${join(repository, 'src/build/registry/push.ts')}'
      await pushLayout('${image.directory}', '${host}/owner/tool', {
        version: '1.2.3', env: {}, signal: undefined, progress() {}, warn() {},
      })`
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: tls('ca.crt') }
    await run(process.execPath, ['--input-type=module', '-e', script], { env })
    expect(digestOf(await inspect(host, '1.2.3'))).toBe(image.digest)
  })
})

/** A token server by the token authentication of CNCF Distribution; `reader` may not push. */
async function tokenServer() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const directory = temporaryDirectory()
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'test', alg: 'ES256', use: 'sig' }
  writeFileSync(join(directory, 'jwks.json'), JSON.stringify({ keys: [key] }))
  let requests = 0
  const server = createServer(({ url = '', headers: { authorization = '' } }, response) => {
    requests++
    const [user, password] = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
      .toString()
      .split(':')
    if (password !== PASSWORD) {
      response.writeHead(401).end('{}')
      return
    }
    const scopes = new URL(url, 'http://x').searchParams.getAll('scope').flatMap((scope) => scope.split(' '))
    const access = scopes.map((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':')
      return { type, name, actions: user === 'reader' ? ['pull'] : actions.split(',') }
    })
    response.end(JSON.stringify({ token: jwt(access, privateKey) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
  const token = { realm, service: 'registry', issuer: 'issuer', jwks: join(directory, 'jwks.json') }
  return { sections: { auth: { token } }, requests: () => requests }
}

function jwt(access: unknown, key: KeyObject): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'issuer',
    sub: 'me',
    aud: 'registry',
    nbf: now - 5,
    iat: now,
    exp: now + 300,
    jti: 'x',
    access,
  }
  const text = `${encode({ alg: 'ES256', typ: 'JWT', kid: 'test' })}.${encode(claims)}`
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
  return `${text}.${signature.toString('base64url')}`
}
