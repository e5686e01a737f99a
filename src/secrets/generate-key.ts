import { randomInt } from 'node:crypto'
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { OperatorError, usageError } from '../errors.ts'
import { writableAdvice } from '../files/container-advice.ts'
import { fileReason } from '../files/file-reason.ts'
import { endsWithContainer } from '../files/mounts.ts'
import { UntrustedFileError, untrustedError } from '../files/untrusted.ts'
import { shellQuoted, toRun } from '../hint.ts'
import { type KeyFileOptions, readKeyFile, trustOf, untrustedKeyFile } from './key-file.ts'
import { createPrivateFile, existsNow, removeTemporaries } from './private-file.ts'

/**
 * The characters that every reader of a Mathesar's `.env` file reads alike: its launcher, its installer
 * (which sources the file with bash), systemd and Compose. Django's own alphabet has others.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LENGTH = 50

/** Returns a new secret key: 50 letters and digits of ASCII, about 297 bits. */
export function generateSecretKey(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}

export interface NewKeyFileOptions extends KeyFileOptions {
  /** The file of the internal database whose credentials the key encrypts. */
  internalDatabase?: string
}

/**
 * Creates a secret key file of mode 0600, and its directory with mode 0700 if it is missing. The file ends
 * without a newline, which would be a part of the key. An existing file is never changed: then its key is
 * returned. The file appears at once and complete, so that several processes that try at the same time all
 * return the same key.
 *
 * Errors: `SECRET_KEY_MISSING` if the file can't be created, or if it would end with the container that this
 * process runs in while the internal database stays; `USAGE` if another user could replace it; those
 * of `readKeyFile` for a file that exists already.
 */
export function createSecretKeyFile(
  path: string,
  options: NewKeyFileOptions = {},
): { created: boolean; key: string } {
  const target = resolve(path)
  if (options.internalDatabase !== undefined) refuseShortLife(target, options.internalDatabase)
  const key = generateSecretKey()
  const isCreated = createFile(target, key, options)
  removeTemporaries(target)
  return { created: isCreated, key: isCreated ? key : readKeyFile(path, options).key }
}

/** The mount of the right key is missing, usually: a new key would be lost, and each password with it. */
function refuseShortLife(target: string, internalDatabase: string): void {
  if (existsNow(target) || !endsWithContainer(target) || endsWithContainer(resolve(internalDatabase))) return
  throw new OperatorError(
    'SECRET_KEY_MISSING',
    `There is no secret key file ${target}, and a new one would be deleted with this container, while the ` +
      `internal database ${internalDatabase} stays.`,
    'Mount the file with the key there, or name a file on a volume with MATHESAR_SECRET_KEY_FILE or ' +
      '--secret-key-file.',
  )
}

/** Creates the file at `target`; returns `false` if one exists already. */
function createFile(target: string, key: string, options: KeyFileOptions): boolean {
  try {
    return createPrivateFile(target, key, trustOf(options))
  } catch (error) {
    if (error instanceof UntrustedFileError) throw untrustedKeyFile(error, target)
    if (existsNow(target)) return false
    throw new OperatorError(
      'SECRET_KEY_MISSING',
      `The secret key file ${target} can't be created: ${fileReason(error)}.`,
      createAdvice(target),
      { cause: error },
    )
  }
}

function createAdvice(target: string): string {
  return (
    writableAdvice(target, { variable: 'MATHESAR_SECRET_KEY_FILE', flag: 'secret-key-file' }) ??
    'Make sure that you may write into its directory, or name another file with --secret-key-file.'
  )
}

/**
 * Writes a fresh secret key into a new file of mode 0600, without a newline. Returns the path, absolute.
 *
 * Errors: `NAME_TAKEN` if a file of that name exists, which stays as it is; `USAGE` (field `out`) if its
 * directory does not exist, if it can't be created, or if another user could replace it.
 *
 * @param ownDirectory that of this program, which is created with mode 0700 if it is missing; `null` if it
 *   has none
 */
export function writeGeneratedKey(path: string, ownDirectory: string | null): string {
  const target = resolve(path)
  refuseMissingDirectory(dirname(target), ownDirectory)
  let isCreated: boolean
  try {
    isCreated = createPrivateFile(target, generateSecretKey(), { named: true })
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      const file = { fileKind: 'secret key file', path: target, flag: 'out' } as const
      throw untrustedError(error.problem, { code: 'USAGE', ...file })
    }
    throw usageError(
      `The secret key file ${target} can't be created: ${fileReason(error)}.`,
      'Make sure that you may write into its directory, or name another file with --out.',
      'out',
    )
  }
  removeTemporaries(target)
  if (isCreated) return target
  throw new OperatorError(
    'NAME_TAKEN',
    `The file ${target} exists already, and a key is never written over a file.`,
    'Name another file with --out.',
    { field: 'out' },
  )
}

/** Any other directory that is missing is a typing error more likely than a wish. */
function refuseMissingDirectory(directory: string, own: string | null): void {
  if ((own !== null && directory === resolve(own)) || mayExist(directory)) return
  throw usageError(
    `The secret key file can't be created: the directory ${directory} does not exist.`,
    toRun('Correct the path of --out, or create the directory:', `mkdir -p -m 700 ${shellQuoted(directory)}`),
    'out',
  )
}

/** Returns whether a directory exists; `true` where nobody may look. */
function mayExist(directory: string): boolean {
  try {
    return statSync(directory, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}
