import type { ConnectionSettings } from '../postgres/types.ts'
import { storedSslMode } from '../store/capabilities.ts'
import type { Capabilities } from '../store/types.ts'
import type { RunOptions } from './events.ts'

/** Warns that a record does not contain the sslmode that this run uses, but a weaker one or none. */
export function warnOfStoredSslMode(
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
