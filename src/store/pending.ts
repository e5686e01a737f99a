import type { OperatorError } from '../errors.ts'
import { operationPending } from './errors.ts'
import type { OpenParts } from './parts.ts'
import { toPending } from './parts.ts'
import type { JournalEntry, PendingOperation } from './types.ts'

/** Returns whether a process works on an entry, as far as anybody can know. */
export async function isLive({ locks }: OpenParts, { id }: JournalEntry): Promise<boolean> {
  return (await locks.state(id)) !== 'free'
}

/** Returns the error for an operation that has not ended; it names the process that works on it. */
export async function pendingError(parts: OpenParts, entry: JournalEntry): Promise<OperatorError> {
  const isAlive = await isLive(parts, entry)
  return operationPending(toPending(entry), isAlive, isAlive ? await parts.locks.owner(entry.id) : null)
}

/** Refuses a name on which an operation has not ended, whether its process lives or not. Errors: `LOCKED`. */
export async function refusePending(parts: OpenParts, name: string): Promise<void> {
  const entry = await parts.journal.entryOf(name)
  if (entry) throw await pendingError(parts, entry)
}

/**
 * Refuses a change of a stored database while a process works on its name, and until an interrupted removal
 * of it is settled. An interrupted addition under its name concerns another database, and does not stop the
 * change. Errors: `LOCKED`.
 */
export async function refusePendingChange(parts: OpenParts, name: string): Promise<void> {
  const entry = await parts.journal.entryOf(name)
  if (!entry) return
  if (entry.kind === 'remove' || (await isLive(parts, entry))) throw await pendingError(parts, entry)
}

/** Returns the error for an operation whose name the journal refused because it has an entry. */
export async function nameBusy(parts: OpenParts, operation: PendingOperation): Promise<Error> {
  const other = await parts.journal.entryOf(operation.name)
  // The other operation may have ended since: this one can be tried again like one that met a live process.
  if (other === null) return operationPending(operation, true)
  return pendingError(parts, other)
}
