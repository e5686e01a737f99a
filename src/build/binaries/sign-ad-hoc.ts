import { createHash } from 'node:crypto'

const MAGIC_64 = 0xfeedfacf
const LC_SEGMENT_64 = 0x19
const LC_CODE_SIGNATURE = 0x1d
const HEADER_SIZE = 32
const COMMAND_SIZE = 16

const SUPER_BLOB = 0xfade0cc0
const CODE_DIRECTORY = 0xfade0c02
/** The version with the limits of the segment that is executed. */
const CODE_DIRECTORY_VERSION = 0x20400
const CODE_DIRECTORY_SIZE = 88
const SUPER_BLOB_SIZE = 20
const AD_HOC = 2
const SHA_256 = 2
const HASH_SIZE = 32
const MAIN_BINARY = 1
/** The bytes of one hash, whatever the pages of the processor are. */
const PAGE_SIZE = 4096
/** The pages of macOS on its own processors, to which segments are rounded. */
const SEGMENT_PAGE = 16_384

interface Segment {
  name: string
  /** The place of its load command. */
  commandAt: number
  offset: number
  size: number
}

/**
 * Returns a Mach-O executable with a signature of nobody ("ad hoc"). On Apple's processors macOS demands one
 * of every program: the hashes of its pages, which prove that nobody changed it since. The format is that of
 * cs_blobs.h and loader.h in Apple's xnu: one CodeDirectory with SHA-256 and no requirements or entitlements.
 *
 * Errors: an Error where it is not a 64-bit executable, has a signature, or has no room for one more load
 * command.
 *
 * @param identifier the name under which the system knows the program
 */
export function signAdHoc(executable: Buffer, identifier: string): Buffer {
  if (executable.readUInt32LE(0) !== MAGIC_64) throw new Error('this is not a 64-bit Mach-O executable')
  const segments = readSegments(executable)
  const text = segments.find(({ name }) => name === '__TEXT')
  const linkEdit = segments.find(({ name }) => name === '__LINKEDIT')
  if (text === undefined || linkEdit === undefined)
    throw new Error('the executable lacks __TEXT or __LINKEDIT')
  if (linkEdit.offset + linkEdit.size !== executable.length)
    throw new Error('__LINKEDIT is not at the end of the executable')

  const start = roundUp(executable.length, 16)
  const pages = Math.ceil(start / PAGE_SIZE)
  const name = Buffer.from(`${identifier}\0`)
  const length = SUPER_BLOB_SIZE + CODE_DIRECTORY_SIZE + name.length + pages * HASH_SIZE
  const size = roundUp(length, 16)
  const signed = Buffer.alloc(start + size)
  executable.copy(signed)

  // The hashes cover the load commands, so both change before: that of the signature, and that of the segment
  // that holds it.
  addCommand(signed, start, size)
  const segmentSize = start + size - linkEdit.offset
  signed.writeBigUInt64LE(BigInt(roundUp(segmentSize, SEGMENT_PAGE)), linkEdit.commandAt + 32)
  signed.writeBigUInt64LE(BigInt(segmentSize), linkEdit.commandAt + 48)

  const hashes = Array.from({ length: pages }, (_, page) =>
    createHash('sha256')
      .update(signed.subarray(page * PAGE_SIZE, Math.min((page + 1) * PAGE_SIZE, start)))
      .digest(),
  )
  superBlob(length).copy(signed, start)
  Buffer.concat([codeDirectory(name, hashes, start, text), name, ...hashes]).copy(
    signed,
    start + SUPER_BLOB_SIZE,
  )
  return signed
}

function readSegments(executable: Buffer): Segment[] {
  const segments: Segment[] = []
  let at = HEADER_SIZE
  for (let remaining = executable.readUInt32LE(16); remaining > 0; remaining--) {
    const command = executable.readUInt32LE(at)
    if (command === LC_CODE_SIGNATURE) throw new Error('the executable is signed already')
    if (command === LC_SEGMENT_64) {
      segments.push({
        name: executable.toString('latin1', at + 8, at + 24).replace(/\0+$/, ''),
        commandAt: at,
        offset: Number(executable.readBigUInt64LE(at + 40)),
        size: Number(executable.readBigUInt64LE(at + 48)),
      })
    }
    at += executable.readUInt32LE(at + 4)
  }
  return segments
}

function addCommand(executable: Buffer, offset: number, size: number): void {
  const count = executable.readUInt32LE(16)
  const length = executable.readUInt32LE(20)
  const at = HEADER_SIZE + length
  if (executable.subarray(at, at + COMMAND_SIZE).some((byte) => byte !== 0))
    throw new Error('there is no room for the load command of a signature')
  for (const [index, value] of [LC_CODE_SIGNATURE, COMMAND_SIZE, offset, size].entries())
    executable.writeUInt32LE(value, at + 4 * index)
  executable.writeUInt32LE(count + 1, 16)
  executable.writeUInt32LE(length + COMMAND_SIZE, 20)
}

/** Returns the outer blob with one entry, the CodeDirectory (slot 0). */
function superBlob(length: number): Buffer {
  return bigEndian([SUPER_BLOB, length, 1, 0, SUPER_BLOB_SIZE])
}

function codeDirectory(name: Buffer, hashes: readonly Buffer[], limit: number, text: Segment): Buffer {
  const hashOffset = CODE_DIRECTORY_SIZE + name.length
  const header = bigEndian([
    CODE_DIRECTORY,
    hashOffset + hashes.length * HASH_SIZE,
    CODE_DIRECTORY_VERSION,
    AD_HOC,
    hashOffset,
    CODE_DIRECTORY_SIZE,
    0, // the number of hashes that are not of pages
    hashes.length,
    limit,
  ])
  const kinds = Buffer.from([HASH_SIZE, SHA_256, 0, Math.log2(PAGE_SIZE)])
  // Spare, scatter, team and spare again; then the limit in 64 bits, for files that need them.
  const unused = Buffer.alloc(4 * 4 + 8)
  const segment = Buffer.alloc(3 * 8)
  segment.writeBigUInt64BE(BigInt(text.offset), 0)
  segment.writeBigUInt64BE(BigInt(text.size), 8)
  segment.writeBigUInt64BE(BigInt(MAIN_BINARY), 16)
  return Buffer.concat([header, kinds, unused, segment])
}

function bigEndian(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) buffer.writeUInt32BE(value, 4 * index)
  return buffer
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
