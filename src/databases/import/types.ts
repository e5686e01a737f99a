import type { ErrorCode, OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Belongings, StoredDatabase } from '../../store/types.ts'
import type { Target } from '../check-target.ts'
import type { InternalDatabase } from '../internal-target.ts'

/** A connection that the source stores: one database as one of the roles that its users have. */
export interface SourceEntry {
  /** The name of the database in the source. */
  name: string
  /** The id of its row in the source. */
  id: number
  settings: ConnectionSettings
  /** When its row changed last: ISO 8601, UTC. */
  updatedAt: string
  /** It is the role that the database is used as first. */
  isFirst: boolean
  /** The version of the SQL that a Mathesar recorded; `null` if the source records none. */
  sqlVersion: string | null
}

/** A database of the source by its name there, and where it is. */
export type NamedPlace = Pick<SourceEntry, 'name'> &
  Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>

/** An entry of the source, or of the plan, that can't be copied, as far as it is known. */
export interface FailedEntry {
  name: string
  place: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'> | null
  error: OperatorError
}

/** What the source stores. */
export interface SourceContents {
  entries: SourceEntry[]
  failed: FailedEntry[]
  /** What Mathesar keeps about these databases and an import does not copy. */
  notCopied: Belongings
}

/** An entry whose connection works, and what its server and database are. */
export interface ProvedEntry {
  entry: SourceEntry
  /** The settings with which the server admitted it. */
  settings: ConnectionSettings
  target: Target
}

/** A proved entry, and where it belongs in the internal database in use. */
export interface PlacedEntry extends ProvedEntry {
  /** As the row holds them: the server in its stored spelling. */
  row: ConnectionSettings
  /** The stored database that it leads to, as the same role where a row has only one. */
  existing: StoredDatabase | null
  /** The number of its server in the source; the same in all spellings that are proved to be one server. */
  server: number
}

/**
 * What an import does with one entry.
 * - `import`: it stores the database;
 * - `reuse`: the database is stored already, and gets a further role, a password, users, or the record of its
 *   schemas;
 * - `none`: all of it is stored already.
 */
export type ImportAction = 'import' | 'reuse' | 'none'

/** What a stored database lacks of an entry. */
export type Lack = 'role' | 'password' | 'users' | 'record of the schemas'

/** An entry of the plan. */
export interface PlannedEntry extends PlacedEntry {
  /** The name in the internal database in use. */
  name: string
  action: ImportAction
  /** What `reuse` adds to the stored database. */
  lacks: readonly Lack[]
  /** The users of Mathesar who get access as its role. */
  users: readonly string[]
  /** The stored databases whose role gets another password by this entry, besides its own. */
  passwordSharedWith: readonly string[]
}

/** What an import is about to do. */
export interface ImportPlan {
  planned: readonly PlannedEntry[]
  failed: readonly FailedEntry[]
  notCopied: Belongings
}

/** One entry of the result: a database as one of its roles. */
export interface ImportedDatabase {
  /** The name in the internal database in use; the name in the source if the entry failed. */
  name: string
  /** The name in the source. */
  sourceName: string
  /**
   * `imported`: the run stored the database; `reused`: it was stored before, and got a role, a password or
   * users; `planned`: a dry run would do one of these.
   */
  status: 'imported' | 'reused' | 'unchanged' | 'failed' | 'planned'
  /** For `planned`: what the run would do. */
  action?: Exclude<ImportAction, 'none'>
  /** The users of Mathesar who get access as its role by this import. */
  users: string[]
  /** The stored databases whose role gets another password by this entry, besides its own. */
  passwordSharedWith: string[]
  /** `null` if the key did not open the entry. */
  host: string | null
  port: number | null
  database: string | null
  user: string | null
  error: { code: ErrorCode; message: string; hint: string } | null
}

export interface ImportResult {
  databases: ImportedDatabase[]
  /** How many entries the run stored, or added to what was stored. */
  imported: number
  failed: number
  /** What Mathesar keeps about these databases and an import does not copy. */
  notCopied: Belongings
  /** The SQL of some of these databases is missing, or older than the Mathesar in use needs. */
  needsUpgrade: boolean
}

export interface ImportInput {
  /** The names in the source; empty for all. */
  names: readonly string[]
  /** The users of Mathesar who are to use the databases. Default: every active superuser. */
  users?: readonly string[]
  /** Internal databases of a Mathesar on PostgreSQL, which must not become user databases. */
  internal?: readonly InternalDatabase[]
  /** The Mathesar of the internal database in use runs in a container. */
  isInContainer?: boolean
  /** The Mathesar of the source may run on another machine, or in a container. */
  isSourceElsewhere?: boolean
  /** Check everything and change nothing. */
  dryRun?: boolean
  /**
   * Returns another name for a database whose name is taken; `null` to leave it out. `check` returns what is
   * wrong with a name.
   */
  askName?: (
    error: OperatorError,
    check: (name: string) => string | null,
    entry: NamedPlace,
  ) => Promise<string | null>
  /** Called after all checks and before the first change; `false` ends the import with `ABORTED`. */
  confirm?: (plan: ImportPlan) => Promise<boolean>
  /** Receives each entry as soon as its outcome is known. */
  onResult?: (database: ImportedDatabase) => void
}
