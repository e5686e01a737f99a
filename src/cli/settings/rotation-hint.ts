import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { openStore } from '../../databases/interface/internal-database.ts'
import { defaultKeyFile, pendingRotations, readKeyFile } from '../../databases/interface/secret-key.ts'
import { isProvenKey } from '../../databases/live/prove-key.ts'
import { OperatorError } from '../../errors.ts'
import type { Trust } from '../../files/trust.ts'
import type { LiveOptions } from '../../store/types.ts'
import type { Globals } from './globals.ts'

/** Returns the directory of the key files that no flag names; `null` if there is no home directory. */
export function keyDirectory({ files }: Pick<Globals, 'files'>): string | null {
  return files.secretKey === null ? null : dirname(files.secretKey)
}

/** Returns whose file a new key may be in: a key that another user knows must never become the new one. */
export function newKeyTrust({ groups }: Pick<Globals, 'groups'>): Trust {
  return { named: false, groups }
}

/** Returns the files that the new key of a rotation may be in. */
function newKeyFiles(globals: Globals): string[] {
  const directory = keyDirectory(globals)
  if (directory === null) return []
  const named = pendingRotations(directory, { trust: newKeyTrust(globals) })
  return [...named.map(({ newKeyFile }) => newKeyFile), defaultKeyFile(directory)].filter((path) =>
    existsSync(path),
  )
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
  const { trust } = globals.internalDb
  const open = (key: string) => openStore(location, () => key, { create: false, readOnly: true, trust, live })
  const isProven = async (path: string) => {
    try {
      const { key } = readKeyFile(path, { trust: newKeyTrust(globals) })
      return await isProvenKey(key, open)
    } catch (failure) {
      if (failure instanceof OperatorError) return false
      throw failure
    }
  }
  for (const path of newKeyFiles(globals)) if (await isProven(path)) return hintText(path, flag)
  return null
}

function hintText(path: string, flag: string): string {
  return (
    `"mathesarctl secret-key rotate" has re-encrypted the credentials under the key in ${path}. Set that key ` +
    `where this one is set, and restart Mathesar. Until then, pass ${flag} with that file. If the rotation ` +
    'was interrupted, run it again.'
  )
}
