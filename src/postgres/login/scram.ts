import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { saslprep } from './saslprep.ts'

/** SCRAM's names in the protocol; the second binds the login to the TLS connection (RFC 5802). */
export const SCRAM = 'SCRAM-SHA-256'
export const SCRAM_BOUND = 'SCRAM-SHA-256-PLUS'

/**
 * More rounds than any sane server requires; without a limit a hostile server could keep this process busy
 * for hours.
 */
const MOST_ROUNDS = 4_000_000

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** `impostor`: the server did not prove that it knows the password. */
export type ScramFault = 'impostor' | 'protocol'

/** The login by SCRAM failed on this side; `message` says what the server did, without a full stop. */
export class ScramError extends Error {
  readonly fault: ScramFault

  constructor(fault: ScramFault, message: string) {
    super(message)
    this.name = 'ScramError'
    this.fault = fault
  }
}

/** A login that waits for the server's first message. */
export interface ScramStart {
  mechanism: typeof SCRAM | typeof SCRAM_BOUND
  nonce: string
  /** GS2 header and channel binding data, for the final message. */
  binding: Buffer
  /** The client's first message. */
  message: string
}

/** The client's final message, and the signature by which the server proves itself. */
export interface ScramAnswer {
  message: string
  serverSignature: Buffer
}

/**
 * Starts a login by SCRAM-SHA-256 (RFC 5802, RFC 7677).
 *
 * @param certificateHash the hash of the server's certificate (`tls-server-end-point`, RFC 5929) to bind the
 * login to the TLS connection; `null` for a login without channel binding
 */
export function startScram(certificateHash: Buffer | null): ScramStart {
  const nonce = randomBytes(18).toString('base64')
  const header = certificateHash === null ? 'n,,' : 'p=tls-server-end-point,,'
  return {
    mechanism: certificateHash === null ? SCRAM : SCRAM_BOUND,
    nonce,
    binding: Buffer.concat([Buffer.from(header), certificateHash ?? Buffer.alloc(0)]),
    message: `${header}n=*,r=${nonce}`,
  }
}

/** Answers the server's first message. Errors: `ScramError` if the server breaks the protocol. */
export async function answerScram(
  { nonce, binding }: ScramStart,
  password: string,
  serverFirst: string,
): Promise<ScramAnswer> {
  const server = readServerFirst(serverFirst, nonce)
  const salted = await saltedPassword(password, server)
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash('sha256').update(clientKey).digest()
  const withoutProof = `c=${binding.toString('base64')},r=${server.nonce}`
  const exchange = `n=*,r=${nonce},${serverFirst},${withoutProof}`
  const signature = hmac(storedKey, exchange)
  const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))
  return {
    message: `${withoutProof},p=${Buffer.from(proof).toString('base64')}`,
    serverSignature: hmac(hmac(salted, 'Server Key'), exchange),
  }
}

/**
 * Returns the salted password. The last one is kept: many databases are often those of one role, and the
 * rounds would take longer than all else of a login. Of the password itself only a hash is kept, under a key
 * that this process alone has.
 */
function saltedPassword(
  password: string,
  { salt, rounds }: { salt: Buffer; rounds: number },
): Promise<Buffer> {
  const hash = hmac(HASH_KEY, password)
  if (last === null || !last.hash.equals(hash) || last.rounds !== rounds || !last.salt.equals(salt)) {
    const salted = promisify(pbkdf2)(saslprep(password), salt, rounds, 32, 'sha256')
    last = { hash, salt, rounds, salted }
  }
  return last.salted
}

const HASH_KEY = randomBytes(32)

let last: { hash: Buffer; salt: Buffer; rounds: number; salted: Promise<Buffer> } | null = null

/** Checks the server's final message. Errors: `ScramError` unless the server knows the password. */
export function verifyScram({ serverSignature }: ScramAnswer, serverFinal: string): void {
  const attributes = readAttributes(serverFinal)
  if (attributes.has('e')) throw new ScramError('protocol', 'the server reported an error')
  const sent = attributes.get('v') ?? ''
  const signature = Buffer.from(BASE64.test(sent) ? sent : '', 'base64')
  if (signature.length !== serverSignature.length || !timingSafeEqual(signature, serverSignature))
    throw new ScramError('impostor', 'the signature of the server does not match')
}

function readServerFirst(text: string, clientNonce: string): { nonce: string; salt: Buffer; rounds: number } {
  const attributes = readAttributes(text)
  const nonce = attributes.get('r') ?? ''
  if (!nonce.startsWith(clientNonce) || nonce.length === clientNonce.length || !/^[!-+\--~]+$/.test(nonce))
    throw new ScramError('protocol', 'the server did not answer with a nonce of its own')
  const salt = attributes.get('s') ?? ''
  if (salt === '' || !BASE64.test(salt)) throw new ScramError('protocol', 'the server sent no salt')
  const rounds = attributes.get('i') ?? ''
  if (!/^[1-9]\d{0,9}$/.test(rounds)) throw new ScramError('protocol', 'the server sent no number of rounds')
  if (Number(rounds) > MOST_ROUNDS)
    throw new ScramError('protocol', `the server asks for ${rounds} rounds; the limit is ${MOST_ROUNDS}`)
  return { nonce, salt: Buffer.from(salt, 'base64'), rounds: Number(rounds) }
}

/** Splits `a=x,b=y`. A value may contain `=`. */
function readAttributes(text: string): Map<string, string> {
  return new Map(text.split(',').map((pair) => [pair.slice(0, 1), pair.slice(2)]))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
