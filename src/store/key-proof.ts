import type { Credentials } from './credentials.ts'

/**
 * Proves that the key opens what is stored. One value is enough, so that a damaged row does not lock an
 * operator out of all others; if nothing is encrypted the proof passes.
 *
 * Errors: `SECRET_KEY_MISMATCH`.
 */
export function proveKey(values: Iterable<string | null>, credentials: Credentials): void {
  let isProved: boolean | null = null
  for (const value of values) {
    const canDecrypt = value === null ? null : credentials.canDecrypt(value)
    if (canDecrypt) return
    isProved = canDecrypt ?? isProved
  }
  if (isProved === false) throw credentials.mismatch('the stored credentials')
}
