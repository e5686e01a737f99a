import type { ConnectionSettings } from '../postgres/types.ts'
import { storedSslMode } from '../store/capabilities.ts'
import type { Capabilities } from '../store/types.ts'
import type { RunOptions } from './events.ts'

/**
 * Warns of TLS settings that only this run uses: a record does not contain the certificates of authorities,
 * or it contains a weaker sslmode or none.
 */
export function warnOfStoredTls(
  settings: Pick<ConnectionSettings, 'sslmode' | 'sslrootcert'>,
  capabilities: Pick<Capabilities, 'heldSslModes' | 'hasConnectionOptions'>,
  options: RunOptions,
): void {
  warnOfRootCertificate(settings, capabilities, options)
  warnOfSslMode(settings, capabilities, options)
}

function warnOfRootCertificate(
  { sslmode, sslrootcert }: Pick<ConnectionSettings, 'sslmode' | 'sslrootcert'>,
  { hasConnectionOptions }: Pick<Capabilities, 'hasConnectionOptions'>,
  options: RunOptions,
): void {
  if (hasConnectionOptions || !sslrootcert) return
  // No row holds these modes either: the warning of the mode states what Mathesar does not verify.
  if (sslmode === 'verify-ca' || sslmode === 'verify-full') return
  const isUsed = sslmode === 'require'
  options.onProgress?.({
    type: 'warning',
    message:
      `The record can't contain the authorities of ${sslrootcert}` +
      (isUsed ? ': only this run uses them.' : `, and sslmode ${sslmode} does not use them.`),
    hint: isUsed
      ? 'Mathesar does not verify the certificate of the server.'
      : 'To verify the certificate of the server, add --sslmode verify-full.',
  })
}

function warnOfSslMode(
  { sslmode }: Pick<ConnectionSettings, 'sslmode'>,
  capabilities: Pick<Capabilities, 'heldSslModes'>,
  options: RunOptions,
): void {
  const stored = storedSslMode(sslmode, capabilities)
  if (stored === sslmode) return
  // Without a mode of its own, Mathesar connects with libpq's default.
  if (stored === null && sslmode === 'prefer') return
  options.onProgress?.({
    type: 'warning',
    message:
      `The record can't contain sslmode ${sslmode}: ` +
      (stored === null ? 'Mathesar connects with prefer.' : `it contains ${stored}.`),
    hint:
      stored === null
        ? `Set PGSSLMODE=${sslmode} for Mathesar if the server needs it.`
        : "This run checks the server's certificate; Mathesar encrypts the connection and does not.",
  })
}
