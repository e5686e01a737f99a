import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseParagraphs } from '../../src/build/debian/deb822.ts'
import { buildRepository } from '../support/apt-repository.ts'
import { DEBIAN_RELEASES, type DebianRoot, debianRoot } from '../support/debian.ts'
import { type Gnupg, gnupg } from '../support/gnupg.ts'
import { smallDeb } from '../support/small-deb.ts'

/** The real apt against a repository over http. */

const KEYRING = 'mathesarctl-archive-keyring.gpg'
const DIST = 'dists/stable'

let keys: Gnupg
let key: string
let debs: string

beforeAll(() => {
  keys = gnupg()
  key = keys.key('Releases <releases@example.org>')
  debs = mkdtempSync(join(tmpdir(), 'mathesarctl-debs-'))
})

afterAll(() => {
  keys.remove()
  rmSync(debs, { recursive: true })
})

/** A web server of a directory, which can be told to answer with something else. */
interface Site {
  readonly out: string
  readonly url: string
  readonly requests: string[]
  readonly instead: Map<string, Buffer | null>
  close(): void
}

async function site(): Promise<Site> {
  const out = mkdtempSync(join(tmpdir(), 'mathesarctl-site-'))
  const requests: string[] = []
  const instead = new Map<string, Buffer | null>()
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1)
    requests.push(path)
    try {
      const found = instead.get(path)
      if (found === null) throw new Error('gone')
      response.end(found ?? readFileSync(join(out, 'apt', path)))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    out,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    instead,
    close() {
      server.close()
      server.closeAllConnections()
      rmSync(out, { recursive: true })
    },
  }
}

function build(
  out: string,
  debs: readonly string[],
  settings: Parameters<typeof buildRepository>[0] | object = {},
) {
  return buildRepository({ signKey: key, ...settings, out, debs, env: { GNUPGHOME: keys.home } })
}

describe.each(DEBIAN_RELEASES)('apt of Debian %s', (release) => {
  let root: DebianRoot
  let web: Site

  beforeAll(async () => {
    root = debianRoot(release)
    web = await site()
    await build(
      web.out,
      [
        smallDeb(debs, { version: '0.3.0', files: { '/usr/share/old': '' } }),
        smallDeb(debs, { version: '0.3.0', architecture: 'arm64', files: { '/usr/share/arm': '' } }),
        smallDeb(debs, { name: 'mathesarctl-extras', version: '1', architecture: 'all' }),
      ],
      { baseUrl: web.url },
    )
    // Nothing but what this repository offers.
    rmSync(join(root.path, 'etc/apt/sources.list'), { force: true })
    mkdirSync(join(root.path, 'etc/apt/keyrings'), { recursive: true })
    cpSync(join(web.out, 'apt', KEYRING), join(root.path, 'etc/apt/keyrings', KEYRING))
    cpSync(
      join(web.out, 'apt/mathesarctl.sources'),
      join(root.path, 'etc/apt/sources.list.d/mathesarctl.sources'),
    )
    // What apt-file tells apt to fetch.
    writeFileSync(
      join(root.path, 'etc/apt/apt.conf.d/50contents'),
      `Acquire::IndexTargets::deb::Contents-deb {
  MetaKey "$(COMPONENT)/Contents-$(ARCHITECTURE)"; ShortDescription "Contents-$(ARCHITECTURE)"; Description "Contents";
};
`,
    )
    // The first time a root is made by debootstrap.
  }, 300_000)

  afterAll(() => {
    web.close()
    root.remove()
  })

  const apt = (...args: string[]) =>
    root.run(['apt-get', '-y', '-o', 'Acquire::Retries=0', ...args], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  const well = async (...args: string[]) => {
    const { status, stdout, stderr } = await apt(...args)
    expect({ status, said: `${stdout}${stderr}` }).toEqual({
      status: 0,
      // A chroot has no /dev/pts.
      said: expect.not.stringMatching(/^[WEN]: (?!Can not write log)/m),
    })
    return stdout
  }
  const forget = () => rmSync(join(root.path, 'var/lib/apt/lists'), { recursive: true })
  const refused = async (...args: string[]) => {
    const { status, stdout, stderr } = await apt(...args)
    expect({ status, said: `${stdout}${stderr}` }).toEqual({
      status: 100,
      said: expect.stringMatching(/^E: /m),
    })
    return `${stdout}${stderr}`
  }

  test('installs, upgrades, and downgrades to an old version', async () => {
    await well('update')
    expect(web.requests.filter((path) => path.includes('/by-hash/SHA256/')).length).toBeGreaterThan(0)
    expect(web.requests).not.toContain(`${DIST}/main/binary-amd64/Packages.xz`)
    await well('install', 'mathesarctl', 'mathesarctl-extras')
    expect(await root.succeed(['mathesarctl'])).toBe('mathesarctl 0.3.0\n')

    await build(web.out, [smallDeb(debs, { version: '0.4.0', compression: 'gzip' })])
    await well('update')
    await well('upgrade')
    expect(await root.succeed(['mathesarctl'])).toBe('mathesarctl 0.4.0\n')

    await well('install', '--allow-downgrades', 'mathesarctl=0.3.0')
    expect(await root.succeed(['mathesarctl'])).toBe('mathesarctl 0.3.0\n')
  })

  test('downloads the contents that apt-file searches', async () => {
    const files = await root.succeed([
      'apt-get',
      'indextargets',
      '--format',
      '$(FILENAME)',
      'Created-By: Contents-deb',
    ])
    const text = await root.succeed(['/usr/lib/apt/apt-helper', 'cat-file', files.trim()])
    const found = Object.fromEntries(text.split('\n').map((line) => line.split(/\s+(?=\S+$)/)))
    expect(found).toEqual({
      '': undefined,
      'usr/bin/mathesarctl': 'database/mathesarctl',
      'usr/bin/mathesarctl-extras': 'database/mathesarctl-extras',
      'usr/share/doc/mathesarctl-extras/a file with blanks': 'database/mathesarctl-extras',
      'usr/share/doc/mathesarctl/a file with blanks': 'database/mathesarctl',
      'usr/share/old': 'database/mathesarctl',
    })
  })

  test('accepts nothing that was tampered with', async () => {
    const published = (path: string) => readFileSync(join(web.out, 'apt', path))
    // The index's signed text.
    forget()
    web.instead.set(
      `${DIST}/InRelease`,
      Buffer.from(
        published(`${DIST}/InRelease`).toString().replace('Label: mathesarctl', 'Label: mathesarctL'),
      ),
    )
    expect(await refused('update')).toMatch(/signature|BADSIG|verif/i)

    // Another key, and none.
    forget()
    const stranger = keys.key(`Stranger ${release} <stranger@example.org>`)
    const release_ = published(`${DIST}/Release`).toString()
    web.instead.set(
      `${DIST}/InRelease`,
      Buffer.from(keys.gpg(['--local-user', stranger, '--clearsign'], release_)),
    )
    expect(await refused('update')).toMatch(/NO_PUBKEY|missing key|not signed|public key/i)
    forget()
    web.instead.set(`${DIST}/InRelease`, null)
    web.instead.set(`${DIST}/Release.gpg`, null)
    expect(await refused('update')).toMatch(/not signed/)
    web.instead.clear()

    // Release with the signature beside it is as good as InRelease.
    forget()
    web.instead.set(`${DIST}/InRelease`, null)
    await well('update')
    web.instead.clear()

    // The list of packages.
    forget()
    await well('update')
    const named = web.requests.filter((path) => path.includes('/binary-amd64/by-hash/'))
    forget()
    for (const path of [
      ...named,
      `${DIST}/main/binary-amd64/Packages.xz`,
      `${DIST}/main/binary-amd64/Packages.gz`,
    ])
      web.instead.set(path, Buffer.from('Package: mathesarctl\nVersion: 9\n'))
    expect(await refused('update')).toMatch(/Hash Sum mismatch|unexpected size/)
    web.instead.clear()

    // A package.
    forget()
    await well('update')
    await well('clean')
    const deb = 'pool/main/m/mathesarctl/mathesarctl_0.4.0_amd64.deb'
    const changed = published(deb)
    changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1
    web.instead.set(deb, changed)
    expect(await refused('install', 'mathesarctl=0.4.0')).toMatch(/Hash Sum mismatch/)
    web.instead.clear()
    await well('install', 'mathesarctl=0.4.0')
  })

  test('refuses an index that has expired', async () => {
    forget()
    await build(web.out, [], { validDays: 1 })
    await well('update')
    const other = await site()
    try {
      const past = Math.floor(Date.now() / 1000) - 3 * 24 * 60 * 60
      await buildRepository({
        out: other.out,
        debs: [join(debs, 'mathesarctl_0.3.0_amd64.deb')],
        signKey: keys.key(`Old ${release} <old@example.org>`, { createdAt: past - 1000 }),
        baseUrl: other.url,
        validDays: 2,
        env: { GNUPGHOME: keys.home, SOURCE_DATE_EPOCH: String(past) },
      })
      cpSync(join(other.out, 'apt', KEYRING), join(root.path, 'etc/apt/keyrings/old.gpg'))
      writeFileSync(
        join(root.path, 'etc/apt/sources.list.d/mathesarctl.sources'),
        readFileSync(join(other.out, 'apt/mathesarctl.sources'), 'utf8').replace(
          /^Signed-By: .*/m,
          'Signed-By: /etc/apt/keyrings/old.gpg',
        ),
      )
      forget()
      expect(await refused('update')).toMatch(/is expired/)
    } finally {
      other.close()
    }
  })
})

test('writes the entries that apt-ftparchive writes', async () => {
  const web = await site()
  try {
    const packages = [
      smallDeb(debs, {
        version: '1:2.0~rc1-1',
        fields: { Depends: 'libc6 (>= 2.28)', Homepage: 'https://x.example' },
      }),
      smallDeb(debs, {
        name: 'libsmall',
        version: '1.0',
        compression: 'none',
        fields: { Source: 'small (2.0)' },
      }),
      smallDeb(debs, { name: 'ubuntu', version: '1', compression: 'zstd' }),
    ]
    await build(web.out, packages, { baseUrl: web.url })
    const root = join(web.out, 'apt')
    const archive = (command: string) =>
      spawnSync('apt-ftparchive', ['-o', 'APT::FTPArchive::AlwaysStat=false', command, 'pool'], {
        cwd: root,
        encoding: 'utf8',
      }).stdout
    const fields = (text: string) =>
      parseParagraphs(text)
        .map((paragraph) => Object.fromEntries(paragraph))
        .map(({ MD5sum, SHA1, SHA512, ...rest }) => rest)
        .sort((one, other) => ((one.Package ?? '') < (other.Package ?? '') ? -1 : 1))
    const index = readFileSync(join(root, DIST, 'main/binary-amd64/Packages'), 'utf8')
    expect(fields(index)).toEqual(fields(archive('packages')))
    expect(fields(index).map(({ Filename }) => Filename)).toEqual([
      'pool/main/s/small/libsmall_1.0_amd64.deb',
      'pool/main/m/mathesarctl/mathesarctl_2.0~rc1-1_amd64.deb',
      'pool/main/u/ubuntu/ubuntu_1_amd64.deb',
    ])
    const lines = (text: string) =>
      text.split('\n').map((line) => line.replace(/\s+(database\/)?(\S+)$/, ' $2'))
    const contents = readFileSync(join(root, DIST, 'main/Contents-amd64'), 'utf8')
    expect(lines(contents).sort()).toEqual(lines(archive('contents')).sort())
  } finally {
    web.close()
  }
})
