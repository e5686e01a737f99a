import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../errors.ts'
import { systemErrorCode } from '../files/file-reason.ts'
import { syncDirectory } from '../files/sync-directory.ts'
import { UntrustedFileError } from '../files/untrusted.ts'
import { type KeyFileOptions, trustOf } from './key-file.ts'
import { readJsonFile, recordPath } from './new-key.ts'
import { createPrivateFile, existsNow, removeTemporaries, replacePrivateFile } from './private-file.ts'
import { isFinished, readRotationFiles } from './rotation.ts'

/*
 * Where a rotation writes its new key into another file than the default one, a note in the configuration
 * directory names that file, one for each internal database: the next run goes on with it without the flag.
 */

/** Returns the path of the new key file that no flag names. */
export function defaultKeyFile(directory: string): string {
  return join(directory, 'secret_key.new')
}

const NOTE = /^secret_key\.new\.at-[0-9a-f]{16}$/

function notePath(directory: string, internalDatabase: string): string {
  const hash = createHash('sha256').update(internalDatabase).digest('hex').slice(0, 16)
  return join(directory, `secret_key.new.at-${hash}`)
}

/** A rotation whose new key is not in the default file. */
export interface PendingRotation {
  internalDatabase: string
  /** The new key file, absolute. */
  newKeyFile: string
}

/** Returns the rotations that notes in a directory name. Notes and files that can't be used are left out. */
export function pendingRotations(directory: string, options: KeyFileOptions): PendingRotation[] {
  return namesIn(directory)
    .filter((name) => NOTE.test(name))
    .flatMap((name) => attempt(() => readNote(join(directory, name), options)) ?? [])
}

/**
 * Returns the new key file of the rotation of an internal database that is not finished; `null` if no note
 * names one that is still there.
 */
export function pendingKeyFile(
  directory: string,
  internalDatabase: string,
  options: KeyFileOptions,
): string | null {
  const note = attempt(() => readNote(notePath(directory, internalDatabase), options))
  if (!note || note.internalDatabase !== internalDatabase) return null
  const { newKeyFile } = note
  if (!existsNow(newKeyFile) && !existsNow(recordPath(newKeyFile))) return null
  const files = attempt(() => readRotationFiles(newKeyFile, { ...options, onWarning: undefined }))
  // The rotation itself reports why a file can't be used.
  return files !== null && isFinished(files) ? null : newKeyFile
}

/** Writes the note of a rotation. A directory that can't be written to has none. */
export function notePending(
  directory: string,
  { internalDatabase, newKeyFile }: PendingRotation,
  options: KeyFileOptions,
): void {
  const path = notePath(directory, internalDatabase)
  const text = `${JSON.stringify({ internalDatabase, newSecretKeyFile: newKeyFile })}\n`
  attemptWrite(() => {
    if (!createPrivateFile(path, text, trustOf(options))) replacePrivateFile(path, text)
    removeTemporaries(path)
  })
}

/** Deletes the note of a rotation that is finished, or that goes on in the default file. */
export function forgetPending(directory: string, internalDatabase: string): void {
  const path = notePath(directory, internalDatabase)
  if (!existsNow(path)) return
  attemptWrite(() => {
    rmSync(path, { force: true })
    syncDirectory(directory)
  })
}

function readNote(path: string, options: KeyFileOptions): PendingRotation | null {
  const { internalDatabase, newSecretKeyFile } = readJsonFile(path, options) ?? {}
  if (typeof internalDatabase !== 'string' || typeof newSecretKeyFile !== 'string') return null
  return { internalDatabase, newKeyFile: newSecretKeyFile }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof OperatorError) return null
    throw error
  }
}

/** A rotation does not depend on its note: without one, the operator names the file again. */
function attemptWrite(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof UntrustedFileError) && systemErrorCode(error) === null) throw error
  }
}
