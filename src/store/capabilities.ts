import { usageError } from '../errors.ts'
import type { ConnectionSettings, SslMode } from '../postgres/types.ts'
import type { Capabilities } from './types.ts'

const OPTIONS = ['sslrootcert', 'sslcert', 'sslkey', 'options'] as const

/**
 * Refuses settings that a store can't hold, before anything is changed for their sake.
 *
 * Errors: `USAGE` that names the setting.
 */
export function requireHoldable(settings: Partial<ConnectionSettings>, capabilities: Capabilities): void {
  const { sslmode } = settings
  if (sslmode !== undefined && !capabilities.sslModes.includes(sslmode)) {
    throw usageError(
      `This internal database can't hold the sslmode ${sslmode}.`,
      `Use one of: ${capabilities.sslModes.join(', ')}.`,
      'sslmode',
    )
  }
  if (capabilities.hasConnectionOptions) return
  const unheld = OPTIONS.find((option) => (settings[option] ?? null) !== null)
  if (unheld !== undefined) {
    throw usageError(`This internal database can't hold ${unheld}.`, 'Leave it out.', unheld)
  }
}

/**
 * Returns the sslmode that a row holds for a connection; `null` if it holds none, and is read as `prefer`.
 * Mathesar has no place for the certificates that verify-ca and verify-full need.
 */
export function storedSslMode(
  sslmode: SslMode,
  { heldSslModes }: Pick<Capabilities, 'heldSslModes'>,
): SslMode | null {
  if (heldSslModes.includes(sslmode)) return sslmode
  return heldSslModes.includes('require') ? 'require' : null
}

/** Refuses a new name if the store can't change names. Errors: `USAGE`. */
export function requireRename(capabilities: Capabilities): void {
  if (capabilities.canRename) return
  throw usageError(
    'This Mathesar has no nicknames: the name of a stored database is that of the database itself.',
    'Leave --rename out. Mathesar 0.2.1 and newer have nicknames.',
    'rename',
  )
}
