import { ConnectionError, type ConnectionReason } from '../errors.ts'

type Explanation = readonly [message: string, hint: string, reason?: ConnectionReason]

const VERSIONS =
  'Check ssl_min_protocol_version and ssl_max_protocol_version on the server: TLS 1.2 or newer is required.'
const CIPHERS = 'Check ssl_ciphers, ssl_groups (or ssl_ecdh_curve) and the kind of certificate on the server.'

/** Alerts of TLS that the server sent (RFC 8446, section 6), by OpenSSL's names. */
const ALERTS: readonly (readonly [RegExp, (server: string) => Explanation])[] = [
  [/^PROTOCOL_VERSION$/, noVersion],
  [/^(HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY)$/, noCipher],
  [
    /^(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/,
    (server) => [
      `The server at ${server} does not trust the client certificate.`,
      'Use a certificate that an authority in ssl_ca_file of the server signed: sslcert and sslkey in --dsn, or PGSSLCERT and PGSSLKEY.',
      'client certificate',
    ],
  ],
  [
    /^CERTIFICATE_EXPIRED$/,
    (server) => [
      `The server at ${server} reports that the client certificate has expired.`,
      'Renew it; check also the clock of the server.',
      'client certificate',
    ],
  ],
  [
    /^CERTIFICATE_REVOKED$/,
    (server) => [
      `The server at ${server} reports that the client certificate was revoked.`,
      'Have the authority issue a new one.',
      'client certificate',
    ],
  ],
  [
    /^UNSUPPORTED_CERTIFICATE$/,
    (server) => [
      `The server at ${server} reports that the client certificate is not for clients.`,
      'Have the authority issue one with extendedKeyUsage=clientAuth.',
      'client certificate',
    ],
  ],
  [
    /^(CERTIFICATE_REQUIRED|NO_CERTIFICATE)$/,
    (server) => [
      `The server at ${server} requires a client certificate.`,
      'Pass the paths of certificate and private key as sslcert and sslkey in --dsn, or in PGSSLCERT and PGSSLKEY.',
      'client certificate',
    ],
  ],
  [
    /^ACCESS_DENIED$/,
    (server) => [
      `The server at ${server} denies access with the client certificate.`,
      "Check the server's log, or that of the proxy in front of it.",
      'client certificate',
    ],
  ],
  [
    /^NO_APPLICATION_PROTOCOL$/,
    (server) => [
      `The server at ${server} speaks TLS, but not PostgreSQL's protocol.`,
      'Check host and port.',
      'protocol',
    ],
  ],
]

/** Faults that OpenSSL found on this side, by its names. */
const FAULTS: readonly (readonly [RegExp, (server: string) => Explanation])[] = [
  [/^(UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE|VERSION_TOO_LOW|WRONG_SSL_VERSION)$/, noVersion],
  [
    /^(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_PACKET_LENGTH|HTTP_REQUEST|HTTPS_PROXY_REQUEST)$/,
    (server) => [
      `The server at ${server} answered the TLS handshake with something that is not TLS.`,
      'Check host and port, and what stands between here and the server.',
      'protocol',
    ],
  ],
  [
    /UNRECOGNIZED_NAME$/,
    (server) => [
      `The server at ${server} does not know the name of the host.`,
      'Use the name that the server expects as the host, or sslsni=0 in --dsn to send none.',
      'host',
    ],
  ],
  [/(CIPHER|GROUP|CURVE|SIGNATURE_(TYPE|ALGORITHM)|SIGALG)/, noCipher],
  [
    /^(DH|EE|CA)_KEY_TOO_SMALL$/,
    (server) => [
      `A key of the server at ${server} is too weak for TLS.`,
      'Use a certificate with an RSA key of at least 2048 bits or an ECDSA key on the server, and no smaller ssl_dh_params_file.',
    ],
  ],
  [
    /^CA_MD_TOO_WEAK$/,
    (server) => [
      `The certificate of the server at ${server} is signed with a hash that is too weak, such as MD5 or SHA-1.`,
      'Have the authority issue a new certificate for the server, signed with SHA-256 or better.',
    ],
  ],
]

/** Returns the error for a handshake that failed, other than by the verification of the certificate. */
export function handshakeError(server: string, code: string, cause: Error): ConnectionError {
  return tlsError(server, code, cause, {
    others: [
      `The TLS handshake with the server at ${server} failed (${code}).`,
      "Check the server's log, and that of a proxy in front of it.",
    ],
    closed: [
      `The server at ${server} closed the connection during the TLS handshake.`,
      "Check the server's log, and that of a proxy in front of it.",
    ],
  })
}

/**
 * Returns the error for a TLS connection that the server ended after the handshake; in TLS 1.3 it judges the
 * client certificate only then.
 */
export function tlsEndedError(server: string, code: string, cause: Error): ConnectionError {
  const ended = [
    `The server at ${server} ended the TLS connection (${code}).`,
    "Check the server's log, and that of a proxy in front of it.",
  ] as const
  return tlsError(server, code, cause, { others: ended, closed: ended })
}

function tlsError(
  server: string,
  code: string,
  cause: Error,
  otherwise: { others: Explanation; closed: Explanation },
): ConnectionError {
  const alert = /^ERR_SSL_.*_ALERT_(.+)$/.exec(code)?.[1]
  const fault = /^ERR_SSL_(?!.*_ALERT_)(.+)$/.exec(code)?.[1]
  const explain =
    ALERTS.find(([pattern]) => alert !== undefined && pattern.test(alert)) ??
    FAULTS.find(([pattern]) => fault !== undefined && pattern.test(fault))
  const isClosed = code === 'closed' || code === 'ECONNRESET' || code === 'EPIPE'
  const [message, hint, reason = isClosed ? 'closed' : 'handshake'] =
    explain?.[1](server) ?? (isClosed ? otherwise.closed : otherwise.others)
  return new ConnectionError('TLS_FAILED', message, hint, { data: { reason, tls: code }, cause })
}

function noVersion(server: string): Explanation {
  return [`The server at ${server} has no version of TLS in common with this program.`, VERSIONS]
}

function noCipher(server: string): Explanation {
  return [`The server at ${server} has no cipher of TLS in common with this program.`, CIPHERS]
}
