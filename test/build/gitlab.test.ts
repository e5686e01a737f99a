import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { pushToGitlab } from '../../src/build/formats/apt-repo/gitlab/push.ts'
import {
  type GitlabTarget,
  gitlabTarget,
  isTokenExposed,
} from '../../src/build/formats/apt-repo/gitlab/target.ts'
import { readPackage } from '../../src/build/formats/apt-repo/package-entry.ts'
import { interruptedError, OperatorError } from '../../src/errors.ts'
import { buildRepository } from '../support/apt-repository.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { control, plainDeb } from '../support/plain-deb.ts'
import { tlsFile } from '../support/tls.ts'

/** A server that keeps each request, and answers as a test says. */

const TOKEN = 'glpat-secret-1234567890'

interface Kept {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: Buffer
}

type Handler = (request: Kept, response: ServerResponse, count: number) => void

let deb: string

let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mathesarctl-test-'))
  // The registry is given the package's own name.
  deb = await plainDeb(directory, 'any-name.deb', {
    control: control({ Version: '0.3.0~rc.1' }),
    files: { './usr/bin/mathesarctl': 'x'.repeat(100_000) },
  })
})

afterAll(() => rmSync(directory, { recursive: true }))

async function gitlab(handle: Handler): Promise<{ requests: Kept[]; target: GitlabTarget }> {
  const requests: Kept[] = []
  const server = createServer(async (request, response) => {
    try {
      const { method, url, headers } = request
      const received = { method, url, headers, body: await buffer(request) }
      requests.push(received)
      handle(received, response, requests.length)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const env = { GITLAB_URL: addressOf(server.address()), GITLAB_PROJECT: 'group/tool', GITLAB_TOKEN: TOKEN }
  return { requests, target: gitlabTarget(env) }
}

function addressOf(address: ReturnType<ReturnType<typeof createServer>['address']>): string {
  return `http://127.0.0.1:${(address as AddressInfo).port}`
}

function push(target: GitlabTarget, options: { pause?: number; patience?: number } = {}): Promise<void> {
  return pushToGitlab(target, [deb], { signal: undefined, progress: () => {}, pause: 5, ...options })
}

async function failure(run: Promise<unknown>): Promise<OperatorError> {
  const error = await run.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof OperatorError)) throw new Error(`no OperatorError: ${error}`)
  expect(`${error.message} ${error.hint}`).not.toContain(TOKEN)
  return error
}

const answer =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body))

test('uploads each package to the project’s Debian registry', async () => {
  const { requests, target } = await gitlab(answer(201, { message: '201 Created' }))
  await push(target)
  expect(requests).toHaveLength(1)
  const [request] = requests
  expect(request).toMatchObject({
    method: 'PUT',
    url: '/api/v4/projects/group%2Ftool/packages/debian/mathesarctl_0.3.0~rc.1_amd64.deb?distribution=stable&component=main',
  })
  expect(request?.headers).toMatchObject({
    'private-token': TOKEN,
    'content-length': String(statSync(deb).size),
    'content-type': 'application/octet-stream',
  })
  expect(request?.headers).not.toHaveProperty('job-token')
  expect(request?.body.equals(readFileSync(deb))).toBe(true)
})

test.each([
  ['http://gitlab.example.org', true],
  ['http://10.0.0.1:8080', true],
  ['http://127.example.org', true],
  ['http://127.0.0.1.example.org', true],
  ['http://localhost.example.org', true],
  ['https://gitlab.example.org', false],
  ['http://localhost:8080', false],
  ['http://127.1.2.3', false],
  ['http://127.1', false],
  ['http://[::1]:8080', false],
])('knows whether the token leaves this machine without encryption: %s', (url, isExposed) => {
  const target = gitlabTarget({ GITLAB_URL: url, GITLAB_PROJECT: '7', GITLAB_TOKEN: TOKEN })
  expect(isTokenExposed(target)).toBe(isExposed)
})

test('reads server, project and token from GitLab’s CI, unless the operator sets others', () => {
  const ci = { CI_API_V4_URL: 'https://gitlab.example.org/api/v4', CI_PROJECT_ID: '7', CI_JOB_TOKEN: 'job' }
  expect(gitlabTarget(ci)).toEqual({
    api: 'https://gitlab.example.org/api/v4',
    project: '7',
    header: 'JOB-TOKEN',
    token: 'job',
  })
  expect(
    gitlabTarget({
      ...ci,
      GITLAB_URL: 'https://x.example/gitlab/',
      GITLAB_PROJECT: '8',
      GITLAB_TOKEN: 'own',
    }),
  ).toEqual({
    api: 'https://x.example/gitlab/api/v4',
    project: '8',
    header: 'PRIVATE-TOKEN',
    token: 'own',
  })
})

test('accepts the address of the API for that of the server, and a project’s path as GitLab encodes it in addresses', () => {
  const env = {
    GITLAB_URL: 'https://x.example/gitlab/api/v4/',
    GITLAB_PROJECT: 'group%2Ftool',
    GITLAB_TOKEN: 'own',
  }
  expect(gitlabTarget(env)).toMatchObject({
    api: 'https://x.example/gitlab/api/v4',
    project: 'group/tool',
  })
})

test.each([
  [{}, 'To push to GitLab, set GITLAB_URL, GITLAB_PROJECT, GITLAB_TOKEN in the environment.'],
  [{ GITLAB_URL: 'https://x', GITLAB_TOKEN: TOKEN }, 'To push to GitLab, set GITLAB_PROJECT in'],
  [
    { GITLAB_URL: 'gitlab', GITLAB_PROJECT: '1', GITLAB_TOKEN: TOKEN },
    'GITLAB_URL is not the address of a server.',
  ],
  [
    { GITLAB_URL: `https://me:${TOKEN}@x`, GITLAB_PROJECT: '1', GITLAB_TOKEN: 'x' },
    'GITLAB_URL has a user name or password, ? or # in it.',
  ],
  [
    { CI_API_V4_URL: `https://x/api/v4?private_token=${TOKEN}`, GITLAB_PROJECT: '1', GITLAB_TOKEN: 'x' },
    'CI_API_V4_URL has a user name or password, ? or # in it.',
  ],
  [
    { GITLAB_URL: 'https://x', GITLAB_PROJECT: '1', GITLAB_TOKEN: `${TOKEN}\n` },
    'GITLAB_TOKEN has characters that no token has',
  ],
])('refuses %o before it builds anything', async (env, message) => {
  const out = `${temporaryDirectory()}/out`
  const error = await failure(buildRepository({ out, debs: [deb], push: 'gitlab', env }))
  expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) })
  expect(statSync(out, { throwIfNoEntry: false })).toBeUndefined()
})

test('writes no repository for a push without a key', async () => {
  const { requests, target } = await gitlab(answer(201))
  const out = `${temporaryDirectory()}/out`
  const env = {
    GITLAB_URL: target.api.replace('/api/v4', ''),
    CI_PROJECT_ID: '12',
    CI_JOB_TOKEN: 'job-token',
  }
  const { artifacts, warnings } = await buildRepository({ out, debs: [deb], push: 'gitlab', env })
  expect(requests.map(({ headers }) => headers['job-token'])).toEqual(['job-token'])
  expect(artifacts.map(({ format }) => format)).toEqual(['sbom', 'checksums'])
  expect(warnings).toEqual([])
})

describe('a failed push', () => {
  test.each<[number, unknown, string, string, number]>([
    [
      401,
      { message: '401 Unauthorized' },
      'AUTHENTICATION_FAILED',
      'does not accept the token in GITLAB_TOKEN.',
      1,
    ],
    [403, { message: '403 Forbidden' }, 'INSUFFICIENT_PRIVILEGE', 'may not upload packages to group/tool', 1],
    [
      404,
      { message: '404 Project Not Found' },
      'NOT_FOUND',
      'knows no project group/tool with a Debian registry',
      1,
    ],
    [413, '', 'INTERNAL', 'does not accept a file as large as mathesarctl_0.3.0~rc.1_amd64.deb.', 1],
    [429, '', 'CONNECTION_FAILED', 'receives too many requests.', 4],
    [500, '', 'CONNECTION_FAILED', 'reported an internal error (HTTP 500), 4 times in a row.', 4],
    [503, '', 'CONNECTION_FAILED', 'reported an internal error (HTTP 503)', 4],
    [418, { message: 'teapot' }, 'INTERNAL', 'refuses mathesarctl_0.3.0~rc.1_amd64.deb (HTTP 418).', 1],
  ])('reports HTTP %i in a sentence of its own', async (status, body, code, message, attempts) => {
    const { requests, target } = await gitlab(answer(status, body))
    expect(await failure(push(target))).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(requests).toHaveLength(attempts)
  })

  test('quotes GitLab’s reason without the token and control characters', async () => {
    const { target } = await gitlab((request, response) => {
      if (request.method === 'GET') response.end('[]')
      else response.writeHead(400).end(JSON.stringify({ message: { base: [`\u001b[31m${TOKEN} is odd\n`] } }))
    })
    const error = await failure(push(target))
    expect(error).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('(HTTP 400)') })
    expect(error.hint).toContain('*** is odd')
    expect(error.hint).not.toMatch(/\p{Cc}/u)
  })

  test('does not follow a redirect with the token', async () => {
    const { requests, target } = await gitlab(answer(302, '', { location: 'https://elsewhere.example/' }))
    expect(await failure(push(target))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('redirects to another address, https://elsewhere.example/.'),
    })
    expect(requests).toHaveLength(1)
  })

  test('reports that nothing listens', async () => {
    const { target } = await gitlab(answer(201))
    expect(await failure(push({ ...target, api: 'http://127.0.0.1:1/api/v4' }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'Nothing listens at 127.0.0.1:1.',
    })
  })

  test('reports a name that does not resolve', async () => {
    const { target } = await gitlab(answer(201))
    expect(await failure(push({ ...target, api: 'http://gitlab.invalid/api/v4' }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'The name gitlab.invalid does not resolve.',
    })
  })

  test('reports a server that does not answer', async () => {
    const { target } = await gitlab(() => {})
    expect(await failure(push(target, { patience: 50 }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('does not answer in time.'),
    })
  })

  test('reports a server that speaks no TLS', async () => {
    const { target } = await gitlab(answer(201))
    const api = target.api.replace('http:', 'https:')
    expect(await failure(push({ ...target, api }))).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('does not speak TLS'),
    })
  })

  test('reports a certificate that is not trusted', async () => {
    const server = createTlsServer({ cert: tlsFile('server.crt'), key: tlsFile('server.key') })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const api = `${addressOf(server.address()).replace('http:', 'https:')}/api/v4`
    const error = await failure(push({ api, project: '1', header: 'JOB-TOKEN', token: TOKEN }))
    expect(error).toMatchObject({
      code: 'TLS_FAILED',
      message: expect.stringContaining('is not trusted'),
    })
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS')
  })
})

describe('a push that fails for a while', () => {
  test('a push that fails for a while is retried when the server has a fault', async () => {
    const { requests, target } = await gitlab((_, response, count) =>
      response.writeHead(count < 3 ? 502 : 201, count === 1 ? { 'retry-after': '0' } : {}).end(),
    )
    await push(target)
    expect(requests).toHaveLength(3)
    for (const { body } of requests) expect(body.equals(readFileSync(deb))).toBe(true)
  })

  test('a push that fails for a while is retried when the connection is lost', async () => {
    const { requests, target } = await gitlab((_, response, count) => {
      if (count === 1) response.destroy()
      else response.writeHead(201).end()
    })
    await push(target)
    expect(requests).toHaveLength(2)
  })
})

describe('a package that the registry already has', () => {
  const registry = (sha256: string | null): Handler => {
    return (request, response) => {
      if (request.method === 'PUT') answer(409, { message: 'exists' })(request, response, 0)
      else if (request.url?.includes('package_files'))
        response.end(JSON.stringify([{ file_name: 'mathesarctl_0.3.0~rc.1_amd64.deb', file_sha256: sha256 }]))
      else response.end(JSON.stringify([{ id: 99 }]))
    }
  }

  test('a package that the registry already has is accepted with the same contents', async () => {
    const { requests, target } = await gitlab(registry((await readPackage(deb)).sha256))
    await push(target)
    expect(requests.map(({ method, url }) => `${method} ${url}`).slice(1)).toEqual([
      'GET /api/v4/projects/group%2Ftool/packages?package_type=debian&package_name=mathesarctl&package_version=0.3.0%7Erc.1',
      'GET /api/v4/projects/group%2Ftool/packages/99/package_files?per_page=100',
    ])
    for (const { headers } of requests) expect(headers['private-token']).toBe(TOKEN)
  })

  test.each([
    ['0'.repeat(64), 'with other contents'],
    [null, 'and does not report its contents'],
  ])('a package that the registry already has is refused with contents %s', async (sha256, how) => {
    const { target } = await gitlab(registry(sha256))
    expect(await failure(push(target))).toMatchObject({
      code: 'NAME_TAKEN',
      message: `GitLab already has mathesarctl 0.3.0~rc.1 (amd64), ${how}.`,
    })
  })
})

test('reads an answer that comes before everything was sent', async () => {
  const large = await plainDeb(directory, 'large.deb', {
    control: control(),
    // Of what gzip can make nothing smaller.
    files: { './usr/bin/mathesarctl': randomBytes(12_000_000).toString('latin1') },
  })
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    response.writeHead(401, { connection: 'close' }).end('{}')
    response.on('finish', () => request.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const env = { GITLAB_URL: addressOf(server.address()), GITLAB_PROJECT: '1', GITLAB_TOKEN: TOKEN }
  const run = pushToGitlab(gitlabTarget(env), [large], { signal: undefined, progress: () => {}, pause: 5 })
  expect(await failure(run)).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  expect(requests).toBe(1)
})

test('refuses an answer without an end', async () => {
  const { target } = await gitlab((_request, response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    const write = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', write)
    write()
  })
  expect(await failure(push(target))).toMatchObject({
    code: 'CONNECTION_FAILED',
    message: expect.stringMatching(/^The answer of .* does not end after 16 MiB\.$/),
  })
})

test('sends the file to a server that never asks for it', async () => {
  const bodies: Buffer[] = []
  const server = createServer()
  server.on('checkContinue', async (request, response) => {
    bodies.push(await buffer(request))
    response.writeHead(201).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const env = { GITLAB_URL: addressOf(server.address()), GITLAB_PROJECT: '1', GITLAB_TOKEN: TOKEN }
  await push(gitlabTarget(env))
  expect(bodies.map((body) => body.equals(readFileSync(deb)))).toEqual([true])
})

test('ends an interrupted push while it asks what the registry has', async () => {
  const interruption = new AbortController()
  const { target } = await gitlab((request, response) => {
    if (request.method === 'PUT') answer(409)(request, response, 0)
    else interruption.abort()
  })
  const options = { signal: interruption.signal, progress: () => {} }
  await expect(pushToGitlab(target, [deb], options)).rejects.toThrow(/abort/i)
})

test('reports that the connection failed while it asked what the registry has', async () => {
  const { target } = await gitlab((request, response) => {
    if (request.method === 'PUT') answer(409)(request, response, 0)
    else response.destroy()
  })
  expect(await failure(push(target))).toMatchObject({ code: 'CONNECTION_FAILED' })
})

test('says that an interrupted push may have uploaded packages', async () => {
  const interruption = new AbortController()
  const { target } = await gitlab(() =>
    interruption.abort(interruptedError('Interrupted; nothing was left half done.')),
  )
  const options = { signal: interruption.signal, progress: () => {} }
  await expect(pushToGitlab(target, [deb], options)).rejects.toMatchObject({
    code: 'ABORTED',
    message:
      `Interrupted during the upload to ${new URL(target.api).host}. It may have some of the packages ` +
      'already. Run the same command again to finish.',
    details: { exitCode: 130 },
  })
})

test('ends an interrupted push at once', async () => {
  const { target } = await gitlab(() => {})
  const interruption = new AbortController()
  const options = { signal: interruption.signal, progress: () => setTimeout(() => interruption.abort(), 50) }
  await expect(pushToGitlab(target, [deb], options)).rejects.toThrow(/abort/i)
})
