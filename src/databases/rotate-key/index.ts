import { OperatorError } from '../../errors.ts'
import type { KeyFileOptions } from '../../secrets/key-file.ts'
import { beginningOf, requireLasting, requirePlainKey } from '../../secrets/new-key.ts'
import { putInPlace } from '../../secrets/replace-key.ts'
import {
  createNewKey,
  type DatedKey,
  makeWay,
  markFinished,
  type RotationFiles,
  removeRemains,
} from '../../secrets/rotation.ts'
import { rotationRunning } from '../../store/errors.ts'
import type { Store } from '../../store/types.ts'
import {
  backUpKeys,
  currentFiles,
  firstCopyOf,
  forgetNote,
  isKeyOfOther,
  type KeyFilePlan,
  keeperOf,
  keyFileOptions,
  keyFilePlan,
  leftoversOf,
  note,
  purposeOf,
} from './files.ts'
import { oldPlaces } from './places.ts'
import {
  type Findings,
  provedKeys,
  requireNoRunning,
  requirePurpose,
  requireRotated,
  stateOf,
} from './plan.ts'
import { examine, reencrypt } from './reencrypt.ts'
import { requireStopped, sessionsBefore, warnOfOldKey, warnOfSessions } from './sessions.ts'
import type {
  RotateKeyInput,
  RotateKeyOptions,
  RotateKeyResult,
  RotationPlan,
  RotationState,
} from './types.ts'

export type {
  KeyFileProblem,
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

const PLANNED = {
  status: 'planned',
  backup: null,
  keyFileBackup: null,
  isKeyFileInUse: false,
  isOver: false,
  leftovers: [],
  onlyFile: null,
} as const

interface Prepared {
  /** The files as they are. */
  read: RotationFiles
  /** The files as the rotation begins. */
  files: RotationFiles
  fileOptions: KeyFileOptions
  plan: RotationPlan
  own: KeyFilePlan['own']
  /** The keys of the settings that encrypted what is stored. */
  proved: readonly string[]
  /** A copy of a key that the rotation replaced, if those of the settings open nothing any more. */
  firstCopy: DatedKey | null
  isKeyFileInUse: boolean
  /** The ids of the operations that were checked. */
  operations: ReadonlySet<string>
}

/** Checks everything, and changes nothing. */
async function prepare(store: Store, input: RotateKeyInput, options: RotateKeyOptions): Promise<Prepared> {
  const fileOptions = keyFileOptions(input, options)
  const { current } = input
  const { read, files, isKeyFileInUse } = currentFiles(store, input, fileOptions)
  const state = stateOf(files, input, store.identity.key)
  if (current === null && state === 'new') throw noKey()
  const isInUse = current !== null && current.key === files.newKey
  if (state === 'finishing' && isInUse) requireRotated(files)
  const values = await store.sealedValues()
  const findings = await examine(values, files, input, { state, isMathesars: store.capabilities.isMathesars })
  if (state !== 'finishing') {
    requirePurpose(files, store, {
      findings,
      isOfOther: isKeyOfOther(files, store, input, fileOptions),
      isNamed: input.isKeyFileNamed ?? true,
    })
    // A key that has been in use may be any.
    const isUsed = findings.isUnderNew > 0 || files.dated.some(({ key }) => key === files.newKey)
    if (files.newKey !== null && !isUsed) requirePlainKey(files.newKey, files.newKeyFile)
    requireLasting(files.newKeyFile, purposeOf(store))
  }
  requireNoRunning(values, await store.interrupted())
  const sessions = await store.mathesarSessions()
  if (state !== 'finishing' && !input.whileRunning) {
    if (input.dryRun) warnOfSessions(store.location, sessions, fileOptions.onWarning)
    else requireStopped(store.location, sessions)
  }
  const keyFile = keyFilePlan(store, input, { files, state, findings })
  const proved = provedKeys(input, findings)
  const isDone = state === 'continued' && proved.length === 0 && findings.isUnderNew > 0
  const places = oldPlaces(input, files, {
    proved,
    replaced: keyFile.own.map(({ path }) => path),
    isMathesars: store.capabilities.isMathesars,
  })
  return {
    read,
    files,
    fileOptions,
    plan: planOf(input, { files, state, findings, sessions, keyFile, places }),
    own: keyFile.own,
    proved,
    firstCopy: isDone ? firstCopyOf(files) : null,
    isKeyFileInUse,
    operations: new Set(values.filter(({ kind }) => kind === 'operation').map(({ id }) => id)),
  }
}

function noKey(): OperatorError {
  return new OperatorError(
    'SECRET_KEY_MISSING',
    'The secret key that the credentials are encrypted with is not known.',
    'Pass it with --secret-key-file, SECRET_KEY or --env-file.',
  )
}

function planOf(
  { current, held, newKeyFile }: RotateKeyInput,
  {
    files,
    state,
    findings,
    sessions,
    keyFile: { own, problem },
    places,
  }: {
    files: RotationFiles
    state: RotationState
    findings: Findings
    sessions: RotationPlan['sessions']
    keyFile: KeyFilePlan
    places: ReturnType<typeof oldPlaces>
  },
): RotationPlan {
  const { reencrypts, current: currentCount, unopened, plainText } = findings
  return {
    state,
    reencrypts,
    current: currentCount,
    unopened,
    plainText,
    newKeyFile,
    isKeyThere: files.newKey !== null,
    keyFile: own[0]?.path ?? null,
    keyFiles: own.map(({ path }) => path),
    ...(problem === null ? {} : { keyFileProblem: problem }),
    isHeld: state === 'finishing' && current?.key !== files.newKey && held?.key === files.newKey,
    ...places,
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
  const { read, fileOptions: options, plan, own, proved, firstCopy, isKeyFileInUse } = prepared
  const { state } = plan
  const purpose = purposeOf(store)
  const isFinishing = state === 'finishing'
  removeRemains(input.newKeyFile)
  const files = state === 'new' ? makeWay(read, now, options) : prepared.files
  const { current, held } = input
  if (!isFinishing) note(store, input, options)
  const from = held?.key ?? current?.key ?? null
  const newKey = isFinishing
    ? (files.newKey ?? '')
    : createNewKey(
        files,
        { from, old: proved, begun: await store.serverTime(), sessions: pidsOf(plan) },
        purpose,
        options,
      )
  const old = [...(current === null ? [] : [current.key]), ...(held ? [held.key] : [])]
  const isCopied = (key: string) => files.dated.some((copy) => copy.key === key)
  // A key that opens nothing may be another reading of the .env file, which was never a key.
  const needed = firstCopy === null ? old : old.filter(isCopied)
  const copies = backUpKeys(files, needed, newKey, { now, purpose, options })
  const keep = keeperOf(files, [...needed, newKey], { now, purpose, options })
  const findings = hasWorkIn(plan)
    ? await reencrypt(store, newKey, { ...prepared, files, keep }, input)
    : null
  const { replaced, problem } = putAllInPlace(own, newKey, input)
  const begun = beginningOf(input.newKeyFile, files.record)
  const late = isFinishing ? sessionsBefore(plan.sessions, begun, files.record) : []
  if (late.length > 0) warnOfOldKey(late, options.onWarning)
  const places = oldPlaces(
    input,
    { newKey, record: files.record },
    { proved, replaced: replaced.map(({ path }) => path), isMathesars: store.capabilities.isMathesars },
  )
  const isOver = (isFinishing ? late.length === 0 : replaced.length > 0) && places.oldPlaces.length === 0
  if (isOver) {
    if (!isKeyFileInUse) markFinished({ ...files, newKey }, now, options)
    forgetNote(store, input)
  }
  const [first] = replaced
  return {
    ...plan,
    ...(findings === null ? {} : countsOf(findings)),
    ...(problem === null ? {} : { keyFileProblem: problem }),
    keyFile: first?.path ?? null,
    keyFiles: replaced.map(({ path }) => path),
    ...places,
    status: isOver ? ('finished' as const) : ('rotated' as const),
    backup: firstCopy?.path ?? copies.find((path) => path !== null) ?? null,
    keyFileBackup: first === undefined ? null : (copies[needed.indexOf(first.key)] ?? null),
    isKeyFileInUse,
    isOver,
    ...(isOver
      ? leftoversOf(input, { newKey, isKeyFileInUse, old: proved, replaced }, options)
      : { leftovers: [], onlyFile: null }),
  }
}

/** Puts the new key into key files; the problem is that of the first one that does not get it. */
function putAllInPlace(own: KeyFilePlan['own'], newKey: string, input: RotateKeyInput) {
  // If a run is killed in between, the next one finds the old key in the file of the settings.
  const results = own
    .toReversed()
    .map((file) => ({ file, reason: putInPlace(file.path, newKey, [file.key], input) }))
    .toReversed()
  const failed = results.find(({ reason }) => reason !== null)
  return {
    replaced: results.flatMap(({ file, reason }) => (reason === null ? [file] : [])),
    problem:
      failed === undefined || failed.reason === null
        ? null
        : { kind: 'not replaceable' as const, path: failed.file.path, reason: failed.reason },
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

function pidsOf({ sessions }: RotationPlan): number[] {
  return (sessions ?? []).map(({ pid }) => pid)
}

function countsOf({ reencrypts, current, unopened, plainText }: Findings) {
  return { reencrypts, current, unopened, plainText }
}
