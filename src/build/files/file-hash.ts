import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

/** Reads the size of a file in bytes, and its SHA-256 in hexadecimal digits. */
export async function fileHash(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return { bytes: (await stat(path)).size, sha256: hash.digest('hex') }
}

/** Returns the SHA-256 of a content in hexadecimal digits. */
export function contentHash(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}
