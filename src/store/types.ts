import type { Trust } from '../files/trust.ts'
import type { LockState } from '../locks/process-lock.ts'
import type { ConnectionSettings, DatabaseIdentity, SslMode } from '../postgres/types.ts'

/**
 * What is known of the schemas of a stored database. `source` is `adopted` where they were there already and
 * stayed.
 */
export interface StoredSchema {
  source: string
  version: string | null
}

/** A row of Mathesar's, without its password. */
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
}

/** A stored database, without its password. */
export interface StoredDatabase extends StoredRecord {
  schema: StoredSchema | null
}

/** The server, the database and the role of a connection: what a row stands for, whatever its name. */
export type ConnectionTarget = Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>

/** What an interrupted or running operation was about to do; kept until both databases agree. */
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
  /** Nobody may read its lock here, so its process may still be alive. */
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
 * What becomes of a row that is to be deleted; `changed`: it stands for another connection by now, and stays.
 */
export type Deletion = 'deleted' | 'missing' | 'changed'

/**
 * Mathesar's rows. Each method is a transaction of its own, and none of them spans the journal. The values
 * that Mathesar keeps encrypted are encrypted and decrypted here; all other methods need no key.
 *
 * Errors of all methods: `STORE_UNAVAILABLE`, `LOCKED`; of those that read or write credentials
 * `SECRET_KEY_MISSING` and `SECRET_KEY_MISMATCH` as well.
 */
export interface Records {
  /** All rows by name. Needs no key where there are none. */
  list(): Promise<StoredRecord[]>
  find(name: string): Promise<StoredRecord | null>
  /** The names by order: needs no key. */
  names(): Promise<string[]>
  /** The id of the row of that name: needs no key. */
  idOf(name: string): Promise<number | null>
  /** The connection with its password, as it is stored, and the id of the row. */
  settings(name: string): Promise<{ id: number; settings: ConnectionSettings } | null>
  /** Proves that the key opens the rows; passes where there are none. */
  verifyKey(): Promise<void>
  /** Errors: `NAME_TAKEN`. */
  insert(name: string, settings: ConnectionSettings): Promise<StoredRecord>
  /**
   * Changes the given settings of a row and keeps the rest as it is by then; also the name, where `rename` is
   * another. Errors: `NOT_FOUND`, `NAME_TAKEN`.
   */
  update(name: string, changes: Partial<ConnectionSettings>, rename: string): Promise<StoredRecord>
  /**
   * Deletes a row with all that Mathesar keeps of it. With `target` only where the row still stands for that
   * connection; without it no key is needed.
   */
  delete(id: number, target?: ConnectionTarget): Promise<Deletion>
}

/**
 * What this program keeps beside Mathesar's rows: the operations that have not ended, and what is known of
 * schemas. It may lie in another database than the rows, or in a directory. Each method is a transaction of
 * its own. Needs no key.
 *
 * Errors of all methods: `STORE_UNAVAILABLE`, `LOCKED`.
 */
export interface Journal {
  /** All entries, the oldest first. */
  entries(): Promise<JournalEntry[]>
  entry(id: string): Promise<JournalEntry | null>
  /** The entry of that name: there is one at most. */
  entryOf(name: string): Promise<JournalEntry | null>
  /** Writes an entry of an operation that has just begun. `false` if its name has an entry already. */
  begin(entry: Omit<JournalEntry, 'progress'>): Promise<boolean>
  /** Records that COMMIT is about to be sent. `false` if there is no such entry. */
  markCommitting(id: string, mark: CommitMark): Promise<boolean>
  /** Gives an entry another name. */
  rename(id: string, name: string): Promise<'renamed' | 'missing' | 'taken'>
  /** Deletes an entry. `false` if there is no such entry. */
  end(id: string): Promise<boolean>
  /** What is known of schemas, by the id of the row. */
  schemas(): Promise<ReadonlyMap<number, StoredSchema>>
  schema(rowId: number): Promise<StoredSchema | null>
  /** Where the row is gone by then, nothing is kept of it. */
  setSchema(rowId: number, schema: StoredSchema | null): Promise<void>
}

/** The lock of one operation. It ends with the process that holds it, however the process ends. */
export interface OperationLock {
  /** Releases the lock of an operation that another process may take over. */
  release(): Promise<void>
  /** Releases the lock of an operation that has ended, and deletes what is left of it. */
  remove(): Promise<void>
}

/** The locks of operations, by the id of the operation. Errors of all methods: `STORE_UNAVAILABLE`. */
export interface OperationLocks {
  /** `null` if somebody holds it. */
  acquire(id: string): Promise<OperationLock | null>
  /** Whether somebody holds it. Changes nothing. */
  state(id: string): Promise<LockState>
  /** Deletes what killed processes left of locks that no entry belongs to any more. */
  sweep(hasEntry: (id: string) => Promise<boolean>): Promise<void>
}

/** What a store can hold and do. Use cases ask this, and never which kind of store it is. */
export interface Capabilities {
  /** It was opened for reading: every method that writes rejects. */
  isReadOnly: boolean
  /** A stored database can get another name. */
  canRename: boolean
  /** The sslmodes that a row can hold. */
  sslModes: readonly SslMode[]
  /** A row can hold `sslrootcert`, `sslcert`, `sslkey` and `options`. */
  hasConnectionOptions: boolean
  /** Several databases share one stored role: a new password for one is a new password for all of them. */
  hasSharedRoles: boolean
  /** It records what is known of schemas. */
  hasSchemaRecord: boolean
  /** A Mathesar that uses it reads it only when it starts, and should be restarted after a change. */
  shouldRestart: boolean
}

/** The journal entry that this process holds. The hold ends with the process, however it ends. */
export interface HeldOperation extends PendingOperation {
  /** The connection that the operation works on, password included; from the journal, encrypted there. */
  readonly settings: ConnectionSettings
  /** How far the operation had got when this process began or took over the entry. */
  readonly progress: OperationProgress
  /**
   * Records the transaction. Must be called before its COMMIT is sent, which must not be sent if this fails.
   */
  committing(mark: CommitMark): Promise<void>
  /**
   * `add`: whether a row of its name stands for its connection already, as after a crash in `completeAdd`.
   */
  isStored(): Promise<boolean>
  /** `add`: gives the entry another name. Errors: `USAGE`, `LOCKED` (another operation has that name). */
  rename(name: string): Promise<void>
  /**
   * `add`: stores the credentials, then what is known of the schemas, then ends the entry. What is done
   * already, after a crash in between, is not done again. Without `schema` nothing is recorded of the
   * schemas.
   *
   * Errors: `NAME_TAKEN` if another database has the name by now. Then the entry stays, and `rename` frees
   * it.
   */
  completeAdd(schema?: StoredSchema | null): Promise<StoredDatabase>
  /**
   * `remove`: deletes the row, then ends the entry. The row is the one that the operation began with, and it
   * stays (`changed`) where it stands for another connection by now; one that is missing is deleted already.
   */
  completeRemove(): Promise<Deletion>
  /** Ends the entry; nothing else is changed. */
  abandon(): Promise<void>
  /** Releases the entry and leaves it in the journal for a later run. */
  release(): Promise<void>
}

/** What `begin` starts. */
export type NewOperation =
  | { kind: 'add'; name: string; settings: ConnectionSettings }
  | { kind: 'remove'; name: string; keepTypes?: boolean }

export interface OpenStoreOptions {
  /** Create the internal database where there is none. */
  create: boolean
  /**
   * Open it for reading: nothing is created or changed, and the tables of an earlier version are read as they
   * are. What is read may be the state at the time of opening.
   */
  readOnly?: boolean
  /**
   * For a dry run: open it for reading, or where there is none and `create` is set, open an empty one that is
   * deleted when it is closed.
   */
  dryRun?: boolean
  /** Whose file it may be; by default the path counts as named. */
  trust?: Trust | undefined
  /** Receives what deserves a warning: a sentence, and what to do. */
  onWarning?: ((message: string, hint: string) => void) | undefined
}

/** Mathesar's internal database, as use cases see it: any records with any journal (store.ts). */
export interface Store {
  /** The path or URL, without a password. */
  readonly location: string
  readonly capabilities: Capabilities
  /** All stored databases by name. `SECRET_KEY_MISMATCH` if the key opens none of the tokens it should. */
  list(): Promise<StoredDatabase[]>
  /** `null` if there is none of that name. */
  find(name: string): Promise<StoredDatabase | null>
  /** The names alone: needs no key. */
  names(): Promise<string[]>
  /** The settings of a stored database with its password. Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`. */
  settings(name: string): Promise<ConnectionSettings>
  /**
   * Proves that the key opens what is stored; passes where nothing is stored. Must be called before the first
   * write. Errors: `SECRET_KEY_MISMATCH`.
   */
  verifyKey(): Promise<void>
  /**
   * Writes a journal entry. Errors: `NAME_TAKEN`, `LOCKED` (another operation has that name), `NOT_FOUND`,
   * `USAGE`.
   */
  begin(operation: NewOperation): Promise<HeldOperation>
  /** Entries whose process is gone. */
  interrupted(): Promise<InterruptedOperation[]>
  /** Takes over an interrupted entry; `null` if it ended or another process has it meanwhile. */
  takeOver(id: string): Promise<HeldOperation | null>
  /**
   * Changes the given settings and keeps the rest as it is by then; `rename` also changes the name. Errors:
   * `NOT_FOUND`, `NAME_TAKEN`, `LOCKED`, `USAGE` (the store can't hold it).
   */
  update(name: string, changes: Partial<ConnectionSettings>, rename?: string): Promise<StoredDatabase>
  /**
   * Deletes an interrupted entry without opening it; with `record` also the stored database of its name.
   * Needs no key. `false` if it ended or another process has it meanwhile.
   */
  dismiss(id: string, options?: { record: boolean }): Promise<boolean>
  /** Sets what is known of the schemas, and nothing else. Errors: `NOT_FOUND`. */
  setSchema(name: string, schema: StoredSchema | null): Promise<void>
  /**
   * Deletes the stored database without a journal entry (nothing in the user database changes). Errors:
   * `NOT_FOUND`, `LOCKED`.
   */
  forget(name: string): Promise<void>
  close(): Promise<void>
}
