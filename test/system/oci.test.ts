import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elfNeeds, isElf } from '../../src/build/binaries/elf.ts'
import { pushLayout } from '../../src/build/registry/push.ts'
import { buildArtifacts } from '../support/artifacts.ts'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { mathesarSchemas } from '../support/installed.ts'
import { type ContainerOptions, type Podman, podman } from '../support/podman.ts'
import { startCluster } from '../support/postgres.ts'
import { VERSION } from '../support/program.ts'
import { startRegistry } from '../support/registry.ts'
import { serverTlsFiles, tlsFile } from '../support/tls.ts'

const MOST_BYTES = 60_000_000
const LAYOUT = `mathesarctl-${VERSION}-oci`
const IMAGE = `docker.io/library/mathesarctl:${VERSION}`

let out: string
let layout: string
let place: string

beforeAll(() => {
  out = buildArtifacts(['oci', '--archive'])
  layout = join(out, LAYOUT)
  place = mkdtempSync(join(tmpdir(), 'mathesarctl-image-'))
}, 300_000)

afterAll(() => {
  for (const directory of [out, place]) rmSync(directory, { recursive: true, force: true })
})

function skopeo(...words: readonly string[]): string {
  return execFileSync('skopeo', words, { encoding: 'utf8' })
}

/** Unpacks the image for a processor with umoci, and returns its root directory. */
function unpackedRoot(architecture: string): string {
  const bundle = join(place, architecture)
  if (!existsSync(bundle)) {
    const copy = `${bundle}-layout`
    skopeo('copy', '--quiet', '--override-arch', architecture, `oci:${layout}`, `oci:${copy}:v1`)
    execFileSync('umoci', ['unpack', '--image', `${copy}:v1`, bundle])
  }
  return join(bundle, 'rootfs')
}

/** All files of a directory, by their path in it. */
function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
}

const ARCHITECTURES = ['amd64', 'arm64'] as const

it('skopeo reads the images for both processors and their facts, and copies all of them', () => {
  for (const architecture of ARCHITECTURES) {
    const image = JSON.parse(skopeo('inspect', '--override-arch', architecture, `oci:${layout}`))
    expect(image).toMatchObject({
      Architecture: architecture,
      Os: 'linux',
      Labels: {
        'org.opencontainers.image.title': 'mathesarctl',
        'org.opencontainers.image.version': VERSION,
        'org.opencontainers.image.licenses': 'MIT',
      },
    })
    const archive = `${LAYOUT}-linux-${architecture === 'amd64' ? 'x64' : architecture}.tar`
    for (const kind of ['docker-archive', 'oci-archive']) {
      const archived = JSON.parse(skopeo('inspect', `${kind}:${join(out, archive)}`))
      expect(archived, kind).toMatchObject({ Architecture: architecture, Labels: image.Labels })
    }
  }
  const copy = join(place, 'copy')
  skopeo('copy', '--quiet', '--all', `oci:${layout}`, `oci:${copy}`)
  // skopeo verifies each digest.
  expect(readdirSync(join(copy, 'blobs/sha256')).sort()).toEqual(
    readdirSync(join(layout, 'blobs/sha256')).sort(),
  )
})

it.each(ARCHITECTURES)(
  'the image for %s contains the executable, what it needs, and nothing else',
  (architecture) => {
    const triplet = architecture === 'amd64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu'
    const loader = architecture === 'amd64' ? 'ld-linux-x86-64.so.2' : 'ld-linux-aarch64.so.1'
    const files = filesIn(unpackedRoot(architecture)).filter(
      (path) => !lstatSync(join(unpackedRoot(architecture), path)).isDirectory(),
    )
    expect(files.filter((path) => !path.startsWith('usr/share/'))).toEqual(
      [
        'etc/group',
        'etc/nsswitch.conf',
        'etc/passwd',
        'etc/ssl/certs/ca-certificates.crt',
        `${architecture === 'amd64' ? 'lib64' : 'lib'}/${loader}`,
        `lib/${triplet}/${loader}`,
        ...['libc.so.6', 'libdl.so.2', 'libgcc_s.so.1', 'libm.so.6', 'libpthread.so.0'].map(
          (name) => `lib/${triplet}/${name}`,
        ),
        'usr/bin/mathesarctl',
        `usr/lib/${triplet}/libstdc++.so.6`,
        `usr/lib/${triplet}/libstdc++.so.6.0.30`,
      ].sort(),
    )
    for (const path of files.filter((one) => one.startsWith('usr/share/')))
      expect(path).toMatch(/^usr\/share\/(common-licenses\/[^/]+|doc\/[^/]+(\/[^/]+)?)$/)
  },
)

it.each(ARCHITECTURES)('each library that the image for %s needs is in it', async (architecture) => {
  const root = unpackedRoot(architecture)
  const names = filesIn(root).map((path) => basename(path))
  for (const path of filesIn(root)) {
    const file = join(root, path)
    if (!lstatSync(file).isFile() || !(await isElf(file))) continue
    const { machine, libraries } = await elfNeeds(file)
    expect(machine, path).toBe(architecture === 'amd64' ? 'x86_64' : 'aarch64')
    expect(names, path).toEqual(expect.arrayContaining([...libraries]))
  }
})

it.each(ARCHITECTURES)('the image for %s has at most 60 MB compressed', (architecture) => {
  const { LayersData } = JSON.parse(skopeo('inspect', '--override-arch', architecture, `oci:${layout}`))
  const layers = LayersData as { Size: number }[] | undefined
  const bytes = layers
    ? layers.reduce((sum, { Size }) => sum + Size, 0)
    : statSync(join(out, `${LAYOUT}-linux-${architecture === 'amd64' ? 'x64' : architecture}.tar`)).size
  expect(bytes).toBeGreaterThan(20_000_000)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
})

it('the license of each package of Debian is in the image, with the texts that it refers to', () => {
  const root = unpackedRoot('amd64')
  const bill = JSON.parse(readFileSync(join(root, 'usr/share/doc/mathesarctl/mathesarctl.cdx.json'), 'utf8'))
  const purls = (bill.components as { purl: string }[]).map(({ purl }) => purl)
  for (const name of ['libc6', 'libgcc-s1', 'libstdc%2B%2B6', 'ca-certificates'])
    expect(purls).toContainEqual(
      expect.stringMatching(new RegExp(`^pkg:deb/debian/${name}@.+distro=bookworm$`)),
    )
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:generic\/node@/))
  expect(purls).toContainEqual(expect.stringMatching(/^pkg:npm\/commander@/))
  for (const name of ['libc6', 'libgcc-s1', 'libstdc++6', 'ca-certificates']) {
    const text = readFileSync(join(root, 'usr/share/doc', name, 'copyright'), 'utf8')
    for (const [, license = ''] of text.matchAll(/common-licenses\/([\w.+-]*\w)/g))
      expect(existsSync(join(root, 'usr/share/common-licenses', license)), `${name}: ${license}`).toBe(true)
  }
})

it('the emulated image for arm64 prints its version and its SQL with its own libraries', () => {
  const root = unpackedRoot('arm64')
  const run = (...args: readonly string[]) =>
    spawnSync('qemu-aarch64', ['-L', root, join(root, 'usr/bin/mathesarctl'), ...args], { encoding: 'utf8' })
  expect(run('--version')).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' })
  expect(run('schema', 'print').stdout).toContain('CREATE SCHEMA')
})

it('has the same bytes when it is built again', () => {
  const again = buildArtifacts(['oci', '--archive'], {
    umask: '077',
    env: { TZ: 'Pacific/Kiritimati', LC_ALL: 'de_DE.UTF-8' },
  })
  try {
    const sums = (directory: string) => readFileSync(join(directory, 'SHA256SUMS'), 'utf8')
    expect(sums(again)).toBe(sums(out))
  } finally {
    rmSync(again, { recursive: true })
  }
}, 300_000)

describe('in a container', () => {
  let engine: Podman
  let data: string
  let secrets: string

  beforeAll(() => {
    engine = podman()
    engine.succeed('load', '--quiet', '--input', join(out, `${LAYOUT}-linux-x64.tar`))
    data = join(place, 'data')
    secrets = join(place, 'secrets')
    for (const directory of [data, secrets]) mkdirSync(directory)
  })
  afterAll(() => engine.remove())

  it('prints its version as any user, without a home directory', () => {
    for (const user of [undefined, '0:0', '12345:54321', '1000700000:0']) {
      const options = { ...(user === undefined ? {} : { user }), env: { HOME: '' } }
      expect(engine.run(IMAGE, ['--version'], options), user).toMatchObject({
        status: 0,
        stdout: `${VERSION}\n`,
        stderr: '',
      })
    }
  })

  it('prints its version after a push to a registry and a pull from it', async () => {
    const host = await startRegistry()
    const { digest, tags } = await pushLayout(layout, `${host}/owner/mathesarctl`, {
      version: VERSION,
      env: {},
      signal: undefined,
      progress: () => {},
      warn: () => {},
    })
    expect(tags).toContain('latest')
    for (const name of [':latest', `@${digest}`]) {
      const image = `${host}/owner/mathesarctl${name}`
      engine.succeed('pull', '--quiet', '--tls-verify=false', image)
      expect(engine.run(image, ['--version'])).toMatchObject({ status: 0, stdout: `${VERSION}\n` })
    }
  })

  it('runs as user 65532, and no shell is in it', () => {
    const { stdout } = spawnSync('skopeo', ['inspect', '--config', `oci:${layout}`], { encoding: 'utf8' })
    expect(JSON.parse(stdout).config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['/usr/bin/mathesarctl'],
      WorkingDir: '/',
    })
    const shell = engine.run(IMAGE, ['-c', 'true'], { flags: ['--entrypoint', '/bin/sh'] })
    expect(shell.status).toBe(127)
  })

  it('finds the hosts that the container knows', () => {
    const hosts = { flags: ['--add-host', 'mathesar_db:127.0.0.9'] }
    const dsn = ['schema', 'status', '--dsn', 'postgresql://u@mathesar_db:1/x']
    expect(engine.run(IMAGE, dsn, hosts).stderr).toContain('mathesar_db:1 refused the connection')
  })

  it('verifies servers with the public authorities, or with a bundle of the operator in their place', async () => {
    const cluster = await startCluster({ settings: ['ssl = on'], files: serverTlsFiles() })
    try {
      const { port, superuser, password } = cluster
      const words = ['schema', 'status', '--dsn', `postgresql://${superuser}@localhost:${port}/postgres`]
      const env = { PGPASSWORD: password, PGSSLROOTCERT: 'system' }
      const unknown = engine.run(IMAGE, words, { env })
      expect([unknown.status, unknown.stderr]).toEqual([3, expect.stringContaining('this system trusts')])
      const own = join(place, 'ca.crt')
      writeFileSync(own, tlsFile('ca.crt'))
      const mounts = { '/etc/ssl/certs/ca-certificates.crt': own }
      const known = engine.run(IMAGE, words, { env, mounts })
      expect(known, known.stderr).toMatchObject({ status: 0 })
    } finally {
      await cluster.stop()
    }
  })

  it.each([
    ['of the image', '65532:65532', 0o444],
    ['without an entry in passwd', '12345:54321', 0o440],
  ])(
    'adds a database, lists it, and removes it as a user %s, with secrets from files',
    async (name, user, mode) => {
      const [uid = 0, gid = 0] = user.split(':').map(Number)
      const own = join(data, String(uid))
      mkdirSync(own)
      chmodSync(own, 0o700)
      chownSync(own, uid, gid)
      const settings = await ownedDatabase()
      const key = randomBytes(40).toString('base64url')
      const secret = (file: string, content: string) => {
        const path = join(secrets, `${uid}-${file}`)
        writeFileSync(path, content)
        chmodSync(path, mode)
        chownSync(path, 0, gid)
        return path
      }
      const options: ContainerOptions = {
        user,
        env: {
          MATHESAR_INTERNAL_DB: '/data/internal.sqlite3',
          MATHESAR_SECRET_KEY_FILE: '/run/secrets/secret_key',
        },
        mounts: {
          '/data': own,
          '/run/secrets/secret_key': `${secret('secret_key', key)}`,
          '/run/secrets/password': `${secret('password', `${settings.password}\n`)}`,
        },
      }
      const run = (...args: readonly string[]) => engine.run(IMAGE, args, options)
      const set = run('setup')
      expect(set, set.stderr).toMatchObject({ status: 0 })
      const added = run(
        'db',
        'add',
        'library',
        ...connectionArguments(settings),
        '--password-file',
        '/run/secrets/password',
        '--json',
      )
      expect(added, added.stderr).toMatchObject({ status: 0 })
      expect(JSON.parse(added.stdout)).toMatchObject({ name: 'library', status: 'added' })
      expect(JSON.parse(run('db', 'list', '--json').stdout)).toMatchObject([{ name: 'library' }])
      const removed = run('db', 'remove', 'library', '--remove-schema', '--yes')
      expect(removed, `${name}: ${removed.stderr}`).toMatchObject({ status: 0 })
      expect(await mathesarSchemas(settings.database)).toEqual([])
    },
  )
})
