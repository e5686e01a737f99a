import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openStore } from '../../databases/interface/internal-database.ts'
import { readKeyFile } from '../../databases/interface/secret-key.ts'
import { isProvenKey } from '../../databases/live/prove-key.ts'
import { OperatorError } from '../../errors.ts'
import type { LiveOptions } from '../../store/types.ts'
import type { Globals } from './globals.ts'

/** Returns the file of the new key of a rotation that no flag names; `null` if there is no home directory. */
export function defaultNewKeyFile({ files }: Pick<Globals, 'files'>): string | null {
  return files.secretKey === null ? null : join(dirname(files.secretKey), 'secret_key.new')
}

/** An internal database whose key may have been replaced. */
interface RotatedPlace {
  location: string
  live: LiveOptions | undefined
  /** The flag that names its key. */
  flag?: string
}

/**
 * Returns the error for a key that does not fit with the reason, where a rotation of the key has begun and
 * its new key fits: then that key is to be set. Any other error is returned as it is.
 */
export async function withRotationHint(
  error: OperatorError,
  globals: Globals,
  { location, live, flag = '--secret-key-file' }: RotatedPlace,
): Promise<OperatorError> {
  const path = defaultNewKeyFile(globals)
  if (path === null || !existsSync(path)) return error
  const { trust } = globals.internalDb
  const open = (key: string) => openStore(location, () => key, { create: false, readOnly: true, trust, live })
  try {
    const { key } = readKeyFile(path, { trust: { ...trust, named: false } })
    if (!(await isProvenKey(key, open))) return error
  } catch (failure) {
    if (failure instanceof OperatorError) return error
    throw failure
  }
  return error.with({
    hint:
      `"mathesarctl secret-key rotate" has re-encrypted the credentials under the key in ${path}. Set that key ` +
      `where this one is set, and restart Mathesar. Until then, pass ${flag} with that file. If the rotation ` +
      'was interrupted, run it again.',
  })
}
