import type { ConnectionSettings, ServerFacts, Session, SettingField } from '../../postgres/types.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { MathesarReleases } from '../../schema/types.ts'
import type { HeldOperation, Store, StoredDatabase } from '../../store/types.ts'
import type { Target } from '../check-target.ts'
import { type ExistingSchemaChoice, isSchemaWritten, type SchemaAction } from '../choose-action.ts'
import type { RunOptions } from '../events.ts'
import type { InternalDatabase } from '../internal-target.ts'

/** What an add does with the schemas. `none`: it only registers, and leaves those that are there alone. */
export type AddAction = SchemaAction | 'none'

/** Returns whether an action changes anything in the user database. */
export function writesSchemas(action: AddAction): action is SchemaAction {
  return action !== 'none' && isSchemaWritten(action)
}

export interface AddDatabaseInput {
  /** Unique among the stored databases, 1–128 characters. */
  name: string
  settings: ConnectionSettings
  /**
   * Fields of `settings` that hold defaults, because nobody gave a value. Where the database is stored
   * already, its own values stay for those: adding it again must not weaken its TLS mode, for instance.
   */
  assumed?: readonly SettingField[]
  /** Create the database if the server has none of that name. */
  createDatabase?: boolean
  /** Store the credentials, and install nothing: Mathesar itself is to install its SQL. */
  registerOnly?: boolean
  /**
   * Mathesar's users who are to use the database, where the store has users. Default, and an empty list:
   * every active superuser.
   */
  users?: readonly string[]
  /** Default, and `null`: the operator chose nothing. */
  existingSchema?: ExistingSchemaChoice | null
  /** Default: the SQL bundled with this program. */
  source?: SchemaSource
  /** Internal databases of a Mathesar on PostgreSQL, which must not be the target. */
  internal?: readonly InternalDatabase[]
  /** Check everything and change nothing. */
  dryRun?: boolean
  /** Called after all checks and before the first change; `false` ends the add with `ABORTED`. */
  confirm?: (plan: AddPlan) => Promise<boolean>
}

/** The plan of an add, after every check has passed. */
export interface AddPlan {
  name: string
  settings: ConnectionSettings
  /** `null` if the database does not exist yet. */
  facts: ServerFacts | null
  schemaAction: AddAction
  /** A Mathesar that uses the store has to install its own SQL in the database. */
  awaitsInstall: boolean
  /** What the add updates, if the name is stored already for the same target. */
  update: { keepsPassword: boolean } | null
  /** The owner of the schemas that exist; `null` if there are none. */
  schemaOwner: string | null
  /** The range of Mathesar releases that schemas match which this program did not install. */
  release: MathesarReleases | null
  createsDatabase: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  source: { name: string; version: string; objects: number }
}

/** The Mathesar schemas of a database. */
export interface FoundSchema {
  source: string
  version: string | null
  objects: number
  /** The range of Mathesar releases that adopted schemas match. */
  release: MathesarReleases | null
}

export interface AddDatabaseResult {
  name: string
  /** `updated`: it was stored before, and this run changed its password, TLS settings or schemas. */
  status: 'added' | 'updated' | 'unchanged' | 'planned'
  /** `null` if the run installed none and there are none. */
  schema: FoundSchema | null
  schemaAction: AddAction
  /** A Mathesar that uses the store has to install its own SQL in the database. */
  awaitsInstall?: true
  createdDatabase: boolean
  /** For `planned`: the database does not exist, and the add would create it. */
  createsDatabase?: boolean
  /** For `updated`: the names of the fields that changed. Never their values. */
  updated: string[]
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  /** Without the time that the operator took to answer, in milliseconds. */
  durationMs: number
}

/** The result before the time is known. */
export type AddOutcome = Omit<AddDatabaseResult, 'durationMs'>

/** An add whose name and settings passed the checks that need no server. */
export interface AddRequest {
  store: Store
  /** The settings, with stored values for those that nobody set. */
  input: AddDatabaseInput
  source: SchemaSource
  options: RunOptions
  /** Settles once the secret key is proved; nothing may be written before. */
  keyFits: Promise<void>
  /**
   * Not null if the name is stored already, for the same target: then no journal entry protects new
   * credentials.
   */
  existing: ExistingRecord | null
}

/** A record that the add updates, as it was when the add began. */
export interface ExistingRecord {
  database: StoredDatabase
  settings: ConnectionSettings
}

/** A database that passed every check, and what the add decided to do with its schemas. */
export interface CheckedDatabase extends Target {
  session: Session
  action: AddAction
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
}

/** The result of the checks; `missing`: the server has no such database, and the role may create it. */
export type CheckedTarget = { kind: 'missing' } | { kind: 'present'; database: CheckedDatabase }

/** A database that the operator agreed to change, with its journal entry. */
export interface PreparedDatabase extends CheckedDatabase {
  /** `null` if no new credentials are stored, or nothing but those changes. */
  operation: HeldOperation | null
  /** This run created the database. */
  isCreated: boolean
}
