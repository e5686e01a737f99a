import type Database from 'better-sqlite3'
import type { Credentials } from '../credentials.ts'

/** Each set of values that is written with the key; the first that opens proves the key for its set. */
const SEALED = [
  {
    what: 'the stored credentials',
    sql: 'SELECT username FROM mathesar_database UNION ALL SELECT password FROM mathesar_database',
  },
  {
    what: 'the operations in the journal of the internal database',
    sql: 'SELECT settings FROM mathesarctl_operation',
  },
] as const

/**
 * Proves that the key opens what is stored. One value of a set is enough, so that a damaged row does not lock an
 * operator out of all others; where there is nothing sealed the proof passes.
 *
 * Errors: `SECRET_KEY_MISMATCH`.
 */
export function proveKey(connection: Database.Database, credentials: Credentials): void {
  for (const { what, sql } of SEALED) {
    if (provenBy(connection.prepare<[], string | null>(sql).pluck().iterate(), credentials) === false) {
      throw credentials.mismatch(what)
    }
  }
}

/** `null` if none of the values is sealed. */
function provenBy(values: Iterable<string | null>, credentials: Credentials): boolean | null {
  let proof: boolean | null = null
  for (const value of values) {
    const opens = value === null ? null : credentials.opens(value)
    if (opens) return true
    proof = opens ?? proof
  }
  return proof
}
