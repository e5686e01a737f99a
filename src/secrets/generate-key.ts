import { randomInt, randomUUID } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { OperatorError } from '../errors.ts'
import { writableAdvice } from '../files/container-advice.ts'
import { fileReason, systemErrorCode } from '../files/file-reason.ts'
import { endsWithContainer } from '../files/mounts.ts'
import { isOwnOrRoot } from '../files/owners.ts'
import { makeDirectoryOf } from '../files/private-directory.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { UntrustedFileError } from '../files/untrusted.ts'
import { type KeyFileOptions, readKeyFile, trustOf, untrustedKeyFile } from './key-file.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)'
const LENGTH = 50

/** Returns a new secret key like those of Django's own generator: 50 characters out of 50, about 282 bits. */
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

/** The name of a temporary file is that of the key file, with a dot before it and this behind it. */
const TEMPORARY = /^\.[0-9a-f-]{36}\.tmp$/

/**
 * Deletes the temporary files of runs that were killed while they created the key file. The key file exists
 * by now, so that no other run needs its temporary file any more.
 */
export function removeTemporaries(target: string): void {
  const directory = dirname(target)
  const prefix = `.${basename(target)}`
  try {
    for (const name of readdirSync(directory)) {
      if (!name.startsWith(prefix) || !TEMPORARY.test(name.slice(prefix.length))) continue
      const path = join(directory, name)
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats?.isFile() && isOwnOrRoot(stats.uid)) rmSync(path, { force: true })
    }
  } catch (error) {
    // A directory that this process may not read or change has none of its files, or keeps them.
    if (systemErrorCode(error) === null) throw error
  }
}

/** Creates the file at `target`; returns `false` if one exists already. */
function createFile(target: string, key: string, options: KeyFileOptions): boolean {
  try {
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) return false
    makeDirectoryOf(target, trustOf(options))
    const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`)
    try {
      writeDurably(temporary, key)
      // link() fails if the name exists, where rename() would replace the file.
      linkSync(temporary, target)
    } finally {
      rmSync(temporary, { force: true })
    }
    syncDirectory(dirname(target))
    return true
  } catch (error) {
    if (error instanceof UntrustedFileError) throw untrustedKeyFile(error, target)
    if (systemErrorCode(error) === 'EEXIST' || existsNow(target)) return false
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

/** Another run has created the file meanwhile, and deleted the temporary file of this one. */
function existsNow(target: string): boolean {
  try {
    return lstatSync(target, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    fchmodSync(file, 0o600)
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
