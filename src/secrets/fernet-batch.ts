import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto'
import {
  BLOCK_BYTES,
  type FernetKey,
  HEADER_BYTES,
  HMAC_BYTES,
  hasTokenAlphabet,
  hasTokenShape,
  looksLikeToken,
  type OpenedValue,
} from './fernet.ts'

/** Where one token's bytes lie in the buffer that holds them all. */
interface Span {
  index: number
  start: number
  end: number
}

const HASH_BLOCK_BYTES = 64

/**
 * Opens many stored values, with the results that `open` has for each. A list of ten thousand databases has ten
 * thousand tokens, and an Hmac and a Decipher object for each would take longer than all else together: so the HMAC
 * is made of two one-shot hashes (RFC 2104), and one cipher decrypts the blocks of every token, chained by hand.
 */
export function openAll(values: readonly string[], key: FernetKey): OpenedValue[] {
  const results: OpenedValue[] = values.map((value) =>
    looksLikeToken(value) ? { state: 'does not open' } : { state: 'plain text' },
  )
  const { bytes, spans } = decodeAll(values)
  const authentic = verifyAll(bytes, spans, key)
  for (const span of spans) results[span.index] = { state: 'does not open' }
  decryptAll(bytes, authentic, key, results)
  return results
}

function decodeAll(values: readonly string[]): { bytes: Buffer; spans: Span[] } {
  const size = values.reduce((total, value) => total + Math.ceil((value.length * 3) / 4), 0)
  const bytes = Buffer.allocUnsafe(size)
  const spans: Span[] = []
  let end = 0
  for (const [index, value] of values.entries()) {
    if (!hasTokenAlphabet(value)) continue
    const start = end
    end += bytes.write(value, start, 'base64url')
    if (hasTokenShape(bytes, start, end)) spans.push({ index, start, end })
    else end = start
  }
  return { bytes, spans }
}

/** The spans whose HMAC is right. */
function verifyAll(bytes: Buffer, spans: readonly Span[], key: FernetKey): Span[] {
  const longest = spans.reduce((most, span) => Math.max(most, span.end - span.start), 0)
  const inner = Buffer.alloc(HASH_BLOCK_BYTES + longest, 0x36)
  const outer = Buffer.alloc(HASH_BLOCK_BYTES + HMAC_BYTES, 0x5c)
  for (const [i, byte] of key.signing.entries()) {
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
  const views = new Map<number, Buffer>()
  const computed = Buffer.allocUnsafe(spans.length * HMAC_BYTES)
  const stored = Buffer.allocUnsafe(spans.length * HMAC_BYTES)
  for (const [i, { start, end }] of spans.entries()) {
    const length = HASH_BLOCK_BYTES + end - start - HMAC_BYTES
    let message = views.get(length)
    if (message === undefined) {
      message = inner.subarray(0, length)
      views.set(length, message)
    }
    bytes.copy(inner, HASH_BLOCK_BYTES, start, end - HMAC_BYTES)
    // Hexadecimal, because a string is handed out of the hash several times faster than a Buffer is.
    outer.write(hash('sha256', message, 'hex'), HASH_BLOCK_BYTES, 'hex')
    computed.write(hash('sha256', outer, 'hex'), i * HMAC_BYTES, 'hex')
    bytes.copy(stored, i * HMAC_BYTES, end - HMAC_BYTES, end)
  }
  inner.fill(0)
  outer.fill(0)
  if (timingSafeEqual(computed, stored)) return [...spans]
  return spans.filter((_span, i) => {
    const [from, to] = [i * HMAC_BYTES, (i + 1) * HMAC_BYTES]
    return timingSafeEqual(computed.subarray(from, to), stored.subarray(from, to))
  })
}

/** Decrypts the authentic tokens and puts their plaintexts into `results`. */
function decryptAll(bytes: Buffer, spans: readonly Span[], key: FernetKey, results: OpenedValue[]): void {
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
      results[index] = { state: 'opens', plaintext: plain.toString('utf8', first, length) }
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
