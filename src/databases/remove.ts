import { OperatorError, usageError } from '../errors.ts'
import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../postgres/types.ts'
import { UnknownOutcomeError } from '../schema/errors.ts'
import type { HeldOperation, Store } from '../store/types.ts'
import type { RunOptions } from './events.ts'
import { notFound } from './not-found.ts'
import { open } from './open.ts'
import { commitRecorder, type Recovery, recoverInterrupted, unsettled } from './recover.ts'
import {
  aborted,
  decideRemoval,
  plannedRemoval,
  planRemoval,
  type RemovalConsentInput,
  runRemoval,
  type SchemaRemovalInput,
  type SchemaRemovalPlan,
  type SchemaRemovalResult,
} from './removal.ts'
import { findOtherRecords, quotedNames, setSchemaOfOthers } from './same-database.ts'

export interface RemoveDatabaseInput extends SchemaRemovalInput, RemovalConsentInput<RemovePlan> {
  name: string
  /** Drop the Mathesar schemas first; without it the server is never reached. */
  removeSchema?: boolean
  /** Drop them also where other stored databases are the same database. */
  sharedSchema?: boolean
  /** Asked where `sharedSchema` does not say it; without it they stay. */
  acceptSharing?: (names: readonly string[]) => Promise<boolean>
  /** If the server or the database is gone, remove the record all the same. */
  forgetUnreachable?: boolean
  dryRun?: boolean
  /** What an earlier look at interrupted runs has found, so that a removal it finished counts as this one's. */
  recovered?: readonly Recovery[]
}

/** What a removal is about to do, after every check has passed. */
export interface RemovePlan {
  name: string
  /** `null` where only the record goes. */
  settings: ConnectionSettings | null
  /** How the Mathesar schemas go; `null` where they stay. */
  removal: SchemaRemovalPlan | null
  /** Other stored databases that use the same schemas. */
  alsoUsedBy: string[]
  /** The server can't be reached, and only the record will go. */
  unreachable: OperatorError | null
}

export interface RemoveDatabaseResult extends SchemaRemovalResult {
  name: string
  /** `rehearsed`: removed, and rolled back. */
  status: 'removed' | 'planned' | 'rehearsed'
  /** The schemas are gone from the database; with `typesKept` all but `mathesar_types`. */
  schemaRemoved: boolean
  /** Only the record went, and nobody could ask the server whether the Mathesar schemas are still there. */
  forgotten: boolean
  /** Other stored databases that used the schemas that were dropped. */
  alsoUsedBy: string[]
}

/**
 * Removes a stored database: the Mathesar schemas first where asked, in one transaction, then the credentials. Nothing
 * that depends on the schemas is touched unless `onDependents` or `choose` says so. If removing the schemas fails, the
 * credentials stay. A rehearsal (`rehearse`) needs `removeSchema`, writes nothing to the internal database, and leaves
 * interrupted operations to others.
 *
 * Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`, `DEPENDENTS_EXIST` (with `data.dependents`, or with `data.alsoUsedBy` where
 * other stored databases use the schemas and nothing says that they may lose them), `INSUFFICIENT_PRIVILEGE`,
 * `ABORTED`, `LOCKED`, and all those of connecting.
 */
export async function removeDatabase(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions = {},
): Promise<RemoveDatabaseResult> {
  const { name } = input
  if (input.rehearse) return await rehearse(store, input, options)
  // What the caller has looked up already is not looked up again: a server that does not answer costs time.
  const all = input.recovered ?? (await lookForInterrupted(store, input, options))
  const recovered = all.filter((recovery) => recovery.name === name)
  const known = await store.names()
  const left = recovered.find(({ outcome }) => outcome === 'waiting') ?? null
  // An addition whose name another database got meanwhile is not about the database that is removed, and stays.
  const isDisplaced = left?.reason?.code === 'NAME_TAKEN' && known.includes(name)
  if (isDisplaced && input.removeSchema) throw left.reason
  const waiting = isDisplaced ? null : left
  if (known.includes(name)) {
    return input.removeSchema
      ? await removeWithSchema(store, input, options, waiting)
      : await removeRecord(store, input, waiting)
  }
  // The run that noticed the interrupted removal has just finished it: that is what was asked for.
  const done = recovered.find(({ kind, outcome }) => kind === 'remove' && outcome === 'finished')
  if (done) {
    return result(name, { schemaRemoved: true, typesKept: done.keepTypes, notes: [earlierRun(done, input)] })
  }
  const undone = recovered.find(({ kind, outcome }) => kind === 'add' && outcome === 'rolled back')
  if (undone)
    return result(name, { notes: ['An earlier run was interrupted while adding it; it stored nothing.'] })
  if (waiting === null) throw notFound(name, known)
  return await removeRecord(store, input, waiting)
}

/** Reads the internal database alone: no journal entry is written, and none is ended. Errors: `USAGE`. */
async function rehearse(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions,
): Promise<RemoveDatabaseResult> {
  if (!input.removeSchema) throw nothingToRehearse()
  const known = await store.names()
  if (!known.includes(input.name)) throw notFound(input.name, known)
  return await removeWithSchema(store, { ...input, forgetUnreachable: false }, options, null)
}

/** A removal of the record alone changes nothing that could be rolled back. */
function nothingToRehearse(): OperatorError {
  return usageError(
    'A rehearsal needs --remove-schema: without it only the record goes, and the database is not reached.',
    'Add --remove-schema, or leave --rehearse out.',
    'rehearse',
  )
}

/** A dry run settles nothing. */
async function lookForInterrupted(
  store: Store,
  { name, dryRun }: RemoveDatabaseInput,
  options: RunOptions,
): Promise<Recovery[]> {
  return dryRun ? unsettled(await store.interrupted()) : recoverInterrupted(store, { ...options, name })
}

/** What is to be said of a removal that an earlier run did, and may have done otherwise than this one would. */
function earlierRun({ keepTypes }: Recovery, input: RemoveDatabaseInput): string {
  return keepTypes && input.removeSchema && !input.keepTypes
    ? 'An earlier run had removed msar and __msar, and kept mathesar_types: "mathesarctl schema remove" removes that too.'
    : 'An earlier run had removed the schemas; what else it changed is not known any more.'
}

async function removeRecord(
  store: Store,
  input: RemoveDatabaseInput,
  waiting: Recovery | null,
): Promise<RemoveDatabaseResult> {
  const uncertain = { forgotten: waiting !== null }
  if (input.dryRun) return { ...result(input.name, uncertain), status: 'planned' }
  await askToGoOn(input, { ...emptyPlan(input.name), unreachable: waiting?.reason ?? null })
  await forget(store, input.name, waiting)
  return result(input.name, uncertain)
}

/** Removes the record, and what an interrupted run has left of itself; neither needs the key or the server. */
async function forget(store: Store, name: string, waiting: Recovery | null): Promise<void> {
  const done = waiting !== null && (await store.dismiss(waiting.id, { record: true }))
  if (!done) await store.forget(name)
}

function emptyPlan(name: string): RemovePlan {
  return { name, settings: null, removal: null, alsoUsedBy: [], unreachable: null }
}

async function removeWithSchema(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions,
  waiting: Recovery | null,
): Promise<RemoveDatabaseResult> {
  const settings = await store.settings(input.name)
  const plan: RemovePlan = { ...emptyPlan(input.name), settings }
  let session: Session
  try {
    session = await open(settings, options)
  } catch (error) {
    if (!isUnreachable(error)) throw keptError(error, input.name)
    if (!input.forgetUnreachable) throw offerForget(error, input.name)
    plan.unreachable = error
    if (input.dryRun) return { ...result(input.name, { forgotten: true }), status: 'planned' }
    await askToGoOn(input, plan)
    await forget(store, input.name, waiting)
    return result(input.name, { forgotten: true })
  }

  let held: HeldOperation | null = null
  let committed = false
  try {
    const facts = await readServerFacts(session)
    checkServer(facts)
    plan.removal = await planRemoval(session, facts, input, options)
    if (plan.removal === null) {
      if (input.rehearse) throw aborted()
      if (input.dryRun) return { ...result(input.name), status: 'planned' }
      await forget(store, input.name, waiting)
      return result(input.name)
    }
    const { removal } = plan
    if (removal.survey.schemas.length > 0) {
      plan.alsoUsedBy = await sharedWith(store, input, settings, facts, options)
    }
    const { alsoUsedBy } = plan
    if (input.dryRun) {
      return { ...result(input.name, { ...plannedRemoval(removal), alsoUsedBy }), status: 'planned' }
    }
    const decision = await decideRemoval(
      session,
      removal,
      (latest) => ({ ...plan, removal: latest }),
      input,
      options,
    )
    if (decision.kind === 'declined') throw aborted()
    if (decision.kind === 'rehearsed')
      return { ...result(input.name, { ...decision.result, alsoUsedBy }), status: 'rehearsed' }
    // The server can be asked after all: this run takes the place of the one that was interrupted.
    if (waiting) await store.dismiss(waiting.id)
    held = await store.begin({ kind: 'remove', name: input.name, keepTypes: removal.keepTypes })
    const done = await runRemoval(session, removal, options, commitRecorder(held, facts))
    committed = true
    const deletion = await held.completeRemove()
    if (deletion === 'changed') warnOfChange(input.name, options)
    await setSchemaOfOthers(store, alsoUsedBy, null)
    return result(input.name, { schemaRemoved: true, ...done, alsoUsedBy })
  } catch (error) {
    // Once the schemas are gone, or may be, the journal must keep what is left to do.
    const unknown = error instanceof UnknownOutcomeError
    if (committed || unknown) await held?.release()
    else await held?.abandon()
    throw committed || unknown ? error : keptError(error, input.name)
  } finally {
    await session.close()
  }
}

/**
 * Other stored databases that are the same database on the same server, however it is spelled, once it is clear that
 * they may lose the schemas. Errors: `DEPENDENTS_EXIST` with `data.alsoUsedBy`, `ABORTED`.
 */
async function sharedWith(
  store: Store,
  { name, sharedSchema, acceptSharing }: RemoveDatabaseInput,
  settings: ConnectionSettings,
  { identity }: ServerFacts,
  options: RunOptions,
): Promise<string[]> {
  const { same, unknown } = await findOtherRecords(store, { name, settings, identity }, options)
  if (unknown.length > 0) {
    options.onProgress?.({
      type: 'warning',
      message: `${quotedNames(unknown)} may be the same database, and could not be asked.`,
      hint: 'If it is the same, it loses the Mathesar schemas too.',
    })
  }
  if (same.length === 0) return same
  if (!sharedSchema) {
    if (!acceptSharing) throw sharedError(settings.database, same)
    if (!(await acceptSharing(same))) throw aborted()
    return same
  }
  options.onProgress?.({
    type: 'warning',
    message: `The same database is also stored as ${quotedNames(same)}, and loses the Mathesar schemas there too.`,
    hint: 'Leave --remove-schema out to remove this record alone.',
  })
  return same
}

function sharedError(database: string, names: readonly string[]): OperatorError {
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `Database "${database}" is also stored as ${quotedNames(names)}, which would lose the Mathesar schemas too.`,
    'Leave --remove-schema out to remove this record alone, or add --shared-schema to drop the schemas for all of them.',
    { field: 'shared-schema', data: { alsoUsedBy: names } },
  )
}

/** Where the database is not reached: there is nothing to rehearse. */
async function askToGoOn(input: RemoveDatabaseInput, plan: RemovePlan): Promise<void> {
  if (input.confirm && (await input.confirm(plan, 'remove')) !== true) throw aborted()
}

/** Another process gave the record another connection while its schemas were removed. */
function warnOfChange(name: string, options: RunOptions): void {
  options.onProgress?.({
    type: 'warning',
    message: `"${name}" stays stored: it was changed meanwhile, and stands for another database now.`,
    hint: 'To remove that as well, run the command again.',
  })
}

/** There is nobody to ask: the server does not answer, or the database was dropped. */
function isUnreachable(error: unknown): error is OperatorError {
  return (
    error instanceof OperatorError && ['CONNECTION_FAILED', 'DATABASE_DOES_NOT_EXIST'].includes(error.code)
  )
}

function offerForget(error: OperatorError, name: string): OperatorError {
  return error.with({
    hint: `${error.hint} Nothing was removed: "${name}" stays stored. If the server or the database is gone for good, use --forget-unreachable, which removes the record alone.`,
  })
}

function keptError(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError) || ['ABORTED', 'NOT_FOUND'].includes(error.code)) return error
  return error.with({
    hint: `${error.hint} Nothing was removed: the schemas and the stored credentials of "${name}" are as they were.`,
  })
}

function result(
  name: string,
  fields: Partial<Omit<RemoveDatabaseResult, 'name' | 'status'>> = {},
): RemoveDatabaseResult {
  return {
    name,
    status: 'removed',
    schemaRemoved: false,
    typesKept: false,
    converted: [],
    dropped: [],
    notes: [],
    forgotten: false,
    alsoUsedBy: [],
    ...fields,
  }
}
