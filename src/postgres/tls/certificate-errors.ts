import type { DetailedPeerCertificate } from 'node:tls'
import { ConnectionError } from '../errors.ts'

/** A failed verification of the server's certificate. */
export interface CertificateFailure {
  /** The server in words. */
  server: string
  /** OpenSSL's name of the fault, as Node reports it; `UNSPECIFIED` if Node has none. */
  code: string
  /** OpenSSL's text for the fault. */
  text: string
  /** The certificates from the server's to that of the last authority; empty if they are not known. */
  chain: readonly ChainCertificate[]
  /** The files that the verification used; `null` for the authorities of the system, or no file. */
  caPath: string | null
  crlPath: string | null
}

/** The part of a certificate that explains why it was refused. */
export type ChainCertificate = Pick<
  DetailedPeerCertificate,
  'subject' | 'valid_from' | 'valid_to' | 'ext_key_usage' | 'ca'
>

type Explanation = readonly [message: string, hint: string]
type Explain = (failure: CertificateFailure) => Explanation

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const NEW_CERTIFICATE = 'Have the authority issue a new certificate for the server'
const AUTHORITY_HINT =
  'Pass the certificate of the authority that signed it as --sslrootcert (a provider offers it for download), or "system" for the authorities that this system trusts.'

/** OpenSSL's faults (man page openssl-verification-options) by the names that Node has for them. */
const BY_CODE: Readonly<Record<string, Explain>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ({ server }) => [
    `The certificate of the server at ${server} is self-signed and not trusted here.`,
    "Copy the server's certificate (ssl_cert_file) here by a safe way, and pass it as --sslrootcert.",
  ],
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: (failure) => [
    `The certificate of the server at ${failure.server} leads to an authority whose own authority is not trusted here.`,
    `Add the certificate of the root authority to ${authorities(failure)}.`,
  ],
  CERT_SIGNATURE_FAILURE: badSignature,
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: badSignature,
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: (failure) => [
    `The public key of the authority that signed the certificate of the server at ${failure.server} can't be used.`,
    `It may be damaged, or of a kind that OpenSSL does not know. Renew the authority's certificate in ${authorities(failure)}.`,
  ],
  CERT_HAS_EXPIRED: (failure) => {
    const at = failure.chain.findIndex(({ valid_to }) => Date.parse(valid_to) < Date.now())
    return [
      `${named(failure, at)} has expired${dateOf(failure.chain[at]?.valid_to)}.`,
      at <= 0
        ? 'Renew it on the server; check also the clock of this machine.'
        : `Install the authority's new certificate, on the server and in ${authorities(failure)}; check also the clock of this machine.`,
    ]
  },
  CERT_NOT_YET_VALID: (failure) => {
    const at = failure.chain.findIndex(({ valid_from }) => Date.parse(valid_from) > Date.now())
    return [
      `${named(failure, at)} is not valid yet${dateOf(failure.chain[at]?.valid_from, ', but from ')}.`,
      'Check the clock of this machine and of the machine that created the certificate.',
    ]
  },
  ERROR_IN_CERT_NOT_BEFORE_FIELD: invalidDate,
  ERROR_IN_CERT_NOT_AFTER_FIELD: invalidDate,
  CERT_REVOKED: (failure) => [
    `The certificate of the server at ${failure.server}, or of its authority, was revoked, according to ${lists(failure)}.`,
    'Install a new certificate on the server.',
  ],
  UNABLE_TO_GET_CRL: (failure) => [
    `${capital(lists(failure))} has no revocation list of the authority that signed the certificate of the server at ${failure.server}.`,
    'Add the current list of each authority between the server and the root, or remove the file to check no revocation.',
  ],
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: badListSignature,
  CRL_SIGNATURE_FAILURE: badListSignature,
  CRL_HAS_EXPIRED: (failure) => [
    `The revocation list in ${lists(failure)} has expired, so that the certificate of the server at ${failure.server} can't be checked.`,
    'Download the current list from the authority; check also the clock of this machine.',
  ],
  CRL_NOT_YET_VALID: (failure) => [
    `The revocation list in ${lists(failure)} is not valid yet, so that the certificate of the server at ${failure.server} can't be checked.`,
    'Check the clock of this machine, and that of the authority that created the list.',
  ],
  ERROR_IN_CRL_LAST_UPDATE_FIELD: invalidListDate,
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: invalidListDate,
  INVALID_CA: noAuthority,
  INVALID_PURPOSE: invalidPurpose,
  PATH_LENGTH_EXCEEDED: ({ server }) => [
    `More authorities stand between the certificate of the server at ${server} and the root than one of them permits (its path length).`,
    'Have an authority closer to the root sign the certificate, or have the authority reissued with a greater pathlen.',
  ],
  CERT_CHAIN_TOO_LONG: ({ server }) => [
    `The server at ${server} sends a chain of too many certificates.`,
    'Reduce ssl_cert_file on the server to its certificate and the authorities that lead to the root.',
  ],
  CERT_UNTRUSTED: notForTls,
  CERT_REJECTED: notForTls,
  HOSTNAME_MISMATCH: ({ server }) => [
    `The certificate of the server at ${server} is for another host.`,
    'Use one of the names in the certificate as the host.',
  ],
  OUT_OF_MEM: ({ server }) => [
    `This machine ran out of memory while it verified the certificate of the server at ${server}.`,
    'Free memory, then run the command again.',
  ],
}

/** Faults without a name in Node: OpenSSL's fixed texts are all that tells them apart. */
const BY_TEXT: readonly (readonly [RegExp, Explain])[] = [
  [
    /EE certificate key too weak/i,
    ({ server }) => [
      `The key of the certificate of the server at ${server} is too weak.`,
      `${NEW_CERTIFICATE}, with an RSA key of at least 2048 bits or an ECDSA key.`,
    ],
  ],
  [
    /CA certificate key too weak/i,
    (failure) => [
      `The key of an authority of the server at ${failure.server} is too weak.`,
      `The authority needs a new certificate, with an RSA key of at least 2048 bits or an ECDSA key: in ${authorities(failure)} and on the server.`,
    ],
  ],
  [
    /digest algorithm too weak/i,
    ({ server }) => [
      `The certificate of the server at ${server}, or of its authority, is signed with a hash that is too weak, such as MD5 or SHA-1.`,
      `${NEW_CERTIFICATE}, signed with SHA-256 or better.`,
    ],
  ],
  [/certificate signing/i, noAuthority],
  [
    /critical extension/i,
    ({ server, text }) => [
      `The certificate of the server at ${server}, or of its authority, has a critical extension that can't be checked (${text}).`,
      `${NEW_CERTIFICATE} without that extension.`,
    ],
  ],
  [
    /subtree violation|name constraint|name syntax/i,
    ({ server, text }) => [
      `An authority of the server at ${server} may not sign certificates for its names (${text}).`,
      'Have an authority sign the certificate whose name constraints permit all names in it.',
    ],
  ],
  [
    /CRL/,
    (failure) => [
      `The revocation of the certificate of the server at ${failure.server} can't be checked with ${lists(failure)} (${failure.text}).`,
      'Download the current list of each authority between the server and the root, or remove the file to check no revocation.',
    ],
  ],
]

/** Returns the error for a server whose certificate was refused: `TLS_FAILED`, reason `certificate`. */
export function certificateError(failure: CertificateFailure, cause: Error): ConnectionError {
  const explain =
    BY_CODE[failure.code] ?? BY_TEXT.find(([pattern]) => pattern.test(failure.text))?.[1] ?? unknownFault
  const [message, hint] = explain(failure)
  return new ConnectionError('TLS_FAILED', message, hint, {
    data: { reason: 'certificate', tls: failure.code },
    cause,
  })
}

function untrusted({ server }: CertificateFailure): Explanation {
  return [
    `The certificate of the server at ${server} is not signed by an authority that is trusted here.`,
    AUTHORITY_HINT,
  ]
}

function badSignature(failure: CertificateFailure): Explanation {
  return [
    `The certificate of the server at ${failure.server} has a signature that the authority of that name did not make.`,
    `${capital(authorities(failure))} may hold an older certificate of the authority, or another authority has the same name. ${AUTHORITY_HINT}`,
  ]
}

function noAuthority({ server, chain }: CertificateFailure): Explanation {
  const wrong = chain.slice(1).find(({ ca }) => ca === false)
  const name = wrong ? `certificate "${wrong.subject.CN ?? ''}"` : 'certificate'
  return [
    `The certificate of the server at ${server} is signed with a ${name} that is not that of an authority for servers.`,
    'Have an authority sign it whose certificate has basicConstraints=CA:TRUE, and keyCertSign in its key usage.',
  ]
}

function invalidPurpose(failure: CertificateFailure): Explanation {
  const { chain } = failure
  const at = chain.findIndex(({ ext_key_usage: usage }) => usage && !usage.includes(SERVER_AUTH))
  if (at >= 0) {
    return [
      `${named(failure, at)} is not for servers: its extended key usage lacks serverAuth.`,
      at === 0
        ? `${NEW_CERTIFICATE}, with extendedKeyUsage=serverAuth.`
        : 'Have an authority sign the certificate of the server whose extended key usage has serverAuth, or which has none.',
    ]
  }
  if (chain.length === 0 || chain.slice(1).some(({ ca }) => ca === false)) return noAuthority(failure)
  return [
    `${named(failure, 0)} is not for servers: its key usage does not permit it.`,
    `${NEW_CERTIFICATE}, with digitalSignature in its key usage.`,
  ]
}

function notForTls(failure: CertificateFailure): Explanation {
  return [
    `The authority of the server at ${failure.server} is marked as not trusted for TLS servers.`,
    `Correct the trust settings of its certificate ("TRUSTED CERTIFICATE") in ${authorities(failure)}.`,
  ]
}

function invalidDate({ server }: CertificateFailure): Explanation {
  return [
    `The certificate of the server at ${server}, or of its authority, has an invalid date.`,
    `${NEW_CERTIFICATE}.`,
  ]
}

function badListSignature(failure: CertificateFailure): Explanation {
  return [
    `The revocation list in ${lists(failure)} has a signature that the authority of the server at ${failure.server} did not make.`,
    'Download the current list from the authority.',
  ]
}

function invalidListDate(failure: CertificateFailure): Explanation {
  return [`The revocation list in ${lists(failure)} has an invalid date.`, 'Download the list again.']
}

function unknownFault({ server, code, text }: CertificateFailure): Explanation {
  return [
    `The certificate of the server at ${server} could not be verified (${code === 'UNSPECIFIED' ? text : code}).`,
    'Check the certificates on the server, and those that --sslrootcert names, with openssl verify.',
  ]
}

function named({ server, chain }: CertificateFailure, at: number): string {
  if (at === 0) return `The certificate of the server at ${server}`
  const certificate = chain[at]
  return certificate
    ? `The certificate of the authority "${certificate.subject.CN ?? ''}" of the server at ${server}`
    : `A certificate of the server at ${server}, or of its authority,`
}

/** Node has dates as OpenSSL prints them, such as `Jan  1 00:00:00 2120 GMT`. */
function dateOf(date: string | undefined, before = ' on '): string {
  const time = date === undefined ? Number.NaN : Date.parse(date)
  return Number.isNaN(time) ? '' : `${before}${new Date(time).toISOString().slice(0, 10)}`
}

function authorities({ caPath }: CertificateFailure): string {
  return caPath === null ? 'the authorities that this system trusts' : `the file ${caPath}`
}

function lists({ crlPath }: CertificateFailure): string {
  return crlPath === null ? 'the revocation lists' : `the file ${crlPath}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
