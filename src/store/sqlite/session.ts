import type Database from 'better-sqlite3'
import { storeError } from './errors.ts'

/** One open SQLite file: what its records and its journal share. */
export interface SqliteSession {
  readonly connection: Database.Database
  /** The path as it was given, absolute. */
  readonly location: string
  /** The path without symbolic links, beside which the lock files are. */
  readonly realPath: string
  /** It was opened for reading: nothing may be changed, and no file be created. */
  readonly isReadOnly: boolean
  /** Closes the connection, and deletes what was only created for it. */
  close(): void
}

/** Runs a read, with SQLite's errors as `STORE_UNAVAILABLE` or `LOCKED`. */
export function read<T>(session: SqliteSession, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw storeError(error, session.location)
  }
}

/** Runs a transaction that holds the write lock from its beginning, and is rolled back if `action` throws. */
export function write<T>(session: SqliteSession, action: () => T): T {
  if (session.isReadOnly) throw new Error(`the internal database was opened for reading: ${session.location}`)
  return read(session, () => session.connection.transaction(action).immediate())
}
