import { type FileHandle, open } from 'node:fs/promises'

const PT_LOAD = 1
const PT_DYNAMIC = 2
const DT_NULL = 0
const DT_NEEDED = 1
const DT_STRTAB = 5
const DT_STRSZ = 10
const DT_VERNEED = 0x6ffffffe
const DT_VERNEEDNUM = 0x6fffffff

/** A part of the file that the system loads into memory. */
interface Segment {
  address: number
  offset: number
  size: number
}

/** What an executable needs of the machine that it runs on. */
export interface ElfNeeds {
  machine: 'x86_64' | 'aarch64'
  /** The names of the libraries that the dynamic linker loads for it, such as `libc.so.6`. */
  libraries: readonly string[]
  /** The versions of symbols that it needs from each library, such as `libc.so.6` → `GLIBC_2.28`. */
  versions: ReadonlyMap<string, readonly string[]>
}

/** Returns whether a file is in the Executable and Linkable Format. */
export async function isElf(path: string): Promise<boolean> {
  return withFile(path, async (file) => (await readBytes(file, 0, 4)).toString('latin1') === '\x7fELF')
}

/**
 * Reads what a 64-bit, little-endian ELF executable needs of its libraries. Like the dynamic linker it
 * follows the program headers, since a file need not have sections. It reads only these parts: executables
 * are large.
 *
 * Errors: an Error that names the file where it is not such an executable.
 */
export async function elfNeeds(path: string): Promise<ElfNeeds> {
  return withFile(path, async (file) => {
    const header = await readBytes(file, 0, 64)
    const formatError = (why: string) =>
      new Error(`${path} is not an executable that packages can carry: ${why}`)
    if (header.toString('latin1', 0, 4) !== '\x7fELF') throw formatError('it is not in the format ELF')
    if (header[4] !== 2 || header[5] !== 1) throw formatError('it is not 64-bit and little-endian')
    const machine = MACHINES.get(header.readUInt16LE(18))
    if (!machine) throw formatError(`it is for machine number ${header.readUInt16LE(18)}`)
    const { loaded, dynamic } = await readSegments(file, header)
    if (!dynamic) return { machine, libraries: [], versions: new Map() }
    const entries = await dynamicEntries(file, dynamic)
    const text = await stringTable(file, loaded, entries)
    const libraries = entries.filter(({ tag }) => tag === DT_NEEDED).map(({ value }) => text(value))
    return { machine, libraries, versions: await neededVersions(file, loaded, entries, text) }
  })
}

const MACHINES: ReadonlyMap<number, ElfNeeds['machine']> = new Map([
  [62, 'x86_64'],
  [183, 'aarch64'],
])

async function readSegments(file: FileHandle, header: Buffer) {
  const size = header.readUInt16LE(54)
  const table = await readBytes(file, readUInt64(header, 32), size * header.readUInt16LE(56))
  const loaded: Segment[] = []
  let dynamic: Segment | undefined
  for (let at = 0; at < table.length; at += size) {
    const type = table.readUInt32LE(at)
    const segment = {
      offset: readUInt64(table, at + 8),
      address: readUInt64(table, at + 16),
      size: readUInt64(table, at + 32),
    }
    if (type === PT_LOAD) loaded.push(segment)
    if (type === PT_DYNAMIC) dynamic = segment
  }
  return { loaded, dynamic }
}

/** Follows the chains of Verneed and Vernaux records (Linux Standard Base, "Symbol Version Requirements"). */
async function neededVersions(
  file: FileHandle,
  loaded: readonly Segment[],
  entries: readonly DynamicEntry[],
  text: (at: number) => string,
) {
  const versions = new Map<string, string[]>()
  const address = dynamicValue(entries, DT_VERNEED)
  if (address === undefined) return versions
  let at = offsetOf(address, loaded)
  for (let remaining = dynamicValue(entries, DT_VERNEEDNUM) ?? 0; remaining > 0; remaining--) {
    const library = await readBytes(file, at, 16)
    const names: string[] = []
    let auxiliary = at + library.readUInt32LE(8)
    for (let more = library.readUInt16LE(2); more > 0; more--) {
      const version = await readBytes(file, auxiliary, 16)
      names.push(text(version.readUInt32LE(8)))
      auxiliary += version.readUInt32LE(12)
    }
    versions.set(text(library.readUInt32LE(4)), names)
    at += library.readUInt32LE(12)
  }
  return versions
}

/** Returns the function that reads a name at its place in the table of names. */
async function stringTable(
  file: FileHandle,
  loaded: readonly Segment[],
  entries: readonly DynamicEntry[],
): Promise<(at: number) => string> {
  const offset = offsetOf(dynamicValue(entries, DT_STRTAB), loaded)
  const strings = await readBytes(file, offset, dynamicValue(entries, DT_STRSZ) ?? 0)
  return (at) => strings.toString('latin1', at, strings.indexOf(0, at))
}

interface DynamicEntry {
  tag: number
  value: number
}

async function dynamicEntries(file: FileHandle, { offset, size }: Segment): Promise<DynamicEntry[]> {
  const table = await readBytes(file, offset, size)
  const entries: DynamicEntry[] = []
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = readUInt64(table, at)
    if (tag === DT_NULL) break
    entries.push({ tag, value: readUInt64(table, at + 8) })
  }
  return entries
}

function dynamicValue(entries: readonly DynamicEntry[], tag: number): number | undefined {
  return entries.find((entry) => entry.tag === tag)?.value
}

/** Returns the place in the file of an address in memory. */
function offsetOf(address: number | undefined, loaded: readonly Segment[]): number {
  const segment = loaded.find(
    (one) => address !== undefined && address >= one.address && address < one.address + one.size,
  )
  if (address === undefined || !segment) throw new Error(`An ELF file points outside itself (${address})`)
  return address - segment.address + segment.offset
}

function readUInt64(buffer: Buffer, at: number): number {
  return Number(buffer.readBigUInt64LE(at))
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

async function readBytes(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}
