import type { ConnectionSettings, SslMode } from '../postgres/types.ts'

/** A user of Mathesar who may use a stored database, and the role that Mathesar then connects as. */
export interface UserAccess {
  user: string
  role: string
}

/** One of Mathesar's rows, without its password. */
export interface StoredRecord {
  id: number
  name: string
  host: string
  port: number
  database: string
  user: string
  sslmode: SslMode
  sslrootcert: string | null
  /** ISO 8601, UTC. */
  createdAt: string
  updatedAt: string
  /**
   * The stored roles that can connect to it: those that users are mapped to, in the order of their rows, then
   * the other ones of its server. `user` is the first. Missing in lists, and where a row has exactly one
   * role.
   */
  roles?: string[]
  /** Who may use it in Mathesar. Missing where the store has no users (`Capabilities.hasUsers`). */
  access?: UserAccess[]
  /** The version of the SQL that Mathesar recorded for it; missing where a Mathesar records none. */
  confirmedVersion?: string | null
}

/** The server, the database and the role of a connection: what a row means, whatever its name is. */
export type ConnectionTarget = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>

/** The server and the database of a connection, whatever the role. */
export type DatabaseTarget = Omit<ConnectionTarget, 'user'>

/** The version that Mathesar records for a database in which none of its SQL was installed yet. */
export const NO_SQL_VERSION = '0.0.0'

/** Who is to use a new row in Mathesar, and which SQL its database has. */
export interface Access {
  /** The names of users of Mathesar. */
  users: readonly string[]
  /** The version of Mathesar's SQL that was installed, or `NO_SQL_VERSION`. */
  sqlVersion: string
  /** Refuse a database that is stored already (`NAME_TAKEN`), also by another run a moment ago. */
  mustBeNew?: boolean
}

/** A user of Mathesar. */
export interface MathesarUser {
  name: string
  isSuperuser: boolean
  isActive: boolean
}

/** A server that stored databases share, as its row spells it. */
export interface StoredServer {
  host: string
  /** `null`: none is stored, which means 5432 for Mathesar unless its environment has PGPORT. */
  port: number | null
  sslmode: SslMode
  /** The names of its databases. */
  databases: string[]
  /** The names of its stored roles. */
  roles: string[]
}

/** What Mathesar keeps about a database, and what goes with its row. */
export const BELONGINGS = [
  'roles',
  'servers',
  'access',
  'explorations',
  'forms',
  'shares',
  'columnSettings',
  'tableSettings',
] as const

/** How many of each go with a row; those of which there are none are missing. */
export type Belongings = Partial<Record<(typeof BELONGINGS)[number], number>>

/** What else a change of a row states. */
export interface UpdateOptions {
  /**
   * The connection that the row must still have; its `user` is the role whose password or name changes.
   * Without it, it is the connection that the row has at that moment.
   */
  expected?: ConnectionTarget
  /** Users who are mapped to the role from then on, whatever they were mapped to before. */
  users?: readonly string[]
}

/** The row that a name means, and whether it has a connection. */
export interface RecordMatch {
  record: StoredRecord
  /** The row leads to the same database on the same server, and its roles include that of the connection. */
  isSame: boolean
}

/**
 * What happened to a row that was to be deleted. It stays where it has another connection by now (`changed`),
 * and where more would go with it than was agreed to (`grown`).
 */
export type Deletion = 'deleted' | 'missing' | 'changed' | 'grown'

/**
 * Mathesar's rows. Each method is a transaction of its own, and none of them spans the journal. The rows
 * encrypt and decrypt the values that Mathesar keeps encrypted.
 *
 * Errors of all methods: `STORE_UNAVAILABLE`, `LOCKED`; of those that read or write credentials
 * `SECRET_KEY_MISSING` and `SECRET_KEY_MISMATCH` as well.
 */
export interface Records {
  /** Returns all rows in the order of their names. Needs no key if there are none. */
  list(): Promise<StoredRecord[]>
  find(name: string): Promise<StoredRecord | null>
  /** Returns all names in order. Needs no key. */
  names(): Promise<string[]>
  /** Returns the id of the row of that name. Needs no key. */
  idOf(name: string): Promise<number | null>
  /** Whether there is a row of that id: needs no key. */
  exists(id: number): Promise<boolean>
  /**
   * Returns the connection of a row with its password, and the id of the row. `role` chooses one of several
   * stored roles. Errors: `USAGE` if that role is not stored.
   */
  settings(name: string, role?: string): Promise<{ id: number; settings: ConnectionSettings } | null>
  /**
   * Returns the row that an addition of that name and connection would have written; `null` if there is no
   * row of that name.
   */
  match(name: string, target: ConnectionTarget): Promise<RecordMatch | null>
  /**
   * Returns the names of the rows that a name means: none, one, or several where rows share a name and their
   * server is a part of it (`NAME@HOST`). Needs no key.
   */
  namesFor(given: string): Promise<string[]>
  /**
   * Proves that the key decrypts the rows. Returns `false` if nothing in them is encrypted. Errors:
   * `SECRET_KEY_MISMATCH`.
   */
  verifyKey(): Promise<boolean>
  /** `access` is for stores with users (`Capabilities.hasUsers`). Errors: `NAME_TAKEN`, `LOCKED`. */
  insert(name: string, settings: ConnectionSettings, access?: Access): Promise<StoredRecord>
  /**
   * Changes the given settings of a row, keeps the rest as it is at that moment, and sets the name to
   * `rename`. Errors: `NOT_FOUND`, `NAME_TAKEN`, `LOCKED` (the row has another connection by now).
   */
  update(
    name: string,
    changes: Partial<ConnectionSettings>,
    rename: string,
    options?: UpdateOptions,
  ): Promise<StoredRecord>
  /** Forgets the rows that were read: others may have changed them. The next call reads them again. */
  reread(): void
  /**
   * Records the version of the SQL that the database of a row has, where Mathesar records one; elsewhere it
   * writes nothing. Needs no key. Errors: `NOT_FOUND`, `LOCKED` (with `target`: the row leads to another
   * database by now; with `seenVersion`: it has neither that version nor the new one by now).
   */
  confirmVersion(name: string, version: string, target?: DatabaseTarget, seenVersion?: string): Promise<void>
  /**
   * Deletes a row with everything that Mathesar keeps about it. With `target`, it deletes the row only if
   * that is still its connection; without it, it needs no key. With `agreed`, it deletes the row only if no
   * more of anything goes with it.
   */
  delete(id: number, target?: ConnectionTarget, agreed?: Belongings): Promise<Deletion>
  /** Returns what would go with a row. Needs no key. Errors: `NOT_FOUND`. */
  belongings(name: string): Promise<Belongings>
  /** Returns Mathesar's users by name; none where the store has none. Needs no key. */
  users(): Promise<MathesarUser[]>
  /** Returns the servers that rows share; none where each row has its own. Needs no key. */
  servers(): Promise<StoredServer[]>
}
