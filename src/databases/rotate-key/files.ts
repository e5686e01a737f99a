import { statSync } from 'node:fs'
import type { KeyFileOptions } from '../../secrets/key-file.ts'
import { fingerprint, type KeyPurpose, otherRecords, recordPath } from '../../secrets/new-key.ts'
import { defaultKeyFile, forgetPending, notePending } from '../../secrets/pending-rotation.ts'
import { existsNow } from '../../secrets/private-file.ts'
import { whyNotReplaced } from '../../secrets/replace-key.ts'
import {
  backUpKey,
  type DatedKey,
  isDatedCopy,
  isKeyCopy,
  isSameFile,
  type RotationFiles,
  readRotationFiles,
  withoutNewKey,
} from '../../secrets/rotation.ts'
import type { KeyPlace } from '../../secrets/secret-key.ts'
import type { Store } from '../../store/types.ts'
import { type Findings, givenKeys, isOfEarlier, wasMoved } from './plan.ts'
import type {
  KeyFileProblem,
  RotateKeyInput,
  RotateKeyOptions,
  RotateKeyResult,
  RotationState,
} from './types.ts'

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
 * Returns the key files that this program reads the old key from, first that of the settings, of which a flag
 * may give a copy; none if it is a Mathesar's. A dated copy is never one.
 */
function ownKeyFiles(
  { current, held, outranked }: Pick<RotateKeyInput, 'current' | 'held' | 'outranked'>,
  { capabilities }: Pick<Store, 'capabilities'>,
): { path: string; key: string }[] {
  if (capabilities.isMathesars) return []
  const isCopy = current?.place.kind === 'file' && isKeyCopy(current.place.path)
  const ofSettings = held && (isCopy || held.key === current?.key) ? [held] : []
  // Every run without the variable reads that file.
  const underneath = outranked && outranked.key === current?.key ? [outranked] : []
  const given = [...ofSettings, ...(current === null ? [] : [current]), ...underneath]
  const files = given.flatMap(({ key, place }) =>
    place.kind === 'file' && !place.isMathesars && !isKeyCopy(place.path) ? [{ path: place.path, key }] : [],
  )
  return files.filter(
    ({ path }, at) =>
      !files.slice(0, at).some((other) => other.path === path || isSameFile(other.path, path)),
  )
}

/** The key files that get the new key, with the keys that may be replaced; or why one does not get it. */
export interface KeyFilePlan {
  own: readonly { path: string; key: string }[]
  problem: KeyFileProblem | null
}

/** Returns which key files get the new key: those whose key is proved to be that of the internal database. */
export function keyFilePlan(
  store: Pick<Store, 'capabilities'>,
  input: RotateKeyInput,
  { files, state, findings }: { files: RotationFiles; state: RotationState; findings: Findings },
): KeyFilePlan {
  const candidates = state === 'finishing' ? [] : ownKeyFiles(input, store)
  const { openedBy, isUnderNew, tokens } = findings
  const isUsual = ({ path }: { path: string }) => path === input.usualKeyFile
  const isProved = ({ key }: { key: string }) =>
    (openedBy[givenKeys(input).indexOf(key)] ?? 0) > 0 ||
    // Everything is under the new key where a run was killed before it replaced the file.
    (isUnderNew > 0 && files.record?.from === fingerprint(key)) ||
    (tokens === 0 && candidates.some((one) => one.key === key && isUsual(one)))
  // The variable alone shows that the key underneath is used here: other places have to get the new one.
  const isUnderneath = ({ path }: { path: string }) => {
    const { current, held, outranked } = input
    const [weakest, ...stronger] = [outranked, held, current].map((one) => one?.place)
    const isOf = (place: KeyPlace | undefined) => place?.kind === 'file' && place.path === path
    return isOf(weakest) && !stronger.some(isOf)
  }
  const examined = candidates
    .filter((one) => isProved(one) || !isUnderneath(one))
    .map((one) => ({ ...one, problem: problemOf(one, isProved(one), input) }))
  return {
    own: examined.flatMap(({ path, key, problem }) => (problem === null ? [{ path, key }] : [])),
    problem: examined.find(({ problem }) => problem !== null)?.problem ?? null,
  }
}

function problemOf(
  { path }: { path: string },
  isProved: boolean,
  input: RotateKeyInput,
): KeyFileProblem | null {
  if (!isProved) return { kind: 'unproven', path }
  const reason = whyNotReplaced(path, input)
  return reason === null ? null : { kind: 'not replaceable', path, reason }
}

/**
 * Keeps copies of the keys that the settings give. Returns the path of each, in their order; `null` for the
 * new key, which is not replaced.
 */
export function backUpKeys(
  files: RotationFiles,
  keys: readonly string[],
  newKey: string,
  { now, purpose, options }: { now: Date; purpose: KeyPurpose; options: KeyFileOptions },
): (string | null)[] {
  let known = files
  return keys.map((key) => {
    if (key === newKey) return null
    const path = backUpKey(known, key, { now, purpose, options })
    known = { ...known, dated: [...known.dated, { path, key, isOfFinished: false }] }
    return path
  })
}

/** Returns the copy of a key that the rotation replaced; `null` if there is none. */
export function firstCopyOf({ record, dated }: RotationFiles): DatedKey | null {
  return (
    dated.find(({ key, isOfFinished }) => !isOfFinished && record?.old.includes(fingerprint(key))) ?? null
  )
}

/**
 * Returns a function that keeps copies of those keys of the settings that opened something: programs read
 * the SECRET_KEY of one `.env` file in different ways.
 *
 * @param kept the keys that need no copy any more
 */
export function keeperOf(
  { newKeyFile }: RotationFiles,
  kept: readonly string[],
  { now, purpose, options }: { now: Date; purpose: KeyPurpose; options: KeyFileOptions },
): (keys: readonly string[]) => void {
  return (keys) => {
    for (const key of keys) {
      if (kept.includes(key)) continue
      const files = readRotationFiles(newKeyFile, { ...options, onWarning: undefined })
      backUpKey(files, key, { now, purpose, options })
    }
  }
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
 * Returns whether the key of the new key file is that of another internal database: another record in its
 * directory states that, or it is the key file of this program and the internal database is a Mathesar's.
 */
export function isKeyOfOther(
  { newKeyFile, newKey }: RotationFiles,
  { identity, capabilities }: Pick<Store, 'identity' | 'capabilities'>,
  { usualKeyFile = null }: RotateKeyInput,
  options: KeyFileOptions,
): boolean {
  if (newKey === null) return false
  if (capabilities.isMathesars && usualKeyFile !== null && isSameFile(newKeyFile, usualKeyFile)) return true
  return otherRecords(newKeyFile, options).some(
    ({ internalDatabase, key }) => internalDatabase !== identity.key && key === fingerprint(newKey),
  )
}

/**
 * Returns the files of a rotation that is over: the new key file and what is recorded beside it, unless that
 * file is the one in use or the only one with its key, and the copies of its two keys. What anybody may still
 * read a key from is left out: the key files of the settings and of this program, and copies of the key that
 * another rotation replaces.
 *
 * @param replaced the key files that got the new key in this run
 */
export function leftoversOf(
  { newKeyFile, current, held, outranked, usualKeyFile, filesOwner }: RotateKeyInput,
  {
    newKey,
    isKeyFileInUse,
    old,
    replaced,
  }: {
    newKey: string
    isKeyFileInUse: boolean
    old: readonly string[]
    replaced: readonly { path: string }[]
  },
  options: KeyFileOptions,
): Pick<RotateKeyResult, 'leftovers' | 'onlyFile'> {
  const { record, dated } = readRotationFiles(newKeyFile, { ...options, onWarning: undefined })
  // What the rotation began with may be the key of another internal database, which a flag outranked.
  const recorded = [record?.key, ...(record?.old ?? [])]
  const isOldHere = (key: string) => old.includes(key) || recorded.includes(fingerprint(key))
  // The Mathesar whose files gave the old key still has it.
  const isOfThis = (key: string) => key === newKey || (filesOwner !== 'other' && isOldHere(key))
  const needed = keysOfOthers(newKeyFile, dated, options)
  const given = [current, held, outranked].flatMap((one) =>
    one?.key === newKey && 'path' in one.place ? [one.place] : [],
  )
  const read = given.flatMap(({ kind, path }) => (kind === 'file' ? path : []))
  const inUse = [...read, ...(usualKeyFile ? [usualKeyFile] : [])]
  const isInUse = isKeyFileInUse || inUse.some((path) => isSameFile(path, newKeyFile))
  // A variable ends with its process, and nothing can be read from a pipe again.
  const isElsewhere = [...given, ...replaced].some(({ path }) => isRegularFile(path))
  const isOnlyFile = !isInUse && !isElsewhere
  // The record states that the key is not for other internal databases, as long as the file is there.
  const isKept = isInUse || isOnlyFile
  // While the new key file stays, its copy states that the rotation is finished.
  const copies = dated.filter(
    ({ key, path }) =>
      isOfThis(key) && !needed(key) && path !== newKeyFile && !(isOnlyFile && key === newKey),
  )
  const files = [...(isKept ? [] : [newKeyFile, recordPath(newKeyFile)]), ...copies.map(({ path }) => path)]
  const leftovers = files.filter((path) => existsNow(path) && !inUse.some((other) => isSameFile(other, path)))
  const left = [newKeyFile, ...dated.flatMap(({ key, path }) => (key === newKey ? path : []))]
  return { leftovers, onlyFile: isOnlyFile ? (left.find(existsNow) ?? null) : null }
}

function isRegularFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Returns which keys other rotations in the same directory replace that are not finished. */
function keysOfOthers(
  newKeyFile: string,
  dated: RotationFiles['dated'],
  options: KeyFileOptions,
): (key: string) => boolean {
  const finished = new Set(dated.map(({ key }) => fingerprint(key)))
  const pending = otherRecords(newKeyFile, options).filter(({ key }) => key === null || !finished.has(key))
  const needed = new Set(pending.flatMap(({ from, old }) => [from, ...old]))
  return (key) => needed.has(fingerprint(key))
}
