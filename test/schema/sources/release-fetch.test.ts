import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../../src/errors.ts'
import {
  type FetchEvent,
  type FetchOptions,
  fetchRelease,
} from '../../../src/schema/sources/release/fetch.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import { ALICE, changeOwner, itAsRoot } from '../../support/other-users.ts'
import { FILES, type Member, smallRelease, tarOf } from './release-support.ts'

const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const tarballOf = async (version: string, prefix = '') =>
  gzipSync(await tarOf([...smallRelease(version)].map(([path, text]): Member => [prefix + path, text])))

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Web {
  address: string
  requests: string[]
  close: () => void
}

/** Starts a server on loopback; without an answer of its own, it serves the files by their paths. */
async function serve(files: Record<string, Buffer | string>, answer?: RequestListener): Promise<Web> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push(path)
    const file = files[path]
    if (file !== undefined) response.end(file)
    else if (answer) answer(request, response)
    else response.writeHead(404).end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const mirrorFiles = (release: string, content: Buffer, checksum = sha256(content)) => ({
  [`/${release}/mathesar.tar.gz`]: content,
  [`/${release}/mathesar.tar.gz.sha256`]: `${checksum}  mathesar.tar.gz\n`,
})

const environment = (url?: string): NodeJS.ProcessEnv => ({
  HOME: temporaryDirectory(),
  ...(url === undefined ? {} : { MATHESARCTL_RELEASES_URL: url }),
})

const cacheOf = ({ HOME = '' }: NodeJS.ProcessEnv, release: string) =>
  join(HOME, '.cache/mathesarctl/releases', release)

/** The only directory of a release in the cache. */
const directoryOf = (env: NodeJS.ProcessEnv, release: string) => {
  const names = readdirSync(cacheOf(env, release))
  expect(names).toHaveLength(1)
  return join(cacheOf(env, release), names[0] ?? '')
}

async function refusal(release: string, options: FetchOptions): Promise<OperatorError> {
  const outcome = await fetchRelease(release, options).catch((error: unknown) => error)
  if (!(outcome instanceof OperatorError)) throw outcome
  return outcome
}

describe('a release on a mirror', () => {
  it('is downloaded, verified and cached, and then needs no network', async () => {
    const content = await tarballOf('0.11.0')
    const web = await serve(mirrorFiles('0.11.0', content))
    const env = environment(`${web.address}/`)
    const events: FetchEvent[] = []
    const release = await fetchRelease('0.11.0', { env, onEvent: (event) => events.push(event) })
    expect(release.version).toBe('0.11.0')
    expect(release.files.map(({ name }) => name)).toEqual([...FILES])
    expect(release.place).toBe(`${web.address}/0.11.0/mathesar.tar.gz`)
    expect(web.requests).toEqual(['/0.11.0/mathesar.tar.gz.sha256', '/0.11.0/mathesar.tar.gz'])
    expect(events[0]).toEqual({ type: 'download', host: web.address.replace('http://', '') })
    expect(events.at(-1)).toEqual({ type: 'received', bytes: content.length, length: content.length })
    const cache = directoryOf(env, '0.11.0')
    expect(readdirSync(cache).sort()).toEqual(['mathesar.tar.gz', 'mathesar.tar.gz.sha256'])
    expect(statSync(cache).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(cache)) expect(statSync(join(cache, name)).mode & 0o777).toBe(0o600)

    web.close()
    const again = await fetchRelease('v0.11.0', { env })
    const cached = join(cache, 'mathesar.tar.gz')
    expect(again).toEqual({ ...release, place: cached, origin: cached })
    const pinned = { env, checksum: `SHA256:${sha256(content).toUpperCase()}` }
    expect((await fetchRelease('0.11.0', pinned)).place).toBe(join(cache, 'mathesar.tar.gz'))
  })

  it('is downloaded again where the cache is damaged', async () => {
    const web = await serve(mirrorFiles('0.11.0', await tarballOf('0.11.0')))
    const env = environment(web.address)
    await fetchRelease('0.11.0', { env })
    const path = join(directoryOf(env, '0.11.0'), 'mathesar.tar.gz')
    for (const damage of [path, `${path}.sha256`]) {
      const before = web.requests.length
      writeFileSync(damage, 'damaged')
      expect((await fetchRelease('0.11.0', { env })).files).toHaveLength(9)
      expect(web.requests.length).toBe(before + 2)
    }
    writeFileSync(path, 'damaged')
    web.close()
    expect((await refusal('0.11.0', { env })).code).toBe('CONNECTION_FAILED')
  })

  it('is below a path of the mirror, and its name and password appear in no message', async () => {
    const content = await tarballOf('0.11.0')
    const files = Object.entries(mirrorFiles('0.11.0', content)).map(([path, file]) => [`/a/b${path}`, file])
    const seen: (string | undefined)[] = []
    const web = await serve({}, (request, response) => {
      seen.push(request.headers.authorization)
      const file = Object.fromEntries(files)[request.url ?? '']
      if (file === undefined) response.writeHead(404).end()
      else response.end(file)
    })
    const url = `${web.address.replace('http://', 'http://user:hidden@')}/a/b`
    const { place } = await fetchRelease('0.11.0', { env: environment(url) })
    expect(place).toBe(`${web.address}/a/b/0.11.0/mathesar.tar.gz`)
    expect(seen[0]).toBe(`Basic ${Buffer.from('user:hidden').toString('base64')}`)
    const { message, hint } = await refusal('0.10.1', { env: environment(url) })
    expect(message + hint).not.toContain('hidden')
  })

  it('is refused if its checksum is not the published one, and not cached', async () => {
    const web = await serve(mirrorFiles('0.11.0', await tarballOf('0.11.0'), 'a'.repeat(64)))
    const env = environment(web.address)
    const { code, exitCode, message } = await refusal('0.11.0', { env })
    expect([code, exitCode]).toEqual(['CONNECTION_FAILED', 3])
    expect(message).toContain('a'.repeat(64))
    expect(existsSync(cacheOf(env, '0.11.0'))).toBe(false)
  })

  it('is compared with the checksum of the operator alone where one is given', async () => {
    const content = await tarballOf('0.11.0')
    const web = await serve({ '/0.11.0/mathesar.tar.gz': content })
    const env = environment(web.address)
    const wrong = await refusal('0.11.0', { env, checksum: 'b'.repeat(64) })
    expect([wrong.code, wrong.details.field]).toEqual(['USAGE', 'release-checksum'])
    expect(existsSync(cacheOf(env, '0.11.0'))).toBe(false)
    expect((await fetchRelease('0.11.0', { env, checksum: sha256(content) })).version).toBe('0.11.0')
    // What was cached under another checksum is not used.
    expect((await refusal('0.11.0', { env, checksum: 'b'.repeat(64) })).code).toBe('USAGE')
    for (const checksum of ['', 'abc', `${'a'.repeat(64)} x`, 'g'.repeat(64), `md5:${'a'.repeat(64)}`]) {
      expect((await refusal('0.11.0', { env, checksum })).details.field).toBe('release-checksum')
    }
  })

  it('is refused without any checksum, with the command that computes it', async () => {
    const content = await tarballOf('0.11.0')
    for (const files of [{}, { '/0.11.0/mathesar.tar.gz.sha256': '<html>' }]) {
      const web = await serve({ '/0.11.0/mathesar.tar.gz': content, ...files })
      const { code, hint, details } = await refusal('0.11.0', { env: environment(web.address) })
      expect([code, details.field]).toEqual(['USAGE', 'release-checksum'])
      expect(hint).toContain(`curl -fsSL ${web.address}/0.11.0/mathesar.tar.gz | sha256sum`)
      expect(hint).toContain('--release-checksum')
      expect(web.requests).not.toContain('/0.11.0/mathesar.tar.gz')
    }
  })

  it('is refused if it is another release than its directory says, or no release at all', async () => {
    const other = await serve(mirrorFiles('0.11.0', await tarballOf('0.9.0')))
    const env = environment(other.address)
    expect((await refusal('0.11.0', { env })).message).toContain('is Mathesar 0.9.0')
    expect(existsSync(cacheOf(env, '0.11.0'))).toBe(false)
    const none = await serve(mirrorFiles('0.11.0', gzipSync('nothing')))
    expect((await refusal('0.11.0', { env: environment(none.address) })).code).toBe('USAGE')
    const renamed = await serve(mirrorFiles('0.10.0', await tarballOf('0.9.0')))
    expect((await fetchRelease('0.10.0', { env: environment(renamed.address) })).version).toBe('0.9.0')
  })

  it('is not there: the error names the release and the layout of the mirror', async () => {
    const web = await serve({})
    const content = await tarballOf('0.12.0')
    const { code, message, hint, details } = await refusal('0.12.0', {
      env: environment(web.address),
      checksum: sha256(content),
    })
    expect([code, details.field]).toEqual(['USAGE', 'release'])
    expect(message).toContain('no release 0.12.0 of Mathesar on the mirror')
    expect(hint).toContain('MATHESARCTL_RELEASES_URL')
  })

  it('is refused over http:// from another machine, unless the operator states the checksum', async () => {
    const env = environment('http://192.0.2.1/releases')
    const { code, message } = await refusal('0.11.0', { env })
    expect(code).toBe('USAGE')
    expect(message).toContain('http://')
    for (const url of ['ftp://x/y', 'x', 'file:///x']) {
      expect((await refusal('0.11.0', { env: environment(url) })).details.field).toBe('release')
    }
  })

  it('is refused for names that are no releases, before anything is requested', async () => {
    const web = await serve({})
    const env = environment(web.address)
    for (const name of ['../../x', 'latest', '0.1.7', '0.2.0-testing.1', '0.11.0/../x']) {
      expect((await refusal(name, { env })).details.field).toBe('release')
    }
    expect(web.requests).toEqual([])
  })

  it('is found behind redirects, which end', async () => {
    const content = await tarballOf('0.11.0')
    const target = await serve({ '/x': content })
    const web = await serve(
      { '/0.11.0/mathesar.tar.gz.sha256': sha256(content) },
      (_request, response) => void response.writeHead(302, { Location: `${target.address}/x` }).end(),
    )
    expect((await fetchRelease('0.11.0', { env: environment(web.address) })).version).toBe('0.11.0')
    const circle = await serve({}, (request, response) => {
      response.writeHead(307, { Location: `${request.url}x` }).end()
    })
    const { code } = await refusal('0.11.0', { env: environment(circle.address) })
    expect(code).toBe('UNSUPPORTED_SERVER')
  })

  it('states what to do without a network', async () => {
    const web = await serve({})
    web.close()
    const { code, exitCode, hint } = await refusal('0.11.0', { env: environment(web.address) })
    expect([code, exitCode]).toEqual(['CONNECTION_FAILED', 3])
    expect(hint).toContain('MATHESARCTL_RELEASES_URL')
    expect(hint).toContain('--schema-source')
  })

  it('is refused if the connection is cut, and leaves nothing in the cache', async () => {
    const content = await tarballOf('0.11.0')
    const web = await serve({ '/0.11.0/mathesar.tar.gz.sha256': sha256(content) }, (_request, response) => {
      response.writeHead(200, { 'Content-Length': content.length })
      response.write(content.subarray(0, 100), () => response.destroy())
    })
    const env = environment(web.address)
    const { code, hint } = await refusal('0.11.0', { env })
    expect(code).toBe('CONNECTION_FAILED')
    expect(hint).not.toContain('uploaded')
    expect(existsSync(cacheOf(env, '0.11.0'))).toBe(false)
  })

  it('ends at once when the run is interrupted', async () => {
    const controller = new AbortController()
    const web = await serve({ '/0.11.0/mathesar.tar.gz.sha256': 'a'.repeat(64) }, (_request, response) => {
      response.writeHead(200).write('x')
      controller.abort(new Error('interrupted'))
    })
    const options = { env: environment(web.address), signal: controller.signal }
    await expect(fetchRelease('0.11.0', options)).rejects.toThrow('interrupted')
  })

  it('is cached by several processes at once', async () => {
    const web = await serve(mirrorFiles('0.11.0', await tarballOf('0.11.0')))
    const env = environment(web.address)
    const releases = await Promise.all(Array.from({ length: 8 }, () => fetchRelease('0.11.0', { env })))
    for (const { files } of releases) expect(files).toHaveLength(9)
    expect(readdirSync(directoryOf(env, '0.11.0')).sort()).toEqual([
      'mathesar.tar.gz',
      'mathesar.tar.gz.sha256',
    ])
  })

  it('is used without a cache where there is no directory for one', async () => {
    const web = await serve(mirrorFiles('0.11.0', await tarballOf('0.11.0')))
    const env = { MATHESARCTL_RELEASES_URL: web.address }
    expect((await fetchRelease('0.11.0', { env })).files).toHaveLength(9)
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, '')
    const events: FetchEvent[] = []
    const blocked = { ...env, XDG_CACHE_HOME: file }
    await fetchRelease('0.11.0', { env: blocked, onEvent: (event) => events.push(event) })
    expect(events.at(-1)).toMatchObject({ type: 'not cached', reason: expect.any(String) })
  })

  itAsRoot('is not read from a cache that another user can write to', async () => {
    const content = await tarballOf('0.11.0')
    const web = await serve(mirrorFiles('0.11.0', content))
    const env = environment(web.address)
    await fetchRelease('0.11.0', { env })
    const cache = directoryOf(env, '0.11.0')
    const evil = await tarballOf('0.11.0', './')
    writeFileSync(join(cache, 'mathesar.tar.gz'), evil)
    writeFileSync(join(cache, 'mathesar.tar.gz.sha256'), sha256(evil))
    expect((await fetchRelease('0.11.0', { env })).place).toContain(cache)
    changeOwner(ALICE, cache)
    expect((await fetchRelease('0.11.0', { env })).place).toContain(web.address)
    changeOwner(0, cache)
    chmodSync(cache, 0o777)
    expect((await fetchRelease('0.11.0', { env })).place).toContain(web.address)
    expect(sha256(readFileSync(join(cache, 'mathesar.tar.gz')))).toBe(sha256(evil))
  })
})

describe('a release on GitHub', () => {
  const asset = (digest: string | null, name = 'mathesar.tar.gz') => ({ name, digest, size: 1 })
  const release = (assets: object[]) => JSON.stringify({ tag_name: '0.11.0', assets })
  const originsOf = ({ address }: Web) => ({ api: `${address}/api`, files: `${address}/files` })

  it('is verified with the digest that its description has', async () => {
    const content = await tarballOf('0.11.0')
    const assets = [asset('sha256:0', 'install.sh'), asset(`sha256:${sha256(content)}`)]
    const web = await serve({
      '/api/releases/tags/0.11.0': release(assets),
      '/files/releases/download/0.11.0/mathesar.tar.gz': content,
    })
    const options = { env: environment(), origins: originsOf(web) }
    expect((await fetchRelease('0.11.0', options)).version).toBe('0.11.0')
  })

  it('needs the checksum of the operator where GitHub has no digest', async () => {
    const content = await tarballOf('0.11.0')
    for (const description of [
      release([asset(null)]),
      release([]),
      '[]',
      'null',
      'no JSON',
      '{"assets":[null]}',
    ]) {
      const web = await serve({
        '/api/releases/tags/0.11.0': description,
        '/files/releases/download/0.11.0/mathesar.tar.gz': content,
      })
      const options = { env: environment(), origins: originsOf(web) }
      const { code, details } = await refusal('0.11.0', options)
      expect([code, details.field]).toEqual(['USAGE', 'release-checksum'])
      const pinned = { ...options, checksum: sha256(content) }
      expect((await fetchRelease('0.11.0', pinned)).version).toBe('0.11.0')
      expect(web.requests).toEqual([
        '/api/releases/tags/0.11.0',
        '/files/releases/download/0.11.0/mathesar.tar.gz',
      ])
    }
  })

  it('is the archive of its source before 0.3.0, which only the checksum of the operator verifies', async () => {
    const content = await tarballOf('0.2.5', 'mathesar-0.2.5/')
    const web = await serve({ '/files/archive/refs/tags/0.2.5.tar.gz': content })
    const options = { env: environment(), origins: originsOf(web) }
    expect((await refusal('0.2.5', options)).hint).toContain('/archive/refs/tags/0.2.5.tar.gz | sha256sum')
    expect(web.requests).toEqual([])
    expect((await fetchRelease('0.2.5', { ...options, checksum: sha256(content) })).version).toBe('0.2.5')
    const again = await fetchRelease('0.2.5', { ...options, checksum: sha256(content) })
    expect(again.place).toContain('.cache/mathesarctl/releases/0.2.5')
    expect((await refusal('0.2.5', options)).details.field).toBe('release-checksum')
  })

  it('is never what a mirror, or a checksum of the operator, vouched for in an earlier run', async () => {
    const [real, changed] = [await tarballOf('0.11.0'), await tarballOf('0.11.0', './')]
    const github = await serve({
      '/api/releases/tags/0.11.0': release([asset(`sha256:${sha256(real)}`)]),
      '/files/releases/download/0.11.0/mathesar.tar.gz': real,
    })
    const mirrors = await Promise.all([changed, real].map((content) => serve(mirrorFiles('0.11.0', content))))
    const env = environment()
    const options = { env, origins: originsOf(github) }
    const from = ({ address }: Web) => ({ env: { ...env, MATHESARCTL_RELEASES_URL: address } })
    const [first, second] = mirrors.map(from)
    if (first === undefined || second === undefined) throw new Error('no mirrors')
    await fetchRelease('0.11.0', first)
    const pinned = { ...first, checksum: sha256(changed) }
    expect((await fetchRelease('0.11.0', pinned)).place).toContain(cacheOf(env, '0.11.0'))
    expect((await fetchRelease('0.11.0', second)).place).toContain(mirrors[1]?.address)
    expect((await fetchRelease('0.11.0', options)).place).toContain(github.address)
    await refusal('0.11.0', { ...options, checksum: sha256(changed) })
    for (const { close } of [github, ...mirrors]) close()
    for (const one of [first, second, pinned, options]) {
      const { place } = await fetchRelease('0.11.0', one)
      const content = one === first || one === pinned ? changed : real
      expect(sha256(readFileSync(place))).toBe(sha256(content))
    }
  })

  it('needs the network again where only the checksum of the operator verified it', async () => {
    const content = await tarballOf('0.11.0')
    const web = await serve({
      '/api/releases/tags/0.11.0': release([asset('sha256:'.padEnd(71, 'a'))]),
      '/files/releases/download/0.11.0/mathesar.tar.gz': content,
    })
    const options = { env: environment(), origins: originsOf(web) }
    await fetchRelease('0.11.0', { ...options, checksum: sha256(content) })
    expect((await refusal('0.11.0', options)).code).toBe('CONNECTION_FAILED')
  })

  it('does not exist, or the limit of requests is reached', async () => {
    const missing = await serve({})
    const unknown = await refusal('0.99.0', { env: environment(), origins: originsOf(missing) })
    expect([unknown.code, unknown.details.field]).toEqual(['USAGE', 'release'])
    const limited = await serve({}, (_request, response) => void response.writeHead(403).end('rate limit'))
    const later = await refusal('0.11.0', { env: environment(), origins: originsOf(limited) })
    expect(later.code).toBe('CONNECTION_FAILED')
    expect(later.message).toContain('no further requests')
  })
})
