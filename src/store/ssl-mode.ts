import { SSL_MODES, type SslMode } from '../postgres/types.ts'

const MODES: ReadonlyMap<string | null, SslMode> = new Map(SSL_MODES.map((mode) => [mode, mode]))

/**
 * Returns a stored sslmode. One that is missing, as in the rows of Mathesar, or unknown counts as libpq's
 * default.
 */
export function toSslMode(stored: string | null): SslMode {
  return MODES.get(stored) ?? 'prefer'
}
