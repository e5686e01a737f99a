import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { usageError } from '../../errors.ts'
import { containerUser } from '../../files/container-advice.ts'
import { volumeOf } from '../../files/mounts.ts'
import { shellQuoted, toRun } from '../../hint.ts'
import type { ConnectionSettings } from '../types.ts'
import { isEncryptedDerKey, readDerKey } from './contents.ts'
import {
  checkedCertificates,
  damaged,
  fileError,
  type NamedFile,
  read,
  readObjects,
  wrongContents,
} from './named-file.ts'
import type { TlsOptions } from './options.ts'
import { isCertificate, isPrivateKey, pemBlocks } from './pem.ts'
import { readRevocationLists } from './revocation-lists.ts'

/** What is verified of the server's certificate: nothing, its chain, or its chain and the host's name. */
export type Verification = 'none' | 'chain' | 'chain and host'

export interface TlsFiles {
  verification: Verification
  /** Trusted authorities (PEM); `undefined` if nothing is verified. */
  ca: string[] | undefined
  /** The file with the authorities, for messages; `null` if they are those of the system. */
  caPath: string | null
  /** Certificate revocation lists (PEM). */
  crl: string[] | undefined
  /** The file or directory with the lists, for messages. */
  crlPath: string | null
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
export function readTlsFiles(settings: TlsSettings, home: string | null, options: TlsOptions = {}): TlsFiles {
  const root = readRoot(settings, home)
  const { cert, key } = options.clientCertificate === 'disable' ? {} : readClientCertificate(settings, home)
  // As in libpq, the default file is not meant for the authorities of the system.
  const defaultList = settings.sslrootcert === 'system' ? null : existing(inHome(home, 'root.crl'))
  const lists = root === undefined ? undefined : readRevocationLists(options, defaultList)
  return {
    verification:
      root === undefined ? 'none' : settings.sslmode === 'verify-full' ? 'chain and host' : 'chain',
    ca: root?.authorities,
    caPath: root?.path ?? null,
    crl: lists?.crl,
    crlPath: lists?.crlPath ?? null,
    cert,
    key,
  }
}

interface Root {
  authorities: string[]
  path: string | null
}

function readRoot(settings: TlsSettings, home: string | null): Root | undefined {
  if (settings.sslrootcert === 'system') return systemAuthorities()
  // A named file must exist in every mode: to continue without it would be less safe than the operator asked
  // for.
  if (settings.sslrootcert !== null) {
    return readAuthorities({
      path: settings.sslrootcert,
      what: 'root certificate file',
      givenBy: '--sslrootcert',
    })
  }
  const path = inHome(home, 'root.crt')
  if (existing(path) !== null && path !== null)
    return readAuthorities({ path, what: 'root certificate file' })
  if (!settings.sslmode.startsWith('verify-')) return undefined
  const reason = path === null ? 'there is no home directory to look for one' : `there is no file ${path}`
  throw fileError(
    `The sslmode ${settings.sslmode} needs a root certificate, and ${reason}.`,
    'Pass the certificate of the authority that signed the server\'s as --sslrootcert, or "system" for the authorities that this system trusts.',
  )
}

function readAuthorities(file: NamedFile): Root {
  const blocks = readObjects(file, 'certificate', isCertificate)
  return { authorities: checkedCertificates(blocks, file).map(({ text }) => text), path: file.path }
}

function readClientCertificate(settings: TlsSettings, home: string | null): { cert?: string; key?: string } {
  const certPath = settings.sslcert ?? existing(inHome(home, 'postgresql.crt'))
  if (certPath === null) return {}
  const certFile: NamedFile = {
    path: certPath,
    what: 'client certificate',
    givenBy: 'sslcert in --dsn (or PGSSLCERT)',
  }
  const chain = checkedCertificates(readObjects(certFile, 'certificate', isCertificate), certFile)
  const keyPath = settings.sslkey ?? inHome(home, 'postgresql.key')
  if (keyPath === null || !existsSync(keyPath)) {
    throw fileError(
      `There is a client certificate ${certPath}, but not the file of its private key${keyPath === null ? '' : ` ${keyPath}`}.`,
      'Pass its path as sslkey in --dsn, or in PGSSLKEY.',
    )
  }
  checkKeyMode(keyPath)
  const key = readKey({ path: keyPath, what: 'private key', givenBy: 'sslkey in --dsn (or PGSSLKEY)' })
  if (!new X509Certificate(chain[0]?.text ?? '').checkPrivateKey(key)) {
    throw fileError(
      `The private key ${keyPath} does not belong to the client certificate ${certPath}.`,
      'Pass the key with which that certificate was requested as sslkey in --dsn, or in PGSSLKEY.',
    )
  }
  return {
    cert: chain.map(({ text }) => text).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Reads a private key in PEM or, as libpq does, in DER. */
function readKey(file: NamedFile): KeyObject {
  const bytes = read(file)
  const block = pemBlocks(bytes).find(isPrivateKey)
  if (block?.text.includes('ENCRYPTED') || (!block && isEncryptedDerKey(bytes))) {
    throw fileError(
      `The private key ${file.path} is encrypted with a passphrase.`,
      'Use a key without a passphrase, for example one that openssl pkey wrote, with mode 0600.',
    )
  }
  if (!block) {
    const key = readDerKey(bytes)
    if (!key) throw wrongContents(file, bytes, 'private key')
    return key
  }
  try {
    return createPrivateKey(block.text)
  } catch {
    throw damaged(file, 'key', 0)
  }
}

/** libpq's rule, for root too: 0600 or less; the group may read a key that root owns. */
function checkKeyMode(path: string): void {
  if (process.platform === 'win32') return
  const stats = statSync(path)
  const { mode, uid } = stats
  const forbidden = uid === 0 ? 0o037 : 0o077
  if ((mode & forbidden) === 0) return
  if (!stats.isFile()) {
    throw fileError(
      `The private key ${path} is not a regular file.`,
      'Pass the path of the file with the key as sslkey in --dsn, or in PGSSLKEY.',
    )
  }
  throw fileError(
    `Other users may read the private key ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}).`,
    volumeOf(path) === null
      ? toRun('Run:', `chmod 0600 ${shellQuoted(path)}`)
      : `Mount it with mode 0400 and ${containerUser()} as its owner, or with mode 0440, root as its ` +
          'owner, and a group of this container.',
  )
}

function systemAuthorities(): Root {
  const named = process.env.SSL_CERT_FILE
  if (named) return readAuthorities({ path: named, what: 'file of authorities (SSL_CERT_FILE)' })
  // Node has it since 22.15; older versions read the bundles below.
  const known = typeof tls.getCACertificates === 'function' ? tls.getCACertificates('system') : []
  if (known.length > 0) return { authorities: known, path: null }
  const path = SYSTEM_BUNDLES.find((bundle) => existsSync(bundle))
  if (path !== undefined) {
    const blocks = readObjects({ path, what: "system's file of authorities" }, 'certificate', isCertificate)
    return { authorities: blocks.map(({ text }) => text), path: null }
  }
  throw fileError(
    'sslrootcert=system is set, but the authorities that this system trusts were not found.',
    'Install the package ca-certificates, or pass a file as --sslrootcert.',
  )
}

function inHome(home: string | null, name: string): string | null {
  return home === null ? null : join(home, '.postgresql', name)
}

function existing(path: string | null): string | null {
  return path !== null && existsSync(path) ? path : null
}
