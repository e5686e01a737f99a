import { isInterruption, OperatorError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import { checkServer } from '../../postgres/checks.ts'
import { readServerFacts } from '../../postgres/facts.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../../postgres/types.ts'
import { SeveralOwnersError, UnknownOutcomeError } from '../../schema/errors.ts'
import { exceeds } from '../../store/belongings.ts'
import { RowsChangedError, recordGrown } from '../../store/errors.ts'
import type { ConnectionTarget, HeldOperation, StoredDatabase } from '../../store/types.ts'
import { type ActingSession, findStored, openAsActingRole, storedRoles } from '../acting-role.ts'
import { type AdminLogin, isRefusedLogin, withAdminOffer, withLentLogin } from '../admin-login.ts'
import { closing, withStoredPassword } from '../open.ts'
import { commitRecorder } from '../recover/index.ts'
import {
  aborted,
  decideRemoval,
  plannedRemoval,
  planRemoval,
  runRemoval,
  type SchemaRemovalPlan,
  type SchemaRemovalResult,
} from '../removal/index.ts'
import { setSchemaOfOthers } from '../same-database.ts'
import { forgetWithConsent, removeRecord } from './record.ts'
import { acceptedSharing, withSharing } from './sharing.ts'
import { type RemoveDatabaseResult, type RemoveRequest, removeResult } from './types.ts'

/**
 * Removes the schemas, then the record. Errors: those of `removeDatabase`; unless the outcome is unknown,
 * or `data.schemaRemoved` is set, nothing was removed.
 */
export async function removeWithSchema(request: RemoveRequest): Promise<RemoveDatabaseResult> {
  const { store, input, options } = request
  const stored = await findStored(store, input.name)
  let isPrepared = false
  return withLentLogin(
    input.admin,
    options,
    (admin) =>
      removeAs({ ...request, input: { ...input, admin } }, stored, input.admin, () => {
        isPrepared = true
      }),
    { isRefused: isRefusedRemoval, mayRetry: () => !isPrepared },
  )
}

/** Returns whether a removal may succeed with a superuser's login: it drops schemas of several owners too. */
function isRefusedRemoval(error: unknown): error is OperatorError {
  return isRefusedLogin(error) || error instanceof SeveralOwnersError
}

/** Adds to an error that the login of an administrator would do, as far as it would. */
function withOfferedLogin(error: OperatorError, admin: AdminLogin | undefined): OperatorError {
  if (!(error instanceof SeveralOwnersError)) return withAdminOffer(error, admin)
  const offer =
    admin === undefined
      ? 'Or add --admin-user with a superuser: that login is used once, and never stored.'
      : 'To remove the schemas as they are, name a superuser with --admin-user.'
  return error.with({ hint: joinHints(error.hint, offer) })
}

/**
 * Removes the schemas as the role that acts.
 *
 * @param offered the login that the operator lends, whether or not this attempt uses it
 * @param onPrepared called before anything is changed
 */
async function removeAs(
  request: RemoveRequest,
  stored: StoredDatabase,
  offered: AdminLogin | undefined,
  onPrepared: () => void,
): Promise<RemoveDatabaseResult> {
  const { store, input } = request
  const reached = await reach(request, stored)
  if (reached.kind === 'unreachable') {
    const settings = await store.settings(input.name, input.role)
    return await removeRecord(request, settings, reached.error)
  }
  const { session, settings } = reached
  const role = storedRoles(stored).length > 1 ? { role: settings.user } : {}
  const result = await closing(session, async () => {
    if (input.chooseSchema && !(await input.chooseSchema())) return null
    return await removeInSession({ ...request, role, offered, onPrepared }, settings, session)
  })
  if (result === null) return await removeRecord(request)
  return { ...result, ...role }
}

/**
 * `unreachable`: the server can't be reached or the database does not exist, and the operator wants to forget
 * it.
 */
type Reached = ({ kind: 'open' } & ActingSession) | { kind: 'unreachable'; error: OperatorError }

async function reach({ store, input, options }: RemoveRequest, stored: StoredDatabase): Promise<Reached> {
  try {
    const opened = await openAsActingRole(
      store,
      stored,
      { role: input.role, admin: input.admin },
      withStoredPassword(options, stored.name),
    )
    return { kind: 'open', ...opened }
  } catch (error) {
    if (!isUnreachable(error)) throw withNothingRemoved(error, input.name)
    if (!input.forgetUnreachable) throw withOffer(error, input.name)
    return { kind: 'unreachable', error }
  }
}

/** A removal of the schemas, and the role that runs it where several are stored. */
interface SchemaRequest extends RemoveRequest {
  role: { role?: string }
  offered: AdminLogin | undefined
  onPrepared: () => void
}

async function removeInSession(
  request: SchemaRequest,
  settings: ConnectionSettings,
  session: Session,
): Promise<RemoveDatabaseResult> {
  const { name } = request.input
  const prepared = await prepare(request, settings, session).catch((error: unknown) => {
    const offered = error instanceof OperatorError ? withOfferedLogin(error, request.offered) : error
    throw withNothingRemoved(offered, name)
  })
  request.onPrepared()
  if (prepared.kind === 'settled') return prepared.result
  const { operation, alsoUsedBy } = prepared
  const removed = await removeSchemas(request, session, prepared)
  let deletion: Awaited<ReturnType<HeldOperation['completeRemove']>> | null = null
  try {
    deletion = await operation.completeRemove()
    if (deletion === 'changed') warnOfChange(request)
    await setSchemaOfOthers(request.store, alsoUsedBy, null)
  } catch (error) {
    // The schemas are dropped: the entry stays, and the next run removes the record.
    await operation.release()
    if (deletion !== null) throw error
    throw isInterruption(error) ? interruptedBeforeRecord(error, name) : withSchemasDropped(error, name)
  }
  const deletes = deletion === 'deleted' ? request.deletes : {}
  const absent = absence(prepared.removal)
  return removeResult(name, { schemaRemoved: true, deletes, ...removed, ...absent, alsoUsedBy })
}

/** Returns the error of an interruption after which the next run has to remove the record. */
function interruptedBeforeRecord(error: OperatorError, name: string): OperatorError {
  return error.with({
    message:
      `Interrupted after the Mathesar schemas were dropped, before the record of ${JSON.stringify(name)} was ` +
      'removed. The next command that writes removes it.',
  })
}

/** Returns the error of a removal whose first half is done, with that fact. */
function withSchemasDropped(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError)) return error
  // Nothing is to be removed with such a record before an operator has seen what goes with it by now.
  const isUnknown = error.details.data?.outcome === 'unknown'
  const rest =
    isUnknown || error instanceof RowsChangedError
      ? ''
      : `The record of ${JSON.stringify(name)} stays until then: the same command again removes it.`
  return error.with({
    hint: joinHints('The Mathesar schemas were dropped from the database.', error.hint, rest),
    data: { schemaRemoved: true },
  })
}

/** Returns the field of a result that states that there was nothing to drop. */
function absence({ survey }: SchemaRemovalPlan): Pick<RemoveDatabaseResult, 'isSchemaAbsent'> {
  return survey.schemas.length === 0 ? { isSchemaAbsent: true } : {}
}

/** A removal of the schemas that the operator agreed to, with its journal entry. */
interface PreparedRemoval {
  kind: 'prepared'
  facts: ServerFacts
  removal: SchemaRemovalPlan
  alsoUsedBy: string[]
  operation: HeldOperation
}

/**
 * Checks, asks, rehearses and writes the journal entry. `settled`: the schemas are not removed, and nothing
 * is left to do.
 */
async function prepare(
  request: SchemaRequest,
  settings: ConnectionSettings,
  session: Session,
): Promise<PreparedRemoval | { kind: 'settled'; result: RemoveDatabaseResult }> {
  const { store, input, options, waiting, deletes, role } = request
  const { name } = input
  const settled = (fields: Partial<RemoveDatabaseResult> = {}) =>
    ({ kind: 'settled', result: removeResult(name, fields) }) as const
  const facts = await readServerFacts(session)
  checkServer(facts)
  const removal = await planRemoval(session, facts, input, options).catch(async (error: unknown) => {
    throw await withSharing(error, request, settings, facts)
  })
  if (removal === null) {
    if (input.rehearse) throw aborted()
    if (input.dryRun) return settled({ status: 'planned', deletes })
    await forgetWithConsent(request, settings)
    return settled({ deletes })
  }
  const alsoUsedBy = removal.survey.schemas.length > 0 ? await acceptedSharing(request, settings, facts) : []
  const absent = absence(removal)
  if (input.dryRun) {
    return settled({ ...plannedRemoval(removal), ...absent, alsoUsedBy, deletes, status: 'planned' })
  }
  const decision = await decideRemoval(
    session,
    removal,
    (latest) => ({ name, deletes, ...role, settings, removal: latest, alsoUsedBy, unreachable: null }),
    input,
    options,
  )
  if (decision.kind === 'declined') throw aborted(decision.isRehearsed)
  if (decision.kind === 'rehearsed') return settled({ ...decision.result, alsoUsedBy, status: 'rehearsed' })
  if (exceeds(await store.belongings(name), deletes)) throw recordGrown(name)
  // The server can be reached after all: this run replaces the one that was interrupted.
  if (waiting) await store.dismiss(waiting.id)
  const { keepTypes } = removal
  const operation = await store.begin({
    kind: 'remove',
    name,
    keepTypes,
    agreed: deletes,
    ...(await targetOf(request, settings)),
  })
  return { kind: 'prepared', facts, removal, alsoUsedBy, operation }
}

/**
 * Returns the connection that the record must still have. An administrator's login is not in it, nor in the
 * journal.
 */
async function targetOf(
  { store, input }: SchemaRequest,
  settings: ConnectionSettings,
): Promise<{ target?: ConnectionTarget }> {
  if (input.admin === undefined) return { target: settings }
  const [user] = storedRoles(await findStored(store, input.name))
  const { host, port, database } = settings
  return user === undefined ? {} : { target: { host, port, database, user } }
}

/**
 * Removes the schemas. A failure ends the entry, unless the server may have dropped them: then the entry
 * stays for the next run.
 */
async function removeSchemas(
  { input, options }: RemoveRequest,
  session: Session,
  { removal, facts, operation }: PreparedRemoval,
): Promise<SchemaRemovalResult> {
  try {
    return await runRemoval(session, removal, options, commitRecorder(operation, facts))
  } catch (error) {
    if (error instanceof UnknownOutcomeError) {
      await operation.release()
      throw error
    }
    await operation.abandon()
    throw withNothingRemoved(error, input.name)
  }
}

/** Warns that another process changed the connection of the record while a removal was under way. */
export function warnOfChange({ input: { name }, options }: Pick<RemoveRequest, 'input' | 'options'>): void {
  options.onProgress?.({
    type: 'warning',
    message: `"${name}" stays stored: another process has changed its connection meanwhile, and the record now names another database.`,
    hint: 'To remove that database as well, run the command again.',
  })
}

/** Returns whether there is no server to ask, or no such database. */
function isUnreachable(error: unknown): error is OperatorError {
  return (
    error instanceof OperatorError &&
    (error.code === 'CONNECTION_FAILED' || error.code === 'DATABASE_DOES_NOT_EXIST')
  )
}

function withOffer(error: OperatorError, name: string): OperatorError {
  return error.with({
    hint: joinHints(
      error.hint,
      `Nothing was removed: "${name}" stays stored.`,
      toRun(
        'If the server or the database will not come back, this removes the record alone:',
        `mathesarctl db remove ${shellQuoted(name)} --forget-unreachable`,
      ),
    ),
  })
}

function withNothingRemoved(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError) || error.code === 'ABORTED' || error.code === 'NOT_FOUND')
    return error
  return error.with({
    hint: joinHints(
      error.hint,
      `Nothing was removed: the schemas and the stored credentials of "${name}" are unchanged.`,
    ),
  })
}
