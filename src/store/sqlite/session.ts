import type Database from 'better-sqlite3'
import type { OpenStoreOptions } from '../types.ts'
import { storeError } from './errors.ts'
import { waitAloud } from './wait.ts'

/** One open SQLite file: what its records and its journal share. */
export interface SqliteSession {
  readonly connection: Database.Database
  /** The path as it was given, absolute. */
  readonly location: string
  /** The path without symbolic links, beside which the lock files are. */
  readonly realPath: string
  /** It was opened for reading: nothing may be changed, and no file be created. */
  readonly isReadOnly: boolean
  /** Called once another process has held the lock for a while. */
  readonly onWait: OpenStoreOptions['onWait']
  /** Closes the connection, and deletes what was only created for it. */
  close(): void
}

/**
 * Runs a read, with SQLite's errors as `STORE_UNAVAILABLE` or `LOCKED`. It runs again if it had to wait for a
 * lock for long.
 */
export function read<T>(session: SqliteSession, action: () => T): T {
  const { connection, location, onWait } = session
  const work = (timeoutMs: number) => {
    connection.pragma(`busy_timeout = ${timeoutMs}`)
    return action()
  }
  try {
    return waitAloud(work, location, onWait)
  } catch (error) {
    throw storeError(error, location)
  }
}

/**
 * Runs a transaction that holds the write lock from its beginning, and is rolled back if `action` throws. It
 * runs again if it had to wait for a lock for long.
 */
export function write<T>(session: SqliteSession, action: () => T): T {
  if (session.isReadOnly) throw new Error(`the internal database was opened for reading: ${session.location}`)
  return read(session, () => session.connection.transaction(action).immediate())
}
