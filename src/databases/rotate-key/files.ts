import type { KeyFileOptions } from '../../secrets/key-file.ts'
import { fingerprint, type KeyPurpose, recordPath } from '../../secrets/new-key.ts'
import { defaultKeyFile, forgetPending, notePending } from '../../secrets/pending-rotation.ts'
import { existsNow } from '../../secrets/private-file.ts'
import {
  backUpKey,
  isDatedCopy,
  isKeyCopy,
  isSameFile,
  type RotationFiles,
  readRotationFiles,
  withoutNewKey,
} from '../../secrets/rotation.ts'
import type { Store } from '../../store/types.ts'
import { isOfEarlier, wasMoved } from './plan.ts'
import type { RotateKeyInput, RotateKeyOptions } from './types.ts'

/** Returns how the files of a rotation are read and written. */
export function keyFileOptions({ groups }: RotateKeyInput, { onProgress }: RotateKeyOptions): KeyFileOptions {
  return {
    // A key that another user knows must never become the new one.
    trust: { named: false, ...(groups === undefined ? {} : { groups }) },
    flag: 'new-secret-key-file',
    onWarning: (message, hint) => onProgress?.({ type: 'warning', message, hint }),
  }
}

export function purposeOf({ identity, location }: Store): KeyPurpose {
  return { internalDatabase: identity.key, file: identity.file, location }
}

/** The files of a rotation, as they are and as it begins. */
export interface CurrentFiles {
  read: RotationFiles
  /** Without the new key file if that belongs to an earlier rotation. */
  files: RotationFiles
  /** The new key file is the one in use, or a dated copy, so that it never makes way. */
  isKeyFileInUse: boolean
}

/** Reads the files. If the file of the rotation to the key in use was moved, that key is the new one. */
export function currentFiles(store: Store, input: RotateKeyInput, options: KeyFileOptions): CurrentFiles {
  const { current, newKeyFile } = input
  const all = readRotationFiles(newKeyFile, options)
  const isMoved = current !== null && wasMoved(all, current.key, store.identity.key)
  const read = isMoved ? { ...all, newKey: current.key } : all
  const isInUse = current?.place.kind === 'file' && isSameFile(current.place.path, newKeyFile)
  const isKeyFileInUse = isInUse || (isDatedCopy(newKeyFile) && read.newKey === current?.key)
  const isKept = isKeyFileInUse || isDatedCopy(newKeyFile) || isMoved
  const isEarlier = !isKept && isOfEarlier(read, input, store.identity.key)
  const files = isEarlier ? withoutNewKey(read) : read
  return { read, files: withHeldKey(files, input), isKeyFileInUse }
}

/**
 * Returns the files with the key of the settings as the new one, where a flag gives a copy of an earlier key
 * and no rotation is pending: what that key encrypted, such as a restored dump, gets the key of the settings.
 */
function withHeldKey(files: RotationFiles, { current, held }: RotateKeyInput): RotationFiles {
  const isCopy = current?.place.kind === 'file' && isKeyCopy(current.place.path)
  if (files.newKey !== null || !isCopy || !held || held.key === current.key) return files
  return { ...files, newKey: held.key, record: null }
}

/**
 * Returns the key file of this program that gets the new key; `null` if there is none. A dated copy is never
 * one.
 */
export function ownKeyFile(
  { current, held }: Pick<RotateKeyInput, 'current' | 'held'>,
  { capabilities }: Pick<Store, 'capabilities'>,
): string | null {
  if (capabilities.isMathesars) return null
  for (const place of [current?.place, held?.place]) {
    if (place?.kind === 'file' && !place.isMathesars && !isKeyCopy(place.path)) return place.path
    if (place && place.kind !== 'file') return null
  }
  return null
}

/**
 * Keeps copies of the keys that the settings give. Returns the path of that of the first one; `null` if there
 * is no key that is replaced.
 */
export function backUpKeys(
  files: RotationFiles,
  keys: readonly string[],
  newKey: string,
  { now, purpose, options }: { now: Date; purpose: KeyPurpose; options: KeyFileOptions },
): string | null {
  let known = files
  let first: string | null = null
  for (const key of keys) {
    if (key === newKey) continue
    const path = backUpKey(known, key, { now, purpose, options })
    first ??= path
    known = { ...known, dated: [...known.dated, { path, key, isOfFinished: false }] }
  }
  return first
}

/** Notes where the new key is; a run finds the default file without a note. */
export function note(store: Store, input: RotateKeyInput, options: KeyFileOptions): void {
  const { noteDirectory = null, newKeyFile } = input
  if (noteDirectory === null) return
  if (newKeyFile === defaultKeyFile(noteDirectory)) forgetNote(store, input)
  else notePending(noteDirectory, { internalDatabase: store.identity.key, newKeyFile }, options)
}

/** Deletes the note of a rotation that is over. */
export function forgetNote(store: Store, { noteDirectory = null }: RotateKeyInput): void {
  if (noteDirectory !== null) forgetPending(noteDirectory, store.identity.key)
}

/**
 * Returns the files of a rotation that is over: the new key file unless it is the one in use, what is
 * recorded beside it, and the copies of its two keys.
 */
export function leftoversOf(
  newKeyFile: string,
  { isKeyFileInUse, old }: { isKeyFileInUse: boolean; old: readonly string[] },
  options: KeyFileOptions,
): string[] {
  const { newKey, record, dated } = readRotationFiles(newKeyFile, { ...options, onWarning: undefined })
  const isOfThis = (key: string) =>
    key === newKey ||
    old.includes(key) ||
    fingerprint(key) === record?.from ||
    fingerprint(key) === record?.key
  const own = isKeyFileInUse ? [] : [newKeyFile]
  const copies = dated.filter(({ key, path }) => isOfThis(key) && path !== newKeyFile)
  return [...own, recordPath(newKeyFile), ...copies.map(({ path }) => path)].filter(existsNow)
}
