import type { Credentials } from './credentials.ts'

/**
 * Proves that the key opens what is stored, and returns the value that proves it. One value is enough, so
 * that a damaged row does not lock an operator out of all others; `null` if nothing is encrypted.
 *
 * Errors: `SECRET_KEY_MISMATCH`.
 */
export function findProof(values: Iterable<string | null>, credentials: Credentials): string | null {
  let isRefused = false
  for (const value of values) {
    const canDecrypt = value === null ? null : credentials.canDecrypt(value)
    if (canDecrypt) return value
    if (canDecrypt === false) isRefused = true
  }
  if (isRefused) throw credentials.mismatch('the stored credentials')
  return null
}
