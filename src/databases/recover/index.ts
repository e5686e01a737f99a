import { OperatorError } from '../../errors.ts'
import type { ServerFacts } from '../../postgres/types.ts'
import type { BeforeCommit } from '../../schema/types.ts'
import type { HeldOperation, InterruptedOperation, PendingOperation, Store } from '../../store/types.ts'
import { isConnectionOf, isSameTarget } from '../same-settings.ts'
import { settle } from './settle.ts'
import type { RecoverOptions, Recovery } from './types.ts'

export type { RecoverOptions, Recovery } from './types.ts'

/**
 * Reconciles the internal database with the user databases after runs that were killed. For an `add` whose
 * install had committed it stores the credentials; for a `remove` that had committed it deletes them; the
 * server has rolled back what had not committed. Never changes the contents of a user database; but a
 * database that a killed run had created, and closed in order to drop it, accepts connections again. Deletes
 * nothing without proof: a database or schemas that can't be found prove nothing.
 *
 * Errors: those of the store; an operation that can't be settled is `waiting` in the result.
 */
export async function recoverInterrupted(store: Store, options: RecoverOptions = {}): Promise<Recovery[]> {
  const interrupted = await store.interrupted()
  const pending = await entriesOf(store, interrupted, options.name)
  // At the same time, so that several servers that do not answer cost no more time than one.
  const recoveries = await Promise.all(pending.map((entry) => recoverOne(store, entry, options)))
  for (const entry of await displacedAdditions(store, interrupted, options)) {
    recoveries.push(await recoverOne(store, entry, options))
  }
  return recoveries.filter((recovery) => recovery !== null)
}

/** Returns the entries as waiting, for a run that may change nothing and does not check their outcome. */
export function unsettled(pending: readonly InterruptedOperation[]): Recovery[] {
  return pending.map((entry) => ({ ...describe(entry), outcome: 'waiting' }))
}

/**
 * Records in the journal, before COMMIT is sent, the facts by which a later run finds out whether the
 * transaction took effect.
 */
export function commitRecorder(
  operation: HeldOperation,
  { identity }: Pick<ServerFacts, 'identity'>,
): BeforeCommit {
  return (transactionId) => operation.committing({ ...identity, transactionId })
}

/**
 * Returns the entries that may concern a name: those of that name, and those of a name that several databases
 * share by now, so that none of them has it alone.
 */
async function entriesOf(
  store: Store,
  interrupted: readonly InterruptedOperation[],
  name: string | undefined,
): Promise<InterruptedOperation[]> {
  if (name === undefined) return [...interrupted]
  const meant = await Promise.all(
    interrupted.map(
      async (entry) => entry.name === name || (await store.namesFor(entry.name)).includes(name),
    ),
  )
  return interrupted.filter((_, index) => meant[index])
}

/**
 * Interrupted additions whose name another database got meanwhile: they may go on under the name of this run,
 * if they have its connection.
 */
async function displacedAdditions(
  store: Store,
  interrupted: readonly InterruptedOperation[],
  { name, settings }: RecoverOptions,
): Promise<InterruptedOperation[]> {
  if (name === undefined || settings === undefined) return []
  const others = interrupted.filter((entry) => entry.kind === 'add' && entry.name !== name)
  if (others.length === 0) return []
  const stored = await store.find(name)
  if (stored !== null && !isConnectionOf(stored, settings)) return []
  const meant = await Promise.all(others.map((entry) => store.namesFor(entry.name)))
  return others.filter((_, index) => (meant[index] ?? []).some((other) => other !== name))
}

async function recoverOne(
  store: Store,
  pending: PendingOperation,
  options: RecoverOptions,
): Promise<Recovery | null> {
  let operation: HeldOperation | null = null
  try {
    operation = await store.takeOver(pending.id)
    if (operation === null) return null
    if (!(await belongsToRun(store, operation, options))) {
      await operation.release()
      return null
    }
    const settlement = await settle(store, operation, options)
    return { ...describe(operation), ...settlement }
  } catch (error) {
    await operation?.release()
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return { ...describe(operation ?? pending), outcome: 'waiting', reason: error }
  }
}

/**
 * Returns whether an entry concerns this run: by its name, as a removal of the database that has the name
 * now, or as a displaced addition of its connection.
 */
async function belongsToRun(
  store: Store,
  operation: HeldOperation,
  { name, settings }: RecoverOptions,
): Promise<boolean> {
  if (name === undefined || operation.name === name) return true
  if (operation.kind === 'remove') {
    const stored = await store.find(name)
    return stored !== null && isConnectionOf(stored, operation.settings)
  }
  if (settings === undefined || !isSameTarget(settings, operation.settings)) return false
  return !(await operation.isStored())
}

function describe({ id, kind, name, keepTypes, startedAt }: PendingOperation): PendingOperation {
  return { id, kind, name, keepTypes, startedAt }
}
