import { OperatorError } from '../errors.ts'
import { sameDatabase } from '../postgres/checks.ts'
import { reopenDatabase } from '../postgres/database/reopen.ts'
import { connectionReason } from '../postgres/errors.ts'
import { readServerFacts } from '../postgres/facts.ts'
import { isDatabaseError, toOperatorError } from '../postgres/sqlstate.ts'
import type { ConnectionSettings, DatabaseIdentity, ServerFacts, Session } from '../postgres/types.ts'
import { doomedSchemas } from '../schema/dependents/dependents.ts'
import { readSchemaState } from '../schema/inspect/state.ts'
import { ADVISORY_LOCK_SQL } from '../schema/session/advisory-lock.ts'
import type { BeforeCommit, SchemaState } from '../schema/types.ts'
import type {
  CommitMark,
  HeldOperation,
  InterruptedOperation,
  PendingOperation,
  Store,
} from '../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { connectOptions, describeTarget, withOpen } from './open.ts'
import { sameTarget } from './same-settings.ts'

export interface Recovery extends PendingOperation {
  /**
   * - `finished`: the user database had been changed, and the internal database now says so too;
   * - `rolled back`: the user database had not been changed, and nothing is left of the attempt;
   * - `waiting`: nothing proves either; the entry and the credentials stay, and the next run tries again.
   */
  outcome: 'finished' | 'rolled back' | 'waiting'
  /** Why it waits; missing where nobody has looked. */
  reason?: OperatorError
}

export interface RecoverOptions extends RunOptions {
  /** Only what concerns this name. */
  name?: string
  /**
   * What an addition is called with again. It may be newer than the entry for the same role and database, as a rotated
   * password is; and an entry with these credentials may go without proof, for they are not lost with it.
   */
  settings?: ConnectionSettings
}

/** A recovery must not hold up the command that noticed it. */
const RECOVERY_TIMEOUT_MS = 3_000

/**
 * Brings both databases together again after runs that were killed. An `add` whose install had committed gets its
 * credentials stored; a `remove` that had committed gets its credentials deleted; what was never committed had been
 * rolled back by the server. Never changes what is in a user database; one that a killed run had created and closed in
 * order to drop it is opened again. Deletes nothing without proof: that a database or its schemas can't be found is none.
 */
export async function recoverInterrupted(store: Store, options: RecoverOptions = {}): Promise<Recovery[]> {
  const interrupted = await store.interrupted()
  const pending = interrupted.filter(({ name }) => name === (options.name ?? name))
  // At the same time, so that several servers that do not answer cost no more than one.
  const recoveries = await Promise.all(pending.map((entry) => recoverOne(store, entry, options)))
  for (const entry of await displacedAdditions(store, interrupted, options)) {
    recoveries.push(await recoverOne(store, entry, options))
  }
  return recoveries.filter((recovery) => recovery !== null)
}

/**
 * Interrupted additions whose name another database got meanwhile: they may go on under the name of this run, if they
 * have its connection.
 */
async function displacedAdditions(
  store: Store,
  interrupted: readonly InterruptedOperation[],
  { name, settings }: RecoverOptions,
): Promise<InterruptedOperation[]> {
  if (name === undefined || settings === undefined) return []
  const others = interrupted.filter((entry) => entry.kind === 'add' && entry.name !== name)
  if (others.length === 0) return []
  const stored = new Set(await store.names())
  if (stored.has(name) && !sameTarget(await store.settings(name), settings)) return []
  return others.filter((entry) => stored.has(entry.name))
}

/** Gives a displaced addition the name of this run. `false` where it is another run's concern. */
async function isOurs(held: HeldOperation, { name, settings }: RecoverOptions): Promise<boolean> {
  if (name === undefined || held.name === name) return true
  if (settings === undefined || !sameTarget(settings, held.settings) || (await held.isStored())) return false
  await held.rename(name)
  return true
}

/** The same entries where nothing may be changed: nobody has looked. */
export function unsettled(pending: readonly InterruptedOperation[]): Recovery[] {
  return pending.map((entry) => ({ ...describe(entry), outcome: 'waiting' }))
}

/** Records, before COMMIT is sent, what later tells whether the operation's transaction took effect. */
export function commitRecorder(
  held: HeldOperation,
  { identity }: Pick<ServerFacts, 'identity'>,
): BeforeCommit {
  return (transactionId) => held.committing({ ...identity, transactionId })
}

async function recoverOne(
  store: Store,
  pending: PendingOperation,
  options: RecoverOptions,
): Promise<Recovery | null> {
  let held: HeldOperation | null = null
  try {
    held = await store.takeOver(pending.id)
    if (held === null) return null
    if (!(await isOurs(held, options))) {
      await held.release()
      return null
    }
    const finished = await settle(held, options)
    return { ...describe(held), outcome: finished ? 'finished' : 'rolled back' }
  } catch (error) {
    await held?.release()
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return { ...describe(held ?? pending), outcome: 'waiting', reason: error }
  }
}

/**
 * Ends the journal entry according to what is proved, and of an addition that is stored already without proof. Returns whether the operation had been done. Errors: why nothing is
 * proved.
 */
async function settle(held: HeldOperation, options: RecoverOptions): Promise<boolean> {
  if (held.kind === 'add' && (await held.isStored())) {
    // Nothing is lost with the entry, so a server that can't be asked is no reason to keep it.
    const found = await lookAtIfPossible(held, options)
    await held.completeAdd(found ? schemaOf(found.state) : undefined)
    return true
  }
  // Its COMMIT was never sent: wherever the database is by now, the server has rolled the transaction back.
  const isUncommitted = held.progress.phase === 'begun'
  // An addition may have left a database that it created and closed: to look is to open it again.
  const found = isUncommitted && held.kind === 'remove' ? null : await lookAtUnlessMissing(held, options)
  const verdict = isUncommitted || found === null ? 'not done' : judge(held, found)
  if (verdict === 'unproved' && !isGivenAgain(held, options)) throw unproved(held)
  if (verdict !== 'done' || found === null) {
    await held.abandon()
    return false
  }
  if (held.kind === 'add') await held.completeAdd(schemaOf(found.state))
  else await held.completeRemove()
  return true
}

/** What the user database says, once nobody works on its Mathesar schemas. */
interface Finding {
  state: SchemaState
  /** What became of the operation's transaction; `unknown` if this is another database, or the server forgot. */
  transaction: 'committed' | 'aborted' | 'unknown'
}

/** `null` where the server can't be asked. */
async function lookAtIfPossible(held: HeldOperation, options: RecoverOptions): Promise<Finding | null> {
  try {
    return await lookAt(held, options)
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return null
  }
}

/** `null` where the database is missing, and nothing is lost with the entry. */
async function lookAtUnlessMissing(held: HeldOperation, options: RecoverOptions): Promise<Finding | null> {
  try {
    return await lookAt(held, options)
  } catch (error) {
    const missing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (missing && (held.progress.phase === 'begun' || isGivenAgain(held, options))) return null
    throw error
  }
}

/** Presence proves something by itself; absence does not: the database may be another one, or be restored just now. */
function judge(held: HeldOperation, { state, transaction }: Finding): 'done' | 'not done' | 'unproved' {
  if (held.kind === 'add') {
    if (state.record?.installId === held.id) return 'done'
  } else {
    // All that a removal drops goes in one transaction; what it leaves tells nothing.
    const doomed = doomedSchemas({ keepTypes: held.keepTypes })
    if (state.schemas.some(({ name }) => doomed.includes(name))) return 'not done'
  }
  if (transaction === 'unknown') return 'unproved'
  return transaction === 'committed' ? 'done' : 'not done'
}

/** The operator adds the same role and database again, and so gives the credentials of the entry once more. */
function isGivenAgain(held: HeldOperation, { settings }: RecoverOptions): boolean {
  return held.kind === 'add' && settings !== undefined && sameTarget(settings, held.settings)
}

function unproved({ kind, settings, keepTypes }: HeldOperation): OperatorError {
  const place = describeTarget(settings)
  return new OperatorError(
    'LOCKED',
    kind === 'add'
      ? `The ${place} does not have the Mathesar schemas of that run, and nothing proves that they were never installed.`
      : `The ${place} does not have the Mathesar schemas${keepTypes ? ' msar and __msar' : ''}, and nothing proves that that run removed them.`,
    'It may be another database under the same name, or one that is being restored.',
  )
}

/** The schemas that an addition installed. Mathesar may have created them again since, and then they are no longer ours. */
function schemaOf({ kind, record }: SchemaState): { source: string; version: string | null } | null {
  if (kind === 'absent') return null
  return record ? { source: record.source, version: record.version } : { source: 'adopted', version: null }
}

/**
 * Looks at the user database once nobody works on its schemas: the killed process's last statement may still be running
 * on the server, and holds the advisory lock as long as it does.
 */
async function lookAt(held: HeldOperation, options: RecoverOptions): Promise<Finding> {
  const atMost = (timeoutMs: number) => Math.min(timeoutMs, RECOVERY_TIMEOUT_MS)
  const lockTimeoutMs = atMost(options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS)
  const connectTimeoutMs = atMost(options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS)
  const newer = options.settings && sameTarget(options.settings, held.settings) ? options.settings : null
  const settings = newer?.password ? newer : held.settings
  const { progress } = held
  const look = () =>
    withOpen(settings, { ...options, connectTimeoutMs }, async (session): Promise<Finding> => {
      const identity = progress.phase === 'committing' ? (await readServerFacts(session)).identity : null
      await session.run(`BEGIN READ ONLY; SET LOCAL lock_timeout = ${lockTimeoutMs}; ${ADVISORY_LOCK_SQL};`)
      const state = await readSchemaState(session)
      if (progress.phase !== 'committing' || identity === null) return { state, transaction: 'unknown' }
      return { state, transaction: await transactionOutcome(session, progress.mark, identity) }
    })
  try {
    return await look().catch(async (error: unknown) => {
      // The killed run had created the database, and closed it in order to drop it again.
      const known = toOperatorError(error, { settings })
      if (held.kind !== 'add' || connectionReason(known) !== 'not accepting connections') throw known
      const connecting = connectOptions({ ...options, connectTimeoutMs })
      if (!(await reopenDatabase(settings, connecting))) throw known
      return look()
    })
  } catch (error) {
    const known = toOperatorError(error, { settings })
    if (known.code !== 'DATABASE_DOES_NOT_EXIST') throw known
    const hint = 'It may have been renamed, or it is being restored just now.'
    throw known.with({ hint })
  }
}

/**
 * What became of the transaction of a mark. Its id means nothing in another database, nor on another server: the two are
 * told apart by the system identifier, or where the role may not read that, by the run of the server.
 */
async function transactionOutcome(
  session: Session,
  mark: CommitMark,
  identity: DatabaseIdentity,
): Promise<Finding['transaction']> {
  if (!isSameDatabase(mark, identity)) return 'unknown'
  try {
    const rows = await session.query<{ status: string | null }>(
      'SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8) AS status',
      [mark.transactionId],
    )
    const status = rows[0]?.status
    return status === 'committed' || status === 'aborted' ? status : 'unknown'
  } catch (error) {
    // A server that was restored to an earlier moment has not come to that transaction yet (22023).
    if (isDatabaseError(error) && error.code === '22023') return 'unknown'
    throw error
  }
}

function isSameDatabase(mark: DatabaseIdentity, now: DatabaseIdentity): boolean {
  // The server may have been started again since, which its identifier survives.
  const isKnown = mark.systemIdentifier !== null && now.systemIdentifier !== null
  return sameDatabase(isKnown ? { ...mark, startedAt: now.startedAt } : mark, now)
}

function describe({ id, kind, name, keepTypes, startedAt }: PendingOperation): PendingOperation {
  return { id, kind, name, keepTypes, startedAt }
}
