import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'

/** The two halves of a Fernet key, 16 bytes each. */
export interface FernetKey {
  readonly signing: Buffer
  readonly encryption: Buffer
}

/**
 * What a stored value is. Mathesar itself returns a token that it can't decrypt as if it were
 * plain text, and so sends it as a password; the three are told apart here so that nobody else has to.
 */
export type Decryption =
  | { kind: 'decrypted'; plaintext: string }
  | { kind: 'refused' }
  | { kind: 'plain text' }

const ITERATIONS = 100_000
const VERSION = 0x80
/** Version, timestamp and IV: what precedes the ciphertext. */
export const HEADER_BYTES = 1 + 8 + 16
export const HMAC_BYTES = 32
export const BLOCK_BYTES = 16
const derive = promisify(pbkdf2)

/**
 * Derives the Fernet key from SECRET_KEY as django-fernet-encrypted-fields does: PBKDF2 (RFC 8018) with
 * HMAC-SHA-256, 100 000 iterations, 32 bytes. Takes tens of milliseconds on a thread of its own: once per
 * run.
 *
 * @param secretKey the text of SECRET_KEY, as it is
 * @param saltKey SALT_KEY; Mathesar sets it to SECRET_KEY
 */
export async function deriveKey(secretKey: string, saltKey: string = secretKey): Promise<FernetKey> {
  const bytes = await derive(
    Buffer.from(secretKey, 'utf8'),
    Buffer.from(saltKey, 'utf8'),
    ITERATIONS,
    32,
    'sha256',
  )
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) }
}

/** Overwrites the key in memory. */
export function forgetKey(key: FernetKey): void {
  key.signing.fill(0)
  key.encryption.fill(0)
}

/**
 * Encrypts a text, or bytes, as a Fernet token (Fernet specification, version 0x80): AES-128-CBC with PKCS #7
 * padding, then HMAC-SHA-256, in padded base64url.
 *
 * @param fixed the time in seconds since 1970 and the IV, to reproduce a known token; both are fresh
 *   otherwise
 */
export function encrypt(
  plaintext: string | Uint8Array,
  key: FernetKey,
  fixed: { time?: number; iv?: Uint8Array } = {},
): string {
  const header = Buffer.alloc(9)
  header.writeUInt8(VERSION)
  header.writeBigUInt64BE(BigInt(fixed.time ?? Math.floor(Date.now() / 1000)), 1)
  const iv = fixed.iv ?? randomBytes(16)
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv)
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext
  const signed = Buffer.concat([header, iv, cipher.update(bytes), cipher.final()])
  const token = Buffer.concat([signed, sign(signed, key)]).toString('base64url')
  return token.padEnd(Math.ceil(token.length / 4) * 4, '=')
}

/**
 * Decrypts a stored value. The HMAC is checked, in constant time, before anything is decrypted. The age of a
 * token is irrelevant, as in Mathesar.
 */
export function decrypt(value: string, key: FernetKey): Decryption {
  const bytes = Buffer.from(value, 'base64url')
  if (bytes.length !== decodedLength(value) || !hasTokenShape(bytes, 0, bytes.length)) {
    return isTokenLike(value) ? { kind: 'refused' } : { kind: 'plain text' }
  }
  const signed = bytes.subarray(0, -HMAC_BYTES)
  if (!timingSafeEqual(sign(signed, key), bytes.subarray(-HMAC_BYTES))) return { kind: 'refused' }
  const decipher = createDecipheriv('aes-128-cbc', key.encryption, signed.subarray(9, HEADER_BYTES))
  try {
    const plaintext = Buffer.concat([decipher.update(signed.subarray(HEADER_BYTES)), decipher.final()])
    return { kind: 'decrypted', plaintext: plaintext.toString('utf8') }
  } catch {
    // Signed with this key and yet badly padded: no program writes such a token.
    return { kind: 'refused' }
  }
}

/**
 * Returns whether a value that is no whole token was meant as one: each token made before the year 4147
 * begins so. A damaged one must not pass as plain text, or it would be sent to a server as a password.
 */
export function isTokenLike(value: string): boolean {
  return value.startsWith('gAAAAA')
}

/**
 * Returns how many bytes a text of padded base64 stands for; `null` if its length or padding is wrong. Node's
 * decoder skips over what is not base64, and so comes to fewer bytes wherever a text holds anything else.
 */
export function decodedLength(value: string): number | null {
  if (value.length % 4 !== 0) return null
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
  return (value.length / 4) * 3 - padding
}

/** Returns whether the decoded bytes from `start` to `end` have a token's version and one of its lengths. */
export function hasTokenShape(bytes: Uint8Array, start: number, end: number): boolean {
  const ciphertext = end - start - HEADER_BYTES - HMAC_BYTES
  return bytes[start] === VERSION && ciphertext >= BLOCK_BYTES && ciphertext % BLOCK_BYTES === 0
}

function sign(signed: Uint8Array, key: FernetKey): Buffer {
  return createHmac('sha256', key.signing).update(signed).digest()
}
