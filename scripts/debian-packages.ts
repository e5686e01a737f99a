/**
 * `debian-packages.ts [RELEASE]`: writes src/build/formats/oci/debian/pinned-packages.ts, the list of the
 * Debian packages whose files are in the container image, with the versions that Debian offers now. Needs
 * apt, and the keys of Debian's archive (debian-archive-keyring): apt verifies the signatures of the indexes
 * that the checksums come from.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseParagraphs } from '../src/build/debian/deb822.ts'
import type { PinnedPackage } from '../src/build/formats/oci/debian/packages.ts'

const RELEASES: Readonly<Record<string, string>> = { bookworm: 'gcc-12-base', trixie: 'gcc-14-base' }
const MIRROR = 'http://deb.debian.org'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const OUTPUT = 'src/build/formats/oci/debian/pinned-packages.ts'

const release = process.argv[2] ?? 'bookworm'
const gccBase = RELEASES[release]
if (gccBase === undefined) throw new Error(`The releases are ${Object.keys(RELEASES).join(', ')}.`)
const names = ['base-files', 'ca-certificates', gccBase, 'libatomic1', 'libc6', 'libgcc-s1', 'libstdc++6']

const place = mkdtempSync(join(tmpdir(), 'mathesarctl-apt-'))
try {
  const packages = (['amd64', 'arm64'] as const).flatMap((architecture) => newest(architecture))
  // Packages for every architecture are in both indexes.
  const byPath = new Map(packages.map((one) => [one.path, one]))
  writeList([...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1)))
} finally {
  rmSync(place, { recursive: true, force: true })
}

/** Reads the indexes of the release, its updates and its security updates with an apt of its own. */
function newest(architecture: 'amd64' | 'arm64'): PinnedPackage[] {
  const root = join(place, architecture)
  for (const directory of ['etc/apt/preferences.d', 'state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(root, directory), { recursive: true })
  writeFileSync(join(root, 'state/status'), '')
  const source = (archive: string, suite: string) =>
    `deb [arch=${architecture} signed-by=${KEYRING}] ${MIRROR}/${archive} ${suite} main\n`
  writeFileSync(
    join(root, 'etc/apt/sources.list'),
    source('debian', release) +
      source('debian', `${release}-updates`) +
      source('debian-security', `${release}-security`),
  )
  const settings = {
    'Dir::Etc': join(root, 'etc/apt'),
    'Dir::State': join(root, 'state'),
    'Dir::State::status': join(root, 'state/status'),
    'Dir::Cache': join(root, 'cache'),
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': 'root',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const run = (program: string, args: readonly string[]) =>
    execFileSync(program, [...options, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  run('apt-get', ['update', '-qq'])
  return names.map((name) => {
    const [fields] = parseParagraphs(run('apt-cache', ['show', '--no-all-versions', name]))
    const field = (key: string) => fields?.get(key) ?? fail(`${name} has no field ${key}`)
    const path = field('Filename')
    return {
      name,
      version: field('Version'),
      architecture: field('Architecture') as PinnedPackage['architecture'],
      archive: path.startsWith('pool/updates/') ? 'debian-security' : 'debian',
      path,
      bytes: Number(field('Size')),
      sha256: field('SHA256'),
    }
  })
}

function writeList(packages: readonly PinnedPackage[]): void {
  // The archive of all versions resolves a time to its last state before.
  const snapshot = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const text = `import type { PinnedPackages } from './packages.ts'

/** The Debian packages whose files are in the image. \`scripts/debian-packages\` writes this file. */
export const PINNED: PinnedPackages = ${JSON.stringify({ release, snapshot, packages }, null, 2)}
`
  writeFileSync(OUTPUT, text)
  execFileSync('biome', ['check', '--write', '--log-level=error', OUTPUT], { stdio: 'inherit' })
}

function fail(message: string): never {
  throw new Error(message)
}
