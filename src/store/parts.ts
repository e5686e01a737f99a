import type { Keyring } from './credentials.ts'
import type { MathesarSession, SealedValues } from './sealed.ts'
import type {
  Capabilities,
  Journal,
  JournalEntry,
  MathesarFacts,
  OperationLock,
  OperationLocks,
  Records,
  RotationLock,
  StoreIdentity,
} from './types.ts'

/**
 * What a kind of store puts together when it opens one: any records with any journal, and locks for its
 * operations.
 */
export interface StoreParts {
  /** The path or URL, without a password. */
  location: string
  capabilities: Capabilities
  /** What is known about the live Mathesar whose internal database it is; missing for any other. */
  layout?: MathesarFacts
  records: Records
  journal: Journal
  locks: OperationLocks
  /** The lock of the rotation of the secret key, which all processes see that use this internal database. */
  rotation: RotationLock
  /**
   * Throws if the key may have been rotated meanwhile; called where nothing stored proves it. Errors:
   * `SECRET_KEY_MISMATCH`, `LOCKED`.
   */
  requireCurrentKey(): void
  identity: StoreIdentity
  /** All values that are encrypted, in the rows and in the journals. */
  sealed: SealedValues
  /** Returns the sessions of that Mathesar; `null` where nothing shows them. */
  mathesarSessions(): Promise<MathesarSession[] | null>
  /** Returns the time by the clock of its server, ISO 8601 in UTC; `null` for a file. */
  serverTime(): Promise<string | null>
  /** The key of the records, which the journal's entries are encrypted with too. */
  keyring: Keyring
  /** Closes all connections, and deletes what was only created for them. */
  close(): Promise<void>
}

/** An open store: its parts, and the locks of the operations that this process holds. */
export interface OpenParts extends StoreParts {
  held: Set<OperationLock>
}

/** The part of an entry that everybody may see. */
export function toPending({ id, kind, name, keepTypes, startedAt }: JournalEntry) {
  return { id, kind, name, keepTypes, startedAt }
}
