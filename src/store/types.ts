import type { LockOwner } from '../locks/lock-owner.ts'
import type { LockState } from '../locks/process-lock.ts'
import type { ConnectionSettings, DatabaseIdentity, SslMode } from '../postgres/types.ts'
import type { JournalPlace, LiveOptions, MathesarFacts, ReleaseRange, WriteRefusal } from './live-types.ts'
import type { OpenStoreOptions } from './open-options.ts'
import type {
  Access,
  Belongings,
  ConnectionTarget,
  DatabaseTarget,
  Deletion,
  MathesarUser,
  StoredRecord,
  StoredServer,
  UpdateOptions,
} from './record-types.ts'
import type { MathesarSession, RequireStopped, Reseal, SealedValue } from './sealed.ts'

export * from './record-types.ts'
export type { JournalPlace, LiveOptions, MathesarFacts, OpenStoreOptions, ReleaseRange, WriteRefusal }

/**
 * What is known about the schemas of a stored database. `source` is `adopted` if they existed before, and
 * were left as they are.
 */
export interface StoredSchema {
  source: string
  version: string | null
}

/** A stored database, without its password. */
export interface StoredDatabase extends StoredRecord {
  schema: StoredSchema | null
}

/** The purpose of a running or interrupted operation. The journal keeps it until both databases agree. */
export interface PendingOperation {
  /** A UUID; the install puts it into the user database. */
  id: string
  kind: 'add' | 'remove'
  name: string
  /** Of a removal: that it leaves the schema `mathesar_types`. */
  keepTypes: boolean
  /** ISO 8601, UTC. */
  startedAt: string
}

/** An operation of the journal that no process is known to work on. */
export interface InterruptedOperation extends PendingOperation {
  /** This process may not read its lock, so the operation's process may still be alive. */
  mayBeRunning?: true
}

/**
 * The transaction in the user database that does the work of an operation, and the database it belongs to.
 */
export interface CommitMark extends DatabaseIdentity {
  /** The server's 64-bit transaction id (xid8) as text. */
  transactionId: string
}

/**
 * How far an operation got.
 * - `begun`: COMMIT was never sent to the user database, so the server has rolled everything back;
 * - `committing`: COMMIT of that transaction was about to be sent, and may have taken effect;
 * - `unknown`: an earlier version wrote the entry, which did not record it.
 */
export type OperationProgress =
  | { phase: 'unknown' }
  | { phase: 'begun' }
  | { phase: 'committing'; mark: CommitMark }

/** An entry of the journal. */
export interface JournalEntry extends PendingOperation {
  /** The connection and, of a removal, the id of the row, all in one Fernet token (entry-text.ts). */
  encrypted: string
  progress: OperationProgress
}

/**
 * What this program keeps beside Mathesar's rows: the operations that have not ended, and what is known about
 * schemas. It may lie in another database than the rows, or in a directory. Each method is a transaction of
 * its own. Needs no key.
 *
 * Errors of all methods: `STORE_UNAVAILABLE`, `LOCKED`.
 */
export interface Journal {
  /** Returns all entries, the oldest first. */
  entries(): Promise<JournalEntry[]>
  entry(id: string): Promise<JournalEntry | null>
  /** Returns the entry of that name: there is one at most. */
  entryOf(name: string): Promise<JournalEntry | null>
  /** Writes the entry of an operation that begins. Returns `false` if its name has an entry already. */
  begin(entry: Omit<JournalEntry, 'progress'>): Promise<boolean>
  /** Records that COMMIT is about to be sent. Returns `false` if there is no such entry. */
  markCommitting(id: string, mark: CommitMark): Promise<boolean>
  /** Changes the name of an entry. */
  rename(id: string, name: string): Promise<'renamed' | 'missing' | 'taken'>
  /** Deletes an entry. Returns `false` if there is no such entry. */
  end(id: string): Promise<boolean>
  /** Returns what is known about schemas, by the id of the row. */
  schemas(): Promise<ReadonlyMap<number, StoredSchema>>
  schema(rowId: number): Promise<StoredSchema | null>
  /** Records what is known about the schemas of a row; nothing if the row no longer exists. */
  setSchema(rowId: number, schema: StoredSchema | null): Promise<void>
}

/** The lock of one operation. It ends with the process that holds it, however that process ends. */
export interface OperationLock {
  /** Releases the lock of an operation that another process may take over. */
  release(): Promise<void>
  /** Releases the lock of an operation that has ended, and deletes its file or whatever it has. */
  remove(): Promise<void>
}

/** The locks of operations, by the id of the operation. Errors of all methods: `STORE_UNAVAILABLE`. */
export interface OperationLocks {
  /** Acquires a lock; returns `null` if somebody holds it. */
  acquire(id: string): Promise<OperationLock | null>
  /** Returns whether somebody holds a lock. Changes nothing. */
  state(id: string): Promise<LockState>
  /** Returns the process that holds a lock; `null` if the system does not show it. */
  owner(id: string): Promise<LockOwner | null>
  /** Deletes the locks of killed processes that belong to no entry any more. */
  sweep(hasEntry: (id: string) => Promise<boolean>): Promise<void>
}

/** What keeps the rotation of the secret key apart from those who write with the key. */
export interface RotationLock {
  /** Acquires the lock of the one rotation; `null` if another process has it, or writes with the key. */
  acquire(): Promise<OperationLock | null>
  /** Runs an action that proves the key and writes with it. Errors: `LOCKED` during a rotation. */
  without<T>(action: () => Promise<T>): Promise<T>
}

/** Which internal database a store is, however it is reached. */
export interface StoreIdentity {
  key: string
  /** The path of its file; `null` for one on a server. */
  file: string | null
}

/** The capabilities of a store. Use cases check these, and never the kind of the store. */
export interface Capabilities {
  /** It was opened for reading: every method that writes rejects. */
  isReadOnly: boolean
  /** A stored database can be renamed. */
  canRename: boolean
  /** The sslmodes that a row can hold. */
  sslModes: readonly SslMode[]
  /** Those of them that a row holds as they are; it holds `require` for others, or nothing without that. */
  heldSslModes: readonly SslMode[]
  /** A row can hold `sslrootcert`, `sslcert`, `sslkey` and `options`. */
  hasConnectionOptions: boolean
  /** It records what is known about schemas. */
  hasSchemaRecord: boolean
  /** A Mathesar that uses it reads it only when it starts, and should be restarted after a change. */
  shouldRestart: boolean
  /** It is a Mathesar's own: its tables and its key are never created here. */
  isMathesars: boolean
  /** Mathesar's users are mapped to the roles of a database. */
  hasUsers: boolean
  /**
   * Host, port, sslmode and passwords of roles are those of a server that databases share: a new password for
   * one is a new password for all of them. A database can have several roles.
   */
  hasServers: boolean
  /** A row can have a name that is not the name of its database. */
  hasNicknames: boolean
  /**
   * Which SQL the Mathesar of the store needs in a user database: that of releases up to 0.1.7 (`legacy`), or
   * that of its own release. `null`: the store belongs to no Mathesar.
   */
  generation: 'legacy' | 'modern' | null
  /** Why every method that writes is refused, though it was opened for writing; `null` if none is. */
  writeRefusal: WriteRefusal | null
}

/** The journal entry that this process holds. The hold ends with the process, however it ends. */
export interface HeldOperation extends PendingOperation {
  /** The connection that the operation works on, password included; from the journal, encrypted there. */
  readonly settings: ConnectionSettings
  /** How far the operation had got when this process began or took over the entry. */
  readonly progress: OperationProgress
  /** Of an addition: when it began, the server had no such database, and it was to create it. */
  readonly createsDatabase: boolean
  /** Records the transaction. Call this before COMMIT is sent, and do not send COMMIT if this fails. */
  committing(mark: CommitMark): Promise<void>
  /**
   * `add`: returns whether the row of its name has its connection already, as after a crash in `completeAdd`.
   */
  isStored(): Promise<boolean>
  /**
   * `remove`: whether the row that the operation began with no longer exists, as after a crash in
   * `completeRemove`.
   */
  isRemoved(): Promise<boolean>
  /** `add`: changes the name. Errors: `USAGE`, `LOCKED` (another operation has that name). */
  rename(name: string): Promise<void>
  /**
   * `add`: stores the credentials, then what is known about the schemas, then ends the entry. It skips what
   * is done already, after a crash in between. Without `schema` it records nothing about the schemas.
   *
   * Errors: `NAME_TAKEN` if another database has the name by now. Then the entry stays, for a run that
   * renames it.
   */
  completeAdd(schema?: StoredSchema | null): Promise<StoredDatabase>
  /**
   * `remove`: deletes the row that the operation began with, then ends the entry. The row stays (`changed`)
   * if it has another connection by now. If it is `missing`, it was deleted before.
   */
  completeRemove(): Promise<Exclude<Deletion, 'grown'>>
  /** Ends the entry, and changes nothing else. */
  abandon(): Promise<void>
  /** Releases the entry and leaves it in the journal for a later run. */
  release(): Promise<void>
}

/**
 * What `begin` starts. `createsDatabase`: the server has no such database, and the operation is to create it.
 * `target`: the connection that the row must still have. `agreed`: what may go with it at most.
 */
export type NewOperation =
  | { kind: 'add'; name: string; settings: ConnectionSettings; access?: Access; createsDatabase?: boolean }
  | { kind: 'remove'; name: string; keepTypes?: boolean; target?: ConnectionTarget; agreed?: Belongings }

/** Mathesar's internal database, as use cases see it: any records with any journal (store.ts). */
export interface Store {
  /** The path or URL, without a password. */
  readonly location: string
  readonly capabilities: Capabilities
  /** `null` if it is not a live Mathesar's. */
  readonly mathesar: MathesarFacts | null
  /**
   * Refuses a command that is going to write, or a dry run of one, before it does anything. Errors:
   * `STORE_UNAVAILABLE` or `READ_ONLY_SERVER` if every write is refused (`Capabilities.writeRefusal`).
   */
  checkWritable(): void
  /** Returns all stored databases in the order of their names. Errors: `SECRET_KEY_MISMATCH`. */
  list(): Promise<StoredDatabase[]>
  /** Returns `null` if there is none of that name. */
  find(name: string): Promise<StoredDatabase | null>
  /** Returns the names in order. Needs no key. */
  names(): Promise<string[]>
  /**
   * Returns the settings of a stored database with its password; `role` chooses one of several stored roles.
   * Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`, `USAGE` if that role is not stored.
   */
  settings(name: string, role?: string): Promise<ConnectionSettings>
  /** Returns the stored names that a given name means: see `Records.namesFor`. Needs no key. */
  namesFor(given: string): Promise<string[]>
  /** Returns what would go with a stored database. Errors: `NOT_FOUND`. */
  belongings(name: string): Promise<Belongings>
  /** Returns Mathesar's users by name; none where the store has none. */
  users(): Promise<MathesarUser[]>
  /** Returns the servers that stored databases share; none where each has its own. */
  servers(): Promise<StoredServer[]>
  /**
   * Proves that the key decrypts what is stored; passes if nothing is stored. Call this before the first
   * write. Errors: `SECRET_KEY_MISMATCH`.
   */
  verifyKey(): Promise<void>
  /**
   * Writes a journal entry. Errors: `NAME_TAKEN`, `LOCKED` (another operation has that name), `NOT_FOUND`,
   * `USAGE`.
   */
  begin(operation: NewOperation): Promise<HeldOperation>
  /**
   * Stores a database whose user database stays as it is, so that no journal entry is needed. Errors:
   * `NAME_TAKEN`, `LOCKED`, `USAGE`, `SECRET_KEY_MISMATCH`.
   */
  register(
    name: string,
    settings: ConnectionSettings,
    details: { access?: Access; schema: StoredSchema | null },
  ): Promise<StoredDatabase>
  /** Returns the entries whose process has ended. */
  interrupted(): Promise<InterruptedOperation[]>
  /** Takes over an interrupted entry; returns `null` if it ended or another process holds it meanwhile. */
  takeOver(id: string): Promise<HeldOperation | null>
  /**
   * Changes the given settings and keeps the rest as it is at that moment; `rename` changes the name. Errors:
   * `NOT_FOUND`, `NAME_TAKEN`, `LOCKED`, `USAGE` (the store can't hold it).
   */
  update(
    name: string,
    changes: Partial<ConnectionSettings>,
    rename?: string,
    options?: UpdateOptions,
  ): Promise<StoredDatabase>
  /**
   * Deletes an interrupted entry without decrypting it; with `record` also the stored database of its name.
   * Needs no key. Returns `false` if it ended or another process holds it meanwhile.
   */
  dismiss(id: string, options?: { record: boolean; agreed?: Belongings }): Promise<boolean>
  /** Forgets the records that were read: Mathesar may have changed them. The next call reads them again. */
  reread(): void
  /**
   * Records what is known about the schemas, and changes nothing else. Mathesar's own record of the version
   * follows where the SQL of a release was installed, or there is none (`null`; `Records.confirmVersion`).
   * Errors: `NOT_FOUND`; `LOCKED` if the record leads to another database than `target` by now, or if
   * Mathesar recorded another version than `seenVersion`.
   */
  setSchema(
    name: string,
    schema: StoredSchema | null,
    target?: DatabaseTarget,
    seenVersion?: string,
  ): Promise<void>
  /**
   * Deletes the stored database without a journal entry (nothing in the user database changes). Errors:
   * `NOT_FOUND`, `LOCKED`.
   */
  forget(name: string, agreed?: Belongings): Promise<void>
  /** Returns all values that are encrypted, in the rows and in the journals. Needs no key. */
  sealedValues(): Promise<SealedValue[]>
  /** Replaces such values, all or none: see `SealedValues.rewrite`. */
  reseal(reseal: Reseal, requireStopped?: RequireStopped): Promise<void>
  readonly identity: StoreIdentity
  /** Acquires the lock of the one rotation of the secret key; `null` if another process has it. */
  lockRotation(): Promise<OperationLock | null>
  /** Returns the sessions of Mathesar in its internal database; `null` where nothing shows them. */
  mathesarSessions(): Promise<MathesarSession[] | null>
  /** Returns the time by the clock of its server, ISO 8601 in UTC; `null` for a file. */
  serverTime(): Promise<string | null>
  close(): Promise<void>
}
