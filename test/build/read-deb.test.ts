import { execFileSync } from 'node:child_process'
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseParagraphs } from '../../src/build/debian/deb822.ts'
import { debPaths } from '../../src/build/debian/read-deb.ts'
import { readPackage } from '../../src/build/formats/apt-repo/package-entry.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { control, plainDeb, tar } from '../support/plain-deb.ts'

test('describes a package by its own fields and its place', async () => {
  const path = await plainDeb(temporaryDirectory(), 'x.deb', {
    control: `${control({ Version: '2:1.0~rc1-1', Section: 'database', Depends: 'libc6 (>= 2.28),\n libgcc-s1' })} More.\n .\n End.\n`,
    files: { './': '', './usr/': '', './usr/bin/x y': '1', '/etc/z': '', 'opt/a': '' },
  })
  const sha256 = execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64)
  const entry = await readPackage(path)
  expect(entry).toMatchObject({
    name: 'mathesarctl',
    version: '2:1.0~rc1-1',
    architecture: 'amd64',
    file: 'pool/main/m/mathesarctl/mathesarctl_1.0~rc1-1_amd64.deb',
    location: 'database/mathesarctl',
    sha256,
  })
  expect(entry.text).toBe(`Package: mathesarctl
Version: 2:1.0~rc1-1
Architecture: amd64
Maintainer: Test <test@example.org>
Section: database
Depends: libc6 (>= 2.28),
 libgcc-s1
Filename: pool/main/m/mathesarctl/mathesarctl_1.0~rc1-1_amd64.deb
Size: ${entry.bytes}
SHA256: ${sha256}
Description: package of a test
 More.
 .
 End.
`)
  expect(await debPaths(path)).toEqual(['etc/z', 'opt/a', 'usr/bin/x y'])
})

test('puts libraries into a directory of their own, and each package into that of its source', async () => {
  const file = async (fields: Record<string, string>) =>
    (await readPackage(await plainDeb(temporaryDirectory(), 'x.deb', { control: control(fields) }))).file
  expect(await file({ Package: 'libx1' })).toBe('pool/main/libx/libx1/libx1_0.3.0_amd64.deb')
  expect(await file({ Source: 'tools (1.2)' })).toBe('pool/main/t/tools/mathesarctl_0.3.0_amd64.deb')
})

test('accepts fields in upper and lower case, as dpkg does', async () => {
  const small = control({ Section: 'database' }).replace(/^[\w-]+:/gm, (name) => name.toLowerCase())
  const entry = await readPackage(await plainDeb(temporaryDirectory(), 'x.deb', { control: small }))
  expect(entry).toMatchObject({ name: 'mathesarctl', version: '0.3.0', location: 'database/mathesarctl' })
  expect(entry.text).toMatch(/^Package: mathesarctl\nVersion: 0.3.0\n.*^Description: /ms)
})

test('ignores fields of a package that belong to the index', async () => {
  const path = await plainDeb(temporaryDirectory(), 'x.deb', {
    control: control({ Filename: '../../etc/passwd', SHA256: '0', size: '1' }),
  })
  const { text, sha256 } = await readPackage(path)
  expect(text.match(/^(Filename|SHA256|Size): .*$/gim)).toHaveLength(3)
  expect(text).toContain(`SHA256: ${sha256}`)
})

test.each([
  ['a path in its name', { Package: '../../x' }, 'has the Package "../../x", which Debian does not allow.'],
  ['a path in its version', { Version: '1/../2' }, 'has the Version "1/../2", which Debian does not allow'],
  ['a path in its architecture', { Architecture: '../x' }, 'has the Architecture "../x"'],
  ['a path in its source', { Source: '../x' }, 'has the Source "../x"'],
  [
    'a second package in it',
    { Section: 'x\n\nPackage: evil' },
    'has a control file that is not one paragraph.',
  ],
  ['a field twice', { Section: 'x\nSection: y' }, 'has the field Section twice.'],
  ['a field twice in other letters', { Section: 'x\nsection: y' }, 'has the field Section twice.'],
])('refuses a package with %s', async (_, fields, reason) => {
  const path = await plainDeb(temporaryDirectory(), 'x.deb', { control: control(fields) })
  await expect(readPackage(path)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(`x.deb ${reason}`),
    details: { field: 'deb' },
  })
})

test.each<[string, Record<string, string | Buffer>, string]>([
  ['without control.tar', { 'debian-binary': '2.0\n', 'data.tar': '' }, 'has no control.tar.'],
  ['that is another archive', { 'x.o': 'x' }, 'is not a Debian package.'],
  ['with an empty control.tar', { 'debian-binary': '2.0\n', 'control.tar': '' }, 'has an empty control.tar.'],
  ['with a broken control.tar.gz', { 'debian-binary': '2.0\n', 'control.tar.gz': 'x' }, 'is damaged'],
  [
    'with an unknown compression',
    { 'debian-binary': '2.0\n', 'control.tar.lz9': 'x' },
    "has a control.tar.lz9, and this system can't unpack lz9.",
  ],
])('refuses a file %s', async (_, members, reason) => {
  const path = await plainDeb(temporaryDirectory(), 'x.deb', { control: '', members })
  await expect(readPackage(path)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(reason),
  })
})

test('refuses a package without control file, a cut one, another file, a directory and a missing file', async () => {
  const directory = temporaryDirectory()
  const no = await plainDeb(directory, 'no.deb', {
    control: '',
    members: { 'debian-binary': '2.0\n', 'control.tar.gz': gzipSync(await tar({ './other': '' })) },
  })
  await expect(readPackage(no)).rejects.toThrow('has no control file.')
  const cut = join(directory, 'cut.deb')
  const whole = execFileSync('head', [
    '-c',
    '200',
    await plainDeb(directory, 'x.deb', { control: control() }),
  ])
  writeFileSync(cut, whole)
  await expect(readPackage(cut)).rejects.toThrow('cut.deb is cut short or damaged.')
  writeFileSync(cut, 'some text')
  await expect(readPackage(cut)).rejects.toThrow('cut.deb is not a Debian package.')
  await expect(readPackage(directory)).rejects.toThrow("can't be read: it is a directory.")
  await expect(readPackage(join(directory, 'nothing.deb'))).rejects.toThrow(
    "nothing.deb can't be read: it does not exist.",
  )
})

test.each(['-60', '-999', '0x10', '1e1', '+10', '', '9999999999', '1.0', 'Infinity', ' 10'])(
  'refuses an archive whose member has the size "%s"',
  async (size) => {
    const path = await plainDeb(temporaryDirectory(), 'x.deb', { control: control() })
    const bytes = readFileSync(path)
    // The size of the second member, control.tar.gz.
    bytes.write(size.padEnd(10), 8 + 60 + 4 + 48, 'latin1')
    writeFileSync(path, bytes)
    await expect(debPaths(path)).rejects.toThrow(/is cut short or damaged\.$/)
    await expect(readPackage(path)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'x.deb is cut short or damaged.',
    })
  },
)

/** Returns the header of a file in a tar archive. */
async function tarHeader(name: string, size: number): Promise<Buffer> {
  const header = (await tar({ [name]: 'x' })).subarray(0, 512)
  header.write(`${size.toString(8).padStart(11, '0')} `, 124, 'latin1')
  return withChecksum(header)
}

function withChecksum(header: Buffer): Buffer {
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

/** Yields a header, and so many bytes of zeros. */
function* zeros(header: Buffer, size: number): Generator<Buffer> {
  yield header
  const chunk = Buffer.alloc(1024 * 1024)
  for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length))
}

test.each([
  ['control', 'gz', 3 * 1024 ** 3, 'x.deb has a control file of more than 1 MiB.'],
  ['control', 'xz', 300 * 1024 ** 2, 'x.deb has a control file of more than 1 MiB.'],
  ['postinst', 'gz', 300 * 1024 ** 2, 'x.deb has a control.tar.gz that unpacks to more than 256 MiB.'],
  ['postinst', 'xz', 300 * 1024 ** 2, 'x.deb has a control.tar.xz that unpacks to more than 256 MiB.'],
])('refuses a package whose %s.%s unpacks to gigabytes', async (name, format, size, message) => {
  const directory = temporaryDirectory()
  const member = join(directory, `control.tar.${format}`)
  const unpacked = Readable.from(zeros(await tarHeader(name, size), size))
  if (format === 'gz') await pipeline(unpacked, createGzip({ level: 1 }), createWriteStream(member))
  else {
    await pipeline(unpacked, createWriteStream(join(directory, 'control.tar')))
    execFileSync('xz', ['-0', join(directory, 'control.tar')])
  }
  const path = await plainDeb(directory, 'x.deb', {
    control: '',
    members: { 'debian-binary': '2.0\n', [`control.tar.${format}`]: readFileSync(member), 'data.tar': '' },
  })
  const before = process.memoryUsage().rss
  await expect(readPackage(path)).rejects.toMatchObject({ code: 'USAGE', message })
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 ** 2)
})

test.each(['x', 'L', '0'])('refuses an entry of type %s with a negative or huge size', async (type) => {
  const archive = await tar({ './control': control() })
  archive.write(type, 156, 'latin1')
  for (const size of ['ffffffffffffffffffffffc4', 'ff0000000000000000000000', '80ffffffffffffffffffffff']) {
    archive.write(size, 124, 'hex')
    withChecksum(archive.subarray(0, 512))
    const members = { 'debian-binary': '2.0\n', 'control.tar.gz': gzipSync(archive), 'data.tar': '' }
    const path = await plainDeb(temporaryDirectory(), 'x.deb', { control: '', members })
    await expect(readPackage(path)).rejects.toMatchObject({ code: 'USAGE' })
  }
})

test('refuses a named pipe without waiting for its other end', async () => {
  const path = join(temporaryDirectory(), 'x.deb')
  execFileSync('mkfifo', [path])
  await expect(readPackage(path)).rejects.toThrow('x.deb is not a plain file.')
})

test('keeps the lines of control data, and refuses other text', () => {
  const [first, second] = parseParagraphs('A: 1\nB:\n x\n y\n\n\nC:3 \n')
  expect([...(first ?? [])]).toEqual([
    ['A', '1'],
    ['B', '\n x\n y'],
  ])
  expect([...(second ?? [])]).toEqual([['C', '3']])
  expect(() => parseParagraphs(' x')).toThrow('begins a paragraph with " x".')
  expect(() => parseParagraphs('no field')).toThrow('which is not a field.')
})
