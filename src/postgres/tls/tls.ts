import { isIP, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { OperatorError } from '../../errors.ts'
import type { Deadline } from '../deadline.ts'
import { describeServer } from '../describe.ts'
import { ConnectionError } from '../errors.ts'
import type { ConnectionSettings } from '../types.ts'
import { foreignNames } from './certificate-names.ts'
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

/**
 * Does the TLS handshake on a socket whose server agreed to it, and verifies the certificate as `files`
 * requires. Errors: `TLS_FAILED`; the reason of the deadline's signal.
 */
export function startTls(
  socket: Socket,
  settings: Target & Pick<ConnectionSettings, 'sslmode'>,
  files: TlsFiles,
  deadline: Deadline,
): Promise<TLSSocket> {
  deadline.enter('tls')
  const { signal } = deadline
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    let secured: TLSSocket
    try {
      secured = connectTls({ socket, ...tlsOptions(settings, files) })
    } catch (error) {
      // Node reads certificates and keys here.
      reject(unusableFiles(error))
      return
    }
    const settle = () => {
      secured.off('secureConnect', onSecure)
      secured.off('error', onError)
      secured.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
    }
    const onSecure = () => {
      settle()
      resolve(secured)
    }
    const fail = (error: unknown) => {
      settle()
      secured.on('error', () => {})
      secured.destroy()
      reject(error)
    }
    const onError = (error: Error) => fail(handshakeError(error, settings))
    const onClose = () => fail(handshakeError(new Error('closed'), settings))
    const onAbort = () => fail(signal.reason)
    secured.once('secureConnect', onSecure)
    secured.once('error', onError)
    secured.once('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function tlsOptions(settings: Target, files: TlsFiles): ConnectionOptions {
  return {
    // RFC 6066, section 3: SNI holds names, never addresses.
    ...(isIP(settings.host) === 0 ? { servername: settings.host } : {}),
    ALPNProtocols: ['postgresql'],
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
    'Use one of the names in the certificate as the host, or use --sslmode verify-ca, which verifies the authority but not the name.',
    { data: { reason: 'host', host: settings.host, certificate: names } },
  )
}

function unusableFiles(error: unknown): OperatorError {
  return new ConnectionError(
    'TLS_FAILED',
    `The certificate files cannot be used (${codeOf(error)}).`,
    'Check that sslrootcert, sslcert and sslkey are PEM files, and that the key belongs to the certificate.',
    { data: { reason: 'file' }, cause: error },
  )
}

function handshakeError(error: Error, settings: Target & Pick<ConnectionSettings, 'sslmode'>): OperatorError {
  if (error instanceof OperatorError) return error
  const server = describeServer(settings)
  const code = codeOf(error)
  const tlsError = (message: string, hint: string) =>
    new ConnectionError('TLS_FAILED', message, hint, {
      data: { reason: 'certificate', tls: code },
      cause: error,
    })
  switch (code) {
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'CERT_SIGNATURE_FAILURE':
      return tlsError(
        `The certificate of the server at ${server} is not signed by an authority that is trusted here.`,
        'Pass the certificate of the authority that signed it as --sslrootcert (a provider offers it for download), or "system" for the authorities that this system trusts.',
      )
    case 'CERT_HAS_EXPIRED':
      return tlsError(
        `The certificate of the server at ${server} has expired.`,
        'Renew it on the server; check also the clock of this machine.',
      )
    case 'CERT_NOT_YET_VALID':
      return tlsError(
        `The certificate of the server at ${server} is not valid yet.`,
        'Check the clock of this machine and of the server.',
      )
    case 'CERT_REVOKED':
      return tlsError(
        `The certificate of the server at ${server} was revoked.`,
        'Install a new certificate on the server.',
      )
    default:
      return tlsError(
        `The TLS handshake with the server at ${server} failed (${code}).`,
        "Check the server's log; server and client need a TLS version (1.2 or newer) and ciphers in common.",
      )
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error'
  return 'code' in error ? String(error.code) : error.message
}
