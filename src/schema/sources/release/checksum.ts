import { createHash } from 'node:crypto'
import { usageError } from '../../../errors.ts'

/**
 * Returns the SHA-256 that `--release-checksum` states, in lower case. It may begin with `sha256:`, as
 * GitHub writes it. Errors: `USAGE` (field `release-checksum`).
 */
export function parseChecksum(text: string): string {
  const checksum = checksumIn(text.replace(/^sha256:/i, ''))
  if (checksum !== null && /^(?:sha256:)?\S+$/i.test(text.trim())) return checksum
  throw usageError(
    '--release-checksum is not a SHA-256: that has 64 hexadecimal digits.',
    'Compute it with "sha256sum mathesar.tar.gz".',
    'release-checksum',
  )
}

/**
 * Returns the SHA-256 at the start of a text, as sha256sum writes it, in lower case; `null` for another text.
 */
export function checksumIn(text: string): string | null {
  return /^\s*\\?([0-9a-f]{64})(?:\s|$)/i.exec(text)?.[1]?.toLowerCase() ?? null
}

/** Returns the SHA-256 of a file's content, hexadecimal. */
export function checksumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/**
 * Refuses a tarball that is not the one that the operator expects. The value and the file contradict each
 * other, and no other attempt changes that: hence `USAGE` (field `release-checksum`).
 */
export function requireChecksum(place: string, actual: string, expected: string): void {
  if (actual === expected) return
  throw usageError(
    `The source ${place} has the checksum ${actual}, and --release-checksum states ${expected}.`,
    'It is not used. Compare the checksum with that of a copy that you trust.',
    'release-checksum',
  )
}
