import { open } from 'node:fs/promises'

const MH_MAGIC_64 = 0xfeedfacf
const CPU_TYPE_ARM64 = 0x0100000c
const LC_VERSION_MIN_MACOSX = 0x24
const LC_BUILD_VERSION = 0x32
const PLATFORM_MACOS = 1

/**
 * Reads the oldest macOS that an executable for arm64 runs on, as its linker recorded it: `[13, 5]`.
 *
 * Errors: an Error that names the file where it is not such an executable.
 */
export async function oldestMacos(path: string): Promise<readonly [number, number]> {
  const file = await open(path)
  try {
    const { buffer: header } = await file.read(Buffer.alloc(32), 0, 32, 0)
    if (header.readUInt32LE(0) !== MH_MAGIC_64 || header.readUInt32LE(4) !== CPU_TYPE_ARM64) {
      throw new Error(`${path} is not an executable for macOS on arm64`)
    }
    const size = header.readUInt32LE(20)
    const { buffer: commands } = await file.read(Buffer.alloc(size), 0, size, 32)
    let at = 0
    for (let remaining = header.readUInt32LE(16); remaining > 0; remaining--) {
      const kind = commands.readUInt32LE(at)
      if (kind === LC_BUILD_VERSION && commands.readUInt32LE(at + 8) === PLATFORM_MACOS)
        return unpackVersion(commands.readUInt32LE(at + 12))
      if (kind === LC_VERSION_MIN_MACOSX) return unpackVersion(commands.readUInt32LE(at + 8))
      at += commands.readUInt32LE(at + 4)
    }
    throw new Error(`${path} does not record which macOS it needs`)
  } finally {
    await file.close()
  }
}

/** Unpacks a version, which is xxxx.yy.zz in nibbles. */
function unpackVersion(packed: number): readonly [number, number] {
  return [packed >>> 16, (packed >>> 8) & 0xff]
}
