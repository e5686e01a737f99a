import type { SessionOptions } from '../postgres/connect.ts'
import type { ConnectionSettings } from '../postgres/types.ts'

/** Where the journal of a live Mathesar lies: in its internal database, or in a directory of the user. */
export type JournalPlace = 'database' | 'directory'

/** How the internal database of a live Mathesar is reached and used. */
export interface LiveOptions {
  settings: ConnectionSettings
  connect: SessionOptions
  /** The time limit for each lock in milliseconds. */
  lockTimeoutMs: number
  /**
   * Where the journal lies: with `database`, its first entry creates it there if it is missing. `null`: in
   * the database if it is there already, otherwise in the directory.
   */
  journal: JournalPlace | null
  /** With the journal `database`: create it at once if it is missing, and not with its first entry. */
  createsJournal?: boolean
  /** The directory of journals; `null` if there is none, because there is no home directory. */
  journalDirectory: string | null
  /** Write even where a migration is applied that this version does not know. */
  acceptUnknownLayout: boolean
}

/** Releases of Mathesar from one to another, both included. */
export interface ReleaseRange {
  oldest: string
  newest: string
}

/** What is known about the live Mathesar whose internal database a store is. */
export interface MathesarFacts {
  /** The releases that have just these tables; `null` if none is known. */
  releases: ReleaseRange | null
  /** The role may create a schema in the internal database. */
  mayCreateSchema: boolean
  /** The journal of this program is in the internal database already. */
  hasJournal: boolean
}

/** Why nothing may be written. */
export interface WriteRefusal {
  reason: string
  hint: string
  /** The server itself accepts no writes, whatever the tables are. */
  isServerReadOnly?: boolean
}
