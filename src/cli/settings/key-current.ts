import { statSync } from 'node:fs'
import { LiveKeyMissing } from '../../databases/interface/secret-key.ts'
import { OperatorError } from '../../errors.ts'
import type { SecretKey } from '../../secrets/secret-key.ts'
import type { Globals } from './globals.ts'
import { findSecretKey } from './secret-key.ts'

/**
 * Returns whether the settings still give a key that they gave before. It reads them again, except from a
 * pipe, which can be read once.
 */
export function isKeyCurrent(
  { key, place, others: otherReadings = [] }: Pick<SecretKey, 'key' | 'place' | 'others'>,
  globals: Globals,
  env: NodeJS.ProcessEnv,
): boolean {
  try {
    if ('path' in place && !statSync(place.path).isFile()) return true
    const current = findSecretKey(globals, env, () => {})
    // What is stored may have proved another reading of the .env file.
    return current.key === key || (otherReadings.includes(key) && current.others?.includes(key) === true)
  } catch (error) {
    if (error instanceof LiveKeyMissing) return place.kind === 'built-in'
    if (error instanceof OperatorError || (error instanceof Error && 'code' in error)) return false
    throw error
  }
}
