import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { openStore } from '../../databases/interface/internal-database.ts'
import {
  defaultKeyFile,
  keyCopies,
  pendingRotations,
  readKeyFile,
} from '../../databases/interface/secret-key.ts'
import { isProvenKey } from '../../databases/live/prove-key.ts'
import { OperatorError } from '../../errors.ts'
import type { Trust } from '../../files/trust.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import type { LiveOptions } from '../../store/types.ts'
import type { Globals } from './globals.ts'
import { isKeyCode, KEY_CODES, type KeyCode } from './key-codes.ts'

/** Returns the directory of the key files that no flag names; `null` if there is no home directory. */
export function keyDirectory({ files }: Pick<Globals, 'files'>): string | null {
  return files.secretKey === null ? null : dirname(files.secretKey)
}

/** Returns whose file a new key may be in: a key that another user knows must never become the new one. */
export function newKeyTrust({ groups }: Pick<Globals, 'groups'>): Trust {
  return { named: false, groups }
}

/** A file that a rotation left beside the key file, whose key may be the one that fits. */
interface RotationFile {
  path: string
  /** It is a dated copy of a key that was replaced, or was to be. */
  isCopy: boolean
}

/** Returns the files that the new key of a rotation may be in, and then the copies of the old ones. */
function rotationFiles(globals: Globals): RotationFile[] {
  const directory = keyDirectory(globals)
  if (directory === null) return []
  const named = pendingRotations(directory, { trust: newKeyTrust(globals) })
  const files = [...named.map(({ newKeyFile }) => newKeyFile), defaultKeyFile(directory)]
  return [
    ...files.filter((path) => existsSync(path)).map((path) => ({ path, isCopy: false })),
    ...keyCopies(directory).map((path) => ({ path, isCopy: true })),
  ]
}

/** An internal database whose key may have been replaced. */
interface RotatedPlace {
  location: string
  live: LiveOptions | undefined
  /** The flag that names its key. */
  flag?: string
  /** The environment of the run, which may name a key file. */
  env?: NodeJS.ProcessEnv
}

/**
 * Returns the error for a key that is missing, or does not fit, with the reason, where a rotation of the key
 * has begun and one of its keys fits. Any other error is returned as it is.
 */
export async function withRotationHint(
  error: OperatorError,
  globals: Globals,
  place: RotatedPlace,
): Promise<OperatorError> {
  if (!isKeyCode(error.code)) return error
  const hint = await rotationHint(error.code, globals, place)
  return hint === null ? error : error.with({ hint })
}

/** Returns the rows of a result, where the errors of keys have the hint of `withRotationHint`. */
export async function withRotationHints<Row extends { error: Pick<OperatorError, 'code' | 'hint'> | null }>(
  rows: readonly Row[],
  globals: Globals,
  place: RotatedPlace,
): Promise<Row[]> {
  const hints = new Map<string, string | null>()
  for (const code of KEY_CODES) {
    const isMet = rows.some(({ error }) => error?.code === code)
    hints.set(code, isMet ? await rotationHint(code, globals, place) : null)
  }
  return rows.map((row) => {
    const hint = row.error && hints.get(row.error.code)
    return hint ? { ...row, error: { ...row.error, hint } } : row
  })
}

/** Returns what to do where a rotation has begun and one of its keys fits; otherwise `null`. */
async function rotationHint(
  code: KeyCode,
  globals: Globals,
  { location, live, flag = '--secret-key-file', env = {} }: RotatedPlace,
): Promise<string | null> {
  const { trust } = globals.internalDb
  let isMathesars = live !== undefined
  const open = async (key: string) => {
    const store = await openStore(location, () => key, { create: false, readOnly: true, trust, live })
    isMathesars = store.capabilities.isMathesars
    return store
  }
  const isProven = async ({ path }: RotationFile) => {
    try {
      const { key } = readKeyFile(path, { trust: newKeyTrust(globals) })
      return await isProvenKey(key, open)
    } catch (failure) {
      if (failure instanceof OperatorError) return false
      throw failure
    }
  }
  const isMissing = code === 'SECRET_KEY_MISSING'
  for (const file of rotationFiles(globals)) {
    // A key that does not fit may be of another internal database, whose copies prove nothing about it.
    if (file.isCopy && !isMissing) continue
    if (!(await isProven(file))) continue
    if (!isMissing) return replacedText(file.path, flag)
    return isMathesars ? missingText(file, flag) : missingOwnText(file, flag, missingKeyFile(globals, env))
  }
  return null
}

/** The settings give another key than the one that fits. */
function replacedText(path: string, flag: string): string {
  return (
    `"mathesarctl secret-key rotate" has re-encrypted the credentials under the key in ${path}. Set that key ` +
    `where this one is set, and restart Mathesar. Until then, pass ${flag} with that file. If the rotation ` +
    'was interrupted, run it again.'
  )
}

/** The settings give no key of a Mathesar, as those of 0.1.4 to 0.4.0 may. */
function missingText(file: RotationFile, flag: string): string {
  return (
    `${fittingText(file)} Set SECRET_KEY of that Mathesar to it, and restart Mathesar. Until then, pass ` +
    `${flag} with that file. If the rotation was interrupted, run it again.`
  )
}

/** The key file of this program is missing, or the file that the settings name instead. */
function missingOwnText(file: RotationFile, flag: string, keyFile: string | null): string {
  if (keyFile === null) return `${fittingText(file)} Pass ${flag} with that file.`
  const copy = `cp -p ${shellQuoted(file.path)} ${shellQuoted(keyFile)}`
  return joinHints(fittingText(file), toRun('To use it from now on, run:', copy))
}

function fittingText({ path, isCopy }: RotationFile): string {
  return isCopy
    ? `The stored credentials are encrypted with the key in ${path}, a copy that "mathesarctl secret-key rotate" kept.`
    : `"mathesarctl secret-key rotate" has re-encrypted the credentials under the key in ${path}.`
}

/** Returns the key file that is used where nothing names another one, if it is missing; otherwise `null`. */
function missingKeyFile(
  { files, secretKeyFile, envFile, config }: Globals,
  { MATHESAR_SECRET_KEY_FILE: inherited }: NodeJS.ProcessEnv,
): string | null {
  const named = secretKeyFile ?? envFile ?? config['secret-key-file'] ?? (inherited || undefined)
  return named !== undefined || files.secretKey === null || existsSync(files.secretKey)
    ? null
    : files.secretKey
}
