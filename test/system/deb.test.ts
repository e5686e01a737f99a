import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildArtifacts } from '../../src/build/build.ts'
import { parseParagraphs } from '../../src/build/debian/deb822.ts'
import type { Payload } from '../../src/build/payloads/types.ts'
import { platform } from '../../src/build/platforms.ts'
import { connectionArguments } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { DEBIAN_RELEASES, type DebianRoot, debianRoot } from '../support/debian.ts'
import type { OtherDeb } from '../support/other-deb.ts'
import { repository, VERSION } from '../support/program.ts'

const place = mkdtempSync(join(tmpdir(), 'mathesarctl-deb-'))
/** The package that `mathesarctl build deb` makes. */
const built = join(place, `mathesarctl_${VERSION}_amd64.deb`)
const standIn = join(place, 'stand-in')

/** Of a release's workflow, from which a package has its homepage. */
const WORKFLOW = { GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'somebody/mathesarctl' }

beforeAll(async () => {
  const command = ['bin/mathesarctl.js', 'build', 'deb', '--platform', 'linux-x64', '--out', place]
  await run(process.execPath, command, { env: WORKFLOW })
  writeFileSync(standIn, '#!/bin/sh\necho stand-in\n')
}, 300_000)

afterAll(() => rmSync(place, { recursive: true, force: true }))

test.concurrent('passes lintian without a complaint', { timeout: 300_000 }, async () => {
  const said = run('lintian', ['--allow-root', '--pedantic', '--fail-on=error,warning,pedantic', built])
  expect(await said.catch((error: { stdout?: string }) => error.stdout ?? error)).toBe('')
})

test.concurrent('depends on the libraries that the executable needs, in the versions that its symbols need', async () => {
  const path = join(place, 'unpacked')
  await run('dpkg-deb', ['--extract', built, path])
  const executable = join(path, 'usr/bin/mathesarctl')
  const needed = (await run('readelf', ['--dynamic', '--wide', executable])).matchAll(/\(NEEDED\).*\[(.+)\]/g)
  const packages = new Set(
    [...needed].map(([, library = '']) => PACKAGE_OF[library] ?? `unknown: ${library}`),
  )
  const depends = (await run('dpkg-deb', ['--field', built, 'Depends'])).trim().split(', ')
  const versions = new Map(
    depends.map((text) => /^(\S+) \(>= (.+)\)$/.exec(text)?.slice(1) as [string, string]),
  )
  expect(packages).toEqual(new Set(versions.keys()))
  const symbols = new Set(
    (await run('readelf', ['--version-info', '--wide', executable])).match(/\b[A-Z]+_\d[\d.]*\b/g),
  )
  const newest = (prefix: string) =>
    [...symbols]
      .filter((symbol) => symbol.startsWith(`${prefix}_`))
      .map((symbol) => symbol.slice(prefix.length + 1))
      .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
      .at(-1) ?? ''
  expect(versions.get('libc6')).toBe(newest('GLIBC'))
  expect(versions.get('libgcc-s1')).toBe(newest('GCC'))
  const releases = [GCC_OF_GLIBCXX[newest('GLIBCXX')], GCC_OF_CXXABI[newest('CXXABI')]]
  expect(Number(versions.get('libstdc++6'))).toBe(Math.max(...releases.map(Number)))
})

const PACKAGE_OF: Readonly<Record<string, string>> = {
  'ld-linux-x86-64.so.2': 'libc6',
  'libc.so.6': 'libc6',
  'libdl.so.2': 'libc6',
  'libm.so.6': 'libc6',
  'libpthread.so.0': 'libc6',
  'libgcc_s.so.1': 'libgcc-s1',
  'libstdc++.so.6': 'libstdc++6',
}

/**
 * The release of GCC in whose libstdc++ a version of symbols appeared: libstdc++ manual, "ABI Policy and
 * Guidelines".
 */
const GCC_OF_GLIBCXX: Readonly<Record<string, number>> = {
  '3.4.21': 5.1,
  '3.4.22': 6.1,
  '3.4.23': 7.1,
  '3.4.24': 7.2,
  '3.4.25': 8.1,
  '3.4.26': 9.1,
}
const GCC_OF_CXXABI: Readonly<Record<string, number>> = {
  '1.3.9': 5.1,
  '1.3.10': 6.1,
  '1.3.11': 7.1,
  '1.3.12': 9.1,
}

test.concurrent('the Debian package is what dpkg-buildpackage builds from a checkout after npm ci, the executable included', {
  timeout: 300_000,
}, async () => {
  const tree = join(place, 'elsewhere/checkout')
  mkdirSync(tree, { recursive: true })
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    cpSync(join(repository, file), join(tree, file))
  }
  // As npm ci leaves it; by hard links where that is one file system.
  const copy = 'cp -al "$0" "$1" 2>/dev/null || cp -a "$0" "$1"'
  await run('sh', ['-c', copy, join(repository, 'node_modules'), tree])
  // Nothing is compiled, so the compiler may be missing that Debian takes for granted (-d).
  await run('sh', ['-c', 'umask 077 && exec dpkg-buildpackage -us -uc -d'], {
    cwd: tree,
    env: { ...WORKFLOW, DPKG_DEB_COMPRESSOR_TYPE: 'none' },
  })
  const other = join(place, 'elsewhere', `mathesarctl_${VERSION}_amd64.deb`)
  const [ours, theirs] = await Promise.all([contentsOf(built), contentsOf(other)])
  expect(ours.fields.get('Homepage')).toBe('https://git.example/somebody/mathesarctl')
  // debhelper reckons with the files of DEBIAN/ too.
  expect(Number(theirs.fields.get('Installed-Size')) - Number(ours.fields.get('Installed-Size'))).toBe(3)
  theirs.fields.delete('Installed-Size')
  ours.fields.delete('Installed-Size')
  expect(theirs).toEqual(ours)
  // The source package has what is in the repository, and not what npm has installed.
  const source = await run('tar', ['-tf', join(place, 'elsewhere', `mathesarctl_${VERSION}.tar.xz`)])
  const packed = source.split('\n').filter((name) => name !== '' && !name.endsWith('/'))
  const ignored = /^\.gitignore$/
  expect(packed.map((name) => name.replace(/^[^/]+\//, '')).sort()).toEqual(
    listed
      .split('\0')
      .filter((name) => name !== '' && !ignored.test(name))
      .sort(),
  )
})

test.concurrent('the Debian package has the same bytes whatever the umask, time zone, locale, directory and number of processors are', async () => {
  // Three blocks of xz.
  const executable = join(place, 'large')
  writeFileSync(executable, Buffer.alloc(40 * 1024 * 1024, 'mathesarctl'))
  const build = async (
    out: string,
    umask: string,
    env: Readonly<Record<string, string>>,
    program: readonly string[],
  ) => {
    const wish: OtherDeb = { out: join(place, out), version: '1.0.0-rc.1', executable }
    mkdirSync(wish.out)
    mkdirSync(join(wish.out, 'tmp'))
    const script = join(repository, 'test/support/other-deb.ts')
    await run(
      'sh',
      ['-c', `umask ${umask} && exec "$@"`, 'sh', ...program, process.execPath, script, JSON.stringify(wish)],
      { env: { TMPDIR: join(wish.out, 'tmp'), ...env } },
    )
    const path = join(wish.out, 'mathesarctl_1.0.0~rc.1_amd64.deb')
    expect(statSync(path).mode & 0o777).toBe(0o644)
    return readFileSync(path)
  }
  const one = await build('one', '022', { TZ: 'UTC', LC_ALL: 'C.UTF-8' }, [])
  const other = await build(
    'other',
    '077',
    { TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8', XZ_OPT: '-9', GZIP: '-1', XZ_DEFAULTS: '-T1' },
    ['taskset', '--cpu-list', '0'],
  )
  expect(other.equals(one)).toBe(true)
})

test.concurrent('contains what a payload installs as dpkg reads it', async () => {
  const out = join(place, 'other-payload')
  const deep = `/srv/${'directory/'.repeat(15)}file`
  const payload: Payload = {
    about: {
      name: 'example',
      version: '2.0.0',
      summary: 'example',
      description: ['First paragraph.', 'Second paragraph.'],
      license: 'MIT',
      homepage: null,
      maintainer: 'Somebody <somebody@example.org>',
    },
    epoch: 1_700_000_000,
    components: async () => [],
    installedFiles: async () => [
      { kind: 'link', path: '/usr/bin/example', target: '../lib/example' },
      { kind: 'copy', path: '/usr/lib/example', from: standIn, mode: 0o755 },
      { kind: 'file', path: '/etc/b.conf', content: 'b', isConfiguration: true },
      { kind: 'file', path: '/etc/a.conf', content: 'a', isConfiguration: true, mode: 0o600 },
    ],
    contents: {
      deb: async () => ({
        fields: { Depends: 'base-files' },
        files: [{ kind: 'file', path: deep, content: 'deep' }],
        scripts: { preinst: '#!/bin/sh\n', prerm: '#!/bin/sh\n' },
      }),
    },
  }
  const build = (more: Partial<Payload>) =>
    buildArtifacts({
      payload: { ...payload, ...more },
      formats: ['deb'],
      platforms: [platform('linux-arm64'), platform('darwin-arm64')],
      out,
      env: process.env,
      onProgress: (event) => warnings.push(...(event.type === 'warning' ? [event.message] : [])),
    })
  const warnings: string[] = []
  await build({})
  expect(warnings).toEqual(['There is no Debian package for darwin-arm64.'])
  const path = join(out, 'example_2.0.0_arm64.deb')
  const listed = await run('dpkg-deb', ['--contents', path], { env: { TZ: 'UTC', LC_ALL: 'C' } })
  const files = listed.split('\n').filter((line) => line !== '' && !line.startsWith('d'))
  const time = '2023-11-14 22:13'
  expect(files.map((line) => line.replace(/ +/g, ' '))).toEqual([
    `-rw------- root/root 1 ${time} ./etc/a.conf`,
    `-rw-r--r-- root/root 1 ${time} ./etc/b.conf`,
    `-rw-r--r-- root/root 4 ${time} .${deep}`,
    `lrwxrwxrwx root/root 0 ${time} ./usr/bin/example -> ../lib/example`,
    `-rwxr-xr-x root/root ${statSync(standIn).size} ${time} ./usr/lib/example`,
  ])
  expect(await run('dpkg-deb', ['--info', path, 'conffiles'])).toBe('/etc/a.conf\n/etc/b.conf\n')
  const control = await run('dpkg-deb', ['--field', path])
  expect(control).toContain('Architecture: arm64\n')
  expect(control).toContain('Description: example\n First paragraph.\n .\n Second paragraph.\n')
  const scripts = execFileSync('sh', ['-c', 'dpkg-deb --ctrl-tarfile "$0" | tar -tv', path]).toString()
  expect(scripts).toMatch(/^-rwxr-xr-x .* \.\/preinst$/m)
  // dpkg could not read these.
  for (const name of [`/srv/${'x'.repeat(120)}`, '/srv/ä']) {
    const files = [{ kind: 'file' as const, path: name, content: '' }]
    await expect(build({ installedFiles: async () => files })).rejects.toThrow(
      'is too long for a Debian package',
    )
  }
})

test.concurrent.each(DEBIAN_RELEASES)(
  'works on %s when it is installed, upgraded, removed, installed again and purged',
  { timeout: 300_000 },
  async (release) => {
    const root = debianRoot(release)
    try {
      await liveWith(root, release)
    } finally {
      root.remove()
    }
  },
)

async function liveWith(root: DebianRoot, release: string): Promise<void> {
  const inRoot = (path: string) => join(root.path, path)
  const apt = (...args: string[]) =>
    root.run(['apt-get', '-y', '-q', ...args], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
  const install = async (path: string) => {
    cpSync(path, inRoot('package.deb'))
    const outcome = await apt(
      'install',
      '-o',
      'Dpkg::Options::=--force-confold',
      '--allow-downgrades',
      '/package.deb',
    )
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ status: 0 })
    rmSync(inRoot('package.deb'))
  }
  const settings = inRoot('etc/mathesar/mathesarctl.yaml')
  await root.succeed(['useradd', '--create-home', 'reader'])
  const reader = { user: 'reader', env: { HOME: '/home/reader' } }
  const before = filesOf(root)

  // Who never used it has nothing left after a purge.
  await install(built)
  expect(await root.succeed(['dpkg', '--verify', 'mathesarctl'])).toBe('')
  expect((await apt('purge', 'mathesarctl')).stderr).not.toContain('kept')
  expect(filesOf(root)).toEqual(before)

  await install(built)
  expect(await root.succeed(['mathesarctl', '--version'])).toBe(`${VERSION}\n`)
  const paths = '/etc/mathesar /etc/mathesar/mathesarctl.yaml /var/lib/mathesar /usr/bin/mathesarctl'.split(
    ' ',
  )
  expect((await root.succeed(['stat', '--format=%A %U %G', ...paths])).trim().split('\n')).toEqual([
    'drwxr-xr-x root root',
    '-rw-r----- root root',
    'drwx------ root root',
    '-rwxr-xr-x root root',
  ])

  // Root has the machine's files, everybody else their own.
  const setup = ['mathesarctl', 'setup', '--no-input', '--json']
  expect(JSON.parse(await root.succeed(setup))).toMatchObject({
    secretKey: { source: '/etc/mathesar/secret_key', created: true },
    internalDatabase: { location: '/var/lib/mathesar/internal.sqlite3', created: true },
  })
  expect(JSON.parse(await root.succeed(setup, reader))).toMatchObject({
    secretKey: { source: '/home/reader/.config/mathesarctl/secret_key', created: true },
    internalDatabase: { location: '/home/reader/.local/share/mathesarctl/internal.sqlite3', created: true },
  })

  // On the PostgreSQL of this test run, whose loopback it has.
  const target = await ownedDatabase({ database: `deb_${release}` })
  const flags = [...connectionArguments(target), '--password-stdin', '--json']
  const added = await root.succeed(['mathesarctl', 'db', 'add', 'library', ...flags], {
    input: target.password ?? '',
  })
  expect(JSON.parse(added)).toMatchObject({ name: 'library', status: 'added' })
  const works = async () => {
    const rows: unknown = JSON.parse(await root.succeed(['mathesarctl', 'db', 'test', '--all', '--json']))
    expect(rows).toMatchObject([{ name: 'library', ok: true, schema: {} }])
  }
  await works()
  expect(JSON.parse(await root.succeed(['mathesarctl', 'db', 'list', '--json'], reader))).toEqual([])

  // An edit and a mode of the operator's survive upgrades, one of which brings other settings.
  const edited = `${readFileSync(settings, 'utf8')}no-color: true\n`
  writeFileSync(settings, edited)
  await root.succeed(['chgrp', 'reader', '/etc/mathesar/mathesarctl.yaml'])
  const [newer, newest] = await newerPackages()
  await install(newer)
  expect(await root.succeed(['mathesarctl', '--version'])).toBe('stand-in\n')
  expect(readFileSync(settings, 'utf8')).toBe(edited)
  await install(newest)
  expect(readFileSync(settings, 'utf8')).toBe(edited)
  expect(await root.succeed(['stat', '--format=%A %G', '/etc/mathesar/mathesarctl.yaml'])).toBe(
    '-rw-r----- reader\n',
  )
  expect(readdirSync(dirname(settings)).sort()).toEqual([
    'mathesarctl.yaml',
    'mathesarctl.yaml.dpkg-dist',
    'secret_key',
  ])

  // A removal keeps what was configured and stored, and it is all there again afterwards.
  expect(await apt('remove', 'mathesarctl')).toMatchObject({ status: 0 })
  expect(await root.run(['test', '-e', '/usr/bin/mathesarctl'])).toMatchObject({ status: 1 })
  expect(
    await root.succeed(['dpkg-query', '--show', '--showformat', `\${db:Status-Status}`, 'mathesarctl']),
  ).toBe('config-files')
  expect(readFileSync(settings, 'utf8')).toBe(edited)
  await install(built)
  expect(readFileSync(settings, 'utf8')).toBe(edited)
  await works()

  // A purge leaves what can't be had again, and says where it is.
  const purged = await apt('purge', 'mathesarctl')
  expect(purged, purged.stdout + purged.stderr).toMatchObject({ status: 0 })
  const data = ['/etc/mathesar/secret_key', '/var/lib/mathesar/internal.sqlite3']
  expect(purged.stdout + purged.stderr).toContain(`\n${data.map((path) => `  ${path}\n`).join('')}`)
  const leftovers = filesOf(root).filter((path) => !before.includes(path))
  expect(leftovers).toEqual(['/etc/mathesar', data[0], '/var/lib/mathesar', data[1]])
}

let newerOnes: Promise<[string, string]> | undefined

/** Two packages of later versions; the second one brings other settings. Made once. */
function newerPackages(): Promise<[string, string]> {
  const build = async (version: string, more: Partial<OtherDeb>) => {
    const wish: OtherDeb = { out: join(place, version), version, executable: standIn, ...more }
    await run(process.execPath, [join(repository, 'test/support/other-deb.ts'), JSON.stringify(wish)])
    return join(wish.out, `mathesarctl_${version}_amd64.deb`)
  }
  newerOnes ??= Promise.all([build('99.0.0', {}), build('99.0.1', { settings: '# Other settings.\n' })])
  return newerOnes
}

/** All files and directories but those of dpkg, apt and users. */
function filesOf({ path: root }: DebianRoot): string[] {
  const leftovers = [
    'dev',
    'home',
    'proc',
    'run',
    'sys',
    'tmp',
    'var/cache',
    'var/lib/apt',
    'var/lib/dpkg',
    'var/log',
  ]
  const paths: string[] = []
  const visit = (directory: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      const name = relative(root, path)
      if (leftovers.includes(name)) continue
      paths.push(`/${name}`)
      if (entry.isDirectory()) visit(path)
    }
  }
  visit(root)
  return paths.sort()
}

/**
 * All that is in a package: fields, control files, and each file with its attributes and the hash of its
 * content.
 */
async function contentsOf(path: string) {
  const control = (name: string) => run('dpkg-deb', ['--info', path, name])
  const files: object[] = []
  const entries = extract()
  entries.on('entry', ({ size, pax: _, ...header }, stream, next) => {
    const hash = createHash('sha256')
    stream.on('data', (chunk) => hash.update(chunk as Uint8Array))
    stream.on('end', () => {
      files.push({ ...header, size, content: hash.digest('hex') })
      next()
    })
  })
  const archive = execFileSync('dpkg-deb', ['--fsys-tarfile', path], { maxBuffer: 2 ** 30 })
  await pipeline([archive], entries)
  const name = (file: object) => ('name' in file ? String(file.name) : '')
  return {
    fields: new Map(parseParagraphs(await control('control'))[0] ?? []),
    conffiles: await control('conffiles'),
    md5sums: (await control('md5sums')).split('\n').sort(),
    postrm: await control('postrm'),
    files: files.sort((one, other) => (name(one) < name(other) ? -1 : 1)),
  }
}

/**
 * Runs a program in the checkout and returns what it wrote on standard output; on standard error it may say
 * what it likes.
 */
async function run(
  program: string,
  args: readonly string[],
  { env, cwd }: { env?: Readonly<Record<string, string>>; cwd?: string } = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: cwd ?? repository,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 26,
  })
  return stdout
}
