import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Trust } from '../files/examine.ts'
import { checkStoreFile } from './file-owners.ts'

/** A shell's completion waits for this; nobody else's lock is worth more of its time. */
const PATIENCE_MS = 200

/**
 * The names in an internal database, in order, for completion: the file is only read, and neither made nor brought to
 * this version's tables. Empty where there is none, none that can be read at once, or one that a command would refuse.
 */
export function peekNames(location: string, trust: Trust): string[] {
  let connection: Database.Database | null = null
  try {
    // Opening a pipe would wait for its other end.
    if (!statSync(location).isFile()) return []
    checkStoreFile(location, { trust })
    connection = new Database(location, { fileMustExist: true, readonly: true, timeout: PATIENCE_MS })
    return connection.prepare<[], string>('SELECT name FROM mathesar_database ORDER BY name').pluck().all()
  } catch {
    return []
  } finally {
    connection?.close()
  }
}
