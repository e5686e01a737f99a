import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildArtifacts } from '../../src/build/build.ts'
import { debControl } from '../../src/build/debian/read-deb.ts'
import { platform } from '../../src/build/platforms.ts'
import { gnupg } from '../support/gnupg.ts'
import { expectGolden } from '../support/golden.ts'
import { tinyPayload } from '../support/tiny-payload.ts'

/** The control files of each format, of the same tiny payload. `npm run golden` renews them. */

const keys = gnupg()
const out = mkdtempSync(join(tmpdir(), 'mathesarctl-golden-'))
const HERE = platform('linux-x64')

beforeAll(async () => {
  const signKey = keys.key('Ann <ann@example.org>', { createdAt: 1_600_000_000 })
  const { PATH, HOME } = process.env
  await buildArtifacts({
    payload: tinyPayload(),
    formats: ['deb', 'apt-repo', 'pypi'],
    platforms: [HERE],
    out,
    settings: { 'apt-repo': { signKey, baseUrl: 'https://example.org/apt', validDays: 30 } },
    env: { PATH, HOME, GNUPGHOME: keys.home, SOURCE_DATE_EPOCH: '1700000001' },
  })
})

afterAll(() => {
  keys.remove()
  rmSync(out, { recursive: true })
})

const read = (path: string) => readFileSync(join(out, path), 'utf8')

/** Hashes and sizes of compressed files are those of this machine's xz and gzip. */
function withoutHashes(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b( +\d+)?/g, 'SHA256').replace(/^Size: \d+$/gm, 'Size: BYTES')
}

it('writes the control file of the Debian package', async () => {
  expectGolden('test/build/golden/deb/control', await debControl(join(out, 'tiny-tool_1.2.3~rc.1_amd64.deb')))
})

it('writes the metadata of the wheel', () => {
  const wheel = execFileSync('sh', ['-c', 'ls "$0"/*.whl', out], { encoding: 'utf8' }).trim()
  const script =
    'import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())'
  const member = (name: string) =>
    execFileSync('python3', ['-c', script, wheel, `tiny_tool-1.2.3rc1.dist-info/${name}`], {
      encoding: 'utf8',
    })
  expectGolden('test/build/golden/pypi/METADATA', member('METADATA'))
})

it('writes the index of the apt repository', () => {
  const dists = 'apt/dists/stable'
  expectGolden('test/build/golden/apt-repo/Release', withoutHashes(read(`${dists}/Release`)))
  expectGolden(
    'test/build/golden/apt-repo/Packages',
    withoutHashes(read(`${dists}/main/binary-amd64/Packages`)),
  )
  expectGolden('test/build/golden/apt-repo/Contents-amd64', read(`${dists}/main/Contents-amd64`))
  const sources = read('apt/tiny-tool.sources')
  expectGolden('test/build/golden/apt-repo/tiny-tool.sources', sources.replace(/[0-9A-F]{40}/, 'FINGERPRINT'))
})

it('writes the bill of materials', () => {
  expectGolden('test/build/golden/bill-of-materials.cdx.json', read('tiny-tool-1.2.3-rc.1.cdx.json'))
  expect(JSON.parse(read('tiny-tool-1.2.3-rc.1.cdx.json'))).toMatchObject({ bomFormat: 'CycloneDX' })
})
