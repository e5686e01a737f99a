import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildArtifacts } from '../../../src/build/build.ts'
import { type PlatformName, platform } from '../../../src/build/platforms.ts'
import type { BuildEvent } from '../../../src/build/request.ts'
import { interruptedError } from '../../../src/errors.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { libraryPackages } from '../../support/debian-packages.ts'
import { tinyPayload } from '../../support/tiny-payload.ts'
import { fakeRegistry } from './fake-registry.ts'

let debianPackages: string

beforeAll(async () => {
  debianPackages = await libraryPackages(mkdtempSync(join(tmpdir(), 'mathesarctl-debian-')))
})
afterAll(() => rmSync(debianPackages, { recursive: true }))

async function buildAndPush(
  out: string,
  push: string,
  env: Readonly<Record<string, string>> = {},
  {
    platformName = 'linux-x64',
    events = [],
    version,
    signal,
  }: { platformName?: PlatformName; events?: BuildEvent[]; version?: string; signal?: AbortSignal } = {},
) {
  const payload = tinyPayload()
  await buildArtifacts({
    payload: { ...payload, about: { ...payload.about, ...(version && { version }) } },
    ...(signal && { signal }),
    formats: ['oci'],
    platforms: [platform(platformName)],
    out,
    settings: { oci: { debianPackages, push } },
    env: { PATH: process.env.PATH, HOME: '/nonexistent-home', SOURCE_DATE_EPOCH: '1700000001', ...env },
    onProgress: (event) => events.push(event),
  })
  return events
}

describe('a build with --push', () => {
  it('uploads the layout that the build wrote, and reports the digest and the tags', async () => {
    const registry = await fakeRegistry()
    const repository = `${registry.host}/owner/tool`
    const events = await buildAndPush(temporaryDirectory(), repository)
    const digest = registry.tags.get('1.2.3-rc.1')
    expect(events.filter(({ type }) => type === 'image')).toEqual([
      { type: 'image', image: { repository, digest, tags: ['1.2.3-rc.1'] } },
    ])
    expect(registry.manifests.size).toBe(2)
  })

  it('uploads nothing again for the same inputs', async () => {
    const registry = await fakeRegistry()
    await buildAndPush(temporaryDirectory(), `${registry.host}/owner/tool`)
    const before = registry.requests.length
    await buildAndPush(temporaryDirectory(), `${registry.host}/owner/tool`)
    const methods = new Set(registry.requests.slice(before).map(({ method }) => method))
    expect(methods).toEqual(new Set(['GET', 'HEAD']))
  })

  it('keeps other builds from replacing the image during its upload', async () => {
    const out = temporaryDirectory()
    let other: Promise<unknown> | undefined
    const registry = await fakeRegistry((request, response) => {
      if (other !== undefined || request.method !== 'POST') return false
      const later = { SOURCE_DATE_EPOCH: '1700000002' }
      other = buildAndPush(out, `${registry.host}/owner/tool`, later).catch((error: unknown) => error)
      const location = '/v2/owner/tool/blobs/uploads/missing'
      void other.then(() => response.writeHead(202, { location }).end())
      return true
    })
    const events = await buildAndPush(out, `${registry.host}/owner/tool`)
    expect(await other).toMatchObject({ code: 'LOCKED' })
    expect(events).toContainEqual(expect.objectContaining({ type: 'image' }))
  })

  it('builds nothing if the registry does not accept the credentials', async () => {
    const registry = await fakeRegistry((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
      return true
    })
    const out = join(temporaryDirectory(), 'out')
    const env = { MATHESARCTL_REGISTRY_USER: 'me', MATHESARCTL_REGISTRY_PASSWORD: 'wrong' }
    await expect(buildAndPush(out, `${registry.host}/owner/tool`, env)).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
    })
    expect(statSync(out, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('names the registry before it waits for an answer', async () => {
    const events: BuildEvent[] = []
    const atRequest: BuildEvent[][] = []
    const registry = await fakeRegistry((_, response) => {
      atRequest.push([...events])
      response.writeHead(401).end()
      return true
    })
    const run = buildAndPush(temporaryDirectory(), `${registry.host}/owner/tool`, {}, { events })
    await expect(run).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    const step = { type: 'step', format: 'oci', detail: `Connecting to ${registry.host}` }
    expect(atRequest[0]).toEqual([step])
  })

  it('refuses a version that no tag can hold before anything is built', async () => {
    const registry = await fakeRegistry()
    const out = join(temporaryDirectory(), 'out')
    const run = buildAndPush(out, `${registry.host}/owner/tool`, {}, { version: '1.2.3+build.4' })
    await expect(run).rejects.toMatchObject({
      code: 'USAGE',
      message: '"1.2.3+build.4" has build metadata, which no tag of an image can hold.',
    })
    expect(registry.requests).toEqual([])
    expect(statSync(out, { throwIfNoEntry: false })).toBeUndefined()
  })

  it('says that an interrupted upload is not undone', async () => {
    const interruption = new AbortController()
    const registry = await fakeRegistry(({ method }) => {
      if (method === 'PUT') interruption.abort(interruptedError('Interrupted; nothing was left half done.'))
      return false
    })
    const repository = `${registry.host}/owner/tool`
    const { signal } = interruption
    await expect(buildAndPush(temporaryDirectory(), repository, {}, { signal })).rejects.toMatchObject({
      code: 'ABORTED',
      message:
        `Interrupted during the upload to ${repository}. It may have parts of the image already. Its tags ` +
        'are as they were. Run the same command again to finish.',
      details: { exitCode: 130 },
    })
  })

  it('refuses a run that builds no image, since it would upload nothing', async () => {
    const out = join(temporaryDirectory(), 'out')
    await expect(
      buildAndPush(out, 'localhost:1/owner/tool', {}, { platformName: 'darwin-arm64' }),
    ).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('--push has nothing to upload'),
      details: { field: 'platform' },
    })
  })

  it.each([
    ['tool', {}, 'names no repository on a registry'],
    ['x.org/tool:1', {}, 'ends with a tag or a digest'],
    ['x.org/tool', { MATHESARCTL_REGISTRY_USER: 'me' }, 'MATHESARCTL_REGISTRY_PASSWORD is not set'],
  ])('refuses --push %s with %j before anything is built', async (push, env, message) => {
    const out = join(temporaryDirectory(), 'out')
    await expect(buildAndPush(out, push, env)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message),
      details: { field: 'push' },
    })
    expect(statSync(out, { throwIfNoEntry: false })).toBeUndefined()
  })
})
