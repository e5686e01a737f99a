import { OperatorError, usageError } from '../../errors.ts'
import { fingerprint, foreignPurpose, unknownPurpose } from '../../secrets/new-key.ts'
import { isFinished, type RotationFiles, wasOvertaken } from '../../secrets/rotation.ts'
import type { SealedValue } from '../../store/sealed.ts'
import type { InterruptedOperation, JournalPlace, Store } from '../../store/types.ts'
import type { Opening } from './keys.ts'
import type { NamedCredential, RotateKeyInput, RotationPlan, RotationState } from './types.ts'

/** What the keys make of all stored values. */
export interface Findings extends Pick<RotationPlan, 'reencrypts' | 'current' | 'unopened' | 'plainText'> {
  /** How many tokens each key opens, in the order of the keys. */
  openedBy: readonly number[]
  /** How many values are under the new key. */
  isUnderNew: number
  /** How many values are tokens. */
  tokens: number
}

/**
 * Sums up values by the credential that they belong to: one with a value that no key opens is listed, even if
 * its other values are re-encrypted.
 */
export function findingsOf(values: readonly SealedValue[], openings: readonly Opening[]): Findings {
  const credentials = new Map<string, { value: SealedValue; openings: Opening[] }>()
  const openedBy: number[] = []
  let isUnderNew = 0
  let tokens = 0
  values.forEach((value, at) => {
    const opening = openings[at]
    // An empty text is no credential.
    if (opening === undefined || value.text === '') return
    if (opening.kind !== 'plain text') tokens++
    if (opening.kind === 'current') isUnderNew++
    if (opening.kind === 'opened') openedBy[opening.by] = (openedBy[opening.by] ?? 0) + 1
    const key = `${value.kind} ${value.id}`
    const credential = credentials.get(key) ?? { value, openings: [] }
    credential.openings.push(opening)
    credentials.set(key, credential)
  })
  const all = [...credentials.values()]
  const having = (kind: Opening['kind']) =>
    all.filter(({ openings: own }) => own.some((opening) => opening.kind === kind))
  const reencrypts: RotationPlan['reencrypts'] = {}
  for (const { value } of having('opened')) reencrypts[value.kind] = (reencrypts[value.kind] ?? 0) + 1
  return {
    reencrypts,
    current: all.filter(({ openings: own }) => own.every(({ kind }) => kind === 'current')).length,
    unopened: having('unopened').map(({ value }) => named(value)),
    plainText: having('plain text').map(({ value }) => named(value)),
    openedBy,
    isUnderNew,
    tokens,
  }
}

function named({ kind, name, databases }: SealedValue): NamedCredential {
  return { kind, name, ...(databases === undefined ? {} : { databases }) }
}

/** Returns the keys that the settings give, those of this run first. */
export function givenKeys({ current, held }: Pick<RotateKeyInput, 'current' | 'held'>): string[] {
  const keys = [...(current === null ? [] : [current.key, ...(current.others ?? [])])]
  return held && !keys.includes(held.key) ? [...keys, held.key] : keys
}

type GivenKeys = Pick<RotateKeyInput, 'current' | 'held' | 'outranked'>

/**
 * Returns whether the new key file belongs to an earlier rotation, so that its key must not be used again:
 * that rotation is finished, or another one took place since.
 */
export function isOfEarlier(files: RotationFiles, keys: GivenKeys, internalDatabase: string): boolean {
  const { newKey } = files
  if (newKey === keys.current?.key) return isFinished(files)
  if (isAmongSettings(files, keys, internalDatabase)) return false
  const given = [...givenKeys(keys), ...(keys.outranked ? [keys.outranked.key] : [])]
  return isFinished(files) || wasOvertaken(files, given, internalDatabase)
}

/**
 * Returns whether what a flag or a variable outranks has the new key. A new key that is recorded for another
 * internal database shows nothing: the settings may hold the key of that one.
 */
function isAmongSettings(
  { newKey, record }: RotationFiles,
  { held, outranked }: GivenKeys,
  internalDatabase: string,
): boolean {
  const isForeign = record !== null && record.internalDatabase !== internalDatabase
  return !isForeign && [held, outranked].some((given) => given?.key === newKey)
}

/** Returns how far the rotation has come, by its files and the keys that the settings give. */
export function stateOf(files: RotationFiles, keys: GivenKeys, internalDatabase: string): RotationState {
  if (files.newKey === null) return 'new'
  const isSet = keys.current?.key === files.newKey || isAmongSettings(files, keys, internalDatabase)
  return isSet ? 'finishing' : 'continued'
}

/** Returns the keys of the settings that are proved to have encrypted what is stored. */
export function provedKeys(input: RotateKeyInput, { openedBy, tokens }: Findings): string[] {
  if (tokens === 0) return input.current === null ? [] : [input.current.key]
  return givenKeys(input).filter((_, at) => (openedBy[at] ?? 0) > 0)
}

/**
 * Proves that the known keys are those of this internal database: the key of this run, where the rotation
 * begins; any of them, where it goes on. Errors: `SECRET_KEY_MISMATCH`.
 *
 * @param currentCount the number of the keys of this run, which come first
 * @param earlier the paths of the other keys; `null` for what the settings hold
 * @param advice what to do where no key opens anything
 */
export function requireFit(
  state: RotationState,
  { openedBy, isUnderNew, tokens }: Findings,
  currentCount: number,
  earlier: readonly (string | null)[],
  advice: string,
): void {
  if (tokens === 0) return
  const opened = openedBy.map((count = 0) => count)
  const byCurrent = opened.slice(0, currentCount).some((count) => count > 0)
  if (byCurrent) return
  const earlierAt = opened.findIndex((count, at) => at >= currentCount && count > 0)
  if (state !== 'new' && (isUnderNew > 0 || earlierAt !== -1)) return
  const path = earlierAt === -1 ? undefined : earlier[earlierAt - currentCount]
  throw new OperatorError(
    'SECRET_KEY_MISMATCH',
    state === 'new'
      ? 'The secret key opens none of the stored credentials: they were encrypted with another one.'
      : 'Neither the secret key nor the new one opens any of the stored credentials: they were encrypted with ' +
          'another one.',
    path === undefined
      ? `${advice} Nothing was changed.`
      : path === null
        ? 'The key that the settings hold opens some of them: run the command without --secret-key-file. ' +
          'Nothing was changed.'
        : `The key in ${path} opens some of them: pass that file with --secret-key-file. Nothing was changed.`,
  )
}

/** Returns what to do where no known key opens what is stored. */
export function keyAdvice(
  { newKeyFile, newKey, record }: RotationFiles,
  given: readonly string[],
  isMathesars: boolean,
): string {
  const isOfThis = newKey === null && given.some((key) => record?.from === fingerprint(key))
  if (isOfThis) {
    return (
      `A rotation has begun whose new key was in ${newKeyFile}, and that file is missing: put it back, or pass ` +
      '--secret-key-file with a copy of it.'
    )
  }
  return isMathesars
    ? 'Pass the SECRET_KEY of this Mathesar with --secret-key-file.'
    : 'Pass the key of this internal database with --secret-key-file.'
}

/** Refuses a rotation while a process works on an operation. Errors: `LOCKED`. */
export function requireNoRunning(
  values: readonly SealedValue[],
  interrupted: readonly InterruptedOperation[],
): void {
  const ended = new Set(interrupted.map(({ id }) => id))
  const running = values.find(({ kind, id }) => kind === 'operation' && !ended.has(id))
  if (running !== undefined) throw operationRunning(running)
}

function operationRunning({ id, name, otherJournal }: SealedValue): OperatorError {
  if (otherJournal !== undefined) return operationElsewhere({ id, name, otherJournal })
  return new OperatorError(
    'LOCKED',
    `Another process is adding or removing the database ${JSON.stringify(name)}: it would write under ` +
      'the old key.',
    'Wait until that process has finished, then run the same command again.',
    { data: { running: id } },
  )
}

/** Nothing shows here whether the process of an operation in the other journal has ended. */
function operationElsewhere({
  id,
  name,
  otherJournal,
}: Pick<SealedValue, 'id' | 'name'> & { otherJournal: JournalPlace }): OperatorError {
  const where = otherJournal === 'database' ? 'the internal database' : 'the directory of this user'
  return new OperatorError(
    'LOCKED',
    `An operation on the database ${JSON.stringify(name)} has not ended, and is in the journal in ${where}, which ` +
      'this command does not use. If its process is still running, it would write under the old key.',
    `Wait for that process if there is one. Otherwise run the same command again with --journal ${otherJournal}, ` +
      'which finishes the operation first.',
    { data: { running: id } },
  )
}

/**
 * Refuses operations that began since the interrupted ones were read: their processes hold the old key.
 * Errors: `LOCKED`.
 *
 * @param known the operations that were checked
 */
export function requireKnown(values: readonly SealedValue[], known: ReadonlySet<string>): void {
  const unknown = values.find(({ kind, id }) => kind === 'operation' && !known.has(id))
  if (unknown !== undefined) throw operationRunning(unknown)
}

/**
 * Refuses the key of a file that was created for another internal database, or that may have been, unless it
 * opens something here: it would be the key of two, and be deleted with what the rotation of one leaves.
 *
 * Errors: `USAGE` (field `new-secret-key-file`).
 *
 * @param isOfOther the key is known to be that of another internal database
 * @param isNamed somebody named the file for this rotation
 */
export function requirePurpose(
  { newKeyFile, newKey, record }: RotationFiles,
  { identity, location }: Pick<Store, 'identity' | 'location'>,
  { findings, isOfOther, isNamed }: { findings: Findings; isOfOther: boolean; isNamed: boolean },
): void {
  if (newKey === null || findings.isUnderNew > 0) return
  const isForeign = record !== null && record.internalDatabase !== identity.key
  if (isForeign || isOfOther) throw foreignPurpose(newKeyFile, location)
  if (record === null && !isNamed) throw unknownPurpose(newKeyFile, location)
}

/**
 * Returns whether a rotation to the key in use took place whose new key file was moved or deleted since, and
 * which was not finished.
 */
export function wasMoved({ newKey, record, dated }: RotationFiles, current: string, key: string): boolean {
  if (newKey !== null || record?.internalDatabase !== key || dated.some((copy) => copy.key === current)) {
    return false
  }
  return record.key === fingerprint(current)
}

/**
 * Refuses a new key file with the key in use where nothing shows that it was rotated to. Errors: `USAGE`
 * (field `new-secret-key-file`).
 */
export function requireRotated({ newKeyFile, newKey, record, dated }: RotationFiles): void {
  if (record !== null || dated.some(({ key }) => key !== newKey)) return
  throw usageError(
    `The new secret key file ${newKeyFile} has the key that is in use.`,
    'Name a file with another key with --new-secret-key-file, or one that does not exist yet.',
    'new-secret-key-file',
  )
}
