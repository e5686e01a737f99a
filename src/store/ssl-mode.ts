import { SSL_MODES, type SslMode } from '../postgres/types.ts'

/** A stored sslmode; what is missing, as in the rows that Mathesar made, or unknown counts as libpq's default. */
export function toSslMode(stored: string | null): SslMode {
  return SSL_MODES.find((mode) => mode === stored) ?? 'prefer'
}
