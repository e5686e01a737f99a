import { readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OperatorError, usageError } from '../errors.ts'
import { fileReason } from '../files/file-reason.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { UntrustedFileError } from '../files/untrusted.ts'
import { generateSecretKey } from './generate-key.ts'
import { type KeyFileOptions, readKeyFile, trustOf, untrustedKeyFile } from './key-file.ts'
import {
  createdMeanwhile,
  type KeyPurpose,
  recordedPurpose,
  recordPurpose,
  requireLasting,
} from './new-key.ts'
import { createPrivateFile, existsNow, removeTemporaries, removeTemporariesOf } from './private-file.ts'

/*
 * A rotation is a state of files, from which any run can go on:
 *
 * - no new key file: nothing has begun;
 * - a new key file whose key is not the one in use: credentials are under either key. A backup of the key in
 *   use is beside it before any of them is changed;
 * - a new key file with the key in use: what the old key wrote meanwhile is still to be re-encrypted;
 * - the same with a dated copy of that key beside it: the rotation is finished, and the next one may begin.
 *   The new key file stays until then, since somebody may read it from there.
 *
 * Whatever is written appears at once and complete, and no key is ever overwritten: a new key file that makes
 * way for another one has a dated copy.
 */

/** The names of dated copies, beside the new key file: of a replaced key, and of one that is in use. */
const DATED = /^secret_key\.(old|rotated)-(\d{8}T\d{6}Z(?:-\d+)?)$/

/** A dated copy of a key. */
export interface DatedKey {
  path: string
  key: string
  /** It was written when the rotation to this key was finished. */
  isOfFinished: boolean
}

/** The files of a rotation. */
export interface RotationFiles {
  /** The path of the new key file, absolute. */
  newKeyFile: string
  /** The key in it; `null` if there is no such file yet. */
  newKey: string | null
  /** The internal database that it was created for; `null` if that is not recorded. */
  purpose: string | null
  /** The newest first. */
  dated: readonly DatedKey[]
}

/**
 * Reads the files of a rotation. A dated copy that can't be used is skipped with a warning.
 *
 * Errors: those of `readKeyFile` for the new key file.
 *
 * @param newKeyFile absolute
 */
export function readRotationFiles(newKeyFile: string, options: KeyFileOptions): RotationFiles {
  const directory = dirname(newKeyFile)
  const dated = datedNames(directory).flatMap((name) => {
    const path = join(directory, name)
    try {
      return [{ path, key: readKeyFile(path, options).key, isOfFinished: name.includes('.rotated-') }]
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      options.onWarning?.(`${error.message} This copy of an earlier key is not used.`, error.hint)
      return []
    }
  })
  const newKey = existsNow(newKeyFile) ? readKeyFile(newKeyFile, options).key : null
  return { newKeyFile, newKey, purpose: recordedPurpose(newKeyFile, options), dated }
}

function datedNames(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => DATED.test(name))
    return names.sort((one, other) => (stampOf(one) < stampOf(other) ? 1 : -1))
  } catch {
    return []
  }
}

function stampOf(name: string): string {
  return DATED.exec(name)?.[2] ?? ''
}

/**
 * Returns the new key, and writes it into its file unless that exists. What it is for is recorded beside it.
 *
 * Errors: `USAGE` (field `new-secret-key-file`) if the file can't be created, or another process creates it
 * meanwhile, or if another user could replace it.
 */
export function createNewKey(
  { newKeyFile, newKey, purpose }: RotationFiles,
  keyPurpose: KeyPurpose,
  options: KeyFileOptions,
): string {
  if (newKey !== null) {
    if (purpose === null) recordPurposeIfPossible(newKeyFile, keyPurpose, options)
    return newKey
  }
  requireLasting(newKeyFile, keyPurpose)
  if (existsNow(newKeyFile)) throw createdMeanwhile(newKeyFile)
  creating(newKeyFile, () => recordPurpose(newKeyFile, keyPurpose, options))
  const key = generateSecretKey()
  const isCreated = creating(newKeyFile, () => createPrivateFile(newKeyFile, key, trustOf(options)))
  removeTemporaries(newKeyFile)
  if (!isCreated) throw createdMeanwhile(newKeyFile)
  return key
}

/** Deletes what runs left that were killed while they wrote a file. */
export function removeRemains(newKeyFile: string): void {
  const others = [basename(newKeyFile), `${basename(newKeyFile)}.for`]
  // No other run may use the name of a dated copy that was never completed: it contains the time.
  removeTemporariesOf(dirname(newKeyFile), (name) => DATED.test(name) || others.includes(name))
}

/** The directory of a key that somebody mounted may be read-only. */
function recordPurposeIfPossible(newKeyFile: string, purpose: KeyPurpose, options: KeyFileOptions): void {
  try {
    recordPurpose(newKeyFile, purpose, options)
  } catch (error) {
    if (error instanceof UntrustedFileError) throw untrustedKeyFile(error, newKeyFile, options.flag)
  }
}

/**
 * Returns the path of a dated copy of a key that is to be replaced, and writes one unless there is one.
 * Errors: `USAGE` (field `new-secret-key-file`) if it can't be written.
 */
export function backUpKey(
  { newKeyFile, dated }: RotationFiles,
  key: string,
  { now, purpose, options }: { now: Date; purpose: KeyPurpose; options: KeyFileOptions },
): string {
  requireLasting(newKeyFile, purpose)
  const replaced = dated.find((copy) => copy.key === key && !copy.isOfFinished)
  if (replaced !== undefined) return replaced.path
  const inUse = dated.find((copy) => copy.key === key)
  if (inUse === undefined) return writeDated('old', newKeyFile, key, now, options)
  const path = freeName(inUse.path.replace(/\.rotated-([^/]*Z)[^/]*$/, '.old-$1'))
  creating(path, () => renameSync(inUse.path, path))
  syncDirectory(dirname(path))
  return path
}

/** Returns the path, with a number behind it if there is such a file already. */
function freeName(path: string): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? path : `${path}-${count}`
    if (!existsNow(name)) return name
  }
}

/** Returns whether the rotation to the key of the new key file was finished. */
export function isFinished({ newKey, dated }: RotationFiles): boolean {
  return newKey !== null && dated.some(({ key }) => key === newKey)
}

/**
 * Writes down that the rotation to the key of the new key file is finished. Errors: `USAGE` (field
 * `new-secret-key-file`) if that can't be written.
 */
export function markFinished(files: RotationFiles, now: Date, options: KeyFileOptions): void {
  if (files.newKey === null || isFinished(files)) return
  writeDated('rotated', files.newKeyFile, files.newKey, now, options)
}

/** Lets the key of a finished rotation, which has a dated copy, make way for the next one. */
export function discardFinished(files: RotationFiles): RotationFiles {
  if (!isFinished(files)) throw new Error(`the rotation is not finished: ${files.newKeyFile}`)
  creating(files.newKeyFile, () => rmSync(files.newKeyFile))
  syncDirectory(dirname(files.newKeyFile))
  return { ...files, newKey: null }
}

/** Returns whether two paths name one file; `false` where one of them names none. */
export function isSameFile(one: string, other: string): boolean {
  try {
    const [first, second] = [statSync(one), statSync(other)]
    return first.dev === second.dev && first.ino === second.ino
  } catch {
    return false
  }
}

function writeDated(
  kind: 'old' | 'rotated',
  newKeyFile: string,
  key: string,
  now: Date,
  options: KeyFileOptions,
): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  for (let count = 1; ; count++) {
    const path = join(dirname(newKeyFile), `secret_key.${kind}-${stamp}${count === 1 ? '' : `-${count}`}`)
    const isCreated = creating(path, () => createPrivateFile(path, key, trustOf(options)))
    removeTemporaries(path)
    if (isCreated) return path
  }
}

function creating<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw untrustedKeyFile(error, path, 'new-secret-key-file')
    }
    throw usageError(
      `The secret key file ${path} can't be written: ${fileReason(error)}.`,
      'Make sure that you may write into its directory and that the disk has room, or name another file with ' +
        '--new-secret-key-file.',
      'new-secret-key-file',
    )
  }
}
