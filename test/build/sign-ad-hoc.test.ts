import { expect, test } from 'vitest'
import { signAdHoc } from '../../src/build/binaries/sign-ad-hoc.ts'
import { checkSignature } from '../support/mach-o.ts'

/** Returns a Mach-O of two segments, with room behind the load commands. */
function executable(size = 10_000): Buffer {
  const file = Buffer.alloc(size, 7)
  file.fill(0, 0, 512)
  file.writeUInt32LE(0xfeedfacf, 0)
  file.writeUInt32LE(2, 16)
  file.writeUInt32LE(2 * 72, 20)
  for (const [index, [name, offset, length]] of (
    [
      ['__TEXT', 0, 8192],
      ['__LINKEDIT', 8192, size - 8192],
    ] as const
  ).entries()) {
    const at = 32 + 72 * index
    file.writeUInt32LE(0x19, at)
    file.writeUInt32LE(72, at + 4)
    file.write(name, at + 8, 'latin1')
    file.writeBigUInt64LE(BigInt(offset), at + 40)
    file.writeBigUInt64LE(BigInt(length), at + 48)
  }
  return file
}

test.each([10_000, 12_288, 8_193])('signs an executable of %i bytes page by page', (size) => {
  const signed = signAdHoc(executable(size), 'example')
  expect(checkSignature(signed)).toEqual({ identifier: 'example', flags: 2, pages: Math.ceil(size / 4096) })
  // __LINKEDIT reaches to the end of the file, and is rounded up in memory.
  expect(8192 + Number(signed.readBigUInt64LE(32 + 72 + 48))).toBe(signed.length)
  expect(Number(signed.readBigUInt64LE(32 + 72 + 32)) % 16_384).toBe(0)
  signed.writeUInt8(9, 5000)
  expect(() => checkSignature(signed)).toThrow('page 1 was changed')
})

test('refuses what can’t be signed', () => {
  expect(() => signAdHoc(Buffer.alloc(4096), 'example')).toThrow('not a 64-bit Mach-O')
  expect(() => signAdHoc(signAdHoc(executable(), 'example'), 'example')).toThrow('signed already')
  const full = executable()
  full.fill(1, 32 + 2 * 72, 512)
  expect(() => signAdHoc(full, 'example')).toThrow('no room')
})
