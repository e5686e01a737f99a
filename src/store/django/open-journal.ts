import type { Journal, JournalPlace, OperationLocks } from '../types.ts'

/** A journal, with the locks that belong to it. */
export interface OpenJournal {
  journal: Journal
  locks: OperationLocks
  /** `null`: there is no journal yet, and the store was opened for reading. */
  journalPlace: JournalPlace | null
  close(): Promise<void>
}
