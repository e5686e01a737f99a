import { statSync } from 'node:fs'
import Database from 'better-sqlite3'

/** A shell's completion waits for this; nobody else's lock is worth more of its time. */
const PATIENCE_MS = 200

/**
 * The names in an internal database, in order, for completion: the file is only read, and neither made nor brought to
 * this version's tables. Empty where there is none, or none that can be read at once.
 */
export function peekNames(location: string): string[] {
  let connection: Database.Database | null = null
  try {
    // Opening a pipe would wait for its other end.
    if (!statSync(location).isFile()) return []
    connection = new Database(location, { fileMustExist: true, readonly: true, timeout: PATIENCE_MS })
    return connection.prepare<[], string>('SELECT name FROM mathesar_database ORDER BY name').pluck().all()
  } catch {
    return []
  } finally {
    connection?.close()
  }
}
