import { OperatorError } from '../../errors.ts'
import type { KeyFileOptions } from '../../secrets/key-file.ts'
import { beginningOf, type KeyPurpose, requireLasting, requirePlainKey } from '../../secrets/new-key.ts'
import { putInPlace, whyNotReplaced } from '../../secrets/replace-key.ts'
import {
  backUpKey,
  createNewKey,
  discardFinished,
  isFinished,
  isSameFile,
  markFinished,
  type RotationFiles,
  readRotationFiles,
  removeRemains,
} from '../../secrets/rotation.ts'
import { rotationRunning } from '../../store/errors.ts'
import type { MathesarSession, SealedValue } from '../../store/sealed.ts'
import type { Store } from '../../store/types.ts'
import { deriveKeys } from './keys.ts'
import {
  type Findings,
  findingsOf,
  requireFit,
  requireKnown,
  requireNoRunning,
  requirePurpose,
  requireRotated,
  requireStopped,
  sessionsBefore,
  stateOf,
  wasMoved,
} from './plan.ts'
import type {
  RotateKeyInput,
  RotateKeyOptions,
  RotateKeyResult,
  RotationPlan,
  RotationState,
} from './types.ts'

export type {
  NamedCredential,
  RotateKeyInput,
  RotateKeyOptions,
  RotateKeyResult,
  RotationPlan,
  RotationState,
} from './types.ts'

/**
 * Re-encrypts every credential of an internal database under a new secret key, in one transaction: those of
 * Mathesar's rows and those of the journals. The new key is on the disk, and a dated copy of the old one,
 * before anything is changed; so a run that ends at any point can be continued by the next one. A key file of
 * this program then gets the new key. No file of a Mathesar is changed.
 *
 * Run again after Mathesar was restarted with the new key, it re-encrypts what the old key wrote meanwhile.
 *
 * Errors: `SECRET_KEY_MISSING` if no key is known, or a key file can't be read; `SECRET_KEY_MISMATCH` if the
 * key is not that of the stored credentials; `LOCKED` while Mathesar or another process works there; `USAGE`
 * if the files can't be written; `ABORTED`; those of the store.
 */
export async function rotateKey(
  store: Store,
  input: RotateKeyInput,
  options: RotateKeyOptions = {},
): Promise<RotateKeyResult> {
  store.checkWritable()
  if (input.dryRun) return { ...(await prepare(store, input, options)).plan, ...PLANNED }
  const lock = await store.lockRotation()
  if (lock === null) throw rotationRunning(store.location)
  try {
    return await rotate(store, await prepare(store, input, options), input, options)
  } finally {
    await lock.remove()
  }
}

const PLANNED = { status: 'planned', backup: null, isKeyFileInUse: false } as const

interface Prepared {
  files: RotationFiles
  fileOptions: KeyFileOptions
  plan: RotationPlan
  isKeyFileInUse: boolean
  /** The ids of the operations that were checked. */
  operations: ReadonlySet<string>
}

/** Checks everything, and changes nothing. */
async function prepare(store: Store, input: RotateKeyInput, options: RotateKeyOptions): Promise<Prepared> {
  const fileOptions = keyFileOptions(input, options)
  const { current } = input
  const read = filesOf(store, input, fileOptions)
  const isKeyFileInUse = current?.place.kind === 'file' && isSameFile(current.place.path, input.newKeyFile)
  const isNext = !isKeyFileInUse && isFinished(read) && read.newKey === current?.key
  // The key of the finished rotation has a dated copy, and its file makes way once the operator agrees.
  const files = isNext ? { ...read, newKey: null } : read
  const state = stateOf(files, current?.key ?? null)
  if (current === null && state === 'new') throw noKey()
  if (state === 'finishing') requireRotated(files)
  const values = await store.sealedValues()
  const findings = await examine(values, files, input, state)
  if (state !== 'finishing') {
    requirePurpose(files, store, findings)
    // A key that has been in use may be any.
    const isUsed = findings.isUnderNew > 0 || files.dated.some(({ key }) => key === files.newKey)
    if (files.newKey !== null && !isUsed) requirePlainKey(files.newKey, files.newKeyFile)
    requireLasting(files.newKeyFile, purposeOf(store))
  }
  requireNoRunning(values, await store.interrupted())
  const sessions = await store.mathesarSessions()
  if (state !== 'finishing' && !input.whileRunning) requireStopped(store.location, sessions)
  return {
    files: read,
    fileOptions,
    plan: planOf(store, input, { files, state, findings, sessions }),
    isKeyFileInUse,
    operations: new Set(values.filter(({ kind }) => kind === 'operation').map(({ id }) => id)),
  }
}

/** Reads the files, with the key in use as the new one if the file of its rotation was moved. */
function filesOf(store: Store, { current, newKeyFile }: RotateKeyInput, options: KeyFileOptions) {
  const read = readRotationFiles(newKeyFile, options)
  const isMoved = current !== null && wasMoved(read, current.key, store.identity.key)
  return isMoved ? { ...read, newKey: current.key } : read
}

function purposeOf({ identity, location }: Store): KeyPurpose {
  return { internalDatabase: identity.key, file: identity.file, location }
}

function keyFileOptions({ groups }: RotateKeyInput, { onProgress }: RotateKeyOptions): KeyFileOptions {
  return {
    // A key that another user knows must never become the new one.
    trust: { named: false, ...(groups === undefined ? {} : { groups }) },
    flag: 'new-secret-key-file',
    onWarning: (message, hint) => onProgress?.({ type: 'warning', message, hint }),
  }
}

function noKey(): OperatorError {
  return new OperatorError(
    'SECRET_KEY_MISSING',
    'The secret key that the credentials are encrypted with is not known.',
    'Pass it with --secret-key-file, SECRET_KEY or --env-file.',
  )
}

/** Returns the keys that may have encrypted what is stored: first those that the settings give. */
function knownKeys({ current }: RotateKeyInput, { dated }: RotationFiles) {
  const given = current === null ? [] : [current.key, ...(current.others ?? [])]
  const earlier = dated.filter(({ key }) => !given.includes(key))
  return { given, earlier, keys: [...given, ...earlier.map(({ key }) => key)] }
}

/** Errors: `SECRET_KEY_MISMATCH`. */
async function examine(
  values: readonly SealedValue[],
  files: RotationFiles,
  input: RotateKeyInput,
  state: RotationState,
): Promise<Findings> {
  const { given, earlier, keys } = knownKeys(input, files)
  const known = await deriveKeys(files.newKey, keys)
  try {
    const findings = findingsOf(values, known.open(values))
    const paths = earlier.map(({ path }) => path)
    requireFit(state, findings, given.length, paths)
    return findings
  } finally {
    known.forget()
  }
}

function planOf(
  { capabilities }: Store,
  input: RotateKeyInput,
  {
    files,
    state,
    findings,
    sessions,
  }: {
    files: RotationFiles
    state: RotationState
    findings: Findings
    sessions: RotationPlan['sessions']
  },
): RotationPlan {
  const { current, newKeyFile } = input
  const place = current?.place
  const isOwn = place?.kind === 'file' && !place.isMathesars && !capabilities.isMathesars
  const keyFile = isOwn && state !== 'finishing' ? place.path : null
  const problem = keyFile === null ? null : whyNotReplaced(keyFile, input)
  const { reencrypts, current: currentCount, unopened, plainText } = findings
  return {
    state,
    reencrypts,
    current: currentCount,
    unopened,
    plainText,
    newKeyFile,
    isKeyThere: files.newKey !== null,
    keyFile: problem === null ? keyFile : null,
    ...(problem === null ? {} : { keyFileProblem: problem }),
    sessions,
  }
}

async function rotate(
  store: Store,
  prepared: Prepared,
  input: RotateKeyInput,
  options: RotateKeyOptions,
): Promise<RotateKeyResult> {
  const { now = new Date() } = options
  const hasWork = hasWorkIn(prepared.plan)
  if (hasWork && input.confirm) {
    if (!(await input.confirm(prepared.plan))) throw aborted()
    // The operator may have thought about it for long.
    const again = await prepare(store, input, options)
    if (again.plan.state !== prepared.plan.state) throw changedMeanwhile(store.location)
    return write(store, again, input, now)
  }
  return write(store, prepared, input, now)
}

function hasWorkIn({ state, reencrypts }: RotationPlan): boolean {
  return state !== 'finishing' || Object.keys(reencrypts).length > 0
}

async function write(store: Store, prepared: Prepared, input: RotateKeyInput, now: Date) {
  const { files: read, fileOptions, plan, isKeyFileInUse } = prepared
  const { state } = plan
  const purpose = purposeOf(store)
  const isFinishing = state === 'finishing'
  removeRemains(input.newKeyFile)
  const files = state === 'new' && read.newKey !== null ? discardFinished(read) : read
  const newKey = isFinishing ? (files.newKey ?? '') : createNewKey(files, purpose, fileOptions)
  const { current } = input
  const backup =
    current === null || current.key === newKey
      ? null
      : backUpKey(files, current.key, { now, purpose, options: fileOptions })
  const findings = hasWorkIn(plan) ? await reencrypt(store, newKey, { ...prepared, files }, input) : null
  const old = current === null ? [] : [current.key]
  const keyFileProblem = plan.keyFile === null ? null : putInPlace(plan.keyFile, newKey, old, input)
  const late = isFinishing ? sessionsBefore(plan.sessions, beginningOf(input.newKeyFile)) : []
  if (late.length > 0) warnOfOldKey(late, fileOptions)
  const isInPlace = plan.keyFile !== null && keyFileProblem === null
  const isFinishedNow = isFinishing && late.length === 0
  if ((isFinishedNow || isInPlace) && !isKeyFileInUse) markFinished({ ...files, newKey }, now, fileOptions)
  return {
    ...plan,
    ...(findings === null ? {} : countsOf(findings)),
    ...(keyFileProblem === null ? {} : { keyFile: null, keyFileProblem }),
    status: isFinishedNow ? ('finished' as const) : ('rotated' as const),
    backup,
    isKeyFileInUse,
  }
}

function aborted(): OperatorError {
  return new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

function changedMeanwhile(location: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `The files of the rotation of the key of ${location} were changed meanwhile. Nothing was changed.`,
    'Run the same command again.',
  )
}

function warnOfOldKey(sessions: readonly MathesarSession[], { onWarning }: KeyFileOptions): void {
  const list = sessions.map(
    ({ pid, applicationName, since }) => `process ${pid}, ${applicationName}, since ${since}`,
  )
  onWarning?.(
    `Mathesar has been connected since before the rotation, and works with the old key: ${list.join('; ')}.`,
    'Restart Mathesar, then run the same command again.',
  )
}

/**
 * Returns what was found in the transaction, which may be more than was there before. There the checks are
 * repeated: nobody else can write any more. Errors: `LOCKED`, `SECRET_KEY_MISMATCH`.
 */
async function reencrypt(
  store: Store,
  newKey: string,
  { files, plan, operations }: Prepared,
  input: RotateKeyInput,
): Promise<Findings> {
  const { given, earlier, keys } = knownKeys(input, files)
  const known = await deriveKeys(newKey, keys)
  const paths = earlier.map(({ path }) => path)
  try {
    const values: SealedValue[] = []
    await store.reseal(
      (part, others = []) => {
        values.push(...part)
        requireKnown(part, operations)
        // The values of one place alone may all be those of another key.
        const all = [...part, ...others]
        requireFit(plan.state, findingsOf(all, known.open(all)), given.length, paths)
        return known.reseal(part)
      },
      (sessions) => {
        if (plan.state !== 'finishing' && !input.whileRunning) requireStopped(store.location, sessions)
      },
    )
    return findingsOf(values, known.open(values))
  } finally {
    known.forget()
  }
}

function countsOf({ reencrypts, current, unopened, plainText }: Findings) {
  return { reencrypts, current, unopened, plainText }
}
