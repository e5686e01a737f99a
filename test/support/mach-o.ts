import { createHash } from 'node:crypto'

/**
 * Checks, as macOS does before it starts a program, that each page has the hash that the signature states.
 * Throws if a page differs.
 */
export function checkSignature(executable: Buffer): { identifier: string; flags: number; pages: number } {
  let at = 32
  let signature: Buffer | null = null
  for (let remaining = executable.readUInt32LE(16); remaining > 0; remaining--) {
    if (executable.readUInt32LE(at) === 0x1d) {
      const offset = executable.readUInt32LE(at + 8)
      signature = executable.subarray(offset, offset + executable.readUInt32LE(at + 12))
    }
    at += executable.readUInt32LE(at + 4)
  }
  if (signature === null) throw new Error('no signature')
  const directory = signature.subarray(signature.readUInt32BE(16))
  const word = (index: number) => directory.readUInt32BE(4 * index)
  if (signature.readUInt32BE(0) !== 0xfade0cc0 || word(0) !== 0xfade0c02) throw new Error('no code directory')
  const [hashes, identifier, pages, limit] = [word(4), word(5), word(7), word(8)]
  const pageSize = 2 ** directory.readUInt8(39)
  if (pages !== Math.ceil(limit / pageSize))
    throw new Error(`${pages} pages of ${pageSize} are not ${limit} bytes`)
  for (let page = 0; page < pages; page++) {
    const content = executable.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit))
    const storedHash = directory.subarray(hashes + 32 * page, hashes + 32 * (page + 1))
    if (!createHash('sha256').update(content).digest().equals(storedHash))
      throw new Error(`page ${page} was changed`)
  }
  return {
    identifier: directory.toString('latin1', identifier, directory.indexOf(0, identifier)),
    flags: word(3),
    pages,
  }
}
