import { randomUUID } from 'node:crypto'
import { OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'

/**
 * Returns the first of several keys that decrypts what is stored; `null` if none does. Where nothing is
 * stored that a key could decrypt, the first one counts as right.
 *
 * @param open opens the internal database for reading with a key
 */
export async function fittingKey(
  keys: readonly string[],
  open: (key: string) => Promise<Store>,
): Promise<string | null> {
  for (const key of keys) if (await fits(key, open)) return key
  return null
}

/** Returns whether a key decrypts something that is stored, and everything that it should. */
export async function isProvenKey(key: string, open: (key: string) => Promise<Store>): Promise<boolean> {
  // No key at all fits where no stored value is encrypted.
  return (await fits(key, open)) && !(await fits(randomUUID(), open))
}

async function fits(key: string, open: (key: string) => Promise<Store>): Promise<boolean> {
  const store = await open(key)
  try {
    await store.verifyKey()
    return true
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH') return false
    throw error
  } finally {
    await store.close()
  }
}
