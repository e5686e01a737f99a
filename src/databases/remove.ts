import { OperatorError } from '../errors.ts'
import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, Session } from '../postgres/types.ts'
import { dependentsError, listDependents } from '../schema/dependents.ts'
import { planRemove } from '../schema/privileges.ts'
import { removeSchema } from '../schema/remove.ts'
import { readSchemaState } from '../schema/state.ts'
import type { Dependent, SchemaState } from '../schema/types.ts'
import type { HeldOperation, Store } from '../store/types.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { notFound } from './not-found.ts'
import { open } from './open.ts'
import { type Recovery, recoverInterrupted } from './recover.ts'

export interface RemoveDatabaseInput {
  name: string
  /** Drop the Mathesar schemas first; without it the server is never reached. */
  removeSchema?: boolean
  /** If the server or the database is gone, remove the record all the same. */
  forgetUnreachable?: boolean
  dryRun?: boolean
  /** Asked after all checks and before the first change; `false` ends with `ABORTED`. */
  confirm?: (plan: RemovePlan) => Promise<boolean>
  /** What an earlier look at interrupted runs has found, so that a removal it finished counts as this one's. */
  recovered?: readonly Recovery[]
}

/** What a removal is about to do, after every check has passed. */
export interface RemovePlan {
  name: string
  /** `null` where only the record goes. */
  settings: ConnectionSettings | null
  /** The Mathesar schemas that will be dropped. */
  schemas: SchemaState | null
  dependents: Dependent[]
  /** Other stored databases that use the same schemas. */
  alsoUsedBy: string[]
  /** The server can't be reached, and only the record will go. */
  unreachable: OperatorError | null
}

export interface RemoveDatabaseResult {
  name: string
  status: 'removed' | 'planned'
  schemaRemoved: boolean
  /** Columns converted to plain types; none in this version. */
  converted: never[]
  /** The objects that were dropped (with `planned`: the schemas that would be). */
  dropped: string[]
  /** The schemas were to be removed, but the server is gone. */
  forgotten: boolean
}

/**
 * Removes a stored database: the Mathesar schemas first where asked, in one transaction that never cascades, then
 * the credentials. If removing the schemas fails, the credentials stay.
 *
 * Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`, `DEPENDENTS_EXIST` (with `data.dependents`), `INSUFFICIENT_PRIVILEGE`,
 * `ABORTED`, `LOCKED`, and all those of connecting.
 */
export async function removeDatabase(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions = {},
): Promise<RemoveDatabaseResult> {
  const recovered = [
    ...(input.recovered ?? []),
    ...(input.dryRun ? [] : await recoverInterrupted(store, { ...options, name: input.name })),
  ].filter((recovery) => recovery.name === input.name)
  const known = await store.names()
  if (!known.includes(input.name)) {
    const finished = recovered.find(
      (recovery) => recovery.kind === 'remove' && recovery.outcome === 'finished',
    )
    if (finished) return result(input.name, { schemaRemoved: true })
    const abandoned = recovered.find((recovery) => recovery.kind === 'add' && recovery.outcome === 'waiting')
    if (abandoned && (await endWaiting(store, abandoned, 'abandon'))) return result(input.name, {})
    throw notFound(input.name, known)
  }
  return input.removeSchema
    ? await removeWithSchema(store, input, options, recovered)
    : await removeRecord(store, input, recovered)
}

async function removeRecord(
  store: Store,
  input: RemoveDatabaseInput,
  recovered: readonly Recovery[],
): Promise<RemoveDatabaseResult> {
  const plan: RemovePlan = {
    name: input.name,
    settings: null,
    schemas: null,
    dependents: [],
    alsoUsedBy: [],
    unreachable: null,
  }
  if (input.dryRun) return { ...result(input.name, {}), status: 'planned' }
  await askToGoOn(input, plan)
  const waiting = recovered.find((recovery) => recovery.kind === 'remove' && recovery.outcome === 'waiting')
  if (!(waiting && (await endWaiting(store, waiting, 'completeRemove')))) await store.forget(input.name)
  return result(input.name, {})
}

async function removeWithSchema(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions,
  recovered: readonly Recovery[],
): Promise<RemoveDatabaseResult> {
  const settings = await store.settings(input.name)
  const plan: RemovePlan = {
    name: input.name,
    settings,
    schemas: null,
    dependents: [],
    alsoUsedBy: await sharedWith(store, input.name, settings),
    unreachable: null,
  }
  let session: Session
  try {
    session = await open(settings, options)
  } catch (error) {
    if (!isUnreachable(error)) throw keptError(error, input.name)
    if (!input.forgetUnreachable) throw offerForget(error, input.name)
    plan.unreachable = error
    if (input.dryRun) return { ...result(input.name, { forgotten: true }), status: 'planned' }
    await askToGoOn(input, plan)
    const waiting = recovered.find((recovery) => recovery.kind === 'remove' && recovery.outcome === 'waiting')
    if (!(waiting && (await endWaiting(store, waiting, 'completeRemove')))) await store.forget(input.name)
    return result(input.name, { forgotten: true })
  }

  let held: HeldOperation | null = null
  try {
    const facts = await readServerFacts(session)
    checkServer(facts)
    const state = await readSchemaState(session)
    plan.schemas = state
    plan.dependents = await listDependents(session)
    if (plan.dependents.length > 0) throw dependentsError(plan.dependents, settings.database)
    // The same rule as for an install: whoever removes the schemas acts as their owner.
    if (state.schemas.length > 0) planRemove(state, facts)
    if (input.dryRun) {
      const names = state.schemas.map((schema) => `schema ${schema.name}`)
      return { ...result(input.name, { dropped: names }), status: 'planned' }
    }
    await askToGoOn(input, plan)
    held = await store.begin({ kind: 'remove', name: input.name })
    options.onProgress?.({
      type: 'step',
      step: 'remove',
      detail: state.schemas.map(({ name }) => name).join(', '),
    })
    const { dropped } = await removeSchema(session, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      onProgress: (progress) => options.onProgress?.({ type: 'objects', action: 'remove', ...progress }),
    })
    const done = held
    // The schemas are gone: whatever happens now, the journal must keep what is left to do.
    held = null
    await done.completeRemove()
    return result(input.name, { schemaRemoved: true, dropped })
  } catch (error) {
    const unknown = error instanceof OperatorError && error.details.data?.outcome === 'unknown'
    if (unknown) await held?.release()
    else await held?.abandon()
    throw keptError(error, input.name)
  } finally {
    await session.close()
  }
}

/** Ends an entry whose server can't be asked, because the operator no longer wants the record. */
async function endWaiting(
  store: Store,
  recovery: Recovery,
  how: 'abandon' | 'completeRemove',
): Promise<boolean> {
  const held = await store.takeOver(recovery.id)
  if (held === null) return false
  await held[how]()
  return true
}

async function sharedWith(store: Store, name: string, settings: ConnectionSettings): Promise<string[]> {
  const all = await store.list()
  return all
    .filter((other) => other.name !== name)
    .filter(
      (other) =>
        other.database === settings.database && other.host === settings.host && other.port === settings.port,
    )
    .map((other) => other.name)
}

async function askToGoOn(input: RemoveDatabaseInput, plan: RemovePlan): Promise<void> {
  if (input.confirm && !(await input.confirm(plan))) {
    throw new OperatorError('ABORTED', 'Nothing was removed.', 'Run the command again when you are ready.')
  }
}

/** There is nobody to ask: the server does not answer, or the database was dropped. */
function isUnreachable(error: unknown): error is OperatorError {
  return (
    error instanceof OperatorError && ['CONNECTION_FAILED', 'DATABASE_DOES_NOT_EXIST'].includes(error.code)
  )
}

function offerForget(error: OperatorError, name: string): OperatorError {
  return new OperatorError(
    error.code,
    error.message,
    `${error.hint} Nothing was removed: "${name}" stays stored. If the server or the database is gone for good, use --forget-unreachable, which removes the record alone.`,
    error.details,
  )
}

function keptError(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError) || error.code === 'ABORTED') return error
  if (error.details.data?.outcome === 'unknown') return error
  return new OperatorError(
    error.code,
    error.message,
    `${error.hint} Nothing was removed: the schemas and the stored credentials of "${name}" are as they were.`,
    error.details,
  )
}

function result(
  name: string,
  fields: Partial<Pick<RemoveDatabaseResult, 'schemaRemoved' | 'dropped' | 'forgotten'>>,
): RemoveDatabaseResult {
  return {
    name,
    status: 'removed',
    schemaRemoved: false,
    converted: [],
    dropped: [],
    forgotten: false,
    ...fields,
  }
}
