import type { ConnectionSettings } from '../postgres/types.ts'
import { storedSslMode } from '../store/capabilities.ts'
import type { Capabilities } from '../store/types.ts'

/**
 * Returns the settings as a row of the store holds them: with a TLS mode that it can hold, where it holds
 * none with libpq's default, and without certificates of authorities where it has no place for them.
 */
export function recordSettings(
  settings: ConnectionSettings,
  capabilities: Pick<Capabilities, 'heldSslModes' | 'hasConnectionOptions'>,
): ConnectionSettings {
  return {
    ...settings,
    sslmode: storedSslMode(settings.sslmode, capabilities) ?? 'prefer',
    sslrootcert: capabilities.hasConnectionOptions ? settings.sslrootcert : null,
  }
}
