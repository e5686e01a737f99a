import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildArtifacts } from '../support/artifacts.ts'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { checkJson } from '../support/json.ts'
import { checkSignature } from '../support/mach-o.ts'
import { repository, VERSION } from '../support/program.ts'

const host = `linux-${process.arch}`
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
let out: string
let executable: string

beforeAll(() => {
  out = buildArtifacts(['binary'])
  executable = join(out, `mathesarctl-${VERSION}-${host}`)
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

/** Returns what the dynamic loader has to find. */
function neededLibraries(file: string): string[] {
  const dynamic = execFileSync('readelf', ['--dynamic', file], { encoding: 'utf8' })
  return [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name = '']) => name).sort()
}

test('needs the C library and the run-time libraries of its compiler, and nothing else', () => {
  expect(
    neededLibraries(executable).filter((name) => !/^(libc|libm|libdl|libpthread|ld-linux.*)\.so/.test(name)),
  ).toEqual(['libgcc_s.so.1', 'libstdc++.so.6'])
})

test('the licenses of everything in the executable are beside it', () => {
  const text = readFileSync(`${executable}-licences.txt`, 'utf8')
  for (const part of [
    'LICENSE\n\nMIT',
    'Node.js is licensed for use',
    'OpenSSL',
    'commander',
    '@inquirer/core',
  ])
    expect(text).toContain(part)
})

describe('in an empty root, read-only, without /proc, HOME or an environment, as nobody in particular', () => {
  let root: string

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'mathesarctl-root-'))
    chmodSync(root, 0o755)
    mkdirSync(join(root, 'data'))
    // A directory that everybody can write to would be refused.
    chmodSync(join(root, 'data'), 0o700)
    chownSync(join(root, 'data'), 65534, 65534)
    copyFileSync(executable, join(root, 'mathesarctl'))
    const listed = execFileSync('ldd', [executable], { encoding: 'utf8' })
    for (const [, library = ''] of listed.matchAll(/(\/\S+) \(0x/g)) {
      mkdirSync(join(root, dirname(library)), { recursive: true })
      copyFileSync(library, join(root, library))
    }
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  function run(args: readonly string[], input = '') {
    const script = `mount --bind "$0" "$0" && mount --bind "$0/data" "$0/data" && mount -o remount,bind,ro "$0" &&
      exec env -i "$(command -v chroot)" --userspec=65534:65534 "$0" /mathesarctl "$@"`
    const command = ['--mount', 'sh', '-c', script, root, ...args]
    const result = spawnSync('unshare', command, { encoding: 'utf8', input })
    checkJson(args, result)
    return result
  }

  test('prints its version, and the SQL that it carries', () => {
    expect(run(['--version'])).toMatchObject({ status: 0, stdout: `${VERSION}\n`, stderr: '' })
    expect(run(['schema', 'print']).stdout).toContain('CREATE SCHEMA')
  })

  test('adds a database, lists it, and removes it with the schemas', async () => {
    const store = ['--internal-db', '/data/internal.sqlite3', '--secret-key-file', '/data/secret_key']
    const settings = await ownedDatabase()
    expect(run(['setup', ...store])).toMatchObject({ status: 0 })
    const added = run(
      ['db', 'add', 'library', ...connectionArguments(settings), '--password-stdin', '--json', ...store],
      settings.password ?? '',
    )
    expect(added.stderr).toBe('')
    expect(JSON.parse(added.stdout)).toMatchObject({ name: 'library', status: 'added' })
    expect(run(['db', 'list', ...store]).stdout).toContain('library')
    expect(run(['db', 'remove', 'library', '--remove-schema', '--yes', ...store])).toMatchObject({
      status: 0,
    })
    expect(readdirSync(join(root, 'data')).sort()).toEqual(['internal.sqlite3', 'secret_key'])
  })

  test('reports that it can’t build packages of itself', () => {
    const { status, stderr } = run(['build', 'npm', '--out', '/data/out'])
    expect(status).toBe(2)
    expect(stderr).toContain('was installed from a package')
  })
})

test('ignores variables of the environment that are for Node', () => {
  for (const options of ['--no-such-option', '--require=/nowhere.js', '--inspect=0']) {
    const env = { NODE_OPTIONS: options }
    expect(spawnSync(executable, ['schema', 'print', '--help'], { env, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  }
})

test('carries this tool’s script in the executables for other machines', () => {
  const others = ['linux-arm64', 'darwin-arm64']
  const elsewhere = buildArtifacts(['binary', '--platform', ...others])
  try {
    for (const platform of others) {
      const content = readFileSync(join(elsewhere, `mathesarctl-${VERSION}-${platform}`))
      // ELF: e_machine is 183 for AArch64. Mach-O: 64 bits, CPU_TYPE_ARM64.
      if (platform.startsWith('linux')) {
        expect(content.subarray(0, 4).toString('latin1')).toBe('\x7fELF')
        expect(content.readUInt16LE(18)).toBe(183)
      } else {
        expect([content.readUInt32LE(0), content.readUInt32LE(4)]).toEqual([0xfeedfacf, 0x0100000c])
        expect(checkSignature(content)).toMatchObject({ identifier: 'mathesarctl' })
      }
      expect(content.includes(`${FUSE}:1`)).toBe(true)
      expect(content.includes(readFileSync(join(repository, 'dist/single.cjs')))).toBe(true)
    }
  } finally {
    rmSync(elsewhere, { recursive: true })
  }
})

test('the executable has the same bytes when it is built again elsewhere', () => {
  // Beside this checkout, for links to files can't leave their file system.
  const checkout = mkdtempSync(join(repository, '.cache/elsewhere-'))
  try {
    for (const entry of readdirSync(repository)) {
      if (['.git', '.cache', 'dist'].includes(entry)) continue
      execFileSync('cp', ['-al', join(repository, entry), join(checkout, entry)])
    }
    const surroundings = {
      TZ: 'Pacific/Kiritimati',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'de_DE.UTF-8',
      TMPDIR: checkout,
    }
    execFileSync('/bin/sh', ['-c', 'umask 077 && exec "$0" scripts/build.ts', process.execPath], {
      cwd: checkout,
      env: { ...process.env, ...surroundings },
    })
    const here = buildArtifacts(['binary', 'npm'])
    const there = buildArtifacts(['npm', 'binary'], { checkout, umask: '077', env: surroundings })
    const sums = (directory: string) => readFileSync(join(directory, 'SHA256SUMS'), 'utf8')
    expect(sums(there)).toBe(sums(here))
    expect(
      sums(here)
        .split('\n')
        .map((line) => line.slice(66)),
    ).toEqual([
      `mathesarctl-${VERSION}-${host}`,
      `mathesarctl-${VERSION}-${host}-licences.txt`,
      `mathesarctl-${VERSION}.cdx.json`,
      `mathesarctl-${VERSION}.tgz`,
      '',
    ])
    for (const directory of [here, there]) {
      execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: directory })
      rmSync(directory, { recursive: true })
    }
  } finally {
    rmSync(checkout, { recursive: true, force: true })
  }
})
