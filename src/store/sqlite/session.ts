import type Database from 'better-sqlite3'
import type { Keyring } from '../credentials.ts'
import type { OperationLock } from '../operation-lock.ts'
import { storeError } from './errors.ts'

/** One open internal database in SQLite: what the parts of the store share. */
export interface SqliteSession {
  readonly connection: Database.Database
  /** The path as it was given, absolute. */
  readonly location: string
  /** The path without symbolic links, beside which the lock files are. */
  readonly realPath: string
  readonly keyring: Keyring
  /** The locks of the operations that this store holds. */
  readonly locks: Set<OperationLock>
  /** The store was opened for reading: it must change nothing, and create no file. */
  readonly readOnly: boolean
  /** Closes the connection, and deletes what was only made for it. */
  close(): void
}

/** Runs a read, with SQLite's errors as `STORE_UNAVAILABLE` or `LOCKED`. */
export function read<T>(session: SqliteSession, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storeError(error, session.location)
  }
}

/** Runs a transaction that holds the write lock from its beginning, and is rolled back if `work` throws. */
export function write<T>(session: SqliteSession, work: () => T): T {
  if (session.readOnly) throw new Error(`the internal database was opened for reading: ${session.location}`)
  return read(session, () => session.connection.transaction(work).immediate())
}
