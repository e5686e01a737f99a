import { OperatorError } from '../errors.ts'
import { checkServer } from '../postgres/checks.ts'
import { createDatabase, dropDatabase } from '../postgres/create-database.ts'
import { readServerFacts } from '../postgres/facts.ts'
import { checkNotPooled } from '../postgres/pooler.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../postgres/types.ts'
import { installSchema, planInstall } from '../schema/install.ts'
import { bundledSource } from '../schema/sources/index.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import { readSchemaState } from '../schema/state.ts'
import type { SchemaState } from '../schema/types.ts'
import { checkName } from '../store/name.ts'
import type { HeldOperation, Store, StoredDatabase, StoredSchema } from '../store/types.ts'
import { chooseAction, type ExistingSchemaChoice, type SchemaAction, writesSchema } from './choose-action.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { type InternalDatabase, refuseInternalByIdentity, refuseInternalByName } from './internal-target.ts'
import { connectOptions, describeTarget, open } from './open.ts'
import { recoverInterrupted } from './recover.ts'
import { changedFields, sameTarget } from './same-settings.ts'

export interface AddDatabaseInput {
  /** Unique among the stored databases, 1–128 characters. */
  name: string
  settings: ConnectionSettings
  /** Create the database if the server has none of that name. */
  createDatabase?: boolean
  /** Default: `adopt`. */
  existingSchema?: ExistingSchemaChoice
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
  createsDatabase: boolean
  source: { name: string; version: string; objects: number }
}

export interface AddDatabaseResult {
  name: string
  /** `updated`: it was stored before, and its password or TLS settings were brought up to date. */
  status: 'added' | 'updated' | 'unchanged' | 'planned'
  schema: { source: string; version: string | null; objects: number }
  schemaAction: SchemaAction
  createdDatabase: boolean
  /** For `updated`: what was. Never the values. */
  updated: string[]
  durationMs: number
}

/**
 * Adds a user database: proves connection and privileges, installs the Mathesar schemas in one transaction, stores
 * the credentials. Killed at any moment, the next run of any command finishes or forgets it.
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
  const tell = options.onProgress ?? (() => {})
  const invalid = checkName(input.name)
  if (invalid !== null) throw new OperatorError('USAGE', invalid, 'Choose another name.', { field: 'name' })
  await store.verifyKey()
  await recoverInterrupted(store, { ...options, name: input.name })

  const existing = await store.find(input.name)
  if (existing) {
    const stored = await store.settings(input.name)
    if (!sameTarget(stored, input.settings)) throw nameTaken(input.name, existing)
    // A credential given now beats the stored one; where none is given the stored one still serves.
    input = {
      ...input,
      settings: { ...input.settings, password: input.settings.password ?? stored.password },
    }
  } else {
    tell({ type: 'check', check: 'name', detail: `"${input.name}" is free` })
  }
  refuseInternalByName(input.settings, input.internal ?? [])

  const work: Work = { store, input, options, existing, held: null, session: null, createdDatabase: false }
  try {
    const outcome = await connectCheckAndInstall(work)
    return { ...outcome, durationMs: Math.round(performance.now() - started) }
  } catch (error) {
    await undo(work, error)
    throw error
  } finally {
    await work.session?.close()
  }
}

/** What one add has in hand, so that a failure at any point can let go of it. */
interface Work {
  store: Store
  input: AddDatabaseInput
  options: RunOptions
  existing: StoredDatabase | null
  held: HeldOperation | null
  session: Session | null
  createdDatabase: boolean
}

type Outcome = Omit<AddDatabaseResult, 'durationMs'>

async function connectCheckAndInstall(work: Work): Promise<Outcome> {
  const { store, input, options } = work
  const source = input.source ?? bundledSource()
  const about = { name: source.name, version: source.version, objects: countObjects(source) }

  work.session = await openOrNull(work)
  if (work.session === null) {
    const plan: AddPlan = {
      name: input.name,
      settings: input.settings,
      facts: null,
      schemaAction: 'install',
      schemaOwner: null,
      createsDatabase: true,
      source: about,
    }
    if (input.dryRun) return planned(plan)
    await askToGoOn(input, plan)
    work.held = await store.begin({ kind: 'add', name: input.name, settings: input.settings })
    options.onProgress?.({
      type: 'step',
      step: 'create-database',
      detail: `database "${input.settings.database}"`,
    })
    const { created } = await createDatabase(input.settings, connectOptions(options))
    work.createdDatabase = created
    work.session = await open(input.settings, options)
  }

  const { facts, state } = await checkTarget(work.session, input, options)
  const action = chooseAction(state, input.existingSchema ?? 'adopt')
  const writes = writesSchema(action)
  if (writes) planInstall(state, facts)
  options.onProgress?.({ type: 'check', check: 'privileges', detail: describePrivileges(facts) })

  const plan: AddPlan = {
    name: input.name,
    settings: input.settings,
    facts,
    schemaAction: action,
    schemaOwner: state.schemas[0]?.owner ?? null,
    createsDatabase: false,
    source: about,
  }
  if (input.dryRun) return planned(plan)
  if (work.existing && !writes) return refresh(work, work.existing, state, action)
  if (work.held === null) await askToGoOn(input, plan)

  const installed = await installAndStore(work, source, state, action)
  return {
    name: input.name,
    status: work.existing ? 'updated' : 'added',
    schema: installed,
    schemaAction: action,
    createdDatabase: work.createdDatabase,
    updated: work.existing ? ['schemas'] : [],
  }
}

async function installAndStore(
  work: Work,
  source: SchemaSource,
  state: SchemaState,
  action: SchemaAction,
): Promise<Outcome['schema']> {
  const { store, input, options, session, existing } = work
  if (session === null) throw new Error('no session')
  const found = { source: 'adopted', version: state.record?.version ?? null, objects: countPresent(state) }
  const writes = writesSchema(action)
  const install = async (installId: string) => {
    if (!writes) return action === 'keep' && state.record ? { ...state.record } : found
    options.onProgress?.({ type: 'step', step: 'install', detail: `${source.name} ${source.version}` })
    return installSchema(session, source, state, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      installId,
      replace: action === 'replace',
      onProgress: (progress) => options.onProgress?.({ type: 'objects', action: 'install', ...progress }),
      onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
    })
  }
  if (existing) {
    // The credentials are stored already: only the schemas were missing, and no journal is needed for them.
    const record = await install(crypto.randomUUID())
    await store.update(input.name, input.settings)
    await store.setSchema(input.name, { source: record.source, version: record.version })
    return { source: record.source, version: record.version, objects: record.objects }
  }
  work.held ??= await store.begin({ kind: 'add', name: input.name, settings: input.settings })
  const record = await install(work.held.id)
  options.onProgress?.({ type: 'step', step: 'store', detail: store.location })
  const held = work.held
  // From here on the user database is done: whatever happens, the journal must keep what is to be stored.
  work.held = null
  await held.completeAdd({ source: record.source, version: record.version })
  return { source: record.source, version: record.version, objects: record.objects }
}

/** The same database again: nothing to do, or its password or TLS settings are new. */
async function refresh(
  work: Work,
  existing: StoredDatabase,
  state: SchemaState,
  action: SchemaAction,
): Promise<Outcome> {
  const { store, input } = work
  const updated = changedFields(await store.settings(input.name), input.settings)
  if (updated.length > 0) await store.update(input.name, input.settings)
  const known: StoredSchema = existing.schema ?? { source: 'adopted', version: null }
  return {
    name: input.name,
    status: updated.length > 0 ? 'updated' : 'unchanged',
    schema: {
      source: state.record?.source ?? known.source,
      version: state.record?.version ?? known.version,
      objects: state.record?.objects ?? countPresent(state),
    },
    schemaAction: action,
    createdDatabase: false,
    updated,
  }
}

async function openOrNull(work: Work): Promise<Session | null> {
  try {
    const session = await open(work.input.settings, work.options)
    work.options.onProgress?.({
      type: 'check',
      check: 'connection',
      detail: `${describeTarget(work.input.settings)}${session.encrypted ? ', encrypted' : ', not encrypted'}`,
    })
    return session
  } catch (error) {
    const missing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (missing && work.input.createDatabase) return null
    throw error
  }
}

async function checkTarget(
  session: Session,
  input: AddDatabaseInput,
  options: RunOptions,
): Promise<{ facts: ServerFacts; state: SchemaState }> {
  const tell = options.onProgress ?? (() => {})
  const facts = await readServerFacts(session)
  await refuseInternalByIdentity(facts, input.internal ?? [], options)
  checkServer(facts)
  tell({ type: 'check', check: 'server', detail: `PostgreSQL ${facts.version}, writable` })
  await checkNotPooled(session, facts, connectOptions(options))
  for (const trigger of facts.eventTriggers) {
    tell({
      type: 'warning',
      message: `Event trigger "${trigger.name}" (${trigger.event}) will run ${trigger.function}() during the install.`,
      hint: `If the install fails in it, disable it for the time being: ALTER EVENT TRIGGER "${trigger.name.replaceAll('"', '""')}" DISABLE.`,
    })
  }
  const state = await readSchemaState(session)
  return { facts, state }
}

function nameTaken(name: string, existing: StoredDatabase): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `The name "${name}" is taken: it stands for ${describeTarget(existing)}.`,
    `Choose another name, change the stored one with "mathesarctl db edit", or remove it with "mathesarctl db remove".`,
    { field: 'name' },
  )
}

async function askToGoOn(input: AddDatabaseInput, plan: AddPlan): Promise<void> {
  if (input.confirm && !(await input.confirm(plan))) {
    throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
  }
}

function planned(plan: AddPlan): Outcome {
  return {
    name: plan.name,
    status: 'planned',
    schema: { source: plan.source.name, version: plan.source.version, objects: plan.source.objects },
    schemaAction: plan.schemaAction,
    createdDatabase: false,
    updated: [],
  }
}

/**
 * After a failure nothing of the attempt stays: the server has rolled the install back, the journal entry goes, and
 * so does a database that this run created. Only where the outcome of the COMMIT is unknown the entry is left, for
 * the next run to look.
 */
async function undo(work: Work, error: unknown): Promise<void> {
  const unknown = error instanceof OperatorError && error.details.data?.outcome === 'unknown'
  if (unknown) {
    await work.held?.release()
    return
  }
  if (work.createdDatabase && work.held) {
    await work.session?.close()
    try {
      await dropDatabase(
        work.input.settings,
        connectOptions({ ...work.options, signal: AbortSignal.timeout(10_000) }),
      )
    } catch {
      work.options.onProgress?.({
        type: 'warning',
        message: `Database "${work.input.settings.database}" was created by this run and could not be dropped again.`,
        hint: 'It is empty; drop it by hand if you do not want it.',
      })
    }
  }
  await work.held?.abandon()
}

function describePrivileges({ role, privileges }: ServerFacts): string {
  if (privileges.superuser) return `role "${role}" is a superuser`
  if (privileges.owner) return `role "${role}" owns the database`
  return privileges.create
    ? `role "${role}" may create schemas`
    : `role "${role}" may use the schemas that are there`
}

function countObjects(source: SchemaSource): number {
  return source.topics.reduce((sum, topic) => sum + topic.objects, 0)
}

function countPresent(state: SchemaState): number {
  return state.schemas.reduce((sum, schema) => sum + schema.objects, 0)
}
