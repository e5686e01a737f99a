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
  place: RotatedPlace,
): Promise<OperatorError> {
  if (error.code !== 'SECRET_KEY_MISMATCH') return error
  const hint = await rotationHint(globals, place)
  return hint === null ? error : error.with({ hint })
}

/** Returns the rows of a result, where the errors of keys have the hint of `withRotationHint`. */
export async function withRotationHints<Row extends { error: Pick<OperatorError, 'code' | 'hint'> | null }>(
  rows: readonly Row[],
  globals: Globals,
  place: RotatedPlace,
): Promise<Row[]> {
  const isMismatch = ({ error }: Row) => error?.code === 'SECRET_KEY_MISMATCH'
  const hint = rows.some(isMismatch) ? await rotationHint(globals, place) : null
  if (hint === null) return [...rows]
  return rows.map((row) => (isMismatch(row) ? { ...row, error: { ...row.error, hint } } : row))
}

/** Returns what to do where a rotation has begun and its new key fits; otherwise `null`. */
async function rotationHint(
  globals: Globals,
  { location, live, flag = '--secret-key-file' }: RotatedPlace,
): Promise<string | null> {
  const path = defaultNewKeyFile(globals)
  if (path === null || !existsSync(path)) return null
  const { trust } = globals.internalDb
  const open = (key: string) => openStore(location, () => key, { create: false, readOnly: true, trust, live })
  try {
    const { key } = readKeyFile(path, { trust: { ...trust, named: false } })
    if (!(await isProvenKey(key, open))) return null
  } catch (failure) {
    if (failure instanceof OperatorError) return null
    throw failure
  }
  return (
    `"mathesarctl secret-key rotate" has re-encrypted the credentials under the key in ${path}. Set that key ` +
    `where this one is set, and restart Mathesar. Until then, pass ${flag} with that file. If the rotation ` +
    'was interrupted, run it again.'
  )
}
