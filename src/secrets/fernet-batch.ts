import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto'
import {
  BLOCK_BYTES,
  type Decryption,
  decodedLength,
  type FernetKey,
  HEADER_BYTES,
  HMAC_BYTES,
  hasTokenShape,
  isTokenLike,
} from './fernet.ts'

/** Where one token's bytes lie in the buffer that holds them all. */
interface Span {
  index: number
  start: number
  end: number
}

const HASH_BLOCK_BYTES = 64
const REFUSED: Decryption = { kind: 'refused' }
const PLAIN_TEXT: Decryption = { kind: 'plain text' }

/**
 * Decrypts many stored values, with the results that `decrypt` returns for each. A list of ten thousand
 * databases has ten thousand tokens, and an Hmac and a Decipher object for each would take longer than all
 * else together: so the HMAC consists of two one-shot hashes (RFC 2104), and one cipher decrypts the blocks
 * of every token, chained by hand.
 *
 * @param encoding `latin1` keeps each byte of a plaintext as a character
 */
export function decryptAll(
  values: readonly string[],
  key: FernetKey,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Decryption[] {
  const results: Decryption[] = values.map((value) => (isTokenLike(value) ? REFUSED : PLAIN_TEXT))
  const { bytes, spans } = decodeAll(values)
  const authentic = verifyAll(bytes, spans, key)
  for (const span of spans) results[span.index] = REFUSED
  decryptBlocks(bytes, authentic, { key, encoding }, results)
  return results
}

function decodeAll(values: readonly string[]): { bytes: Buffer; spans: Span[] } {
  // A token is ASCII, so one byte a character is enough.
  const bytes = Buffer.allocUnsafe(values.reduce((total, value) => total + value.length, 0))
  const spans: Span[] = []
  let start = 0
  values.forEach((value, index) => {
    const length = decodedLength(value)
    if (length === null || bytes.write(value, start, 'base64url') !== length) return
    const end = start + length
    if (!hasTokenShape(bytes, start, end)) return
    spans.push({ index, start, end })
    start = end
  })
  return { bytes, spans }
}

/** Returns the spans whose HMAC is valid. */
function verifyAll(bytes: Buffer, spans: readonly Span[], key: FernetKey): readonly Span[] {
  const longest = spans.reduce((most, span) => Math.max(most, span.end - span.start), 0)
  const inner = Buffer.alloc(HASH_BLOCK_BYTES + longest, 0x36)
  const outer = Buffer.alloc(HASH_BLOCK_BYTES + HMAC_BYTES, 0x5c)
  key.signing.forEach((byte, i) => {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  })
  // One view for each length of token: there are few lengths.
  const views = new Map<number, Buffer>()
  const innerDigests = hashEach(spans, ({ start, end }) => {
    const length = HASH_BLOCK_BYTES + end - start - HMAC_BYTES
    const view = views.get(length) ?? inner.subarray(0, length)
    views.set(length, view)
    bytes.copy(inner, HASH_BLOCK_BYTES, start, end - HMAC_BYTES)
    return view
  })
  const computed = hashEach(spans, (_span, i) => {
    innerDigests.copy(outer, HASH_BLOCK_BYTES, i * HMAC_BYTES, (i + 1) * HMAC_BYTES)
    return outer
  })
  inner.fill(0)
  outer.fill(0)
  const stored = Buffer.allocUnsafe(computed.length)
  spans.forEach(({ end }, i) => {
    bytes.copy(stored, i * HMAC_BYTES, end - HMAC_BYTES, end)
  })
  if (timingSafeEqual(computed, stored)) return spans
  return spans.filter((_span, i) => {
    const [from, to] = [i * HMAC_BYTES, (i + 1) * HMAC_BYTES]
    return timingSafeEqual(computed.subarray(from, to), stored.subarray(from, to))
  })
}

/** Returns the SHA-256 digests of a message for each span, end to end. */
function hashEach(spans: readonly Span[], message: (span: Span, index: number) => Buffer): Buffer {
  // Hexadecimal, because a hash returns a string several times faster than a Buffer.
  return Buffer.from(spans.map((span, i) => hash('sha256', message(span, i), 'hex')).join(''), 'hex')
}

/** Decrypts the authentic tokens and puts their plaintexts into `results`. */
function decryptBlocks(
  bytes: Buffer,
  spans: readonly Span[],
  { key, encoding }: { key: FernetKey; encoding: BufferEncoding },
  results: Decryption[],
): void {
  const blocks = Buffer.allocUnsafe(
    spans.reduce((total, span) => total + span.end - span.start - HEADER_BYTES - HMAC_BYTES, 0),
  )
  let filled = 0
  for (const { start, end } of spans)
    filled += bytes.copy(blocks, filled, start + HEADER_BYTES, end - HMAC_BYTES)
  const decipher = createDecipheriv('aes-128-ecb', key.encryption, null).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(blocks), decipher.final()])
  let at = 0
  for (const { index, start, end } of spans) {
    const first = at
    // CBC: each block is masked with the ciphertext block before it, the first one with the IV.
    for (let mask = start + HEADER_BYTES - BLOCK_BYTES; mask < end - HMAC_BYTES - BLOCK_BYTES; mask++, at++) {
      plain[at] = (plain[at] ?? 0) ^ (bytes[mask] ?? 0)
    }
    const length = unpaddedEnd(plain, at)
    if (length !== null) {
      results[index] = { kind: 'decrypted', plaintext: plain.toString(encoding, first, length) }
    }
  }
  plain.fill(0)
}

/** Where the text before the PKCS #7 padding ends (RFC 5652, section 6.3); `null` if the padding is wrong. */
function unpaddedEnd(plain: Buffer, end: number): number | null {
  const padding = plain[end - 1] ?? 0
  if (padding < 1 || padding > BLOCK_BYTES) return null
  for (let i = end - padding; i < end; i++) if (plain[i] !== padding) return null
  return end - padding
}
