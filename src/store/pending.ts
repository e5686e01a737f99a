import { operationPending } from './errors.ts'
import type { OpenParts } from './parts.ts'
import { toPending } from './parts.ts'
import type { JournalEntry, PendingOperation } from './types.ts'

/** Returns whether a process works on an entry, as far as anybody can know. */
export async function isLive({ locks }: OpenParts, { id }: JournalEntry): Promise<boolean> {
  return (await locks.state(id)) !== 'free'
}

/** Refuses a name on which an operation has not ended, whether its process lives or not. Errors: `LOCKED`. */
export async function refusePending(parts: OpenParts, name: string): Promise<void> {
  const entry = await parts.journal.entryOf(name)
  if (entry) throw operationPending(toPending(entry), await isLive(parts, entry))
}

/**
 * Refuses a change of a stored database while a process works on its name, and until an interrupted removal
 * of it is settled. An interrupted addition under its name concerns another database, and does not stop the
 * change. Errors: `LOCKED`.
 */
export async function refusePendingChange(parts: OpenParts, name: string): Promise<void> {
  const entry = await parts.journal.entryOf(name)
  if (!entry) return
  const isAlive = await isLive(parts, entry)
  if (isAlive || entry.kind === 'remove') throw operationPending(toPending(entry), isAlive)
}

/** Returns the error for an operation whose name the journal refused because it has an entry. */
export async function nameBusy(parts: OpenParts, operation: PendingOperation): Promise<Error> {
  const other = await parts.journal.entryOf(operation.name)
  // The other operation may have ended since: this one can be tried again like one that met a live process.
  if (other === null) return operationPending(operation, true)
  return operationPending(toPending(other), await isLive(parts, other))
}
