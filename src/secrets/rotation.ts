import { readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OperatorError, usageError } from '../errors.ts'
import { fileReason } from '../files/file-reason.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { UntrustedFileError } from '../files/untrusted.ts'
import { generateSecretKey } from './generate-key.ts'
import { type KeyFileOptions, readKeyFile, trustOf, untrustedKeyFile } from './key-file.ts'
import {
  createdMeanwhile,
  fingerprint,
  type KeyPurpose,
  type RotationRecord,
  readRecord,
  requireLasting,
  writeRecord,
} from './new-key.ts'
import {
  createPrivateFile,
  existsNow,
  isSpecialFile,
  removeTemporaries,
  removeTemporariesOf,
} from './private-file.ts'

/*
 * A rotation is a state of files, from which any run can go on:
 *
 * - no new key file: nothing has begun;
 * - a new key file whose key is not the one in use: credentials are under either key. A backup of the key in
 *   use is beside it before any of them is changed;
 * - a new key file with the key in use: what the old key wrote meanwhile is still to be re-encrypted;
 * - a new key file with a dated copy of its key beside it: that rotation is finished. The file stays until
 *   the next one begins, since somebody may read it from there, and its key is never used for another one;
 * - a new key file whose rotation began with another key than those that the settings give: another
 *   rotation took place meanwhile. The key may have been in use, and makes way in the same manner.
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
  /** What is recorded about the key in it, or about the next one; `null` if nothing is. */
  record: RotationRecord | null
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
    // Nothing may wait for the writer of a named pipe.
    if (isSpecialFile(path)) {
      options.onWarning?.(
        `${path} has the name of a copy of an earlier key, but is not a regular file. It is not used.`,
        'Delete or rename it.',
      )
      return []
    }
    try {
      return [{ path, key: readKeyFile(path, options).key, isOfFinished: name.includes('.rotated-') }]
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      options.onWarning?.(`${error.message} This copy of an earlier key is not used.`, error.hint)
      return []
    }
  })
  const newKey = existsNow(newKeyFile) ? readKeyFile(newKeyFile, options).key : null
  const record = readRecord(newKeyFile, options)
  // Somebody may have written another key into the file since.
  const isOfKey = newKey === null || !record?.key || record.key === fingerprint(newKey)
  return { newKeyFile, newKey, record: isOfKey ? record : null, dated }
}

/** Returns whether a path has the name of a dated copy of a key. */
export function isDatedCopy(path: string): boolean {
  return DATED.test(basename(path))
}

/** Returns the paths of the copies of replaced keys in a directory, the newest first. */
export function keyCopies(directory: string): string[] {
  return datedNames(directory)
    .filter((name) => name.startsWith('secret_key.old-'))
    .map((name) => join(directory, name))
    .filter((path) => !isSpecialFile(path))
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

/** Returns whether a path is that of a dated copy of a key, or of a link to one. */
export function isKeyCopy(path: string): boolean {
  try {
    return isDatedCopy(path) || isDatedCopy(realpathSync(path))
  } catch {
    return isDatedCopy(path)
  }
}

/**
 * Returns the new key, and writes it into its file unless that exists. What it is for is recorded beside it.
 *
 * Errors: `USAGE` (field `new-secret-key-file`) if the file can't be created, or another process creates it
 * meanwhile, or if another user could replace it.
 *
 * @param from the key that the rotation begins with; `null` if it is not known
 * @param old the keys that encrypted what is stored
 * @param begun the time of the server of the internal database; `null` if it has none
 * @param sessions the process numbers of the sessions that Mathesar has there
 */
export function createNewKey(
  { newKeyFile, newKey, record }: RotationFiles,
  {
    from,
    old,
    begun = null,
    sessions = [],
  }: { from: string | null; old: readonly string[]; begun?: string | null; sessions?: readonly number[] },
  keyPurpose: KeyPurpose,
  options: KeyFileOptions,
): string {
  const key = newKey ?? generateSecretKey()
  const newRecord = {
    internalDatabase: keyPurpose.internalDatabase,
    key: fingerprint(key),
    from: from === null ? null : fingerprint(from),
    old: old.map(fingerprint),
    begun,
    sessions,
  }
  if (newKey !== null) {
    if (record === null) writeRecordIfPossible(newKeyFile, newRecord, options)
    return newKey
  }
  requireLasting(newKeyFile, keyPurpose)
  if (existsNow(newKeyFile)) throw createdMeanwhile(newKeyFile)
  creating(newKeyFile, () => writeRecord(newKeyFile, newRecord, options))
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
function writeRecordIfPossible(newKeyFile: string, record: RotationRecord, options: KeyFileOptions): void {
  try {
    writeRecord(newKeyFile, record, options)
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
  const path = freeName(datedPath('old', newKeyFile, now))
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
export function isFinished({ newKeyFile, newKey, dated }: RotationFiles): boolean {
  return newKey !== null && dated.some(({ path, key }) => path !== newKeyFile && key === newKey)
}

/**
 * Returns whether another rotation has replaced the key that the one to the new key file began with.
 *
 * @param given the keys that the settings give, none of which is that of the new key file
 */
export function wasOvertaken(
  { newKey, record, dated }: RotationFiles,
  given: readonly string[],
  internalDatabase: string,
): boolean {
  if (newKey === null || given.length === 0 || record?.internalDatabase !== internalDatabase) return false
  const { from } = record
  return !given.some((key) =>
    from === null ? dated.some((copy) => copy.key === key && !copy.isOfFinished) : fingerprint(key) === from,
  )
}

/** Returns the files as they are once the new key file has made way: see `makeWay`. */
export function withoutNewKey(files: RotationFiles): RotationFiles {
  const { newKeyFile: path, newKey: key, dated } = files
  const isKept = key === null || isFinished(files)
  return {
    ...files,
    newKey: null,
    record: null,
    dated: isKept ? dated : [...dated, { path, key, isOfFinished: false }],
  }
}

/**
 * Writes down that the rotation to the key of the new key file is finished. Errors: `USAGE` (field
 * `new-secret-key-file`) if that can't be written.
 */
export function markFinished(files: RotationFiles, now: Date, options: KeyFileOptions): void {
  if (files.newKey === null || isFinished(files)) return
  writeDated('rotated', files.newKeyFile, files.newKey, now, options)
}

/**
 * Lets the key of an earlier rotation make way for the next one. A dated copy of it stays. Errors: `USAGE`
 * (field `new-secret-key-file`) if that can't be written.
 */
export function makeWay(files: RotationFiles, now: Date, options: KeyFileOptions): RotationFiles {
  const { newKeyFile, newKey } = files
  if (newKey === null) return files
  const copy = isFinished(files) ? null : writeDated('old', newKeyFile, newKey, now, options)
  creating(newKeyFile, () => rmSync(newKeyFile))
  syncDirectory(dirname(newKeyFile))
  const left = withoutNewKey(files)
  if (copy === null) return left
  return { ...left, dated: left.dated.map((one) => (one.path === newKeyFile ? { ...one, path: copy } : one)) }
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
  const first = datedPath(kind, newKeyFile, now)
  for (let count = 1; ; count++) {
    const path = count === 1 ? first : `${first}-${count}`
    const isCreated = creating(path, () => createPrivateFile(path, key, trustOf(options)))
    removeTemporaries(path)
    if (isCreated) return path
  }
}

function datedPath(kind: 'old' | 'rotated', newKeyFile: string, now: Date): string {
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return join(dirname(newKeyFile), `secret_key.${kind}-${stamp}`)
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
