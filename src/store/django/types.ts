import type { SslMode } from '../../postgres/types.ts'
import type { ReleaseRange } from '../types.ts'

/** Runs one statement with parameters and returns its rows. One round trip. */
export type Query = <Row extends object>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/**
 * The connection to a live Mathesar's internal database, which is opened again where it was lost between two
 * uses. Its session settings are safe: `search_path` is empty, `lock_timeout` and `statement_timeout` are
 * set.
 *
 * Errors of all methods: `STORE_UNAVAILABLE`, `LOCKED` (a lock was not granted in time, or a deadlock),
 * `INSUFFICIENT_PRIVILEGE`, `READ_ONLY_SERVER`, `CONNECTION_FAILED` and the other codes of connecting. An
 * error of SQLSTATE class 23 (integrity) stays pg's DatabaseError, for callers who know the constraint.
 */
export interface DjangoSession {
  /** The URL, without a password. */
  readonly location: string
  /** Nothing may be changed. */
  readonly isReadOnly: boolean
  readonly layout: Layout
  /**
   * Runs one statement that only reads, which is a transaction of its own. It runs once more where the
   * connection was lost meanwhile.
   */
  query: Query
  /**
   * Runs one statement that changes something, which is a transaction of its own. It is not repeated: where
   * the connection is lost before the answer, its outcome is unknown. What was remembered is forgotten.
   */
  write: Query
  /**
   * Runs work in one transaction, which is rolled back if the work throws, and rejects with what it threw.
   * Each statement is a round trip, BEGIN and COMMIT too: where one statement is enough, `write` costs less.
   * What was remembered is forgotten. Where the connection is lost during COMMIT, the outcome is unknown.
   */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /**
   * Returns what `read` returned the last time, until something is written or `forget` is called. `key` names
   * it. A session that was opened fresh (`DjangoOptions.isFresh`) remembers nothing.
   */
  remember<T>(key: string, read: () => Promise<T>): Promise<T>
  /** Forgets what was remembered: what is read next is the state of that moment. */
  forget(): void
  /** Ends the connection; never rejects. */
  close(): Promise<void>
}

/**
 * Runs a write while no rotation of the key can end, and refuses it if the key was rotated meanwhile: for
 * writes whose key nothing stored proves. Errors: `SECRET_KEY_MISMATCH`, `LOCKED`, those of the write.
 */
export type WithCurrentKey = <T>(write: () => Promise<T>) => Promise<T>

/** The two generations of Mathesar's tables: 0.1.4 to 0.1.7, and 0.2.0 and later. */
export type Generation = 'legacy' | 'modern'

/** What the catalog and django_migrations contain about an internal database. */
export interface Layout {
  generation: Generation
  /** The schema that holds Mathesar's tables, mostly `public`. */
  schema: string
  /** The columns of each table of Mathesar's, by the name of the table. */
  tables: ReadonlyMap<string, ReadonlySet<string>>
  /** The columns of those tables that take NULL, as `table.column`. */
  nullable: ReadonlySet<string>
  /** The migrations of the app `mathesar` that are applied, in their order. */
  migrations: readonly string[]
  /** Those of them that this version does not know. */
  unknownMigrations: readonly string[]
  /**
   * Those that are missing below the highest applied one: the migrations of that Mathesar are not complete.
   */
  missingMigrations: readonly string[]
  /** The releases that have just these migrations; `null` if none is known. */
  releases: ReleaseRange | null
  /** The internal role may create a schema in the database. */
  mayCreateSchema: boolean
  /** The roles that own Mathesar's tables and are no superusers, where this role is one. */
  otherOwners: readonly string[]
  /** The schema `mathesarctl` with the tables of the journal exists. */
  hasJournal: boolean
  /** The server is a standby: it accepts no writes. */
  isStandby: boolean
  /** The role's transactions can write: default_transaction_read_only is off for it. */
  isWritable: boolean
}

/** Rows of a modern internal database, as one statement read them. */
export interface ModernState {
  servers: readonly ServerRow[]
  databases: readonly DatabaseRow[]
  roles: readonly RoleRow[]
  /** In the order of their ids. */
  maps: readonly MapRow[]
  users: readonly UserRow[]
}

export interface ServerRow {
  id: number
  host: string
  port: number | null
  /** `null` where the layout has no such column, before 0.8.0. */
  sslmode: SslMode | null
}

export interface DatabaseRow {
  id: number
  serverId: number
  name: string
  nickname: string | null
  confirmedVersion: string
  /** ISO 8601, UTC. */
  createdAt: string
  updatedAt: string
}

export interface RoleRow {
  id: number
  serverId: number
  name: string
  /** The token, or plain text that somebody stored by hand. */
  password: string | null
}

export interface MapRow {
  databaseId: number
  roleId: number
  userId: number
}

export interface UserRow {
  id: number
  name: string
  isSuperuser: boolean
  isActive: boolean
}
