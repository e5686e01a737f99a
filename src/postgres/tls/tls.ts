import { isIP, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  connect as connectTls,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type TLSSocket,
} from 'node:tls'
import { OperatorError } from '../../errors.ts'
import type { Deadline } from '../deadline.ts'
import { describeServer } from '../describe.ts'
import { ConnectionError } from '../errors.ts'
import type { ConnectionSettings } from '../types.ts'
import { type ChainCertificate, certificateError } from './certificate-errors.ts'
import { foreignNames } from './certificate-names.ts'
import { handshakeError } from './handshake-errors.ts'
import type { TlsOptions } from './options.ts'
import type { TlsFiles } from './tls-files.ts'

type Target = Pick<ConnectionSettings, 'host' | 'port'>

/** The SSLRequest message: its length, and a number in the place of the protocol version. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * Asks the server for TLS (PostgreSQL manual, "SSL Session Encryption"). Returns whether it agrees; the
 * socket is paused then. Errors: `CONNECTION_FAILED` if the answer is neither yes nor no.
 */
export async function requestTls(socket: Socket, target: Target, deadline: Deadline): Promise<boolean> {
  deadline.enter('ssl request')
  const answer = await readAnswer(socket, target, deadline.signal)
  // More than one byte before the handshake can only come from an attacker in between, who wants it to count
  // as encrypted later.
  if (answer.length === 1 && answer[0] === 0x53) return true
  if (answer.length === 1 && answer[0] === 0x4e) return false
  const server = describeServer(target)
  if (answer[0] === 0x45) {
    // The text is not shown: nothing proves yet that the server sent it.
    throw new ConnectionError(
      'CONNECTION_FAILED',
      `The server at ${server} answered the request for TLS with an error.`,
      "Check the server's log; it may be out of connections or memory.",
      { data: { reason: 'ssl request' } },
    )
  }
  throw new ConnectionError(
    'CONNECTION_FAILED',
    `The program that answers at ${server} does not speak PostgreSQL's protocol.`,
    'Check host and port.',
    { data: { reason: 'protocol' } },
  )
}

function readAnswer(socket: Socket, target: Target, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const settle = () => {
      socket.pause()
      socket.off('data', onData)
      socket.off('error', onEnd)
      socket.off('close', onEnd)
      socket.off('end', onEnd)
      signal.removeEventListener('abort', onAbort)
    }
    const onData = (data: Buffer) => {
      settle()
      resolve(data)
    }
    const onEnd = (error?: unknown) => {
      settle()
      reject(
        new ConnectionError(
          'CONNECTION_FAILED',
          `The server at ${describeServer(target)} closed the connection when it was asked for TLS.`,
          'Check that PostgreSQL listens on that port; if a proxy is in front of it, check the log of the proxy.',
          { data: { reason: 'closed' }, cause: error instanceof Error ? error : undefined },
        ),
      )
    }
    const onAbort = () => {
      settle()
      reject(signal.reason)
    }
    socket.once('data', onData)
    socket.once('error', onEnd)
    socket.once('end', onEnd)
    socket.once('close', onEnd)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.write(SSL_REQUEST)
  })
}

/** The protocol's name in TLS (ALPN), which tells a server apart that expects another protocol. */
const PROTOCOL = 'postgresql'

/**
 * Does the TLS handshake on a socket whose server agreed to it, or which expects no other greeting
 * (`negotiation: 'direct'`), and verifies the certificate as `files` requires. Errors: `TLS_FAILED`; the
 * reason of the deadline's signal.
 */
export function startTls(
  socket: Socket,
  settings: Target,
  { files, options = {} }: { files: TlsFiles; options?: TlsOptions },
  deadline: Deadline,
): Promise<TLSSocket> {
  deadline.enter('tls')
  const { signal } = deadline
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    let secured: TLSSocket
    try {
      secured = connectTls({ socket, ...connectionOptions(settings, files, options) })
    } catch (error) {
      // Node reads certificates and keys here.
      reject(unusableFiles(error))
      return
    }
    let chain: ChainCertificate[] = []
    const onHandshake = () => {
      chain = chainOf(secured)
    }
    const settle = () => {
      secured.off('secure', onHandshake)
      secured.off('secureConnect', onSecure)
      secured.off('error', onError)
      secured.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
    }
    const onSecure = () => {
      // libpq's rule: whoever answers a direct handshake must expect this protocol.
      if (options.negotiation === 'direct' && secured.alpnProtocol !== PROTOCOL) return fail(noAlpn(settings))
      settle()
      resolve(secured)
    }
    const fail = (error: unknown) => {
      settle()
      secured.on('error', () => {})
      secured.destroy()
      reject(error)
    }
    const failHandshake = (error: Error) =>
      fail(failedHandshake(error, { server: describeServer(settings), files, chain }))
    const onError = failHandshake
    const onClose = () => failHandshake(new Error('closed'))
    const onAbort = () => fail(signal.reason)
    // Node verifies in its own listener, and destroys the connection if that fails.
    secured.prependOnceListener('secure', onHandshake)
    secured.once('secureConnect', onSecure)
    secured.once('error', onError)
    secured.once('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function connectionOptions(settings: Target, files: TlsFiles, { sni = true }: TlsOptions): ConnectionOptions {
  return {
    // RFC 6066, section 3: SNI holds names, never addresses.
    ...(sni && isIP(settings.host) === 0 ? { servername: settings.host } : {}),
    ALPNProtocols: [PROTOCOL],
    rejectUnauthorized: files.verification !== 'none',
    ...(files.ca === undefined ? {} : { ca: files.ca }),
    ...(files.crl === undefined ? {} : { crl: files.crl }),
    ...(files.cert === undefined ? {} : { cert: files.cert }),
    ...(files.key === undefined ? {} : { key: files.key }),
    checkServerIdentity: (_name, certificate) =>
      files.verification === 'chain and host' ? hostError(settings, certificate) : undefined,
  }
}

function hostError(settings: Target, certificate: PeerCertificate): Error | undefined {
  const names = foreignNames(settings.host, certificate)
  if (names === null) return undefined
  const list = names.length === 0 ? 'no host at all' : names.map((name) => `"${name}"`).join(', ')
  return new ConnectionError(
    'TLS_FAILED',
    `The server's certificate is for ${list}, not for the host "${settings.host}".`,
    'Use one of the names in the certificate as the host; if it does not lead to the server, add its address as hostaddr in --dsn or PGHOSTADDR. Or use --sslmode verify-ca, which verifies the authority but not the name.',
    { data: { reason: 'host', host: settings.host, certificate: names } },
  )
}

function unusableFiles(error: unknown): OperatorError {
  const code = codeOf(error)
  const isWeak = /(KEY_TOO_SMALL|MD_TOO_WEAK)$/.test(code)
  return new ConnectionError(
    'TLS_FAILED',
    isWeak
      ? `The client certificate has a key or a signature that is too weak for TLS (${code}).`
      : `The certificate files cannot be used (${code}).`,
    isWeak
      ? 'Use one with an RSA key of at least 2048 bits or an ECDSA key, signed with SHA-256 or better.'
      : 'Check sslrootcert, sslcert and sslkey with openssl verify.',
    { data: { reason: 'file', tls: code }, cause: error },
  )
}

/** Returns the certificates from the server's to the last known authority. */
function chainOf(secured: TLSSocket): ChainCertificate[] {
  const chain: ChainCertificate[] = []
  const seen = new Set<DetailedPeerCertificate>()
  let certificate: DetailedPeerCertificate | undefined = secured.getPeerCertificate(true)
  while (certificate?.subject && !seen.has(certificate)) {
    seen.add(certificate)
    chain.push(certificate)
    certificate = certificate.issuerCertificate
  }
  return chain
}

function failedHandshake(
  error: Error,
  how: { server: string; files: TlsFiles; chain: readonly ChainCertificate[] },
): OperatorError {
  if (error instanceof OperatorError) return error
  const { server, files, chain } = how
  const code = codeOf(error)
  // Node's names of faults of certificates have no prefix; all other errors of TLS have one.
  if (/^(?!E[A-Z]+$|ERR_)[A-Z_]+$/.test(code)) {
    const { caPath, crlPath } = files
    return certificateError({ server, code, text: textOf(error), chain, caPath, crlPath }, error)
  }
  return handshakeError(server, code, error)
}

function noAlpn(settings: Target): ConnectionError {
  return new ConnectionError(
    'TLS_FAILED',
    `The server at ${describeServer(settings)} speaks TLS, but does not state that it expects PostgreSQL's protocol (ALPN), which sslnegotiation=direct demands.`,
    'Check host and port.',
    { data: { reason: 'handshake' } },
  )
}

/** Node appends advice about its own options. */
function textOf(error: Error): string {
  return error.message.split(';')[0] ?? ''
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error'
  return 'code' in error ? String(error.code) : error.message
}
