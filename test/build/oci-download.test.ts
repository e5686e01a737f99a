import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type DownloadContext, downloadPackages } from '../../src/build/formats/oci/debian/download.ts'
import type { PinnedPackage } from '../../src/build/formats/oci/debian/packages.ts'
import { PINNED } from '../../src/build/formats/oci/debian/pinned-packages.ts'
import { temporaryDirectory } from '../support/cli.ts'

const CONTENT = 'the bytes of a package'

const PACKAGE: PinnedPackage = {
  name: 'libc6',
  version: '1.0',
  architecture: 'amd64',
  archive: 'debian-security',
  path: 'pool/updates/main/g/glibc/libc6_1.0_amd64.deb',
  bytes: CONTENT.length,
  sha256: createHash('sha256').update(CONTENT).digest('hex'),
}

/** Starts a server of files, and returns its address and the paths that it was asked for. */
async function archive(answer: RequestListener): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const withContent =
  (content: string): RequestListener =>
  (_, response) => {
    response.end(content)
  }

const withoutFile: RequestListener = (_, response) => {
  response.writeHead(404).end('Not found')
}

function context(cache: string = temporaryDirectory()): DownloadContext {
  return {
    env: { XDG_CACHE_HOME: cache },
    scratch: temporaryDirectory(),
    signal: undefined,
    progress: () => {},
  }
}

it('downloads a package from the first archive that has it, and keeps it for the next build', async () => {
  const newest = await archive(withoutFile)
  const everything = await archive(withContent(CONTENT))
  const archives = [newest.address, `${everything.address}/archive/{archive}/20261130T000000Z`]
  const cache = temporaryDirectory()
  const [path = ''] = await downloadPackages([PACKAGE], archives, context(cache))
  expect(readFileSync(path, 'utf8')).toBe(CONTENT)
  expect(newest.asked).toEqual([`/debian-security/${PACKAGE.path}`])
  expect(everything.asked).toEqual([`/archive/debian-security/20261130T000000Z/${PACKAGE.path}`])
  const [again = ''] = await downloadPackages([PACKAGE], [], context(cache))
  expect(again).not.toBe(path)
  expect(readFileSync(again, 'utf8')).toBe(CONTENT)
})

it('downloads a package that several platforms need once', async () => {
  const { address, asked } = await archive(withContent(CONTENT))
  const run = { ...context(), env: {} }
  const first = await downloadPackages([PACKAGE], [address], run)
  expect(await downloadPackages([PACKAGE], [address], run)).toEqual(first)
  expect(asked).toHaveLength(1)
})

it('does not use a file of the cache that differs from the pinned one', async () => {
  const { address, asked } = await archive(withContent(CONTENT))
  const cache = temporaryDirectory()
  await downloadPackages([PACKAGE], [address], context(cache))
  const [file = ''] = readdirSync(join(cache, 'mathesarctl/debian'))
  writeFileSync(join(cache, 'mathesarctl/debian', file), CONTENT.toUpperCase())
  const [path = ''] = await downloadPackages([PACKAGE], [address], context(cache))
  expect(readFileSync(path, 'utf8')).toBe(CONTENT)
  expect(asked).toHaveLength(2)
})

it.each([
  ['has other bytes', CONTENT.toUpperCase()],
  ['is longer', `${CONTENT} and more`],
  ['is cut short', CONTENT.slice(1)],
])('refuses a file that %s, and uses the next archive', async (_, content) => {
  const wrong = await archive(withContent(content))
  const right = await archive(withContent(CONTENT))
  const [path = ''] = await downloadPackages([PACKAGE], [wrong.address, right.address], context())
  expect(readFileSync(path, 'utf8')).toBe(CONTENT)
})

it('names each archive and its failure, and what to do, if none has the package', async () => {
  const wrong = await archive(withContent('other'))
  const without = await archive(withoutFile)
  const cutting = await archive((request) => request.socket.destroy())
  const archives = [wrong.address, without.address, cutting.address]
  const hosts = archives.map((address) => new URL(address).host)
  await expect(downloadPackages([PACKAGE], archives, context())).rejects.toMatchObject({
    code: 'CONNECTION_FAILED',
    message:
      `The Debian package libc6_1.0_amd64.deb can't be downloaded (${hosts[0]}: its file differs from the ` +
      `pinned one; ${hosts[1]}: it has no such file; ${hosts[2]}: the connection failed).`,
    hint: expect.stringContaining('--debian-packages'),
  })
})

it('ends the download when the run ends', async () => {
  const { address } = await archive(() => {})
  const controller = new AbortController()
  const run = downloadPackages([PACKAGE], [address], { ...context(), signal: controller.signal })
  setTimeout(() => controller.abort(new Error('interrupted')), 50)
  await expect(run).rejects.toThrow('interrupted')
})

it('pins the same packages for both processors, and each file once', () => {
  const namesFor = (architecture: string) =>
    PINNED.packages.filter((one) => [architecture, 'all'].includes(one.architecture)).map(({ name }) => name)
  expect(namesFor('arm64')).toEqual(namesFor('amd64'))
  expect(new Set(PINNED.packages.map(({ sha256 }) => sha256)).size).toBe(PINNED.packages.length)
  expect(PINNED.snapshot).toMatch(/^\d{8}T\d{6}Z$/)
})
