import { OperatorError } from '../errors.ts'
import { type CreatedDatabase, checkMayCreateDatabase, createDatabase } from '../postgres/create-database.ts'
import {
  dropCreatedDatabase,
  isClosedByRun,
  type KeptReason,
  reopenDatabase,
} from '../postgres/drop-created.ts'
import { ConnectionError } from '../postgres/errors.ts'
import { quoteIdentifier } from '../postgres/quote.ts'
import type { ConnectionSettings, ServerFacts, Session, SettingField } from '../postgres/types.ts'
import { UnknownOutcomeError } from '../schema/errors.ts'
import { installSchema, planInstall } from '../schema/install/install.ts'
import { bundledSource } from '../schema/sources/index.ts'
import { totalObjects } from '../schema/sources/pieces.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import type { MathesarReleases, SchemaState } from '../schema/types.ts'
import { checkName } from '../store/name.ts'
import type { HeldOperation, Store, StoredDatabase, StoredSchema } from '../store/types.ts'
import {
  checkAbilities,
  checkTarget,
  describePrivileges,
  type Target,
  warnOfEventTriggers,
} from './check-target.ts'
import {
  chooseAction,
  type ExistingSchemaChoice,
  replacesOthers,
  type SchemaAction,
  warnOfReplacement,
  writesSchema,
} from './choose-action.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByName } from './internal-target.ts'
import { connectOptions, describeTarget, open } from './open.ts'
import { commitRecorder, type Recovery, recoverInterrupted } from './recover.ts'
import { warnOfRestart } from './restart.ts'
import { findOtherRecords, setSchemaOfOthers, warnOfOtherRecords } from './same-database.ts'
import { changedFields, sameTarget } from './same-settings.ts'

export interface AddDatabaseInput {
  /** Unique among the stored databases, 1–128 characters. */
  name: string
  settings: ConnectionSettings
  /**
   * Fields of `settings` that nobody gave, and that hold defaults. Where the database is stored already, its own
   * values stay for those: adding it again must not weaken its TLS mode, for instance.
   */
  assumed?: readonly SettingField[]
  /** Create the database if the server has none of that name. */
  createDatabase?: boolean
  /** Default: `adopt`. */
  /** Null: the operator chose nothing. */
  existingSchema?: ExistingSchemaChoice | null
  /** Default: the SQL bundled with this program. */
  source?: SchemaSource
  /** Internal databases of a Mathesar on PostgreSQL, which must not be the target. */
  internal?: readonly InternalDatabase[]
  /** Check everything and change nothing. */
  dryRun?: boolean
  /** Asked after all checks and before the first change; `false` ends with `ABORTED`. */
  confirm?: (plan: AddPlan) => Promise<boolean>
}

/** What an add is about to do, after every check has passed. */
export interface AddPlan {
  name: string
  settings: ConnectionSettings
  /** `null` where the database is still to be created. */
  facts: ServerFacts | null
  schemaAction: SchemaAction
  /** Who owns the schemas that are there. */
  schemaOwner: string | null
  /** The releases of Mathesar that schemas which this program did not install may be of. */
  release: MathesarReleases | null
  createsDatabase: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  source: { name: string; version: string; objects: number }
}

export interface AddDatabaseResult {
  name: string
  /** `updated`: it was stored before, and its password, TLS settings or schemas were brought up to date. */
  status: 'added' | 'updated' | 'unchanged' | 'planned'
  schema: {
    source: string
    version: string | null
    objects: number
    /** The releases of Mathesar that adopted schemas may be of. */
    release: MathesarReleases | null
  }
  schemaAction: SchemaAction
  createdDatabase: boolean
  /** For `planned`: the database does not exist and would be created. */
  createsDatabase?: boolean
  /** For `updated`: what was. Never the values. */
  updated: string[]
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  durationMs: number
}

/**
 * Adds a user database: proves connection and privileges, installs the Mathesar schemas in one transaction, stores
 * the credentials. Killed at any moment, the next command that writes finishes or forgets it (docs/consistency.md).
 *
 * Errors, in the order of the checks: `USAGE`, `SECRET_KEY_MISMATCH`, `NAME_TAKEN`, `INTERNAL_DATABASE_TARGET`,
 * `CONNECTION_FAILED`, `TLS_FAILED`, `AUTHENTICATION_FAILED`, `DATABASE_DOES_NOT_EXIST`, `UNSUPPORTED_SERVER`,
 * `READ_ONLY_SERVER`, `POOLED_CONNECTION`, `SCHEMA_CONFLICT`, `INSUFFICIENT_PRIVILEGE`, `ABORTED`, `LOCKED`.
 */
export async function addDatabase(
  store: Store,
  input: AddDatabaseInput,
  options: RunOptions = {},
): Promise<AddDatabaseResult> {
  const started = performance.now()
  const invalid = checkName(input.name)
  if (invalid !== null) throw new OperatorError('USAGE', invalid, 'Choose another name.', { field: 'name' })
  // Deriving the key takes as long as connecting: both go on at the same time, and nothing is written before.
  const keyFits = store.verifyKey()
  keyFits.catch(() => {})
  const { name, settings: given } = input
  const recoveries = input.dryRun
    ? []
    : await recoverInterrupted(store, { ...options, name, settings: given })
  for (const recovery of recoveries) {
    // Another database has the name by now: the checks of this one say so.
    const isDisplaced = recovery.reason?.code === 'NAME_TAKEN'
    if (recovery.outcome === 'waiting' && !isDisplaced) throw stillWaiting(recovery)
  }

  const isKnown = (await store.names()).includes(input.name)
  if (isKnown) await keyFits
  const existing = isKnown ? await store.find(input.name) : null
  const settings = existing ? await settingsAgain(store, input, existing) : input.settings
  if (!existing) options.onProgress?.({ type: 'check', check: 'name', detail: `"${input.name}" is free` })
  refuseInternalByName(settings, input.internal ?? [])

  const work: Work = {
    store,
    input: { ...input, settings },
    source: input.source ?? bundledSource(),
    options,
    keyFits,
    existing,
    held: null,
    session: null,
    created: null,
    committed: false,
    alsoStoredAs: [],
    askedMs: 0,
  }
  try {
    const outcome = await connectAndInstall(work)
    if (outcome.status === 'added' || outcome.status === 'updated') warnOfRestart(store, options)
    return { ...outcome, durationMs: Math.round(performance.now() - started - work.askedMs) }
  } catch (caught) {
    const error = await undo(work, caught)
    if (!existing && (await wasAddedMeanwhile(store, input, error)))
      return await addDatabase(store, input, options)
    throw error
  } finally {
    await work.session?.close()
  }
}

/** What one add has in hand, so that a failure at any point can let go of it. */
interface Work {
  store: Store
  input: AddDatabaseInput
  source: SchemaSource
  options: RunOptions
  /** Settles when the secret key is proved; nothing may be written before. */
  keyFits: Promise<void>
  /** Stored before: then there is no journal entry, for the credentials are not new. */
  existing: StoredDatabase | null
  held: HeldOperation | null
  session: Session | null
  /** The database that this run created, if it did. */
  created: CreatedDatabase | null
  /** The user database is done: nothing is to be undone any more, only to be stored. */
  committed: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  /** How long the operator took to answer, in milliseconds: no part of what the add took. */
  askedMs: number
}

type Outcome = Omit<AddDatabaseResult, 'durationMs'>

/** A name that is stored already may be added again for the same target. Errors: `NAME_TAKEN`. */
async function settingsAgain(
  store: Store,
  { name, settings, assumed = [] }: AddDatabaseInput,
  existing: StoredDatabase,
): Promise<ConnectionSettings> {
  const stored = await store.settings(name)
  if (!sameTarget(stored, settings)) {
    throw new OperatorError(
      'NAME_TAKEN',
      `The name "${name}" is taken: it stands for ${describeTarget(existing)}.`,
      'Choose another name, change the stored one with "mathesarctl db edit", or remove it with "mathesarctl db remove".',
      { field: 'name' },
    )
  }
  // What is given now beats what is stored; where nothing is given, what is stored still serves.
  const kept = Object.fromEntries(assumed.map((field) => [field, stored[field]]))
  return { ...settings, ...kept, password: settings.password ?? stored.password }
}

/** Another run has stored the same target under the same name since this one looked. */
async function wasAddedMeanwhile(store: Store, input: AddDatabaseInput, error: unknown): Promise<boolean> {
  if (!(error instanceof OperatorError) || error.code !== 'NAME_TAKEN') return false
  if (!(await store.names()).includes(input.name)) return false
  return sameTarget(await store.settings(input.name), input.settings)
}

/** The name is reserved by a killed run whose outcome can't be looked up. */
function stillWaiting({ name, kind, reason }: Recovery): OperatorError {
  return new OperatorError(
    'LOCKED',
    `An earlier run was interrupted while ${kind === 'add' ? 'adding' : 'removing'} "${name}", and its outcome can't be looked up: ${reason?.message ?? ''}`,
    `${reason?.hint ?? ''} Then run the command again. Or drop what is left of that run with "mathesarctl db remove".`,
    { field: 'name' },
  )
}

async function connectAndInstall(work: Work): Promise<Outcome> {
  const { input, options, existing } = work
  work.session = await openUnlessMissing(work)
  const createsDatabase = work.session === null
  if (work.session === null) {
    await checkMayCreateDatabase(input.settings, connectOptions(options))
    const detail = `role "${input.settings.user}" may create databases`
    options.onProgress?.({ type: 'check', check: 'privileges', detail })
    if (input.dryRun) {
      return { ...planned(work, 'install'), createdDatabase: false, createsDatabase: true }
    }
    await askToGoOn(work, {
      facts: null,
      schemaAction: 'install',
      schemaOwner: null,
      release: null,
      createsDatabase,
    })
    work.session = await createAndOpen(work)
  }

  const { facts, state } = await checkTarget(work.session, input.internal ?? [], options)
  const wanted = chooseAction(state, input.existingSchema ?? null, work.source, input.settings.database)
  // A role that creates the schemas itself can do everything with them.
  const isInstaller = wanted === 'install' && facts.privileges.create
  if (writesSchema(wanted) && wanted !== 'upgrade') planInstall(work.source, state, facts)
  if (!isInstaller) await checkAbilities(work.session, options)
  const action = wanted === 'upgrade' && !mayUpgrade(work, state, facts) ? 'keep' : wanted
  if (writesSchema(action)) {
    warnOfReplacement(state, action, work.source, options)
    warnOfEventTriggers(facts, options)
  }
  options.onProgress?.({ type: 'check', check: 'privileges', detail: describePrivileges(facts) })
  await lookForOthers(work, facts)
  if (input.dryRun) return planned(work, action)
  if (existing && !writesSchema(action)) return refresh(work, existing, state, action)
  // The template may have had schemas that nobody could know of before.
  if (!createsDatabase || action !== 'install') {
    const schemaOwner = state.schemas[0]?.owner ?? null
    const { release } = found(state)
    await askToGoOn(work, { facts, schemaAction: action, schemaOwner, release, createsDatabase })
  }
  return installAndStore(work, work.session, { facts, state }, action)
}

/** Says that the database is stored already, under other names. */
async function lookForOthers(work: Work, { identity }: ServerFacts): Promise<void> {
  const { store, input, options, existing } = work
  const { same } = await findOtherRecords(store, { ...input, identity }, options)
  work.alsoStoredAs = same
  if (!existing) warnOfOtherRecords(same, options)
}

/** A role that may use the schemas but not change them can be added all the same: somebody else upgrades them. */
function mayUpgrade({ source, options }: Work, state: SchemaState, facts: ServerFacts): boolean {
  try {
    planInstall(source, state, facts)
    return true
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'INSUFFICIENT_PRIVILEGE') throw error
    options.onProgress?.({
      type: 'warning',
      message: `The Mathesar schemas are those of version ${state.record?.version}, and they are left as they are: ${error.message}`,
      hint: 'As their owner, or as a superuser, run: mathesarctl schema install',
    })
    return false
  }
}

/** `null` where the database does not exist and is to be created. */
async function openUnlessMissing(work: Work): Promise<Session | null> {
  const { input, options, keyFits } = work
  try {
    const session = await openOrReopen(work)
    work.session = session
    await keyFits
    options.onProgress?.({
      type: 'check',
      check: 'connection',
      detail: `${describeTarget(input.settings)}, ${session.encrypted ? 'encrypted' : 'not encrypted'}`,
    })
    return session
  } catch (error) {
    // A key that does not fit is what has to be told first.
    await keyFits
    const missing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (missing && input.createDatabase) return null
    throw error
  }
}

/** A database that a killed run closed in order to drop it is opened again. */
async function openOrReopen(work: Work): Promise<Session> {
  const { input, options, keyFits } = work
  const { settings } = input
  try {
    return await open(settings, options)
  } catch (error) {
    const isClosed = error instanceof ConnectionError && error.reason === 'not accepting connections'
    if (!isClosed) throw error
    await keyFits
    if (input.dryRun) throw await whyClosed(error, work)
    const isOpen = await reopenDatabase(settings, connectOptions(options))
    if (!isOpen) throw error
    options.onProgress?.({
      type: 'warning',
      message: `An earlier run created database "${settings.database}" and was interrupted while it dropped it again; it is open again.`,
      hint: 'It is used now as any database that is there.',
    })
    return open(settings, options)
  }
}

/** What a dry run says of a closed database: it does not open it, but the addition does where a killed run closed it. */
async function whyClosed(error: OperatorError, { input, options }: Work): Promise<OperatorError> {
  const { settings } = input
  const isOurs = await isClosedByRun(settings, connectOptions(options)).catch(() => false)
  if (!isOurs) return error
  return error.with({
    message: `Database "${settings.database}" takes no connections: an earlier run of mathesarctl created it and was interrupted while it dropped it again.`,
    hint: 'Nothing was changed, and nothing inside was checked. Without --dry-run this command opens the database again, and uses it.',
  })
}

async function createAndOpen(work: Work): Promise<Session> {
  const { store, input, options } = work
  const { name, settings } = input
  if (!work.existing) work.held = await store.begin({ kind: 'add', name, settings })
  options.onProgress?.({ type: 'step', step: 'create-database', detail: `database "${settings.database}"` })
  work.created = await createDatabase(settings, connectOptions(options))
  options.signal?.throwIfAborted()
  return open(settings, options)
}

async function installAndStore(
  work: Work,
  session: Session,
  { facts, state }: Target,
  action: SchemaAction,
): Promise<Outcome> {
  const { store, input, source, options, existing } = work
  const { name, settings } = input
  if (!existing) work.held ??= await store.begin({ kind: 'add', name, settings })
  let schema = found(state)
  if (writesSchema(action)) {
    options.onProgress?.({ type: 'step', step: 'install', detail: `${source.name} ${source.version}` })
    const record = await installSchema(session, source, state, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      installId: work.held?.id ?? crypto.randomUUID(),
      replace: replacesOthers(action),
      beforeCommit: work.held ? commitRecorder(work.held, facts) : undefined,
      onProgress: (progress) => options.onProgress?.({ type: 'progress', step: 'install', progress }),
      onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
    })
    schema = { ...record, release: null }
  }
  work.committed = true
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const known = { source: schema.source, version: schema.version }
  const updated = existing ? ['schemas', ...changedFields(await store.settings(name), settings)] : []
  if (existing) {
    await store.update(name, settings)
    await store.setSchema(name, known)
  }
  await work.held?.completeAdd(known)
  await setSchemaOfOthers(store, work.alsoStoredAs, known)
  return {
    name,
    status: existing ? 'updated' : 'added',
    schema: { ...known, objects: schema.objects, release: schema.release },
    schemaAction: action,
    createdDatabase: work.created !== null,
    updated,
    alsoStoredAs: work.alsoStoredAs,
  }
}

/** The same database again: nothing to do, or its password or TLS settings are new. */
async function refresh(
  { store, input, alsoStoredAs }: Work,
  existing: StoredDatabase,
  state: SchemaState,
  action: SchemaAction,
): Promise<Outcome> {
  const { name, settings } = input
  const updated = changedFields(await store.settings(name), settings)
  if (updated.length > 0) await store.update(name, settings)
  const schema = found(state)
  const known: StoredSchema = { source: schema.source, version: schema.version }
  if (existing.schema?.source !== known.source || existing.schema.version !== known.version) {
    await store.setSchema(name, known)
  }
  await setSchemaOfOthers(store, alsoStoredAs, known)
  return {
    name,
    status: updated.length > 0 ? 'updated' : 'unchanged',
    schema: { ...known, objects: schema.objects, release: schema.release },
    schemaAction: action,
    createdDatabase: false,
    updated,
    alsoStoredAs,
  }
}

/** The schemas as they were found, for what is stored and told of them. */
function found(state: SchemaState): Outcome['schema'] {
  if (state.kind === 'ours') return { ...state.record, release: null }
  const objects = state.schemas.reduce((sum, schema) => sum + schema.objects, 0)
  return {
    source: 'adopted',
    version: null,
    objects,
    release: state.kind === 'foreign' ? state.releases : null,
  }
}

async function askToGoOn(
  work: Work,
  plan: Omit<AddPlan, 'name' | 'settings' | 'source' | 'alsoStoredAs'>,
): Promise<void> {
  const { name, settings, confirm } = work.input
  if (!confirm) return
  const started = performance.now()
  const { alsoStoredAs } = work
  const agreed = await confirm({ ...plan, name, settings, alsoStoredAs, source: describeSource(work.source) })
  work.askedMs += performance.now() - started
  if (agreed) return
  throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

function planned({ input, source, alsoStoredAs }: Work, schemaAction: SchemaAction): Outcome {
  const { name, version, objects } = describeSource(source)
  return {
    name: input.name,
    status: 'planned',
    schema: { source: name, version, objects, release: null },
    schemaAction,
    createdDatabase: false,
    updated: [],
    alsoStoredAs,
  }
}

function describeSource({ name, version, parts }: SchemaSource): AddPlan['source'] {
  return { name, version, objects: totalObjects(parts) }
}

/**
 * After a failure nothing of the attempt stays: the server has rolled the install back, the journal entry goes, and
 * so does a database that this run created, unless somebody else uses it meanwhile. Where the user database is done
 * already, or the outcome of its COMMIT is unknown, the entry stays for the next run, which looks. Returns the error
 * to be thrown, which says of a database that it stays.
 */
async function undo(work: Work, error: unknown): Promise<unknown> {
  if (work.committed || error instanceof UnknownOutcomeError) {
    await work.held?.release()
    return error
  }
  const staying = work.created && (await dropCreated(work, work.created))
  // One that is still closed must be opened by a later run.
  if (staying?.isClosed) await work.held?.release()
  else await work.held?.abandon()
  return staying ? withStaying(error, staying, work) : error
}

interface Staying {
  reason: KeptReason
  isClosed: boolean
}

/** Drops what this run created; `null` where it is gone, else why it stays. */
async function dropCreated(
  { input, options, session }: Work,
  created: CreatedDatabase,
): Promise<Staying | null> {
  await session?.close()
  // The run's own signal may be what ended it, and would end this at once.
  const { signal: _aborted, ...rest } = options
  const outcome = await dropCreatedDatabase(input.settings, created, connectOptions(rest))
  return outcome.kind === 'kept' ? outcome : null
}

function withStaying(error: unknown, { reason, isClosed }: Staying, { input, options }: Work): unknown {
  const { database } = input.settings
  const message = `Database "${database}", which this run created, stays: ${reasonText(reason)}.`
  const hint = isClosed
    ? `It takes no connections. Run the command again, which opens it, or run: ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS true;`
    : 'Drop it by hand if nobody wants it.'
  if (!(error instanceof OperatorError)) {
    options.onProgress?.({ type: 'warning', message, hint })
    return error
  }
  const data = { keptDatabase: { database, reason: reason.kind, closed: isClosed } }
  // Of an interruption nothing but the message is shown.
  return error.code === 'ABORTED'
    ? error.with({ message: `${error.message} ${message} ${hint}`, data })
    : error.with({ hint: `${error.hint} ${message} ${hint}`, data })
}

function reasonText(reason: KeptReason): string {
  switch (reason.kind) {
    case 'contents':
      if (reason.isHidden) return `nobody can tell what is in ${reason.table}`
      return reason.object === null
        ? `somebody changed ${reason.table} in it`
        : `somebody created or changed ${reason.object} in it`
    case 'sessions':
      return 'somebody else is connected to it, or has prepared a transaction in it'
    case 'settings':
      return 'somebody changed its owner, privileges, settings or comment'
    case 'error':
      return `it could not be dropped (${reason.error.message.replace(/\.$/, '')})`
  }
}
