import type Database from 'better-sqlite3'
import type { Credentials } from '../credentials.ts'

/**
 * Proves that the key opens the rows. One value is enough, so that a damaged row does not lock an operator
 * out of all others; if nothing is encrypted the proof passes.
 *
 * Errors: `SECRET_KEY_MISMATCH`.
 */
export function proveKey(connection: Database.Database, credentials: Credentials): void {
  const values = connection
    .prepare<[], string | null>(
      'SELECT username FROM mathesar_database UNION ALL SELECT password FROM mathesar_database',
    )
    .pluck()
  let isProved: boolean | null = null
  for (const value of values.iterate()) {
    const canDecrypt = value === null ? null : credentials.canDecrypt(value)
    if (canDecrypt) return
    isProved = canDecrypt ?? isProved
  }
  if (isProved === false) throw credentials.mismatch('the stored credentials')
}
