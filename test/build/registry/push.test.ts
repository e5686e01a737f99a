import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkRegistry, type PushOptions, pushLayout } from '../../../src/build/registry/push.ts'
import type { PushedImage } from '../../../src/build/types.ts'
import { interruptedError, OperatorError } from '../../../src/errors.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { type ImageLayout, imageLayout } from '../../support/image-layout.ts'
import { fakeRegistry, type Received, serve, sha256, type Trick } from './fake-registry.ts'

const PASSWORD = 'secret-password-1234567890'
const BASIC = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`
const CREDENTIALS = { MATHESARCTL_REGISTRY_USER: 'me', MATHESARCTL_REGISTRY_PASSWORD: PASSWORD }

const layout = (layer?: Buffer | string): ImageLayout => imageLayout(temporaryDirectory(), layer)

interface Push extends Partial<PushOptions> {
  steps?: string[]
  warnings?: string[]
}

function push(
  host: string,
  { directory }: Pick<ImageLayout, 'directory'>,
  options: Push = {},
): Promise<PushedImage> {
  const { steps, warnings, env, ...rest } = options
  return pushLayout(directory, `${host}/owner/tool`, {
    version: '1.2.3',
    env: { HOME: '/nonexistent-home', ...env },
    signal: undefined,
    progress: (step) => steps?.push(step),
    warn: (message) => warnings?.push(message),
    pause: 5,
    patience: 5000,
    ...rest,
  })
}

async function failure(run: Promise<unknown>): Promise<OperatorError> {
  const error = await run.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof OperatorError)) throw new Error(`no OperatorError: ${error}`)
  expect(`${error.message} ${error.hint}`).not.toContain(PASSWORD)
  expect(error.hint).not.toBe('')
  return error
}

const refuse = (response: ServerResponse, status: number, fields: Record<string, string> = {}, body = '') => {
  response.writeHead(status, fields).end(body)
  return true
}

const isUpload = ({ method, url }: Received, ...methods: string[]) =>
  methods.includes(method) && url.pathname.includes('/blobs/uploads/')

describe('a push', () => {
  it('uploads blobs, then manifests, then the index by each tag', async () => {
    const registry = await fakeRegistry()
    const image = layout()
    const steps: string[] = []
    expect(await push(registry.host, image, { steps })).toEqual({
      repository: `${registry.host}/owner/tool`,
      digest: image.digest,
      tags: ['1.2.3', '1.2', '1', 'latest'],
    })
    const puts = registry.lines().filter((line) => line.startsWith('PUT '))
    const blobs = puts.splice(0, image.blobs.length)
    for (const line of blobs)
      expect(line).toMatch(/^PUT \/v2\/owner\/tool\/blobs\/uploads\/.*\?digest=sha256%3A/)
    expect(puts).toEqual(
      [...image.manifests, '1.2.3', '1.2', '1', 'latest'].map((one) => `PUT /v2/owner/tool/manifests/${one}`),
    )
    expect(steps[0]).toBe(`Connecting to ${registry.host}`)
    expect(steps[1]).toBe(`Uploading blob 1 of ${image.blobs.length} (0.0 MB) to ${registry.host}`)
  })

  it('sends the exact bytes that were digested, under their media type', async () => {
    const registry = await fakeRegistry()
    const image = layout()
    await push(registry.host, image)
    for (const digest of image.blobs) expect(registry.blobs.get(digest)).toEqual(fileOf(image, digest))
    const index = 'application/vnd.oci.image.index.v1+json'
    const manifest = 'application/vnd.oci.image.manifest.v1+json'
    expect(registry.manifests.get(image.digest)).toEqual({
      type: index,
      content: fileOf(image, image.digest),
    })
    for (const digest of image.manifests)
      expect(registry.manifests.get(digest)).toEqual({ type: manifest, content: fileOf(image, digest) })
  })

  it('sends nothing again that the registry has', async () => {
    const registry = await fakeRegistry()
    const image = layout()
    await push(registry.host, image)
    const before = registry.requests.length
    await push(registry.host, image)
    const methods = new Set(registry.requests.slice(before).map(({ method }) => method))
    expect(methods).toEqual(new Set(['GET', 'HEAD']))
  })

  it('moves the moving tags to a newer version, and never back', async () => {
    const registry = await fakeRegistry()
    const [older, newer, fix] = [layout('1'), layout('2'), layout('3')]
    await push(registry.host, older, { version: '1.2.3' })
    expect((await push(registry.host, newer, { version: '1.3.0' })).tags).toEqual([
      '1.3.0',
      '1.3',
      '1',
      'latest',
    ])
    expect((await push(registry.host, fix, { version: '1.2.4' })).tags).toEqual(['1.2.4', '1.2'])
    expect(Object.fromEntries(registry.tags)).toEqual({
      '1.2.3': older.digest,
      '1.2.4': fix.digest,
      '1.2': fix.digest,
      '1.3.0': newer.digest,
      '1.3': newer.digest,
      '1': newer.digest,
      latest: newer.digest,
    })
  })

  it('writes only the full tag of a prerelease', async () => {
    const registry = await fakeRegistry()
    expect((await push(registry.host, layout(), { version: '1.2.3-rc.1' })).tags).toEqual(['1.2.3-rc.1'])
    expect([...registry.tags.keys()]).toEqual(['1.2.3-rc.1'])
  })

  it('refuses a version that is another image, before it uploads anything', async () => {
    const registry = await fakeRegistry()
    const first = layout('one')
    await push(registry.host, first)
    const before = registry.requests.length
    expect(await failure(push(registry.host, layout('two')))).toMatchObject({
      code: 'NAME_TAKEN',
      message: `${registry.host}/owner/tool:1.2.3 is another image already.`,
    })
    const methods = new Set(registry.requests.slice(before).map(({ method }) => method))
    expect(methods).toEqual(new Set(['GET', 'HEAD']))
    expect(registry.tags.get('latest')).toBe(first.digest)
  })

  it('refuses a version that somebody else pushed during the upload', async () => {
    const other = Buffer.from('{"other":true}')
    const registry = await fakeRegistry((request) => {
      if (request.method === 'PUT' && request.url.pathname.includes('/manifests/sha256:')) {
        registry.manifests.set(sha256(other), {
          type: 'application/vnd.oci.image.index.v1+json',
          content: other,
        })
        registry.tags.set('1.2.3', sha256(other))
      }
      return false
    })
    expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'NAME_TAKEN' })
    expect(Object.fromEntries(registry.tags)).toEqual({ '1.2.3': sha256(other) })
  })

  it('leaves the moving tags where somebody else pushed a higher version during the upload', async () => {
    const newer = layout('newer')
    const registry = await fakeRegistry((request) => {
      if (request.method === 'PUT' && request.url.pathname.includes('/manifests/sha256:'))
        for (const tag of ['1.3.0', '1.3', '1', 'latest']) registry.tags.set(tag, newer.digest)
      return false
    })
    const image = layout()
    expect((await push(registry.host, image)).tags).toEqual(['1.2.3', '1.2'])
    expect(Object.fromEntries(registry.tags)).toMatchObject({
      '1.2.3': image.digest,
      1: newer.digest,
      latest: newer.digest,
    })
  })

  it('computes the digest of a tag whose registry does not report it', async () => {
    const registry = await fakeRegistry(withoutDigests)
    const image = layout()
    await push(registry.host, image)
    await push(registry.host, image)
    expect(await failure(push(registry.host, layout('two')))).toMatchObject({ code: 'NAME_TAKEN' })
  })

  it('reads a list of tags of several pages', async () => {
    const registry = await fakeRegistry(({ url }, response) => {
      if (!url.pathname.endsWith('/tags/list')) return false
      const [tag, next] = url.searchParams.has('last')
        ? ['2.0.0', '']
        : ['0.1.0', '<list?last=0.1.0>; rel="next"']
      return refuse(response, 200, next ? { link: next } : {}, JSON.stringify({ name: 'x', tags: [tag] }))
    })
    expect((await push(registry.host, layout())).tags).toEqual(['1.2.3', '1.2', '1'])
  })

  it('ends at a list of tags without an end', async () => {
    const registry = await fakeRegistry(({ url }, response) => {
      if (!url.pathname.endsWith('/tags/list')) return false
      return refuse(
        response,
        200,
        { link: '</v2/owner/tool/tags/list?last=x>; rel="next"' },
        '{"tags":["x"]}',
      )
    })
    expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'UNSUPPORTED_SERVER' })
  })

  it('writes only the full tag where the registry lists no tags', async () => {
    const registry = await fakeRegistry(({ url }, response) =>
      url.pathname.endsWith('/tags/list') ? refuse(response, 405) : false,
    )
    const warnings: string[] = []
    expect((await push(registry.host, layout(), { warnings })).tags).toEqual(['1.2.3'])
    expect(warnings).toEqual([expect.stringContaining('does not list the tags of owner/tool')])
  })

  it.each([
    ['says that a repository which exists has no list', false],
    ['breaks the list off after its first page', true],
  ])('writes only the full tag where the registry %s', async (_, hasPage) => {
    const registry = await fakeRegistry(({ url }, response) => {
      if (!url.pathname.endsWith('/tags/list')) return false
      if (!hasPage || url.searchParams.has('last')) return refuse(response, 404)
      return refuse(response, 200, { link: '<list?last=a>; rel="next"' }, '{"tags":["a"]}')
    })
    registry.tags.set('latest', sha256('newer'))
    registry.manifests.set(sha256('newer'), { type: 'application/json', content: Buffer.from('newer') })
    const warnings: string[] = []
    expect((await push(registry.host, layout(), { warnings })).tags).toEqual(['1.2.3'])
    expect(warnings).toEqual([expect.stringContaining('does not list the tags of owner/tool')])
    expect(registry.tags.get('latest')).toBe(sha256('newer'))
  })

  it('ends at once when it is interrupted', async () => {
    const interruption = new AbortController()
    const registry = await fakeRegistry((request) => {
      if (!isUpload(request, 'PUT')) return false
      interruption.abort(new Error('interrupted'))
      return true
    })
    await expect(push(registry.host, layout(), { signal: interruption.signal })).rejects.toThrow(
      'interrupted',
    )
  })

  it.each([
    ['1.2.3', 'The tag 1.2.3 may name the image already. All others are as they were. '],
    ['1', 'The tags 1.2.3, 1.2, 1 may name the image already. All others are as they were. '],
  ])('reports which tags it wrote when it is interrupted at the tag %s', async (tag, report) => {
    const interruption = new AbortController()
    const registry = await fakeRegistry(({ method, url }) => {
      if (method !== 'PUT' || !url.pathname.endsWith(`/manifests/${tag}`)) return false
      interruption.abort(interruptedError('Interrupted; nothing was left half done.', 'SIGTERM'))
      return true
    })
    const error = await failure(push(registry.host, layout(), { signal: interruption.signal }))
    expect(error).toMatchObject({
      code: 'ABORTED',
      message:
        `Interrupted during the upload to ${registry.host}/owner/tool. ${report}Run the same command ` +
        'again to finish.',
      details: { exitCode: 143 },
    })
  })

  it('says that nothing is half done when it is interrupted before it uploads anything', async () => {
    const interruption = new AbortController()
    const reason = interruptedError('Interrupted; nothing was left half done.')
    const registry = await fakeRegistry(({ url }) => {
      if (!url.pathname.endsWith('/tags/list')) return false
      interruption.abort(reason)
      return true
    })
    await expect(push(registry.host, layout(), { signal: interruption.signal })).rejects.toBe(reason)
  })
})

describe('the check of a registry before a build', () => {
  const check = (host: string, patience?: number) =>
    checkRegistry(`${host}/owner/tool`, {
      env: { HOME: '/nonexistent-home' },
      signal: undefined,
      progress: () => {},
      pause: 5,
      ...(patience && { patience }),
    })

  it('tries once if the registry does not answer', async () => {
    const registry = await fakeRegistry(({ url }) => url.pathname.endsWith('/tags/list'))
    await expect(check(registry.host, 200)).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: `${registry.host} does not answer in time.`,
    })
    expect(registry.lines()).toEqual(['GET /v2/', 'GET /v2/owner/tool/tags/list?n=1000'])
  })

  it('tries once if the server of tokens does not answer', async () => {
    const registry = await fakeRegistry(({ url, headers }, response) => {
      if (url.pathname === '/token') return true
      if (!url.pathname.endsWith('/tags/list')) return false
      const challenge = `Bearer realm="http://${headers.host}/token"`
      return refuse(response, 401, { 'www-authenticate': challenge })
    })
    await expect(check(registry.host, 200)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(registry.requests.filter(({ url }) => url.pathname === '/token')).toHaveLength(1)
  })

  it('tries again if the registry answers that it fails for a while', async () => {
    let refusals = 0
    const registry = await fakeRegistry(({ url }, response) =>
      url.pathname.endsWith('/tags/list') && refusals++ < 2 ? refuse(response, 503) : false,
    )
    await check(registry.host)
  })
})

describe('an upload', () => {
  it.each([
    ['is missing', (path: string) => rmSync(path), 'it does not exist'],
    ['has become shorter', (path: string) => truncateSync(path, 10), 'it has become shorter'],
    [
      'is a directory',
      (path: string) => {
        rmSync(path)
        mkdirSync(path)
      },
      'it is a directory',
    ],
  ])('reports at once that a file %s', async (_, damage, reason) => {
    const image = layout('x'.repeat(5000))
    const path = join(image.directory, 'blobs', image.blobs[0]?.replace(':', '/') ?? '')
    const registry = await fakeRegistry((request) => {
      if (isUpload(request, 'POST') && existsSync(path)) damage(path)
      return false
    })
    const error = await failure(push(registry.host, image, { patience: 2000 }))
    expect(error).toMatchObject({
      code: 'INTERNAL',
      message: `${path} can't be uploaded: ${reason}.`,
      hint: 'Another program may have changed it. Run the same command again.',
    })
    expect(registry.requests.filter((request) => isUpload(request, 'POST'))).toHaveLength(1)
  })

  it('uploads to the address that the registry returned, with its parameters', async () => {
    const addresses: string[] = []
    const registry = await fakeRegistry((request, response) => {
      if (isUpload(request, 'POST'))
        return refuse(response, 202, { location: '../uploads/an-id?_state=a%2Bb%3D%3D&x' })
      if (!isUpload(request, 'PUT')) return false
      addresses.push(`${request.url.pathname}${request.url.search}`)
      registry.blobs.set(sha256(request.body), request.body)
      return refuse(response, 201, { 'docker-content-digest': sha256(request.body) })
    })
    await push(registry.host, layout())
    for (const address of addresses) {
      expect(address).toMatch(
        /^\/v2\/owner\/tool\/blobs\/uploads\/an-id\?_state=a%2Bb%3D%3D&x&digest=sha256%3A[0-9a-f]{64}$/,
      )
    }
    expect(addresses.length).toBeGreaterThan(0)
  })

  it('sends a large layer whole', async () => {
    const registry = await fakeRegistry()
    const layer = Buffer.alloc(20_000_000, 'abc')
    await push(registry.host, layout(layer))
    expect(registry.blobs.get(sha256(layer))?.equals(layer)).toBe(true)
  })

  it.each([
    ['the registry has a fault', (response: ServerResponse) => refuse(response, 503)],
    ['the connection is lost', (response: ServerResponse) => Boolean(response.destroy())],
    ['the registry forgot the upload', (response: ServerResponse) => refuse(response, 404)],
  ])('tries an upload again when %s', async (_, fail) => {
    let failures = 0
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'PUT') && failures++ < 3 ? fail(response) : false,
    )
    const image = layout()
    await push(registry.host, image)
    for (const digest of image.blobs) expect(registry.blobs.get(digest)).toEqual(fileOf(image, digest))
  })

  it('does not repeat an upload of which only the response was lost', async () => {
    let isFirst = true
    const registry = await fakeRegistry((request, response) => {
      if (!isUpload(request, 'PUT') || !isFirst) return false
      isFirst = false
      registry.blobs.set(sha256(request.body), request.body)
      return Boolean(response.destroy())
    })
    const image = layout()
    await push(registry.host, image)
    expect(registry.requests.filter((request) => isUpload(request, 'POST'))).toHaveLength(image.blobs.length)
  })

  it('cancels each upload that failed, and gives up after some', async () => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'PUT') ? refuse(response, 500) : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('reported an internal error (HTTP 500)'),
    })
    expect(registry.requests.filter((request) => isUpload(request, 'PUT'))).toHaveLength(4)
    expect(registry.requests.filter((request) => isUpload(request, 'DELETE'))).toHaveLength(4)
  })

  it('sends a blob without an announcement where a proxy refuses that', async () => {
    const registry = await fakeRegistry(
      (request, response) => isUpload(request, 'PUT') && !!request.headers.expect && refuse(response, 417),
    )
    const image = layout()
    expect((await push(registry.host, image)).digest).toBe(image.digest)
  })

  it('waits as long as the registry asks', async () => {
    const times: number[] = []
    const registry = await fakeRegistry((request, response) => {
      if (!isUpload(request, 'PUT')) return false
      times.push(performance.now())
      return times.length === 1 ? refuse(response, 429, { 'retry-after': '1' }) : false
    })
    await push(registry.host, layout())
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
  })

  it('does not wait for a day', async () => {
    const registry = await fakeRegistry((_, response) => refuse(response, 429, { 'retry-after': '86400' }))
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'CONNECTION_FAILED',
      hint: 'Run the same command again in 86400 seconds: what was uploaded stays.',
    })
  })

  it.each(['PUT', 'PATCH'])('does not wait for a day where only %s is refused', async (method) => {
    const registry = await fakeRegistry((request, response) => {
      if (isUpload(request, method)) return refuse(response, 429, { 'retry-after': '86400' })
      const isStart = method === 'PATCH' && isUpload(request, 'POST')
      const location = '/v2/owner/tool/blobs/uploads/1'
      return isStart && refuse(response, 202, { location, 'oci-chunk-min-length': '1' })
    })
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'CONNECTION_FAILED',
      hint: 'Run the same command again in 86400 seconds: what was uploaded stays.',
    })
  })

  it('reports a registry that stored other bytes', async () => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'PUT') ? refuse(response, 201, { 'docker-content-digest': sha256('other') }) : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('stored other bytes than were sent'),
    })
  })

  it('reports a registry that has other bytes of a blob', async () => {
    const registry = await fakeRegistry(({ method, url }, response) =>
      method === 'HEAD' && url.pathname.includes('/blobs/')
        ? refuse(response, 200, { 'docker-content-digest': sha256('other') })
        : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'UNSUPPORTED_SERVER' })
  })

  it('reports a registry that stored another manifest without reporting its digest', async () => {
    const registry = await fakeRegistry(({ method, url }, response) => {
      withoutDigests(null, response)
      if (method !== 'PUT' || !url.pathname.endsWith('/manifests/1.2.3')) return false
      const other = Buffer.from('{}')
      registry.manifests.set(sha256(other), { type: 'x', content: other })
      registry.tags.set('1.2.3', sha256(other))
      return refuse(response, 201)
    })
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('stored other bytes than were sent under 1.2.3'),
    })
  })

  it('reports a registry that stored another manifest', async () => {
    const registry = await fakeRegistry(({ method, url }, response) =>
      method === 'PUT' && url.pathname.includes('/manifests/')
        ? refuse(response, 201, { 'docker-content-digest': sha256('other') })
        : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'UNSUPPORTED_SERVER' })
  })

  it.each([{}, { location: '' }, { location: 'http://' }])(
    'reports a registry that returns no address for an upload: %j',
    async (fields) => {
      const registry = await fakeRegistry((request, response) =>
        isUpload(request, 'POST') ? refuse(response, 202, fields as Record<string, string>) : false,
      )
      expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'UNSUPPORTED_SERVER' })
    },
  )
})

describe('an upload in chunks', () => {
  /** A registry that asks for chunks of at least so many bytes. */
  const chunked = (least: number, trick: Trick = () => false) =>
    fakeRegistry((request, response, count) => {
      if (trick(request, response, count)) return true
      if (isUpload(request, 'POST')) response.setHeader('OCI-Chunk-Min-Length', String(least))
      return false
    })
  const patches = (requests: readonly Received[]) => requests.filter((request) => isUpload(request, 'PATCH'))

  it('uploads in chunks where the registry asks for it', async () => {
    const registry = await chunked(1000)
    const layer = Buffer.alloc(40_000_000, 'abc')
    const image = layout(layer)
    await push(registry.host, image)
    expect(registry.blobs.get(sha256(layer))?.equals(layer)).toBe(true)
    const chunk = 16 * 1024 * 1024
    const ranges = patches(registry.requests).map(({ headers }) => headers['content-range'])
    expect(ranges.slice(0, 3)).toEqual([
      `0-${chunk - 1}`,
      `${chunk}-${2 * chunk - 1}`,
      `${2 * chunk}-${layer.length - 1}`,
    ])
    for (const { headers, body } of patches(registry.requests))
      expect(headers).toMatchObject({
        'content-length': String(body.length),
        'content-type': 'application/octet-stream',
      })
    const finals = registry.requests.filter((request) => isUpload(request, 'PUT'))
    expect(finals.map(({ headers }) => headers['content-length'])).toEqual(image.blobs.map(() => '0'))
  })

  it('sends chunks as large as the registry wants', async () => {
    const least = 30_000_000
    const registry = await chunked(least)
    await push(registry.host, layout(Buffer.alloc(40_000_000, 'abc')))
    expect(patches(registry.requests)[0]?.body.length).toBe(least)
  })

  it('uploads in chunks where the registry refuses a request as too large', async () => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'PUT', 'PATCH') && request.body.length > 1_000_000 ? refuse(response, 413) : false,
    )
    const layer = Buffer.alloc(5_000_000, 'abc')
    await push(registry.host, layout(layer))
    expect(registry.blobs.get(sha256(layer))?.equals(layer)).toBe(true)
  })

  it('reports a registry that refuses every request as too large', async () => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'PUT', 'PATCH') ? refuse(response, 413) : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('because it is too large'),
    })
  })

  it.each([
    ['416', (response: ServerResponse) => refuse(response, 416)],
    ['503', (response: ServerResponse) => refuse(response, 503)],
    ['a lost connection', (response: ServerResponse) => Boolean(response.destroy())],
  ])('continues where the registry stopped, after %s', async (_, fail) => {
    let count = 0
    const registry = await chunked(1, (request, response) =>
      isUpload(request, 'PATCH') && ++count === 2 ? fail(response) : false,
    )
    const layer = Buffer.alloc(40_000_000, 'abc')
    await push(registry.host, layout(layer))
    expect(registry.blobs.get(sha256(layer))?.equals(layer)).toBe(true)
    const starts = patches(registry.requests).map(({ headers }) => headers['content-range']?.split('-')[0])
    const chunk = String(16 * 1024 * 1024)
    expect(starts.slice(0, 3)).toEqual(['0', chunk, chunk])
  })

  it('continues after a chunk of which the registry stored a part', async () => {
    const part = 1_000_000
    let stored = Buffer.alloc(0)
    let digest = ''
    const registry = await chunked(1, (request, response) => {
      if (isUpload(request, 'PATCH') && request.body.length + stored.length > 1000) {
        stored = Buffer.concat([stored, request.body.subarray(0, part)])
        const { pathname } = request.url
        return refuse(response, 202, { location: pathname, range: `0-${stored.length - 1}` })
      }
      if (!isUpload(request, 'PUT') || stored.length === 0) return false
      digest = sha256(stored)
      stored = Buffer.alloc(0)
      return refuse(response, 201, { 'docker-content-digest': digest })
    })
    const layer = Buffer.alloc(2_500_000, 'abc')
    await push(registry.host, layout(layer))
    expect(digest).toBe(sha256(layer))
  })

  it('begins the upload again where the registry forgot it', async () => {
    let isFirst = true
    const registry = await chunked(1, (request, response) => {
      if (!isUpload(request, 'PATCH', 'GET') || !isFirst) return false
      isFirst = request.method === 'PATCH'
      return refuse(response, request.method === 'PATCH' ? 500 : 404)
    })
    const image = layout()
    await push(registry.host, image)
    for (const digest of image.blobs) expect(registry.blobs.has(digest)).toBe(true)
  })

  it('gives up where the registry stores a single byte of each chunk', async () => {
    let stored = 1
    const registry = await chunked(1, (request, response) =>
      isUpload(request, 'PATCH')
        ? refuse(response, 202, { location: request.url.pathname, range: `0-${stored++}` })
        : false,
    )
    expect(await failure(push(registry.host, layout('x'.repeat(1000))))).toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('does not finish the upload of sha256:'),
    })
  })

  it('gives up where the registry stores nothing', async () => {
    const registry = await chunked(1, (request, response) =>
      isUpload(request, 'PATCH')
        ? refuse(response, 202, { location: request.url.pathname, range: '0-0' })
        : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('stores none'),
    })
  })
})

describe('the credentials of a push', () => {
  const basic: Trick = ({ headers }, response) =>
    headers.authorization !== BASIC && refuse(response, 401, { 'www-authenticate': 'Basic realm="test"' })

  it('answers a challenge for Basic with the credentials', async () => {
    const registry = await fakeRegistry(basic)
    await push(registry.host, layout(), { env: CREDENTIALS })
    expect(registry.tags.size).toBe(4)
  })

  it('sends no credentials to a registry that does not ask for them', async () => {
    const registry = await fakeRegistry()
    await push(registry.host, layout(), { env: CREDENTIALS })
    for (const { headers } of registry.requests) expect(headers).not.toHaveProperty('authorization')
  })

  it('reports credentials that the registry refuses', async () => {
    const registry = await fakeRegistry(basic)
    const env = { ...CREDENTIALS, MATHESARCTL_REGISTRY_USER: 'other' }
    expect(await failure(push(registry.host, layout(), { env }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: `${registry.host} does not accept the credentials from MATHESARCTL_REGISTRY_PASSWORD.`,
    })
  })

  it('reports missing credentials', async () => {
    const registry = await fakeRegistry(basic)
    const error = await failure(push(registry.host, layout()))
    expect(error).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      message: expect.stringContaining('requires credentials for the list of tags, and none were found'),
    })
    expect(error.hint).toContain('MATHESARCTL_REGISTRY_USER')
  })

  it('exchanges the credentials for a token that may push', async () => {
    const tokens = await tokenServer()
    const registry = await fakeRegistry(bearer(tokens.host))
    await push(registry.host, layout(), { env: CREDENTIALS })
    expect(registry.tags.size).toBe(4)
    expect(tokens.requests).toHaveLength(1)
    const [request] = tokens.requests
    expect(request?.headers.authorization).toBe(BASIC)
    expect(request?.url.search).toContain('scope=repository%3Aowner%2Ftool%3Apull%2Cpush')
    expect(request?.url.searchParams.get('service')).toBe('the service')
    for (const { headers } of registry.requests) expect(headers.authorization).not.toBe(BASIC)
  })

  it('exchanges an identity token by OAuth', async () => {
    const tokens = await tokenServer()
    const registry = await fakeRegistry(bearer(tokens.host))
    const directory = temporaryDirectory()
    const auths = { [registry.host]: { identitytoken: 'the-identity' } }
    writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths }))
    await push(registry.host, layout(), { env: { DOCKER_CONFIG: directory } })
    const [request] = tokens.requests
    expect(request?.method).toBe('POST')
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(Object.fromEntries(new URLSearchParams(request?.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'mathesarctl',
      refresh_token: 'the-identity',
      service: 'the service',
      scope: 'repository:owner/tool:pull,push',
    })
  })

  it('requests another token when the token expires', async () => {
    const tokens = await tokenServer({ lifetime: 1 })
    const registry = await fakeRegistry(bearer(tokens.host))
    await push(registry.host, layout(), { env: CREDENTIALS })
    expect(tokens.requests.length).toBeGreaterThan(1)
  })

  it('requests another token when the registry no longer accepts the token', async () => {
    const tokens = await tokenServer()
    let refused = 0
    const check = bearer(tokens.host)
    const registry = await fakeRegistry((request, response, count) => {
      if (isUpload(request, 'PUT') && refused++ === 0) {
        return refuse(response, 401, challengeOf(tokens.host))
      }
      return check(request, response, count)
    })
    await push(registry.host, layout(), { env: CREDENTIALS })
    expect(tokens.requests).toHaveLength(2)
  })

  it('requests a token without credentials where there are none', async () => {
    const tokens = await tokenServer({ isOpen: true })
    const registry = await fakeRegistry(bearer(tokens.host))
    await push(registry.host, layout())
    expect(tokens.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it.each([
    [
      401,
      CREDENTIALS,
      'AUTHENTICATION_FAILED',
      'does not accept the credentials from MATHESARCTL_REGISTRY_PASSWORD',
    ],
    [403, {}, 'AUTHENTICATION_FAILED', 'none were found'],
    [500, CREDENTIALS, 'CONNECTION_FAILED', 'can issue no token now (HTTP 500)'],
    [404, CREDENTIALS, 'UNSUPPORTED_SERVER', 'issues no token (HTTP 404)'],
    [302, CREDENTIALS, 'UNSUPPORTED_SERVER', 'issues no token (HTTP 302)'],
    [200, CREDENTIALS, 'UNSUPPORTED_SERVER', 'returned no token'],
  ])('reports a token server that answers %i', async (status, env, code, message) => {
    const tokens = await serve((_, response) => {
      response
        .writeHead(status, { location: 'http://127.0.0.1:1/' })
        .end(`{"details":"it is ${PASSWORD}\u001b[31m"}`)
    })
    const registry = await fakeRegistry(bearer(tokens.host))
    const error = await failure(push(registry.host, layout(), { env }))
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(error.hint).not.toMatch(/\p{Cc}/u)
  })

  it.each([
    ['https://tokens.example.org/token', 'USAGE', 'wants a token from tokens.example.org'],
    ['https://127.0.0.1.example.org/token', 'USAGE', 'wants a token from 127.0.0.1.example.org'],
    ['https://user@0.0.1/token', 'USAGE', 'wants a token from'],
    ['http://tokens.example.org/token', 'TLS_FAILED', 'speaks plain HTTP'],
    ['file:///etc/passwd', 'UNSUPPORTED_SERVER', 'does not name the server that issues it'],
    ['', 'UNSUPPORTED_SERVER', 'does not name the server that issues it'],
  ])('sends no credentials to the token server %s', async (realm, code, message) => {
    const registry = await fakeRegistry((_, response) =>
      refuse(response, 401, { 'www-authenticate': `Bearer realm="${realm}"` }),
    )
    expect(await failure(push(registry.host, layout(), { env: CREDENTIALS }))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  it('sends the credentials to the token server that the operator names', async () => {
    const tokens = await tokenServer()
    const server = tokens.host.replace('127.0.0.1', 'localhost')
    const registry = await fakeRegistry(bearer(server))
    const error = await failure(push(registry.host, layout(), { env: CREDENTIALS }))
    expect(error).toMatchObject({ code: 'USAGE' })
    expect(error.hint).toContain(`MATHESARCTL_REGISTRY_TOKEN_SERVER=${server}`)
    expect(tokens.requests).toEqual([])
    const env = { ...CREDENTIALS, MATHESARCTL_REGISTRY_TOKEN_SERVER: server }
    await push(registry.host, layout(), { env })
    expect(registry.tags.size).toBe(4)
  })

  it.each([301, 302, 303, 307, 308])(
    'sends no credentials along with a redirect of %i to another server',
    async (status) => {
      const elsewhere = await fakeRegistry()
      const registry = await fakeRegistry((request, response, count) => {
        if (basic(request, response, count)) return true
        const isBlob = request.method === 'HEAD' && request.url.pathname.includes('/blobs/')
        return (
          isBlob && refuse(response, status, { location: `http://${elsewhere.host}${request.url.pathname}` })
        )
      })
      await push(registry.host, layout(), { env: CREDENTIALS })
      expect(elsewhere.requests.length).toBeGreaterThan(0)
      for (const { headers } of elsewhere.requests) expect(headers).not.toHaveProperty('authorization')
    },
  )

  it('sends no credentials along with an upload to another server', async () => {
    const storage = await fakeRegistry((request, response) => {
      registry.blobs.set(sha256(request.body), request.body)
      return refuse(response, 201)
    })
    const registry = await fakeRegistry((request, response, count) => {
      if (basic(request, response, count)) return true
      const location = `http://user:pass@${storage.host}/signed?signature=x`
      return isUpload(request, 'POST') && refuse(response, 202, { location })
    })
    const image = layout()
    await push(registry.host, image, { env: CREDENTIALS })
    expect(storage.requests).toHaveLength(image.blobs.length)
    for (const { headers, url } of storage.requests) {
      expect(headers).not.toHaveProperty('authorization')
      expect(url.search).toMatch(/^\?signature=x&digest=sha256%3A/)
    }
  })

  it('sends no credentials to another server that asks for them', async () => {
    const storage = await fakeRegistry((_, response) =>
      refuse(response, 401, { 'www-authenticate': 'Basic realm="give"' }),
    )
    const registry = await fakeRegistry((request, response, count) => {
      if (basic(request, response, count)) return true
      return isUpload(request, 'POST') && refuse(response, 202, { location: `http://${storage.host}/x` })
    })
    expect(await failure(push(registry.host, layout(), { env: CREDENTIALS }))).toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    })
    for (const { headers } of storage.requests) expect(headers).not.toHaveProperty('authorization')
  })

  it.each(['http://example.org/x', 'ftp://127.0.0.1/x'])('sends no image to %s', async (location) => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'POST') ? refuse(response, 202, { location }) : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({ code: 'TLS_FAILED' })
  })
})

describe('a registry that fails', () => {
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: `no ${PASSWORD}\n\u001b[31m` }] })

  it.each([
    [401, 'AUTHENTICATION_FAILED', 'does not accept the credentials', 1],
    [403, 'INSUFFICIENT_PRIVILEGE', 'may not push to', 1],
    [404, 'NOT_FOUND', 'knows no repository owner/tool', 1],
    [405, 'UNSUPPORTED_SERVER', '(HTTP 405)', 1],
    [418, 'INTERNAL', '(HTTP 418)', 1],
    [429, 'CONNECTION_FAILED', 'receives too many requests', 4],
    [500, 'CONNECTION_FAILED', '(HTTP 500), 4 times in a row', 4],
    [302, 'UNSUPPORTED_SERVER', 'redirects an upload of', 1],
  ])('reports HTTP %i in a sentence of its own', async (status, code, message, attempts) => {
    const registry = await fakeRegistry((request, response) =>
      isUpload(request, 'POST') ? refuse(response, status, { location: 'https://x.example/' }, body) : false,
    )
    const error = await failure(push(registry.host, layout(), { env: CREDENTIALS }))
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(error.hint).toContain('It says: DENIED: no ***')
    expect(error.hint).not.toMatch(/\p{Cc}/u)
    expect(registry.requests.filter((request) => isUpload(request, 'POST'))).toHaveLength(attempts)
  })

  it('reports an answer without an end', async () => {
    const registry = await fakeRegistry((request, response) => {
      if (!request.url.pathname.endsWith('/tags/list')) return false
      response.writeHead(200)
      const chunk = Buffer.alloc(1024 * 1024, 'x')
      const write = () => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(write))
      }
      write()
      return true
    })
    expect(await failure(push(registry.host, layout(), { pause: 1 }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('does not end after 16 MiB'),
    })
  })

  it('reports an answer that comes byte by byte', async () => {
    const registry = await fakeRegistry((request, response) => {
      if (!request.url.pathname.endsWith('/tags/list')) return false
      response.writeHead(200)
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
      return true
    })
    expect(await failure(push(registry.host, layout(), { patience: 200 }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('does not answer in time'),
    })
  })

  it('reports a registry that never answers', async () => {
    const registry = await fakeRegistry(() => true)
    expect(await failure(push(registry.host, layout(), { patience: 100 }))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringContaining('does not answer in time'),
    })
  })

  it('reports redirects without an end', async () => {
    const registry = await fakeRegistry(({ url }, response) =>
      url.pathname.endsWith('/tags/list') ? refuse(response, 307, { location: url.pathname }) : false,
    )
    expect(await failure(push(registry.host, layout()))).toMatchObject({
      code: 'UNSUPPORTED_SERVER',
      message: expect.stringContaining('redirects without an end'),
    })
  })

  it('reports that nothing listens', async () => {
    expect(await failure(push('127.0.0.1:1', layout()))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'Nothing listens at 127.0.0.1:1.',
      hint: 'Check the registry in --push.',
    })
  })

  it('reports a name that does not resolve', async () => {
    expect(await failure(push('registry.invalid', layout()))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: 'The name registry.invalid does not resolve.',
    })
  })
})

describe('a layout', () => {
  it.each<[string, (image: ImageLayout) => void, string]>([
    ['has no index', ({ directory }) => rmSync(join(directory, 'index.json')), 'index.json can'],
    [
      'has no JSON',
      ({ directory }) => writeFileSync(join(directory, 'index.json'), '{'),
      'has the wrong form',
    ],
    [
      'names no image',
      ({ directory }) => writeFileSync(join(directory, 'index.json'), '{"manifests":[]}'),
      'exactly one descriptor',
    ],
    ['lacks a layer', (image) => rmSync(pathOf(image, image.blobs[0] ?? '')), 'it does not exist'],
    [
      'has other bytes in a layer',
      (image) => writeFileSync(pathOf(image, image.blobs[0] ?? ''), 'a lay3r'),
      'does not have the digest',
    ],
    [
      'has more bytes in a layer',
      (image) => writeFileSync(pathOf(image, image.blobs[0] ?? ''), 'more bytes'),
      'does not have the digest',
    ],
    [
      'has other bytes in a manifest',
      (image) => {
        const path = pathOf(image, image.manifests[0] ?? '')
        writeFileSync(path, readFileSync(path, 'utf8').replace('"schemaVersion":2', '"schemaVersion":3'))
      },
      'does not have the digest',
    ],
    [
      'leads out of its directory',
      ({ directory }) => {
        const path = join(directory, 'index.json')
        writeFileSync(
          path,
          readFileSync(path, 'utf8').replace(/sha256:[0-9a-f]{64}/, 'sha256:../../../../etc/passwd'),
        )
      },
      'has the wrong form',
    ],
  ])('refuses a layout that %s, before anything is sent', async (_, damage, message) => {
    const registry = await fakeRegistry()
    const image = layout()
    damage(image)
    expect(await failure(push(registry.host, image))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining(message),
    })
    expect(registry.requests).toEqual([])
  })
})

function pathOf({ directory }: ImageLayout, digest: string): string {
  return join(directory, 'blobs', digest.replace(':', '/'))
}

function fileOf(image: ImageLayout, digest: string): Buffer {
  return readFileSync(pathOf(image, digest))
}

/** Hides the field that most registries send. */
function withoutDigests(_: unknown, response: ServerResponse): boolean {
  const writeHead = response.writeHead.bind(response)
  response.writeHead = ((status: number, fields: Record<string, string> = {}) => {
    const { 'docker-content-digest': _digest, ...rest } = fields
    return writeHead(status, rest)
  }) as typeof response.writeHead
  return false
}

const TOKEN = 'token-of-the-registry'

/** A server that issues tokens to `me`, or to anybody. */
function tokenServer({ lifetime, isOpen = false }: { lifetime?: number; isOpen?: boolean } = {}) {
  return serve(({ method, headers, body }, response) => {
    const isKnown =
      isOpen || headers.authorization === BASIC || (method === 'POST' && body.includes('the-identity'))
    response.writeHead(isKnown ? 200 : 401).end(JSON.stringify({ access_token: TOKEN, expires_in: lifetime }))
  })
}

function challengeOf(tokenHost: string): Record<string, string> {
  const scope = 'repository:owner/tool:pull'
  return {
    'www-authenticate': `Bearer realm="http://${tokenHost}/token?x=y",service="the service",scope="${scope}"`,
  }
}

/** Accepts the token alone. */
function bearer(tokenHost: string): Trick {
  return ({ headers }, response) =>
    headers.authorization !== `Bearer ${TOKEN}` && refuse(response, 401, challengeOf(tokenHost))
}
