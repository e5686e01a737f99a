import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { constants, open } from 'node:fs/promises'
import { Duplex, PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import { extract } from 'tar-stream'
import { atMost, sizeText } from '../../files/size-limit.ts'
import { MOST_BYTES } from './limits.ts'

/**
 * Reads Debian packages (deb(5)), which are ar archives of debian-binary, control.tar and data.tar. It needs
 * no dpkg, so that any system can build a repository.
 */

/** A file that is not a Debian package, or that can't be read; the message completes "FILE …". */
export class NotADeb extends Error {}

type TarKind = 'control.tar' | 'data.tar'

interface Member {
  kind: TarKind
  /** Such as `control.tar.xz`. */
  name: string
  start: number
  size: number
}

/** Returns the text of the file `control` of a package. Errors: NotADeb. */
export async function debControl(path: string): Promise<string> {
  const member = await tarMember(path, 'control.tar')
  let control: Buffer | undefined
  await eachTarEntry(path, member, async ({ name, type }, content) => {
    if (name === 'control' && type === 'file') control = await controlBytes(content)
  })
  if (control === undefined) throw new NotADeb('has no control file.')
  return control.toString('utf8')
}

/**
 * Returns the paths of all that a package installs except directories, sorted and without the leading slash.
 *
 * Errors: NotADeb.
 */
export async function debPaths(path: string): Promise<string[]> {
  const paths: string[] = []
  let left: number = MOST_BYTES.paths
  await eachTarEntry(path, await tarMember(path, 'data.tar'), async ({ name, type }) => {
    if (name.includes('\n')) throw new NotADeb('has a file with a line break in its name.')
    left -= name.length
    if (left < 0) throw new NotADeb(`has file names of more than ${sizeText(MOST_BYTES.paths)}.`)
    if (type !== 'directory') paths.push(name)
  })
  return paths.sort()
}

/** An entry of a package: its path without the leading slash, its permission bits, and a link's target. */
export interface DebEntry {
  readonly name: string
  readonly type: string
  readonly mode: number
  readonly target: string
}

/**
 * Calls a function for each file and link that a package installs, one after the other, in the order of the
 * package. The function reads the content of those that it needs.
 *
 * Errors: NotADeb.
 */
export async function eachDebFile(
  path: string,
  handle: (entry: DebEntry, content: AsyncIterable<unknown>) => Promise<void>,
): Promise<void> {
  await eachTarEntry(path, await tarMember(path, 'data.tar'), async (entry, content) => {
    if (entry.type !== 'directory') await handle(entry, content)
  })
}

async function tarMember(path: string, kind: TarKind): Promise<Member> {
  const members = await arMembers(path)
  if (members[0]?.name !== 'debian-binary') throw new NotADeb('is not a Debian package.')
  const member = members.find(({ name }) => name === kind || name.startsWith(`${kind}.`))
  if (!member) throw new NotADeb(`has no ${kind}.`)
  return { kind, ...member }
}

/** Reads the headers of an ar archive: each is 60 bytes of text at an even offset. */
async function arMembers(path: string): Promise<Omit<Member, 'kind'>[]> {
  // Without waiting for the other end of a named pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    if (!stats.isFile() && !stats.isDirectory()) throw new NotADeb('is not a plain file.')
    const { size: end } = stats
    const magic = await file.read(Buffer.alloc(8), 0, 8, 0)
    if (magic.buffer.toString('latin1') !== '!<arch>\n') throw new NotADeb('is not a Debian package.')
    const members: Omit<Member, 'kind'>[] = []
    for (let at = 8; at < end; ) {
      const header = (await file.read(Buffer.alloc(60), 0, 60, at)).buffer.toString('latin1')
      const name = header.slice(0, 16).trim().replace(/\/$/, '')
      const digits = /^([0-9]+) *$/.exec(header.slice(48, 58))?.[1]
      const size = Number(digits)
      if (!header.endsWith('`\n') || digits === undefined || at + 60 + size > end)
        throw new NotADeb('is cut short or damaged.')
      members.push({ name, start: at + 60, size })
      at += 60 + size + (size % 2)
    }
    return members
  } finally {
    await file.close()
  }
}

type EntryHandler = (entry: DebEntry, content: AsyncIterable<unknown>) => Promise<void>

async function eachTarEntry(
  path: string,
  { kind, name, start, size }: Member,
  handle: EntryHandler,
): Promise<void> {
  // A range must not be empty.
  if (size === 0) throw new NotADeb(`has an empty ${name}.`)
  const most = MOST_BYTES[kind]
  const tooLarge = () => new NotADeb(`has a ${name} that unpacks to more than ${sizeText(most)}.`)
  const unpacked = unpacker(name)
  const archive = extract()
  const packed = createReadStream(path, { start, end: start + size - 1 })
  const read = (async () => {
    for await (const entry of archive) {
      const { name, type, mode, linkname } = entry.header
      await handle(
        {
          name: relativeName(name),
          type: type ?? 'file',
          mode: (mode ?? 0o644) & 0o7777,
          target: linkname ?? '',
        },
        entry,
      )
      entry.resume()
    }
  })()
  try {
    await Promise.all([pipeline(packed, unpacked, atMost(most, tooLarge), archive), read])
  } catch (error) {
    if (error instanceof NotADeb) throw error
    throw new NotADeb("is damaged: its contents can't be unpacked.", { cause: error })
  }
}

/** Returns the path without its beginning: `./usr/bin/x` and `/usr/bin/x` become `usr/bin/x`. */
function relativeName(name: string): string {
  return name.replace(/^(\.?\/)+/, '')
}

function unpacker(name: string): Duplex {
  const compression = name.replace(/^(control|data)\.tar\.?/, '')
  switch (compression) {
    case '':
      return new PassThrough()
    case 'gz':
      return zlib.createGunzip()
    case 'xz':
      return throughProgram('xz', ['--decompress', '--stdout', XZ_MEMORY])
    case 'zst':
      // Node has had this function since 22.15.
      if (typeof zlib.createZstdDecompress === 'function') return zlib.createZstdDecompress()
  }
  throw new NotADeb(`has a ${name}, and this system can't unpack ${compression}.`)
}

/** xz's own highest level needs 65 MiB; a file can demand 4 GiB. */
const XZ_MEMORY = '--memlimit-decompress=1GiB'

/** Returns a program that reads standard input and writes standard output as one stream. */
function throughProgram(program: string, args: readonly string[]): Duplex {
  const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'ignore'] })
  const output = new PassThrough()
  const status = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`))))
  })
  // A program whose output nobody reads any more would wait forever.
  output.once('close', () => child.kill())
  // The stream ends only after the program has ended without an error.
  child.stdout.pipe(output, { end: false })
  status.then(
    () => output.end(),
    (error) => output.destroy(error),
  )
  return Duplex.from({ writable: child.stdin, readable: output })
}

async function controlBytes(content: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let left: number = MOST_BYTES.control
  for await (const chunk of content as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) throw new NotADeb(`has a control file of more than ${sizeText(MOST_BYTES.control)}.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
