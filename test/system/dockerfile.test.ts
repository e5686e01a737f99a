import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildArtifacts } from '../support/artifacts.ts'
import { type DebianRoot, debianRoot } from '../support/debian.ts'
import { repository, VERSION } from '../support/program.ts'

/** Builds the Dockerfile with buildah, on a Debian with the Node of the tests, since there is no registry. */

const BUILDER = 'localhost/builder'
const IMAGE = 'localhost/mathesarctl'

let place: string
let root: DebianRoot

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'mathesarctl-dockerfile-'))
  root = debianRoot('bookworm', ['ca-certificates', 'libatomic1', 'xz-utils'])
  const container = buildah('from', 'scratch').trim()
  buildah('add', '--quiet', container, root.path, '/')
  buildah('copy', '--quiet', container, process.execPath, '/usr/local/bin/node')
  buildah('copy', '--quiet', container, npm(), '/usr/local/lib/node_modules/npm')
  buildah('run', '--isolation=chroot', container, 'ln', '-s', '../lib/node_modules/npm/bin/npm-cli.js', NPM)
  // An authority of this machine's network may have signed the certificate of the npm registry.
  buildah('config', '--env', 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt', container)
  buildah('commit', '--quiet', container, BUILDER)
}, 600_000)

afterAll(() => {
  root.remove()
  rmSync(place, { recursive: true, force: true })
})

const NPM = '/usr/local/bin/npm'

/** Returns the directory of this machine's npm. */
function npm(): string {
  const program = execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim()
  return dirname(dirname(realpathSync(program)))
}

function buildah(...words: readonly string[]): string {
  const storage = ['--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver', 'vfs']
  return execFileSync('buildah', [...storage, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
}

/** Unpacks an image with umoci, and returns its root directory. */
function unpacked(name: string, copy: (layout: string) => void): string {
  const layout = join(place, `${name}-layout`)
  copy(layout)
  execFileSync('umoci', ['unpack', '--image', `${layout}:v1`, join(place, name)])
  return join(place, name, 'rootfs')
}

function skopeo(...words: readonly string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8' })
}

/** Returns all files of a directory, a line each: kind, mode, owner, time, path, target and digest. */
function listing(directory: string): string {
  const script = `find . -printf '%y %m %U:%G %p %l\\n' | LC_ALL=C sort -k4
    find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum`
  return execFileSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8' })
}

it('the Dockerfile builds the image of "build oci": the same files, and the same configuration', () => {
  const cache = join(repository, '.cache/xdg')
  for (const directory of [cache, join(homedir(), '.npm')]) mkdirSync(directory, { recursive: true })
  const volumes = [
    '/etc/ssl/certs:/etc/ssl/certs:ro',
    `${homedir()}/.npm:/root/.npm`,
    `${cache}:/root/.cache`,
  ]
  buildah(
    'build',
    '--isolation=chroot',
    '--network=host',
    '--quiet',
    ...volumes.map((volume) => `--volume=${volume}`),
    `--build-arg=BUILDER=${BUILDER}`,
    `--tag=${IMAGE}`,
    repository,
  )
  const out = buildArtifacts(['oci', '--platform', 'linux-x64'])
  try {
    const layout = join(out, `mathesarctl-${VERSION}-oci`)
    const expected = unpacked('expected', (copy) =>
      skopeo('copy', '--quiet', `oci:${layout}`, `oci:${copy}:v1`),
    )
    const built = unpacked('built', (copy) => buildah('push', '--quiet', IMAGE, `oci:${copy}:v1`))
    expect(listing(built)).toBe(listing(expected))
    const configuration = (name: string) =>
      JSON.parse(skopeo('inspect', '--config', `oci:${join(place, `${name}-layout`)}`))
    const { Labels: labels, ...config } = configuration('built').config
    const { Labels: expectedLabels, ...expectedConfig } = configuration('expected').config
    expect(config).toEqual(expectedConfig)
    // Docker adds labels of its own, and does not know the commit, the repository and the time.
    const { 'io.buildah.version': _, ...own } = labels
    expect(expectedLabels).toMatchObject(own)
  } finally {
    rmSync(out, { recursive: true })
  }
}, 900_000)
