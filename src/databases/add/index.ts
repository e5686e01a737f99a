import { isInterruption, OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { warnOfRestart } from '../restart.ts'
import { isAscii, resolveName } from '../stored-name.ts'
import { checkDatabase } from './check.ts'
import { plannedOutcome } from './describe.ts'
import { findExisting, readNamesakes } from './existing.ts'
import { installSchemas } from './install.ts'
import { isUpToDate, prepareDatabase } from './prepare.ts'
import { checkRequest } from './request.ts'
import { refreshDatabase, registerDatabase, storeDatabase } from './store.ts'
import {
  type AddDatabaseInput,
  type AddDatabaseResult,
  type AddOutcome,
  type AddPlan,
  type AddRequest,
  type FoundSchema,
  type PreparedDatabase,
  type SettledRequest,
  writesSchemas,
} from './types.ts'
import { closeSessions, keepForNextRun, type UndoStep, undo } from './undo.ts'
import {
  isRolledBack,
  mayBeStored,
  unfinished,
  withInstalledSchemas,
  withUnsettledDatabase,
} from './unstored.ts'

export type { AddDatabaseInput, AddDatabaseResult, AddPlan } from './types.ts'

/** Other runs may add and remove the same name all the time; after so many attempts the error is reported. */
const ATTEMPTS = 3

/**
 * Adds a user database: proves connection and privileges, installs the Mathesar schemas in one transaction,
 * stores the credentials. Killed at any moment, the next command that writes finishes or forgets it
 * (docs/consistency.md).
 *
 * Errors, in the order of the checks: `USAGE`, `SECRET_KEY_MISMATCH`, `NAME_TAKEN`,
 * `INTERNAL_DATABASE_TARGET`, `CONNECTION_FAILED`, `TLS_FAILED`, `AUTHENTICATION_FAILED`,
 * `DATABASE_DOES_NOT_EXIST`, `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`, `POOLED_CONNECTION`,
 * `SCHEMA_CONFLICT`, `INSUFFICIENT_PRIVILEGE`, `ABORTED`, `LOCKED`.
 */
export async function addDatabase(
  store: Store,
  given: AddDatabaseInput,
  options: RunOptions = {},
): Promise<AddDatabaseResult> {
  const started = performance.now()
  const input = { ...given, name: await normalName(store, given.name) }
  let askedMs = 0
  const { confirm = async () => true } = input
  const confirmTimed = async (plan: AddPlan) => {
    const askedAt = performance.now()
    const isAgreed = await confirm(plan)
    askedMs += performance.now() - askedAt
    return isAgreed
  }
  for (let attempt = 1; ; attempt++) {
    const timed = input.confirm === undefined ? input : { ...input, confirm: confirmTimed }
    const request = await checkRequest(store, timed, options)
    const ended = await attemptAdd(request)
    switch (ended.kind) {
      case 'done': {
        const { status } = ended.outcome
        if (status === 'added' || status === 'updated') warnOfRestart(store, options)
        return { ...ended.outcome, durationMs: Math.round(performance.now() - started - askedMs) }
      }
      case 'stored meanwhile':
        if (attempt < ATTEMPTS) continue
        throw ended.error
      case 'failed':
        throw ended.error
    }
  }
}

/**
 * How an attempt ended; `stored meanwhile`: another run stored the same target under the same name since the
 * check.
 */
type AttemptEnd =
  | { kind: 'done'; outcome: AddOutcome }
  | { kind: 'stored meanwhile' | 'failed'; error: unknown }

async function attemptAdd(request: AddRequest): Promise<AttemptEnd> {
  const steps: UndoStep[] = []
  try {
    return { kind: 'done', outcome: await add(request, steps) }
  } catch (error) {
    const isStored = !request.existing && (await wasStoredMeanwhile(request, error))
    return { kind: isStored ? 'stored meanwhile' : 'failed', error }
  } finally {
    await closeSessions(steps)
  }
}

/**
 * Runs the phases. A failure undoes what they did; once the user database is done, it leaves the rest to the
 * next run.
 */
async function add(request: AddRequest, steps: UndoStep[]): Promise<AddOutcome> {
  const changed = await changeDatabase(request, steps).catch(async (error: unknown) => {
    throw await undo(steps, request, error)
  })
  if (changed.kind === 'settled') return changed.outcome
  try {
    return await storeDatabase(changed.request, changed.database, changed.schema)
  } catch (error) {
    throw await endUnstored(changed, steps, error)
  }
}

/**
 * Ends an add whose rows were not stored. The next run finishes an install. Where there was none, it could
 * only drop the entry: so this run undoes what it did, provided that no row is stored. Returns the error to
 * throw.
 */
async function endUnstored(
  { request, database }: Extract<ChangedDatabase, { kind: 'installed' }>,
  steps: UndoStep[],
  error: unknown,
): Promise<unknown> {
  const isRegistration = request.input.registerOnly === true && !writesSchemas(database.action)
  if (isRegistration && isRolledBack(error) && !(await mayBeStored(database))) {
    return await undo(steps, request, error)
  }
  await keepForNextRun(steps)
  if (isRegistration) return database.isCreated ? withUnsettledDatabase(error, request) : error
  if (database.operation !== null && isInterruption(error)) return unfinished(error, request)
  return writesSchemas(database.action) ? withInstalledSchemas(error) : error
}

/** `settled`: nothing is left to store. */
type ChangedDatabase =
  | { kind: 'settled'; outcome: AddOutcome }
  | { kind: 'installed'; request: SettledRequest; database: PreparedDatabase; schema: FoundSchema | null }

async function changeDatabase(begun: AddRequest, steps: UndoStep[]): Promise<ChangedDatabase> {
  const { request, target } = await checkDatabase(begun, steps)
  if (request.input.dryRun) return { kind: 'settled', outcome: plannedOutcome(request, target) }
  const database = await prepareDatabase(request, target, steps)
  if (isUpToDate(request, database)) {
    return { kind: 'settled', outcome: await refreshDatabase(request, database) }
  }
  if (database.action === 'none' && database.operation === null) {
    return { kind: 'settled', outcome: await registerDatabase(request, database) }
  }
  return { kind: 'installed', request, database, schema: await installSchemas(request, database) }
}

async function wasStoredMeanwhile({ store, input }: AddRequest, error: unknown): Promise<boolean> {
  if (!(error instanceof OperatorError) || error.code !== 'NAME_TAKEN') return false
  return (await findExisting(store, await readNamesakes(store, input.name), input.settings)) !== null
}

/** Returns a new name in Unicode's normal form, and one that is stored as it is stored (`resolveName`). */
async function normalName(store: Store, given: string): Promise<string> {
  if (isAscii(given)) return given
  const interrupted = await store.interrupted()
  return resolveName(given, [...(await store.names()), ...interrupted.map(({ name }) => name)])
}
