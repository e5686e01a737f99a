import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Header } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../../src/errors.ts'
import { type ReadReleaseOptions, readRelease } from '../../../src/schema/sources/release/read.ts'
import { temporaryDirectory } from '../../support/cli.ts'
import {
  FILES,
  type Member,
  smallRelease,
  sqlOf,
  tarOf,
  writeFiles,
  writeTarball,
} from './release-support.ts'

const path = () => join(temporaryDirectory(), 'mathesar.tar.gz')
const members = (version: string | null = '0.11.0', prefix = ''): Member[] =>
  [...smallRelease(version)].map(([name, text]) => [prefix + name, text])
const link = (name: string, linkname: string, type: Header['type'] = 'symlink'): Member => ({
  name,
  linkname,
  type,
})

async function refusal(tarball: string, options?: ReadReleaseOptions): Promise<OperatorError> {
  const outcome = await readRelease(tarball, options).catch((error: unknown) => error)
  if (!(outcome instanceof OperatorError)) throw outcome
  expect(outcome.code).toBe('USAGE')
  return outcome
}

const refused = async (list: Iterable<Member>) => (await refusal(await writeTarball(path(), list))).message

describe('the tarball of a release', () => {
  it('returns the files and the version, with and without a folder around them', async () => {
    for (const prefix of ['', './', 'mathesar-0.11.0/', './mathesar-0.11.0/', '././']) {
      const release = await readRelease(await writeTarball(path(), members('0.11.0', prefix)))
      expect(release.version).toBe('0.11.0')
      expect(release.files).toEqual(FILES.map((name) => ({ name, sql: sqlOf(name) })))
    }
  })

  it('reads what tar writes, and what git archive writes', async () => {
    const tree = writeFiles(join(temporaryDirectory(), 'mathesar'), smallRelease('0.11.0'))
    const [one, other] = [path(), path()]
    execFileSync('tar', ['-czf', one, '-C', tree, '.'])
    execFileSync('tar', ['-czf', other, '--format=posix', '-C', join(tree, '..'), 'mathesar'])
    for (const tarball of [one, other]) expect((await readRelease(tarball)).files).toHaveLength(9)
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', tree, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
    git('init', '-q')
    git('add', '-A')
    git('commit', '-qm', 'x')
    const archive = path()
    git('archive', '--format=tar.gz', '--prefix=mathesar-0.11.0/', '-o', archive, 'HEAD')
    expect((await readRelease(archive)).version).toBe('0.11.0')
  })

  it('needs the release where the archive states none, and refuses another one', async () => {
    const tarball = await writeTarball(path(), members(null))
    expect((await refusal(tarball)).details.field).toBe('release')
    expect((await readRelease(tarball, { release: '0.11.0' })).version).toBe('0.11.0')
    const whole = await writeTarball(path(), members('0.9.0'))
    expect((await readRelease(whole, { release: '0.10.0' })).version).toBe('0.9.0')
    expect((await refusal(whole, { release: '0.11.0' })).details.field).toBe('release')
  })

  it('must have the checksum that the operator states, which no directory has', async () => {
    const tarball = await writeTarball(path(), members())
    const checksum = createHash('sha256').update(readFileSync(tarball)).digest('hex')
    expect((await readRelease(tarball, { checksum: `sha256:${checksum}` })).files).toHaveLength(9)
    const other = await refusal(tarball, { checksum: 'a'.repeat(64) })
    expect(other.details.field).toBe('release-checksum')
    expect(other.message).toContain(checksum)
    const tree = writeFiles(join(temporaryDirectory(), 'mathesar'), smallRelease('0.11.0'))
    expect((await refusal(tree, { checksum })).details.field).toBe('release-checksum')
    expect((await refusal(tarball, { checksum: 'abc' })).details.field).toBe('release-checksum')
  })

  it('refuses releases before 0.2.0', async () => {
    const old = [...smallRelease('0.1.7', ['0_msar.sql'])]
    expect(await refused(old)).toContain('Mathesar 0.1.7 has no SQL files')
  })

  it('refuses members that lead out of the directory', async () => {
    for (const name of ['../evil', 'a/../../evil', '/etc/evil', 'x/../db/sql/05_msar.sql', '..']) {
      expect(await refused([...members(), [name, 'x']])).toContain('leads out of its directory')
    }
    const long = `${'a/'.repeat(200)}../../x`
    expect(await refused([[long, 'x'], ...members()])).toContain('leads out of its directory')
  })

  it('refuses links in the place of its files, and links that lead out, but no others', async () => {
    const without = members().filter((one) => !(Symbol.iterator in one && one[0] === 'db/sql/05_msar.sql'))
    for (const type of ['symlink', 'link'] as const) {
      expect(await refused([...without, link('db/sql/05_msar.sql', 'manage.py', type)])).toContain(
        'is a link',
      )
      expect(await refused([...members(), link('db/sql', 'other', type)])).toContain('is a link')
      expect(await refused([...members(), link('mathesar/__init__.py', 'x', type)])).toContain('is a link')
      for (const target of ['/etc/passwd', '../../x']) {
        expect(await refused([link('docs/x', target, type), ...members()])).toContain('out of its directory')
      }
    }
    const harmless = [link('docs/a/b', '../c'), link('bin/mathesar2', 'bin/mathesar', 'link'), ...members()]
    expect((await readRelease(await writeTarball(path(), harmless))).files).toHaveLength(9)
  })

  it('refuses what is no regular file in the place of its files', async () => {
    for (const type of ['fifo', 'character-device', 'directory'] as const) {
      const special: Member = { name: 'db/sql/05_msar.sql', type }
      expect(await refused([special, ...members()])).toContain('is not a regular file')
    }
  })

  it('refuses a file that is there twice, and the SQL of several releases', async () => {
    expect(await refused([...members(), ['./db/sql/05_msar.sql', 'SELECT 2;']])).toContain('is there twice')
    expect(await refused([...members(), ['mathesar//__init__.py', '']])).toContain('is there twice')
    expect(await refused([...members('0.9.0', 'a/'), ...members('0.11.0', 'b/')])).toContain(
      'several releases',
    )
  })

  it('refuses files that are too large, each and together', async () => {
    const large = 'x'.repeat(8 * 1024 * 1024 + 1)
    expect(await refused([...members(), ['db/sql/60_x.sql', large]])).toContain('more than 8 MiB')
    const seven = 'x'.repeat(7 * 1024 * 1024)
    const many = [60, 61, 62, 63, 64].map((number): Member => [`db/sql/${number}_x.sql`, seven])
    expect(await refused([...members(), ...many])).toContain('more than 32 MiB')
  })

  it('refuses an archive that unpacks to more than 1 GiB', { timeout: 60_000 }, async () => {
    const start = await tarOf(members())
    const blocks = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const bomb = path()
    writeFileSync(bomb, Buffer.concat([gzipSync(start), ...Array.from({ length: 17 }, () => blocks)]))
    expect((await refusal(bomb)).message).toContain('unpacks to more than 1 GiB')
  })

  it('refuses an archive of more than 100,000 members', { timeout: 60_000 }, async () => {
    const [block] = [(await tarOf([['x', '']])).subarray(0, 512)]
    const crowd = Buffer.concat(Array.from({ length: 100_001 }, () => block))
    const tarball = path()
    writeFileSync(tarball, gzipSync(Buffer.concat([crowd, await tarOf(members())]), { level: 1 }))
    expect((await refusal(tarball)).message).toContain('more than 100000 members')
  })

  it('refuses what is cut short or damaged, at any place', async () => {
    const whole = await writeTarball(path(), members())
    const { length } = readFileSync(whole)
    for (const size of [length - 1, length - 9, Math.floor(length / 2), 20, 0]) {
      truncateSync(whole, size)
      expect((await refusal(whole)).message).toMatch(/cut short or damaged|no release tarball/)
    }
    const cut = path()
    writeFileSync(cut, gzipSync((await tarOf(members())).subarray(0, 2000)))
    expect((await refusal(cut)).message).toContain('cut short or damaged')
    const wrong = readFileSync(await writeTarball(path(), members()))
    wrong[wrong.length - 6] = (wrong[wrong.length - 6] ?? 0) ^ 0xff
    writeFileSync(cut, wrong)
    expect((await refusal(cut)).message).toContain('cut short or damaged')
  })

  it('refuses what is no gzipped tar archive, and states what to name', async () => {
    const tarball = path()
    for (const [bytes, reason] of [
      ['PK\u{3}\u{4} a zip archive', 'gzip did not compress it'],
      [await tarOf(members()), 'gzip did not compress it'],
      [gzipSync('no archive of any kind'.repeat(100)), 'contains no tar archive'],
      [gzipSync(''), 'contains no tar archive'],
      [await tarOf([]).then((empty) => gzipSync(empty)), 'contains no tar archive'],
    ] as const) {
      writeFileSync(tarball, bytes)
      const { message, hint } = await refusal(tarball)
      expect(message).toContain(reason)
      expect(hint).toContain('mathesar.tar.gz')
    }
    const other = await writeTarball(path(), [['README', 'x']])
    expect((await refusal(other)).message).toContain('has no SQL of a Mathesar release')
  })

  it('writes nothing beside the tarball, and ends when it is interrupted', async () => {
    const directory = temporaryDirectory()
    const tarball = await writeTarball(join(directory, 'mathesar.tar.gz'), members())
    const hash = () => createHash('sha256').update(readFileSync(tarball)).digest('hex')
    const before = hash()
    await readRelease(tarball)
    expect(readdirSync(directory)).toEqual(['mathesar.tar.gz'])
    expect(hash()).toBe(before)
    const interrupted = AbortSignal.abort(new Error('interrupted'))
    await expect(readRelease(tarball, { signal: interrupted })).rejects.toThrow('interrupted')
  })
})
