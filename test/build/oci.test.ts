import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { extract, type Header } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildArtifacts } from '../../src/build/build.ts'
import type { OciSettings } from '../../src/build/formats/oci/description.ts'
import { platform } from '../../src/build/platforms.ts'
import type { BuildEvent, BuildRequest } from '../../src/build/request.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { libraryPackage, libraryPackages } from '../support/debian-packages.ts'
import { expectGolden } from '../support/golden.ts'
import { tinyPayload } from '../support/tiny-payload.ts'

const EPOCH = 1_700_000_001
const LAYOUT = 'tiny-tool-1.2.3-rc.1-oci'

let debianPackages: string
let out: string

beforeAll(async () => {
  debianPackages = await libraryPackages(mkdtempSync(join(tmpdir(), 'mathesarctl-debian-')))
  out = mkdtempSync(join(tmpdir(), 'mathesarctl-oci-'))
  await build(out, { archive: true }, { platforms: [] })
})

afterAll(() => {
  for (const directory of [debianPackages, out]) rmSync(directory, { recursive: true })
})

function build(directory: string, settings: OciSettings = {}, more: Partial<BuildRequest> = {}) {
  const { PATH, HOME } = process.env
  return buildArtifacts({
    payload: tinyPayload(),
    formats: ['oci'],
    platforms: [platform('linux-x64')],
    out: directory,
    settings: { oci: { debianPackages, ...settings } },
    env: { PATH, HOME, SOURCE_DATE_EPOCH: String(EPOCH) },
    ...more,
  })
}

interface Descriptor {
  mediaType: string
  digest: string
  size: number
  platform?: { architecture: string; os: string }
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

/** Reads a blob, after it compared the digest and the size with those that refer to it. */
function blob(layout: string, { digest, size }: Descriptor): Buffer {
  const content = readFileSync(join(layout, 'blobs', digest.replace(':', '/')))
  expect(`sha256:${createHash('sha256').update(content).digest('hex')}`).toBe(digest)
  expect(content.length).toBe(size)
  return content
}

function blobJson(layout: string, descriptor: Descriptor) {
  return JSON.parse(blob(layout, descriptor).toString('utf8'))
}

/** Follows a layout from its index to the image for one platform. */
function imageIn(directory: string, architecture = 'amd64') {
  const layout = join(directory, LAYOUT)
  const [root] = json(join(layout, 'index.json')).manifests as [Descriptor]
  const index = blobJson(layout, root)
  const entry = (index.manifests as Descriptor[]).find((one) => one.platform?.architecture === architecture)
  if (!entry) throw new Error(`The index has no ${architecture}`)
  const manifest = blobJson(layout, entry)
  const layer = blob(layout, manifest.layers[0])
  return { index, entry, manifest, config: blobJson(layout, manifest.config), layer }
}

interface TarFile {
  header: Header
  content: Buffer
}

async function tarFiles(archive: Buffer): Promise<TarFile[]> {
  const entries = extract()
  const files: TarFile[] = []
  const read = (async () => {
    for await (const entry of entries) {
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      files.push({ header: entry.header, content: Buffer.concat(chunks) })
    }
  })()
  entries.end(archive)
  await read
  return files
}

const filesOf = (layer: Buffer) => tarFiles(gunzipSync(layer))

function listing(files: readonly TarFile[]): string {
  const lines = files.map(({ header: { mode = 0, type, name, linkname } }) =>
    [mode.toString(8).padStart(4, '0'), type, name, ...(linkname ? ['->', linkname] : [])].join(' '),
  )
  return `${lines.join('\n')}\n`
}

describe('the layout of a container image', () => {
  it('names the index of both platforms of Linux, and no tag, if the operator names no platform', () => {
    const layout = join(out, LAYOUT)
    expect(json(join(layout, 'oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' })
    const { manifests } = json(join(layout, 'index.json'))
    expect(manifests).toEqual([
      {
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        size: expect.any(Number),
      },
    ])
    expect(blobJson(layout, manifests[0]).manifests).toMatchObject([
      { platform: { architecture: 'amd64', os: 'linux' } },
      { platform: { architecture: 'arm64', os: 'linux' } },
    ])
  })

  it('has the blobs of both images, and no others', () => {
    const images = ['amd64', 'arm64'].map((architecture) => imageIn(out, architecture))
    const digests = images.flatMap(({ entry, manifest }) => [
      entry.digest,
      manifest.config.digest,
      manifest.layers[0].digest,
    ])
    const [root] = json(join(out, LAYOUT, 'index.json')).manifests
    expect(readdirSync(join(out, LAYOUT, 'blobs/sha256')).sort()).toEqual(
      [root.digest, ...digests].map((digest) => digest.slice('sha256:'.length)).sort(),
    )
  })

  it('deletes the blobs of an earlier build of the same version', async () => {
    const directory = temporaryDirectory()
    await build(directory)
    const earlier = readdirSync(join(directory, LAYOUT, 'blobs/sha256'))
    const { PATH } = process.env
    await build(directory, {}, { env: { PATH, SOURCE_DATE_EPOCH: '1700000002' } })
    const later = readdirSync(join(directory, LAYOUT, 'blobs/sha256'))
    expect(later).toHaveLength(earlier.length)
    expect(later.filter((name) => earlier.includes(name))).toEqual([])
    expect(readFileSync(join(directory, 'SHA256SUMS'), 'utf8')).not.toContain(earlier[0])
  })

  it('contains no image of a platform that containers do not run on', async () => {
    const directory = temporaryDirectory()
    const events: BuildEvent[] = []
    const artifacts = await build(
      directory,
      {},
      { platforms: [platform('darwin-arm64')], onProgress: (event) => events.push(event) },
    )
    expect(artifacts.filter(({ format }) => format === 'oci')).toEqual([])
    expect(events).toContainEqual({
      type: 'warning',
      message: 'There is no container image for darwin-arm64.',
      hint: 'Images are built for linux-x64 and linux-arm64.',
    })
  })
})

describe('a container image', () => {
  it('runs the executable as a numeric user, and describes itself', () => {
    const { index, manifest, config } = imageIn(out)
    const { diff_ids } = config.rootfs
    expectGolden(
      'test/build/golden/oci/config.json',
      `${JSON.stringify({ ...config, rootfs: { ...config.rootfs, diff_ids: ['DIGEST'] } }, null, 2)}\n`,
    )
    expect(diff_ids).toHaveLength(1)
    expect(manifest.annotations).toEqual(config.config.Labels)
    expect(index.annotations).toEqual(config.config.Labels)
    expect(imageIn(out, 'arm64').config.architecture).toBe('arm64')
  })

  it('names its layer by the digest of the unpacked archive', () => {
    const { config, layer } = imageIn(out)
    const digest = createHash('sha256').update(gunzipSync(layer)).digest('hex')
    expect(config.rootfs.diff_ids).toEqual([`sha256:${digest}`])
  })

  it('contains the executable, what it needs, and nothing else', async () => {
    const files = await filesOf(imageIn(out).layer)
    // The names of libraries depend on this machine's /bin/true.
    expectGolden('test/build/golden/oci/files.txt', listing(files))
  })

  it('belongs to root with one time, in the order of names, in an archive without names and times', async () => {
    const { layer } = imageIn(out)
    const files = await filesOf(layer)
    for (const { header } of files)
      expect(header, header.name).toMatchObject({ uid: 0, gid: 0, mtime: new Date(EPOCH * 1000) })
    const names = files.map(({ header }) => header.name.replaceAll('/', '\0'))
    expect(names).toEqual([...names].sort())
    // The flags and the time of a gzip header (RFC 1952).
    expect([...layer.subarray(3, 8)]).toEqual([0, 0, 0, 0, 0])
  })

  it('has users, name resolution and certificates as programs expect them', async () => {
    const files = await filesOf(imageIn(out).layer)
    const text = (name: string) =>
      files.find(({ header }) => header.name === name)?.content.toString('utf8') ?? ''
    expect(text('etc/nsswitch.conf')).toContain('hosts: files dns\n')
    expect(text('etc/passwd')).toMatch(/^nonroot:x:65532:65532:/m)
    expect(text('etc/group')).toMatch(/^nonroot:x:65532:$/m)
    expect(text('etc/ssl/certs/ca-certificates.crt')).toBe('certificate A\ncertificate B\n')
    expect(text('usr/share/common-licenses/LGPL-2.1')).toBe('GNU Lesser General Public License\n')
  })

  it('contains a bill of materials of the executable and of the packages of Debian', async () => {
    const files = await filesOf(imageIn(out).layer)
    const bill = files.find(({ header }) => header.name.endsWith('.cdx.json'))
    const { components } = JSON.parse(bill?.content.toString('utf8') ?? '{}')
    expect(components.map(({ purl }: { purl: string }) => purl)).toEqual([
      'pkg:deb/debian/base-files@1.0?arch=amd64',
      'pkg:deb/debian/ca-certificates@1.0?arch=all',
      'pkg:deb/debian/libc6@2%3A1.0%2Bdeb1?arch=amd64',
      'pkg:npm/a@1.0.0',
    ])
  })

  it('contains the executables that the operator passes instead of those that a build creates', async () => {
    const directory = temporaryDirectory()
    const executable = join(directory, 'built-elsewhere')
    copyFileSync('/bin/false', executable)
    await build(directory, { executables: [executable] })
    const files = await filesOf(imageIn(directory).layer)
    const program = files.find(({ header }) => header.name === 'usr/bin/tiny-tool')
    expect(program?.content.equals(readFileSync('/bin/false'))).toBe(true)
  })
})

describe('the archive of an image', () => {
  it('is a layout with a name, and what docker save writes, for one platform each', async () => {
    for (const [name, architecture] of [
      ['linux-x64', 'amd64'],
      ['linux-arm64', 'arm64'],
    ] as const) {
      const { entry, manifest } = imageIn(out, architecture)
      const files = await tarFiles(readFileSync(join(out, `${LAYOUT}-${name}.tar`)))
      const member = (path: string) =>
        JSON.parse(files.find(({ header }) => header.name === path)?.content.toString('utf8') ?? '')
      const { platform: _, ...own } = entry
      expect(member('index.json').manifests).toEqual([
        {
          ...own,
          annotations: {
            'io.containerd.image.name': 'docker.io/library/tiny-tool:1.2.3-rc.1',
            'org.opencontainers.image.ref.name': '1.2.3-rc.1',
          },
        },
      ])
      const path = ({ digest }: Descriptor) => `blobs/${digest.replace(':', '/')}`
      expect(member('manifest.json')).toEqual([
        {
          Config: path(manifest.config),
          RepoTags: ['tiny-tool:1.2.3-rc.1'],
          Layers: [path(manifest.layers[0])],
        },
      ])
      const members = files.filter(({ header }) => header.type === 'file').map(({ header }) => header.name)
      expect(members.sort()).toEqual(
        [
          'index.json',
          'manifest.json',
          'oci-layout',
          path(entry),
          path(manifest.config),
          path(manifest.layers[0]),
        ].sort(),
      )
    }
  })
})

describe('the Debian packages of an image', () => {
  it('may have their libraries below /usr, as from Debian 13 on', async () => {
    const packages = temporaryDirectory()
    await libraryPackages(packages, 'merged')
    const directory = temporaryDirectory()
    await build(directory, { debianPackages: packages })
    const names = listing(await filesOf(imageIn(directory).layer))
    expect(names).toContain('symlink lib -> usr/lib\n')
    expect(names).toContain('symlink lib64 -> usr/lib64\n')
    expect(names).toMatch(/ file usr\/lib\/x86_64-linux-gnu\/libc\.so\.6\n/)
  })

  it('are refused, by name, if one that every image needs is missing', async () => {
    const packages = temporaryDirectory()
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: `The directory ${packages} has no Debian package ca-certificates and libc6 for amd64.`,
      hint: 'Download them: apt-get download ca-certificates:amd64 libc6:amd64',
      details: { field: 'debian-packages' },
    })
  })

  it('are refused if they lack a library, which the error names', async () => {
    const packages = temporaryDirectory()
    await libraryPackage(packages, { name: 'libc6', architecture: 'amd64', files: {} })
    await libraryPackage(packages, { name: 'ca-certificates', architecture: 'all', files: {} })
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(
        ' needs the library libc.so.6, which no Debian package of this build has.',
      ),
    })
  })

  it('are refused if a library is a link without its file', async () => {
    const packages = await libraryPackages(temporaryDirectory())
    rmSync(join(packages, 'libc6_2:1.0+deb1_amd64.deb'))
    const files = { 'lib/x86_64-linux-gnu/libc.so.6': { link: 'libc-2.so' } }
    await libraryPackage(packages, { name: 'libc6', architecture: 'amd64', files })
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(' needs the library libc.so.6, which no Debian package'),
    })
  })

  it('are refused if they lack the licenses that a copyright file names', async () => {
    const packages = await libraryPackages(temporaryDirectory())
    rmSync(join(packages, 'base-files_1.0_amd64.deb'))
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'No Debian package of this build has the licenses that the copyright file of libc6 names.',
      hint: 'Add the package base-files to the directory that --debian-packages names.',
    })
  })

  it('are refused if they lack a copyright file', async () => {
    const packages = await libraryPackages(temporaryDirectory())
    rmSync(join(packages, 'ca-certificates_1.0_all.deb'))
    const files = {
      'usr/share/ca-certificates/A.crt': 'certificate A\n',
      'usr/share/doc/ca-certificates': { link: 'authorities-base' },
    }
    await libraryPackage(packages, { name: 'ca-certificates', architecture: 'all', files })
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'No Debian package of this build has the copyright file of ca-certificates.',
      hint: 'Add the package authorities-base to the directory that --debian-packages names.',
    })
  })

  it('may contain 32-bit libraries, which the image ignores', async () => {
    const packages = await libraryPackages(temporaryDirectory())
    const files = { 'lib32/libc.so.6': 'for other programs' }
    await libraryPackage(packages, { name: 'libc6-i386', architecture: 'amd64', files })
    const directory = temporaryDirectory()
    await build(directory, { debianPackages: packages })
    expect(listing(await filesOf(imageIn(directory).layer))).not.toContain('lib32')
  })

  it.each([
    ['a link that leads nowhere', (path: string) => symlinkSync('/nonexistent', path), 'it does not exist'],
    ['a directory', (path: string) => mkdirSync(path), 'it is a directory'],
  ])('are refused if one is %s', async (_, create, reason) => {
    const packages = await libraryPackages(temporaryDirectory())
    const path = join(packages, 'x.deb')
    create(path)
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: `${path} can't be read: ${reason}.`,
      details: { field: 'debian-packages' },
    })
  })

  it('are refused if there are two versions of one', async () => {
    const packages = await libraryPackages(temporaryDirectory())
    await libraryPackage(packages, { name: 'libc6', version: '9', architecture: 'amd64', files: {} })
    await expect(build(temporaryDirectory(), { debianPackages: packages })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('There are two versions of the Debian package libc6'),
    })
  })

  it.each([
    ['that does not exist', '/nowhere', 'it does not exist'],
    ['that is a file', '/etc/passwd', 'a part of its path is not a directory'],
  ])('are refused before anything is built if they are in a directory %s', async (_, path, reason) => {
    const directory = join(temporaryDirectory(), 'out')
    await expect(build(directory, { debianPackages: path })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(reason),
      details: { field: 'debian-packages' },
    })
    expect(() => readdirSync(directory)).toThrow()
  })
})

describe('the executables of an image', () => {
  it('are refused before anything is built if they are not executables for Linux', async () => {
    const directory = temporaryDirectory()
    const text = join(directory, 'script')
    writeFileSync(text, '#!/bin/sh\n')
    const out = join(directory, 'out')
    for (const [path, reason] of [
      [text, 'it is not an executable for Linux'],
      ['/nowhere', 'it does not exist'],
    ] as const) {
      await expect(build(out, { executables: [path] })).rejects.toMatchObject({
        code: 'USAGE',
        message: `The image can't contain ${path}: ${reason}.`,
        details: { field: 'executable' },
      })
    }
    expect(() => readdirSync(out)).toThrow()
  })

  it('are refused if two are for the same platform', async () => {
    await expect(
      build(temporaryDirectory(), { executables: ['/bin/true', '/bin/false'] }),
    ).rejects.toMatchObject({
      code: 'USAGE',
      message: 'true and false are both executables for linux-x64.',
    })
  })

  it('are refused before anything is built if they are other programs or versions', async () => {
    const directory = join(temporaryDirectory(), 'out')
    const payload = { ...tinyPayload(), isOwnExecutable: async (path: string) => path === '/bin/true' }
    await expect(build(directory, { executables: ['/bin/false'] }, { payload })).rejects.toMatchObject({
      code: 'USAGE',
      message: "The image can't contain /bin/false: it is not an executable of tiny-tool 1.2.3-rc.1.",
      details: { field: 'executable' },
    })
    expect(() => readdirSync(directory)).toThrow()
    await build(directory, { executables: ['/bin/true'] }, { payload })
  })

  it('are refused before anything is built if they are for a platform that is not built', async () => {
    const directory = join(temporaryDirectory(), 'out')
    const platforms = [platform('linux-arm64')]
    await expect(build(directory, { executables: ['/bin/true'] }, { platforms })).rejects.toMatchObject({
      code: 'USAGE',
      message: '/bin/true is an executable for linux-x64, and the run builds no image for that platform.',
      hint: 'Add linux-x64 to --platform, or leave the file out.',
      details: { field: 'executable' },
    })
    expect(() => readdirSync(directory)).toThrow()
  })
})
