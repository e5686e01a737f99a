import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { usageError } from '../../errors.ts'
import { ConnectionError } from '../errors.ts'
import type { ConnectionSettings } from '../types.ts'

/** What is verified of the server's certificate: nothing, its chain, or its chain and the host's name. */
export type Verification = 'none' | 'chain' | 'chain and host'

export interface TlsFiles {
  verification: Verification
  /** Trusted authorities (PEM); `undefined` if nothing is verified. */
  ca: string | string[] | undefined
  crl: string | undefined
  cert: string | undefined
  key: string | undefined
}

/**
 * Bundles of the system's authorities, for versions of Node that can't list them (OpenSSL's own path differs
 * by distribution).
 */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
]

type TlsSettings = Pick<ConnectionSettings, 'sslmode' | 'sslrootcert' | 'sslcert' | 'sslkey'>

/**
 * Refuses `sslrootcert=system` without `verify-full`: it trusts every public authority, so that without the
 * host's name nothing would be verified. libpq refuses it too. Errors: `USAGE`.
 */
export function checkSystemRoot(settings: TlsSettings): void {
  if (settings.sslrootcert !== 'system' || settings.sslmode === 'verify-full') return
  throw usageError(
    `The sslrootcert "system" can't be used with sslmode ${settings.sslmode}.`,
    'Use --sslmode verify-full, or pass the file of the authority as --sslrootcert.',
    'sslmode',
  )
}

/**
 * Reads the files that a TLS connection needs, from the settings or libpq's places under `~/.postgresql`
 * (PostgreSQL manual, "SSL Support"). As in libpq, an existing root certificate is used in every mode, so
 * that `require` then verifies as `verify-ca` does.
 *
 * `home` is `null` if there is none. Errors: `TLS_FAILED` that names the file.
 */
export function readTlsFiles(settings: TlsSettings, home: string | null): TlsFiles {
  const root = readRoot(settings, home)
  const { cert, key } = readClientCertificate(settings, home)
  const crl = root === undefined ? null : inHome(home, 'root.crl')
  return {
    verification:
      root === undefined ? 'none' : settings.sslmode === 'verify-full' ? 'chain and host' : 'chain',
    ca: root,
    crl: crl !== null && existsSync(crl) ? read(crl, 'certificate revocation list') : undefined,
    cert,
    key,
  }
}

function readRoot(settings: TlsSettings, home: string | null): string | string[] | undefined {
  if (settings.sslrootcert === 'system') return systemAuthorities()
  // A named file must exist in every mode: to continue without it would be less safe than the operator asked
  // for.
  if (settings.sslrootcert !== null)
    return read(settings.sslrootcert, 'root certificate file', '--sslrootcert')
  const path = inHome(home, 'root.crt')
  if (path !== null && existsSync(path)) return read(path, 'root certificate file')
  if (!settings.sslmode.startsWith('verify-')) return undefined
  const reason = path === null ? 'there is no home directory to look for one' : `there is no file ${path}`
  throw fileError(
    `The sslmode ${settings.sslmode} needs a root certificate, and ${reason}.`,
    'Pass the certificate of the authority that signed the server\'s as --sslrootcert, or "system" for the authorities that this system trusts.',
  )
}

function readClientCertificate(
  settings: TlsSettings,
  home: string | null,
): { cert: string | undefined; key: string | undefined } {
  const certPath = settings.sslcert ?? inHome(home, 'postgresql.crt')
  const none = { cert: undefined, key: undefined }
  if (certPath === null || (settings.sslcert === null && !existsSync(certPath))) return none
  const cert = read(certPath, 'client certificate', 'sslcert in --dsn (or PGSSLCERT)')
  const keyPath = settings.sslkey ?? inHome(home, 'postgresql.key')
  if (keyPath === null || !existsSync(keyPath)) {
    throw fileError(
      `There is a client certificate ${certPath}, but not the file of its private key${keyPath === null ? '' : ` ${keyPath}`}.`,
      'Pass its path as sslkey in --dsn, or in PGSSLKEY.',
    )
  }
  checkKeyMode(keyPath)
  const key = read(keyPath, 'private key', 'sslkey in --dsn (or PGSSLKEY)')
  if (key.includes('ENCRYPTED')) {
    throw fileError(
      `The private key ${keyPath} is encrypted with a passphrase.`,
      'Use a key without a passphrase, for example one that openssl pkey wrote, with mode 0600.',
    )
  }
  return { cert, key }
}

/** libpq's rule: 0600 or less; a key of root's may be readable by its group. */
function checkKeyMode(path: string): void {
  if (process.platform === 'win32') return
  const { mode, uid } = statSync(path)
  const forbidden = uid === 0 && process.getuid?.() !== 0 ? 0o037 : 0o077
  if ((mode & forbidden) === 0) return
  throw fileError(
    `Other users may read the private key ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}).`,
    `Run chmod 0600 ${path}.`,
  )
}

function systemAuthorities(): string[] {
  const named = process.env.SSL_CERT_FILE
  if (named) return [read(named, 'file of authorities (SSL_CERT_FILE)')]
  // Node has it since 22.15; older versions read the bundles below.
  const known = typeof tls.getCACertificates === 'function' ? tls.getCACertificates('system') : []
  if (known.length > 0) return known
  const bundle = SYSTEM_BUNDLES.find((path) => existsSync(path))
  if (bundle !== undefined) return [read(bundle, "system's file of authorities")]
  throw fileError(
    'sslrootcert=system is set, but the authorities that this system trusts were not found.',
    'Install the package ca-certificates, or pass a file as --sslrootcert.',
  )
}

function inHome(home: string | null, name: string): string | null {
  return home === null ? null : join(home, '.postgresql', name)
}

function read(path: string, kind: string, givenBy?: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'error'})`
    throw fileError(
      `The ${kind} ${path} ${problem}.`,
      givenBy === undefined
        ? 'Correct the file or remove it.'
        : `Correct the path given by ${givenBy}, or make the file readable.`,
    )
  }
}

/** Nothing is wrong with the server, so that connecting without TLS is no answer. */
function fileError(message: string, hint: string): ConnectionError {
  return new ConnectionError('TLS_FAILED', message, hint, { data: { reason: 'file' } })
}
