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
import { fileReason, systemErrorCode } from '../files/file-reason.ts'
import { isOwnOrRoot } from '../files/owners.ts'
import { makeDirectoryOf } from '../files/private-directory.ts'
import { UntrustedFileError } from '../files/untrusted.ts'
import { type KeyFileOptions, readKeyFile, trustOf, untrustedKeyFile } from './key-file.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)'
const LENGTH = 50

/** Returns a new secret key like those of Django's own generator: 50 characters out of 50, about 282 bits. */
export function generateSecretKey(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('')
}

/**
 * Creates a secret key file of mode 0600, and its directory with mode 0700 if it is missing. The file ends
 * without a newline, which would be a part of the key. An existing file is never changed: then its key is
 * returned. The file appears at once and complete, so that several processes that try at the same time all
 * return the same key.
 *
 * Errors: `SECRET_KEY_MISSING` if the file can't be created; `USAGE` if another user could replace it; those
 * of `readKeyFile` for a file that exists already.
 */
export function createSecretKeyFile(
  path: string,
  options: KeyFileOptions = {},
): { created: boolean; key: string } {
  const target = resolve(path)
  const key = generateSecretKey()
  const isCreated = createFile(target, key, options)
  removeTemporaries(target)
  return { created: isCreated, key: isCreated ? key : readKeyFile(path, options).key }
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
      'Make sure that you may write into its directory, or name another file with --secret-key-file.',
      { cause: error },
    )
  }
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

/** Writes a new name in a directory to the disk, so that it survives a power failure. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
