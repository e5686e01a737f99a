import { OperatorError } from '../errors.ts'
import { operationPending } from './conflicts.ts'
import { lockFiles, lookAtLock, takeLock } from './operation-lock.ts'
import { allEntries, entryByName, type JournalEntry, toPending } from './sqlite/journal.ts'
import { read, type SqliteSession, write } from './sqlite/session.ts'
import type { InterruptedOperation } from './types.ts'

/**
 * Refuses a name on which an operation has not ended, be its process alive or gone. To be called inside a write
 * transaction. Errors: `LOCKED`.
 */
export function refusePending(session: SqliteSession, name: string): void {
  const entry = entryByName(session.connection, name)
  if (entry) throw operationPending(toPending(entry), isLive(session, entry))
}

/** Whether the process of an entry lives. To be called inside a write transaction. */
export function isLive(session: SqliteSession, entry: JournalEntry): boolean {
  const lock = takeLock(session.realPath, entry.id)
  lock?.release()
  return lock === null
}

/**
 * The entries whose process is gone; lock files without an entry, of processes killed at a bad moment, are deleted. On a
 * store that is open for reading nothing is changed, and an entry whose lock can't be looked at counts too.
 */
export function interruptedOperations(session: SqliteSession): InterruptedOperation[] {
  const entries = () => allEntries(session.connection)
  if (session.readOnly) {
    return read(session, entries).flatMap((entry): InterruptedOperation[] => {
      const state = lookAtLock(session.realPath, entry.id)
      if (state === 'held') return []
      return [{ ...toPending(entry), ...(state === 'unreadable' ? { mayBeRunning: true } : {}) }]
    })
  }
  // Nearly always there is nothing to do: then nobody's write lock is waited for.
  const nothing = read(session, () => entries().length === 0 && lockFiles(session.realPath).length === 0)
  if (nothing) return []
  return write(session, () => {
    const found = entries()
    deleteStrayLockFiles(session, new Set(found.map((entry) => entry.id)))
    return found.filter((entry) => !isLive(session, entry)).map(toPending)
  })
}

function deleteStrayLockFiles(session: SqliteSession, known: ReadonlySet<string>): void {
  for (const id of lockFiles(session.realPath)) {
    // A process that has just ended its entry may still hold the lock: it deletes the file by itself.
    if (known.has(id)) continue
    try {
      takeLock(session.realPath, id)?.remove()
    } catch (error) {
      // It harms nobody; what can't be deleted is left to whoever can.
      if (!(error instanceof OperatorError)) throw error
    }
  }
}
