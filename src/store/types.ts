import type { ConnectionSettings, DatabaseIdentity, SslMode } from '../postgres/types.ts'
import type { StoreFileOptions } from './sqlite/file-owners.ts'

/** What is known of the schemas of a stored database; `source` is `adopted` where they were found and left alone. */
export interface StoredSchema {
  source: string
  version: string | null
}

/** A stored database, without its password. */
export interface StoredDatabase {
  id: number
  name: string
  host: string
  port: number
  database: string
  user: string
  sslmode: SslMode
  sslrootcert: string | null
  schema: StoredSchema | null
  /** ISO 8601, UTC. */
  createdAt: string
  updatedAt: string
}

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
  /** Its lock file can't be read, so its process may still be alive. Only of a store that is open for reading. */
  mayBeRunning?: true
}

/** The transaction in the user database that does the work of an operation, and the database it belongs to. */
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

/** The journal entry that this process holds. The hold ends with the process, however it ends. */
export interface HeldOperation extends PendingOperation {
  /** The connection that the operation works on, password included; from the journal, encrypted there. */
  readonly settings: ConnectionSettings
  /** How far the operation had got when this process began or took over the entry. */
  readonly progress: OperationProgress
  /** Records the transaction. Must be called before its COMMIT is sent, which must not be sent if this fails. */
  committing(mark: CommitMark): Promise<void>
  /** `add`: stores the credentials and the schema, and ends the entry, in one transaction. */
  completeAdd(schema: StoredSchema | null): Promise<StoredDatabase>
  /** `remove`: deletes the stored database and ends the entry, in one transaction. */
  completeRemove(): Promise<void>
  /** Ends the entry; nothing else is changed. */
  abandon(): Promise<void>
  /** Lets go of the entry but leaves it in the journal for a later run. */
  release(): Promise<void>
}

export interface OpenStoreOptions extends StoreFileOptions {
  /** Create the internal database where there is none. */
  create: boolean
  /**
   * Open it for reading: nothing is created or changed, and the tables of an earlier version are read as they are. What is
   * read may be the state at the time of opening.
   */
  readOnly?: boolean
}

/**
 * Mathesar's internal database. Every method opens, waits for and closes its own transaction. On a store that is open for
 * reading, every method that writes rejects.
 */
export interface Store {
  /** The path or URL, without a password. */
  readonly location: string
  /** It is the SQLite file of a Mathesar 0.1.x itself, which sees changes only after a restart. */
  readonly isMathesarFile: boolean
  /** All stored databases by name. `SECRET_KEY_MISMATCH` if the key opens none of the tokens it should. */
  list(): Promise<StoredDatabase[]>
  /** `null` if there is none of that name. */
  find(name: string): Promise<StoredDatabase | null>
  /** The names alone: needs no key. */
  names(): Promise<string[]>
  /** The settings of a stored database with its password. Errors: `NOT_FOUND`, `SECRET_KEY_MISMATCH`. */
  settings(name: string): Promise<ConnectionSettings>
  /**
   * Proves that the key opens what is stored; passes where nothing is stored. Must be called before the first write.
   * Errors: `SECRET_KEY_MISMATCH`.
   */
  verifyKey(): Promise<void>
  /** Writes a journal entry. Errors: `NAME_TAKEN`, `LOCKED` (another live process works on that name), `NOT_FOUND`. */
  begin(
    operation:
      | { kind: 'add'; name: string; settings: ConnectionSettings }
      | { kind: 'remove'; name: string; keepTypes?: boolean },
  ): Promise<HeldOperation>
  /** Entries whose process is gone. */
  interrupted(): Promise<InterruptedOperation[]>
  /** Takes over an interrupted entry; `null` if it ended or another process has it meanwhile. */
  takeOver(id: string): Promise<HeldOperation | null>
  /**
   * Changes what is given of the stored settings, in one transaction, and keeps the rest as it is by then; `rename`
   * also changes the name. Errors: `NOT_FOUND`, `NAME_TAKEN`, `LOCKED`.
   */
  update(name: string, changes: Partial<ConnectionSettings>, rename?: string): Promise<StoredDatabase>
  /**
   * Deletes an interrupted entry without looking into it; with `record` also the stored database of its name. Needs
   * no key. `false` if it ended or another process has it meanwhile.
   */
  dismiss(id: string, options?: { record: boolean }): Promise<boolean>
  /** Sets what is known of the schemas, and nothing else. Errors: `NOT_FOUND`. */
  setSchema(name: string, schema: StoredSchema | null): Promise<void>
  /** Deletes the stored database without a journal entry (nothing in the user database changes). Errors: `NOT_FOUND`, `LOCKED`. */
  forget(name: string): Promise<void>
  close(): Promise<void>
}
