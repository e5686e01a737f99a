import { OperatorError } from '../errors.ts'
import { reopenDatabase } from '../postgres/drop-created.ts'
import { toOperatorError } from '../postgres/sqlstate.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { ADVISORY_LOCK_SQL } from '../schema/advisory-lock.ts'
import { doomedSchemas } from '../schema/dependents.ts'
import { readSchemaState } from '../schema/state.ts'
import type { SchemaState } from '../schema/types.ts'
import type { HeldOperation, PendingOperation, Store } from '../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from './events.ts'
import { connectOptions, withOpen } from './open.ts'
import { sameTarget } from './same-settings.ts'

export interface Recovery extends PendingOperation {
  /**
   * - `finished`: the user database had been changed, and the internal database now says so too;
   * - `rolled back`: the user database had not been changed, and nothing is left of the attempt;
   * - `waiting`: the user database can't be asked just now; the next run tries again.
   */
  outcome: 'finished' | 'rolled back' | 'waiting'
  /** Why it waits. */
  reason?: OperatorError
}

export interface RecoverOptions extends RunOptions {
  /** Only what concerns this name. */
  name?: string
  /** Values that are newer than those of the entry, for the same role and database: a rotated password, for instance. */
  settings?: ConnectionSettings
}

/** A recovery must not hold up the command that noticed it. */
const RECOVERY_TIMEOUT_MS = 3_000

/**
 * Brings both databases together again after runs that were killed. An `add` whose install had committed gets its
 * credentials stored; a `remove` whose schemas are gone gets its credentials deleted; everything else had been rolled
 * back by the server. Never changes what is in a user database; one that a killed run had created and closed in order to
 * drop it is opened again.
 */
export async function recoverInterrupted(store: Store, options: RecoverOptions = {}): Promise<Recovery[]> {
  const pending = (await store.interrupted()).filter(({ name }) => name === (options.name ?? name))
  // At the same time, so that several servers that do not answer cost no more than one.
  const recoveries = await Promise.all(pending.map((entry) => recoverOne(store, entry, options)))
  return recoveries.filter((recovery) => recovery !== null)
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
    const state = await settledState(held, options)
    const finished = await settle(held, state)
    return { ...describe(pending), outcome: finished ? 'finished' : 'rolled back' }
  } catch (error) {
    await held?.release()
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return { ...describe(pending), outcome: 'waiting', reason: error }
  }
}

/** Ends the journal entry according to what the user database says. Returns whether the operation had been done. */
async function settle(held: HeldOperation, state: SchemaState | null): Promise<boolean> {
  if (held.kind === 'add') {
    const record = state?.record
    if (record?.installId !== held.id) {
      await held.abandon()
      return false
    }
    await held.completeAdd({ source: record.source, version: record.version })
    return true
  }
  // All that a removal drops goes in one transaction; what it leaves tells nothing.
  const doomed = doomedSchemas({ keepTypes: held.keepTypes })
  if (state?.schemas.some(({ name }) => doomed.includes(name))) {
    await held.abandon()
    return false
  }
  await held.completeRemove()
  return true
}

/**
 * The state of the schemas once nobody works on them: the killed process's last statement may still be running on
 * the server, and holds the advisory lock as long as it does. `null` where the database itself is gone.
 */
async function settledState(held: HeldOperation, options: RecoverOptions): Promise<SchemaState | null> {
  const atMost = (timeoutMs: number) => Math.min(timeoutMs, RECOVERY_TIMEOUT_MS)
  const lockTimeoutMs = atMost(options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS)
  const connectTimeoutMs = atMost(options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS)
  const newer = options.settings && sameTarget(options.settings, held.settings) ? options.settings : null
  const settings = newer?.password ? newer : held.settings
  const look = () =>
    withOpen(settings, { ...options, connectTimeoutMs }, async (session) => {
      await session.run(`BEGIN READ ONLY; SET LOCAL lock_timeout = ${lockTimeoutMs}; ${ADVISORY_LOCK_SQL};`)
      return readSchemaState(session)
    })
  try {
    return await look().catch(async (error: unknown) => {
      // The killed run had created the database, and closed it in order to drop it again.
      const known = toOperatorError(error, { settings })
      if (held.kind !== 'add' || known.details.data?.reason !== 'not accepting connections') throw known
      const connecting = connectOptions({ ...options, connectTimeoutMs })
      if (!(await reopenDatabase(settings, connecting))) throw known
      return look()
    })
  } catch (error) {
    const known = toOperatorError(error, { settings })
    if (known.code === 'DATABASE_DOES_NOT_EXIST') return null
    throw known
  }
}

function describe({ id, kind, name, keepTypes, startedAt }: PendingOperation): PendingOperation {
  return { id, kind, name, keepTypes, startedAt }
}
