import { statSync } from 'node:fs'
import { OperatorError } from '../../errors.ts'
import type { SecretKey } from '../../secrets/secret-key.ts'
import type { Globals } from './globals.ts'
import { findSecretKey } from './secret-key.ts'

/**
 * Returns whether the settings still give a key that they gave before. A rotation replaces key files alone,
 * and a pipe can be read once.
 */
export function isKeyCurrent(
  { key, place }: Pick<SecretKey, 'key' | 'place'>,
  globals: Globals,
  env: NodeJS.ProcessEnv,
): boolean {
  try {
    if (place.kind !== 'file' || !statSync(place.path).isFile()) return true
    return findSecretKey(globals, env, () => {}).key === key
  } catch (error) {
    if (error instanceof OperatorError || (error instanceof Error && 'code' in error)) return false
    throw error
  }
}
