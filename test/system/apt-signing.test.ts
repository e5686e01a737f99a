import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { readPublished } from '../../src/build/formats/apt-repo/published.ts'
import { OperatorError } from '../../src/errors.ts'
import { buildRepository } from '../support/apt-repository.ts'
import { startCli } from '../support/cli.ts'
import { type Gnupg, gnupg } from '../support/gnupg.ts'
import { smallDeb } from '../support/small-deb.ts'

/** Repositories and the real GnuPG, without apt. */

const BASE = 'https://packages.example.org/apt'
const DIST = 'apt/dists/stable'
const EPOCH = 1_790_000_000

let keys: Gnupg
let work: string
let first: string
let second: string

beforeAll(() => {
  keys = gnupg()
  work = mkdtempSync(join(tmpdir(), 'mathesarctl-signing-'))
  first = smallDeb(work, { version: '0.3.0' })
  second = smallDeb(work, { version: '0.4.0' })
})

afterAll(() => {
  keys.remove()
  rmSync(work, { recursive: true })
})

let directories = 0
const fresh = () => join(work, `out-${directories++}`)

interface Wish {
  out?: string
  debs?: readonly string[]
  key: string
  env?: Readonly<Record<string, string>>
  validDays?: number
  baseUrl?: string | undefined
  onStep?: (detail: string) => void
}

function build({ out = fresh(), debs = [first], key, env, ...settings }: Wish) {
  return buildRepository({
    out,
    debs,
    signKey: key,
    baseUrl: BASE,
    ...settings,
    env: { GNUPGHOME: keys.home, ...env },
  })
}

async function refusal(wish: Wish): Promise<OperatorError> {
  const out = wish.out ?? fresh()
  const before = snapshot(out)
  const error = await build({ ...wish, out }).then(
    () => null,
    (caught: unknown) => caught,
  )
  expect(snapshot(out)).toEqual(before)
  if (!(error instanceof OperatorError)) throw new Error(`no OperatorError: ${error}`)
  expect(error.code).toBe('USAGE')
  return error
}

/** Every file and directory with its mode, and what the file hashes to. */
function snapshot(directory: string): Record<string, string> {
  if (!statSync(directory, { throwIfNoEntry: false })) return {}
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .map((one): [string, boolean] => [join(one.parentPath, one.name), one.isFile()])
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([path, isFile]) => {
        const mode = (statSync(path).mode & 0o777).toString(8)
        const hash = isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'directory'
        return [path.slice(directory.length + 1), `${mode} ${hash}`]
      }),
  )
}

/** Returns whether gpgv accepts both signatures with the exported keyring. */
function isVerified(out: string): boolean {
  const keyring = join(out, 'apt/mathesarctl-archive-keyring.gpg')
  const dist = join(out, DIST)
  const runs = [
    ['gpgv', '--keyring', keyring, join(dist, 'InRelease')],
    ['gpgv', '--keyring', keyring, join(dist, 'Release.gpg'), join(dist, 'Release')],
  ] as const
  return runs.every(([program, ...args]) => spawnSync(program, args).status === 0)
}

test('signs the repository, exports the key, and writes where users find it', async () => {
  const key = keys.key('All <all@example.org>')
  const out = fresh()
  const { artifacts, warnings } = await build({ out, key: 'all@example.org' })
  expect(warnings).toEqual([])
  expect(isVerified(out)).toBe(true)
  expect(artifacts.map(({ file }) => file)).toEqual([
    'apt/pool/main/m/mathesarctl/mathesarctl_0.3.0_amd64.deb',
    'apt/mathesarctl-archive-keyring.gpg',
    'apt/mathesarctl.sources',
    'apt/dists/stable/Release',
    'apt/dists/stable/Release.gpg',
    'apt/dists/stable/InRelease',
    'mathesarctl-0.3.0.cdx.json',
    'SHA256SUMS',
  ])
  expect(
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' }),
  ).toBe('')
  const sources = readFileSync(join(out, 'apt/mathesarctl.sources'), 'utf8')
  expect(sources).toContain(`URIs: ${BASE}/\n`)
  expect(sources).toContain('Signed-By: /etc/apt/keyrings/mathesarctl-archive-keyring.gpg\n')
  expect(sources).toContain(`# Fingerprint of the key: ${key}\n`)
  const release = readFileSync(join(out, DIST, 'Release'), 'utf8')
  expect(release).not.toContain('Valid-Until')
  for (const [, hash, bytes, file] of release.matchAll(/^ ([0-9a-f]{64}) +(\d+) (\S+)$/gm)) {
    const content = readFileSync(join(out, DIST, file ?? ''))
    expect([content.length, createHash('sha256').update(content).digest('hex')]).toEqual([
      Number(bytes),
      hash,
    ])
    const [directory] = /^.*\//.exec(file ?? '') ?? []
    expect(readFileSync(join(out, DIST, directory ?? '', 'by-hash/SHA256', hash ?? '')).equals(content)).toBe(
      true,
    )
    if (file?.endsWith('.gz') || file?.endsWith('.xz')) {
      const program = file.endsWith('.gz') ? 'gzip' : 'xz'
      const plain = spawnSync(program, ['-dc'], { input: content }).stdout
      expect(plain.equals(readFileSync(join(out, DIST, file.slice(0, -3))))).toBe(true)
    }
  }
})

test.each([
  ['ed25519', 'ed25519'],
  ['RSA', 'rsa3072'],
])('writes the same bytes again under one SOURCE_DATE_EPOCH, with %s', async (name, algorithm) => {
  const key = keys.key(`Same ${name} <${algorithm}@example.org>`, { algorithm, createdAt: EPOCH - 1000 })
  const built: Record<string, string>[] = []
  const before = process.umask()
  onTestFinished(() => void process.umask(before))
  for (const [umask, TZ, LC_ALL] of [
    [0o022, 'UTC', 'C'],
    [0o077, 'Asia/Kathmandu', 'de_DE.UTF-8'],
  ] as const) {
    process.umask(umask)
    const out = fresh()
    const env = { SOURCE_DATE_EPOCH: String(EPOCH), TZ, LC_ALL }
    await build({ out, key, env, validDays: 30 })
    await build({ out, key, debs: [second, first], env, validDays: 30 })
    built.push(snapshot(out))
    const release = readFileSync(join(out, DIST, 'Release'), 'utf8')
    expect(release).toContain(
      'Date: Mon, 21 Sep 2026 14:13:20 UTC\nValid-Until: Wed, 21 Oct 2026 14:13:20 UTC\n',
    )
  }
  expect(built[1]).toEqual(built[0])
  expect(Object.values(built[0] ?? {}).every((one) => /^(644 [0-9a-f]|755 d)/.test(one))).toBe(true)
})

describe('refuses, before it writes anything, a key', () => {
  test('refuses a key that gpg does not have', async () => {
    expect((await refusal({ key: 'nobody@example.org' })).message).toBe(
      'gpg has no secret key "nobody@example.org".',
    )
  })

  test('refuses a key of which gpg has only the public half', async () => {
    const other = gnupg()
    onTestFinished(() => other.remove())
    const key = other.key('Public <public@example.org>')
    keys.gpg(['--import'], other.gpg(['--armor', '--export', key]))
    expect((await refusal({ key })).message).toBe(`gpg has no secret key "${key}".`)
  })

  test('refuses a key without a name, or with that of a file', async () => {
    expect((await refusal({ key: '' })).message).toBe('The name of the key is empty.')
    expect((await refusal({ key: first })).hint).toContain(`gpg --import ${first}`)
  })

  test('refuses a key whose directory is missing, or has a path too long for the socket of the agent', async () => {
    const key = 'nobody@example.org'
    const missing = join(work, 'nowhere')
    expect((await refusal({ key, env: { GNUPGHOME: missing } })).message).toBe(
      `gpg has no keys. The directory ${missing} of GNUPGHOME is not a directory.`,
    )
    const deep = join(work, 'x'.repeat(120))
    const there = keys.key('Deep <deep@example.org>')
    cpSync(keys.home, deep, { recursive: true, filter: (path) => !statSync(path).isSocket() })
    expect((await refusal({ key: there, env: { GNUPGHOME: deep } })).message).toBe(
      `gpg can't start its agent, which keeps the secret keys. The directory ${deep} of GNUPGHOME ` +
        "contains the agent's socket.",
    )
  })

  test('refuses a key that has expired', async () => {
    const key = keys.key('Over <over@example.org>', { expires: 'seconds=60', createdAt: EPOCH - 1000 })
    // A time at which it was valid makes it no better: apt looks at the clock.
    const env = { SOURCE_DATE_EPOCH: String(EPOCH - 990) }
    for (const one of [{ key }, { key, env }])
      expect((await refusal(one)).message).toBe(`The key ${key} expired on 2026-09-21 13:57.`)
  })

  test('refuses a key that was revoked', async () => {
    const key = keys.key('Revoked <revoked@example.org>')
    const certificate = readFileSync(join(keys.home, `openpgp-revocs.d/${key}.rev`), 'utf8')
    keys.gpg(['--import'], certificate.replace(/^:/m, ''))
    expect((await refusal({ key })).message).toBe(`The key ${key} has been revoked.`)
  })

  test('refuses a key that only certifies', async () => {
    const key = keys.key('Certifies <certifies@example.org>', { usage: 'cert' })
    expect((await refusal({ key })).message).toContain(`The key ${key} is not for signing`)
  })

  test('refuses a key that apt would not trust', async () => {
    const key = keys.key('Weak <weak@example.org>', { algorithm: 'rsa1024' })
    expect((await refusal({ key })).message).toBe(
      `The key ${key} has only 1024 bits, which apt does not trust.`,
    )
  })

  test('refuses a key whose own signature apt would not trust, until it has a new one', async () => {
    const key = keys.key('Sha <sha@example.org>', { digest: 'SHA1' })
    const { message, hint } = await refusal({ key })
    expect(message).toBe(
      `The signatures that bind the key ${key} together are by SHA-1, which the apt of Debian 13 does ` +
        'not trust.',
    )
    const advice = / gpg (--cert.* 2y),/.exec(hint)?.[1]?.split(' ') ?? []
    keys.gpg(advice)
    await build({ key })
  })

  test('refuses a key whose signing subkey apt would not trust', async () => {
    const key = keys.key('Sha sub <sha-sub@example.org>', { usage: 'cert' })
    keys.gpg(['--pinentry-mode', 'loopback', '--passphrase', '', '--quick-add-key', key, 'ed25519', 'sign'])
    keys.gpg(['--cert-digest-algo', 'SHA1', '--quick-set-expire', key, '1y', '*'])
    expect((await refusal({ key })).message).toContain('together are by SHA-1')
  })

  test('refuses a key that is one of several', async () => {
    const one = keys.key('Twin one <twin@example.org>')
    const two = keys.key('Twin two <twin@example.org>')
    const { message } = await refusal({ key: 'twin@example.org' })
    expect(message).toContain('"twin@example.org" matches 2 keys: ')
    expect(message).toContain(one)
    expect(message).toContain(two)
  })

  test('refuses a key that is younger than SOURCE_DATE_EPOCH', async () => {
    const key = keys.key('Young <young@example.org>')
    const env = { SOURCE_DATE_EPOCH: String(EPOCH) }
    expect((await refusal({ key, env })).hint).toContain('SOURCE_DATE_EPOCH')
  })
})

test('ignores options that the operator has set for gpg', async () => {
  const other = gnupg()
  onTestFinished(() => other.remove())
  const key = other.key('Options <options@example.org>')
  writeFileSync(join(other.home, 'gpg.conf'), 'armor\ntextmode\ncomment x\nemit-version\nverbose\n')
  const out = fresh()
  await build({ out, key, env: { GNUPGHOME: other.home } })
  expect(isVerified(out)).toBe(true)
  await build({ out, key, debs: [second], env: { GNUPGHOME: other.home } })
})

test('signs with a subkey where the primary key only certifies', async () => {
  const key = keys.key('Sub <sub@example.org>', { usage: 'cert' })
  keys.gpg(['--pinentry-mode', 'loopback', '--passphrase', '', '--quick-add-key', key, 'ed25519', 'sign'])
  const out = fresh()
  await build({ out, key })
  expect(isVerified(out)).toBe(true)
})

describe('a key with a passphrase', () => {
  const passphrase = 'correct horse – battery'
  let key: string
  beforeAll(() => {
    key = keys.key('Locked <locked@example.org>', { passphrase })
    forget()
  })
  const forget = () => void spawnSync('gpgconf', ['--homedir', keys.home, '--kill', 'gpg-agent'])
  const passphraseFile = (text: string) => {
    const path = join(work, 'passphrase')
    writeFileSync(path, `${text}\n`, { mode: 0o600 })
    return { MATHESARCTL_SIGN_PASSPHRASE_FILE: path }
  }

  test('opens with the file that the environment names', async () => {
    const out = fresh()
    await build({ out, key, env: passphraseFile(passphrase) })
    expect(isVerified(out)).toBe(true)
    // The agent remembers it.
    await build({ out, key, debs: [second] })
    expect(isVerified(out)).toBe(true)
  })

  test('does not open with another passphrase, with none, and with a file that does not exist', async () => {
    forget()
    const wrong = await refusal({ key, env: passphraseFile('wrong horse') })
    expect(wrong.message).toContain('does not open the key')
    expect(`${wrong.message} ${wrong.hint}`).not.toContain('wrong horse')
    const none = await refusal({ key })
    expect(none.message).toBe(`gpg can't obtain the passphrase of the key ${key}.`)
    expect(none.hint).toContain('MATHESARCTL_SIGN_PASSPHRASE_FILE')
    const missing = await refusal({ key, env: { MATHESARCTL_SIGN_PASSPHRASE_FILE: '/nonexistent' } })
    expect(missing.message).toBe(`gpg can't obtain the passphrase of the key ${key}.`)
  })
})

test('warns of a key that expires soon, and of one that is new to the repository', async () => {
  const soon = keys.key('Soon <soon@example.org>', { expires: '10d' })
  const out = fresh()
  expect((await build({ out, key: soon })).warnings).toEqual([expect.stringMatching(/expires in 9 days/)])
  const other = keys.key('Other <other@example.org>', { expires: '2y' })
  expect((await build({ out, key: other })).warnings).toEqual([
    `Another key signed the repository until now; ${other} is new.`,
  ])
  expect(isVerified(out)).toBe(true)
})

describe('a repository that exists', () => {
  let key: string
  let out: string
  beforeAll(async () => {
    key = keys.key('There <there@example.org>', { createdAt: EPOCH - 1000 })
    out = fresh()
    await build({ out, key })
  })
  const copy = () => {
    const path = fresh()
    cpSync(out, path, { recursive: true })
    return path
  }

  test('keeps what it offers, its address, and the previous index', async () => {
    const place = copy()
    const before = await readPublished(join(place, 'apt'))
    await build({ out: place, key, debs: [second], baseUrl: undefined })
    const after = await readPublished(join(place, 'apt'))
    expect(after?.packages.map(({ version }) => version)).toEqual(['0.3.0', '0.4.0'])
    expect(readFileSync(join(place, 'apt/mathesarctl.sources'), 'utf8')).toContain(`URIs: ${BASE}/\n`)
    const there = () => Object.keys(snapshot(join(place, 'apt')))
    expect(there()).toEqual(expect.arrayContaining([...(before?.hashes ?? [])]))
    // Those before it stay for a day, for whoever is at work on one.
    await build({ out: place, key, debs: [smallDeb(work, { version: '0.5.0' })] })
    await build({ out: place, key, debs: [smallDeb(work, { version: '0.6.0' })] })
    expect(there()).toEqual(expect.arrayContaining([...(before?.hashes ?? []), ...(after?.hashes ?? [])]))
    const yesterday = Date.now() / 1000 - 25 * 60 * 60
    for (const path of [...(before?.hashes ?? []), ...(after?.hashes ?? [])])
      utimesSync(join(place, 'apt', path), yesterday, yesterday)
    const last = await readPublished(join(place, 'apt'))
    await build({ out: place, key, debs: [smallDeb(work, { version: '0.7.0' })] })
    const now = await readPublished(join(place, 'apt'))
    const needed = [...(last?.hashes ?? []), ...(now?.hashes ?? [])]
    expect(there()).toEqual(expect.arrayContaining(needed))
    const missingPaths = (paths: readonly string[] = []) =>
      paths.filter((path) => !needed.includes(path) && there().includes(path))
    expect([...missingPaths(before?.hashes), ...missingPaths(after?.hashes)]).toEqual([])
  })

  test('changes only its signatures where nothing is new', async () => {
    const place = copy()
    const later = String(Math.floor(Date.now() / 1000) + 5)
    await build({ out: place, key, debs: [first] })
    await build({ out: place, key, debs: [], env: { SOURCE_DATE_EPOCH: later } })
    const changed = Object.entries(snapshot(place)).filter(([path, state]) => snapshot(out)[path] !== state)
    expect(changed.map(([path]) => path)).toEqual([
      'SHA256SUMS',
      `${DIST}/InRelease`,
      `${DIST}/Release`,
      `${DIST}/Release.gpg`,
      // It has the time of the build.
      'mathesarctl-0.3.0.cdx.json',
    ])
  })

  test('a repository that exists is not overwritten where somebody else published meanwhile', async () => {
    const place = copy()
    const onStep = (detail: string) => {
      if (detail.startsWith('Signing')) cpSync(other, place, { recursive: true })
    }
    const other = copy()
    await build({ out: other, key, debs: [second] })
    const third = smallDeb(work, { version: '0.5.0' })
    await expect(build({ out: place, key, debs: [third], onStep })).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('Somebody else has changed the repository'),
    })
    await build({ out: place, key, debs: [third] })
    const published = await readPublished(join(place, 'apt'))
    expect(published?.packages.map(({ version }) => version)).toEqual(['0.3.0', '0.4.0', '0.5.0'])
  })

  test('a repository that exists is changed by one run at a time, and another one reports that at once', async () => {
    const place = copy()
    const versions = ['0.6.0', '0.7.0', '0.8.0']
    const runs = versions.map((version) => build({ out: place, key, debs: [smallDeb(work, { version })] }))
    const ended = await Promise.allSettled(runs)
    const refused = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as OperatorError] : []))
    expect(refused.length).toBeGreaterThan(0)
    for (const { code, message } of refused) {
      expect(code).toBe('LOCKED')
      expect(message).toBe(`Another run is changing the repository in ${join(place, 'apt')} now.`)
    }
    // What runs have added is there, the plain files are those of the signed index, and nothing else is left.
    const published = await readPublished(join(place, 'apt'))
    expect(published?.packages).toHaveLength(1 + versions.length - refused.length)
    const release = readFileSync(join(place, DIST, 'Release'), 'utf8')
    expect(published?.inRelease).toContain(release)
    expect(readdirSync(place)).not.toContain('.apt.lock')
    expect(isVerified(place)).toBe(true)
  })

  test('a repository that exists is not signed where a stranger signed it before', async () => {
    const stranger = gnupg()
    onTestFinished(() => stranger.remove())
    const evil = fresh()
    await buildRepository({
      out: evil,
      debs: [first, smallDeb(work, { version: '9.9.9' })],
      signKey: stranger.key('Stranger <stranger@example.org>'),
      baseUrl: BASE,
      env: { GNUPGHOME: stranger.home },
    })
    const place = copy()
    cpSync(join(evil, 'apt'), join(place, 'apt'), { recursive: true })
    expect((await refusal({ out: place, key, debs: [second] })).message).toBe(
      `The repository in ${join(place, 'apt')} has no good signature by a key that gpg knows.`,
    )
    // Not even where its key is known, as that of a colleague is.
    keys.gpg(['--import'], stranger.gpg(['--armor', '--export']))
    expect((await refusal({ out: place, key, debs: [second] })).message).toContain(
      `signed the repository in ${join(place, 'apt')}, and gpg has no secret half of it.`,
    )
    // Nor below a signature that was made for something else, or with another text around it.
    const inRelease = join(place, DIST, 'InRelease')
    const foreign = readFileSync(inRelease, 'utf8')
    const own = readFileSync(join(out, DIST, 'InRelease'), 'utf8')
    const [signature = ''] = /^-----BEGIN PGP SIGNATURE.*/ms.exec(own) ?? []
    writeFileSync(inRelease, foreign.replace(/^-----BEGIN PGP SIGNATURE.*/ms, signature))
    expect((await refusal({ out: place, key, debs: [second] })).message).toContain('no good signature')
    for (const text of [`${foreign}${own}`, own.replace('Hash: ', 'Comment: x\nHash: ')]) {
      writeFileSync(inRelease, text)
      expect((await refusal({ out: place, key, debs: [second] })).message).toContain(
        'not as it was published',
      )
    }
  })

  test('a repository that exists is repaired where its keyring or its .sources file is broken', async () => {
    const place = copy()
    writeFileSync(join(place, 'apt/mathesarctl-archive-keyring.gpg'), 'nonsense')
    writeFileSync(join(place, 'apt/mathesarctl.sources'), 'nonsense')
    expect((await refusal({ out: place, key, debs: [second], baseUrl: undefined })).details.field).toBe(
      'base-url',
    )
    await build({ out: place, key, debs: [second] })
    expect(isVerified(place)).toBe(true)
  })

  test('accepts packages of another architecture, and offers it those for all', async () => {
    const place = fresh()
    await build({
      out: place,
      key,
      debs: [smallDeb(work, { name: 'extras', version: '1', architecture: 'all' }), first],
    })
    await build({ out: place, key, debs: [smallDeb(work, { version: '0.4.0', architecture: 'arm64' })] })
    const published = await readPublished(join(place, 'apt'))
    expect(published?.architectures).toEqual(['amd64', 'arm64'])
    const index = readFileSync(join(place, DIST, 'main/binary-arm64/Packages'), 'utf8')
    expect(index.match(/^(Package|Version): .*$/gm)).toEqual([
      'Package: extras',
      'Version: 1',
      'Package: mathesarctl',
      'Version: 0.4.0',
    ])
    expect([...(published?.contents.get('arm64')?.keys() ?? [])]).toContain('usr/bin/extras')
  })

  test('refuses a published version with other contents', async () => {
    const other = smallDeb(join(work, 'other'), { version: '0.3.0', output: 'something else' })
    expect((await refusal({ out: copy(), key, debs: [other] })).message).toBe(
      'mathesarctl 0.3.0 (amd64) is in the repository with other contents.',
    )
    expect((await refusal({ key, debs: [first, other] })).message).toContain('with other contents')
    const epoch = smallDeb(join(work, 'epoch'), { version: '1:0.3.0' })
    expect((await refusal({ out: copy(), key, debs: [epoch] })).message).toBe(
      'mathesarctl 1:0.3.0 (amd64) would have the file of 0.3.0, which is in the repository: file ' +
        'names do not contain the epoch.',
    )
  })

  test('refuses an index that is older than the one before', async () => {
    const env = { SOURCE_DATE_EPOCH: String(EPOCH) }
    expect((await refusal({ out: copy(), key, env, debs: [second] })).message).toContain(
      'apt ignores an older one',
    )
  })

  test.each([
    [
      'a package is missing',
      (place: string) => rmSync(join(place, 'apt/pool/main/m'), { recursive: true }),
      'pool/main/m/mathesarctl/mathesarctl_0.3.0_amd64.deb is missing or differs',
    ],
    [
      'an index is missing',
      (place: string) => rmSync(join(place, DIST, 'main/binary-amd64'), { recursive: true }),
      'is missing or differs',
    ],
    [
      'InRelease is empty',
      (place: string) => writeFileSync(join(place, DIST, 'InRelease'), ''),
      'InRelease has no Date',
    ],
  ])('a repository that exists is not signed where %s', async (_, damage, message) => {
    const place = copy()
    damage(place)
    expect((await refusal({ out: place, key, debs: [second] })).message).toContain(message)
  })

  test('a repository that exists is whole at whichever moment a run is killed, and the next run finishes the work', async () => {
    const place = copy()
    const published = () => readPublished(join(place, 'apt'))
    const start = (version: string) => {
      const deb = smallDeb(work, { version })
      const flags = ['build', 'apt-repo', '--out', place, '--sign-key', key, '--deb', deb]
      const env = { GNUPGHOME: keys.home, TMPDIR: work }
      return startCli(flags, { home: work, env, node: process.execPath })
    }
    // How long it takes here and now.
    const began = Date.now()
    expect((await start('1.0').done).status).toBe(0)
    const duration = Date.now() - began
    let versions = 2
    let kills = 0
    for (let part = 4; part < 16; part++) {
      const { child, done } = start(`1.${part}`)
      await Promise.race([wait((duration * part) / 16), done])
      child.kill('SIGKILL')
      if ((await done).signal !== null) kills++
      const now = (await published())?.packages.length ?? 0
      expect([versions, versions + 1]).toContain(now)
      versions = now
    }
    expect(kills).toBeGreaterThan(3)
    // What a run leaves that is killed while it writes a file.
    writeFileSync(join(place, DIST, '.123.0a1b2c3d.unfinished'), '')
    await build({ out: place, key, debs: [second] })
    expect((await published())?.packages).toHaveLength(versions + 1)
    expect(isVerified(place)).toBe(true)
    expect(Object.keys(snapshot(place)).filter((path) => path.includes('unfinished'))).toEqual([])
  })
})

test('refuses to start without packages, without an address or with a wrong one', async () => {
  const key = keys.key('Nothing <nothing@example.org>')
  expect((await refusal({ key, debs: [] })).message).toBe(
    'There is no Debian package to add to the apt repository.',
  )
  expect((await refusal({ key, baseUrl: undefined })).message).toBe(
    'No address given at which users find the apt repository.',
  )
  for (const baseUrl of ['example.org/apt', 'ftp://x/', 'https://u:p@x/', 'https://x/?y', 'https://x/ y'])
    expect((await refusal({ key, baseUrl })).details.field).toBe('base-url')
})
