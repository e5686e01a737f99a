import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BuildContext } from '../types.ts'
import { gzipped } from './gzip.ts'

export interface ZipEntry {
  /** A relative path with slashes. */
  readonly name: string
  /** Permission bits. */
  readonly mode: number
  readonly content: Buffer
}

const DEFLATED = 8
/** Unix, so that permission bits count; version 2.0, which knows DEFLATE. */
const MADE_BY = (3 << 8) | 20
const UTF_8_NAMES = 1 << 11
const REGULAR_FILE = 0o100000

/**
 * Writes a ZIP archive with these files in this order, all with one time, whatever the time zone is. Sizes
 * precede the contents, and readers can understand each byte in one way only: PyPI refuses other archives.
 */
export async function writeZip(
  path: string,
  entries: readonly ZipEntry[],
  context: Pick<BuildContext, 'epoch' | 'env' | 'signal'>,
): Promise<void> {
  await pipeline(Readable.from(archiveBytes(entries, context)), createWriteStream(path), {
    signal: context.signal,
  })
}

async function* archiveBytes(
  entries: readonly ZipEntry[],
  context: Pick<BuildContext, 'epoch' | 'env' | 'signal'>,
): AsyncGenerator<Buffer> {
  const time = dosTime(context.epoch)
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { content } = entry
    // gzip's output is a header of 10 bytes, the data, then checksum and size, which are those of ZIP too.
    const zipped = await gzipped(content, context, 6)
    const packed = zipped.subarray(10, -8)
    const name = Buffer.from(entry.name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(UTF_8_NAMES, 2)
    common.writeUInt16LE(DEFLATED, 4)
    common.writeUInt32LE(time, 6)
    common.writeUInt32LE(zipped.readUInt32LE(zipped.length - 8), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(content.length, 18)
    common.writeUInt16LE(name.length, 22)
    directory.push(directoryEntry(common, entry.mode, offset), name)
    yield Buffer.concat([signature(0x04034b50), common, name])
    yield packed
    offset += 4 + common.length + name.length + packed.length
  }
  const listing = Buffer.concat(directory)
  yield listing
  yield endOfDirectory(entries.length, listing.length, offset)
}

function directoryEntry(common: Buffer, mode: number, offset: number): Buffer {
  const rest = Buffer.alloc(14)
  // Comment, disk and internal attributes stay 0; the permission bits are in the upper half of the external
  // ones.
  rest.writeUInt32LE(((REGULAR_FILE | mode) << 16) >>> 0, 6)
  rest.writeUInt32LE(offset, 10)
  const by = Buffer.alloc(2)
  by.writeUInt16LE(MADE_BY)
  return Buffer.concat([signature(0x02014b50), by, common, rest])
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const rest = Buffer.alloc(18)
  rest.writeUInt16LE(count, 4)
  rest.writeUInt16LE(count, 6)
  rest.writeUInt32LE(size, 8)
  rest.writeUInt32LE(offset, 12)
  return Buffer.concat([signature(0x06054b50), rest])
}

function signature(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value)
  return buffer
}

/** Returns a time from 1980 on as MS-DOS stores it, in UTC: the date in the upper half. */
function dosTime(epoch: number): number {
  const time = new Date(epoch * 1000)
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate()
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1)
  return ((date << 16) | clock) >>> 0
}
