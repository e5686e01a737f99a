import { OperatorError } from '../../errors.ts'
import type { KeyFileOptions } from '../../secrets/key-file.ts'
import {
  backUpKey,
  createNewKey,
  discardFinished,
  isFinished,
  isSameFile,
  markFinished,
  putInPlace,
  type RotationFiles,
  readRotationFiles,
  whyNotReplaced,
} from '../../secrets/rotation.ts'
import type { SealedValue } from '../../store/sealed.ts'
import type { Store } from '../../store/types.ts'
import { deriveKeys } from './keys.ts'
import {
  type Findings,
  findingsOf,
  requireFit,
  requireNoRunning,
  requireStopped,
  rotationRunning,
  stateOf,
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
}

/** Checks everything, and changes nothing. */
async function prepare(store: Store, input: RotateKeyInput, options: RotateKeyOptions): Promise<Prepared> {
  const fileOptions = keyFileOptions(input, options)
  const read = readRotationFiles(input.newKeyFile, fileOptions)
  const { current } = input
  const isKeyFileInUse = current?.place.kind === 'file' && isSameFile(current.place.path, input.newKeyFile)
  const isNext = !isKeyFileInUse && isFinished(read) && read.newKey === current?.key
  // The key of the finished rotation has a dated copy, and its file makes way once the operator agrees.
  const files = isNext ? { ...read, newKey: null } : read
  const state = stateOf(files, current?.key ?? null)
  if (current === null && state === 'new') throw noKey()
  const values = await store.sealedValues()
  const findings = await examine(values, files, input, state)
  requireNoRunning(values, await store.interrupted())
  const sessions = await store.mathesarSessions()
  if (state !== 'finishing' && !input.whileRunning) requireStopped(store.location, sessions)
  return {
    files: read,
    fileOptions,
    plan: planOf(store, input, { files, state, findings, sessions }),
    isKeyFileInUse,
  }
}

function keyFileOptions({ trust }: RotateKeyInput, { onProgress }: RotateKeyOptions): KeyFileOptions {
  return {
    trust,
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
  { current, newKeyFile }: RotateKeyInput,
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
  const place = current?.place
  const isOwn = place?.kind === 'file' && !place.isMathesars && !capabilities.isMathesars
  const keyFile = isOwn && state !== 'finishing' ? place.path : null
  const problem = keyFile === null ? null : whyNotReplaced(keyFile)
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
  { files: read, fileOptions, plan, isKeyFileInUse }: Prepared,
  input: RotateKeyInput,
  { now = new Date() }: RotateKeyOptions,
): Promise<RotateKeyResult> {
  const { state, reencrypts } = plan
  const hasWork = state !== 'finishing' || Object.keys(reencrypts).length > 0
  if (hasWork && input.confirm && !(await input.confirm(plan))) {
    throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
  }
  const isNext = state === 'new' && read.newKey !== null
  const files = isNext ? discardFinished(read) : read
  const newKey = createNewKey(files, fileOptions)
  const { current } = input
  const backup =
    current === null || current.key === newKey ? null : backUpKey(files, current.key, now, fileOptions)
  const findings = hasWork ? await reencrypt(store, newKey, knownKeys(input, files).keys) : null
  const keyFileProblem = plan.keyFile === null ? null : putInPlace(plan.keyFile, newKey)
  if (state === 'finishing' && !isKeyFileInUse) markFinished({ ...files, newKey }, now, fileOptions)
  return {
    ...plan,
    ...(findings === null ? {} : countsOf(findings)),
    ...(keyFileProblem === null ? {} : { keyFile: null, keyFileProblem }),
    status: state === 'finishing' ? 'finished' : 'rotated',
    backup,
    isKeyFileInUse,
  }
}

/** Returns what was found in the transaction, which may be more than was there before. */
async function reencrypt(store: Store, newKey: string, others: readonly string[]): Promise<Findings> {
  const known = await deriveKeys(newKey, others)
  try {
    const values: SealedValue[] = []
    await store.reseal((part) => {
      values.push(...part)
      return known.reseal(part)
    })
    return findingsOf(values, known.open(values))
  } finally {
    known.forget()
  }
}

function countsOf({ reencrypts, current, unopened, plainText }: Findings) {
  return { reencrypts, current, unopened, plainText }
}
