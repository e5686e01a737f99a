import type { ConnectionSettings, ServerFacts, Session, SettingField, SslMode } from '../../postgres/types.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { MathesarReleases } from '../../schema/types.ts'
import type { HeldOperation, MathesarUser, Store, StoredDatabase, UserAccess } from '../../store/types.ts'
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
  /** The Mathesar of the store runs in a container, where a loopback host is that container. */
  isInContainer?: boolean
  /** Default, and `null`: the operator chose nothing. */
  existingSchema?: ExistingSchemaChoice | null
  /** Default: the SQL bundled with this program. */
  source?: SchemaSource
  /** The command that later brings the database to the same SQL, for hints; default: with its name alone. */
  upgradeCommand?: string
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
  /** The name is stored already for the same target, and the add updates that record. */
  isUpdate: boolean
  /** What the add writes into the store. */
  row: RowPlan
  /** The schemas that a Mathesar can work with and that exist; `null` if there are none. */
  schemaBefore: FoundSchema | null
  /** The owner of the schemas that exist; `null` if there are none. */
  schemaOwner: string | null
  /** The range of Mathesar releases that schemas match which this program did not install. */
  release: MathesarReleases | null
  createsDatabase: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
  /** `origin`: the place that its SQL was read from, if it is not part of this program. */
  source: { name: string; version: string; objects: number; origin?: string }
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
  /** The server as it is stored, if another spelling of it was stored already. */
  storedServer?: { host: string; port: number }
  /** Who may use the database in Mathesar after the run, and as which role; missing where it has no users. */
  access?: UserAccess[]
  /** The users who get access in this run, or another role than before (`before`; `null`: they had none). */
  accessChanges?: { user: string; role: string; before: string | null }[]
  /** The other stored databases that got the new password, since they share the role and its server. */
  passwordSharedWith?: string[]
  /** The other stored databases that got the new TLS mode, since they share the server. */
  sslmodeSharedWith?: string[]
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
  /** The users of Mathesar that were named. */
  named: readonly MathesarUser[]
  /**
   * The stored databases that the name means. If `existing` is null though there are some, only the server
   * can tell whether one of them is the target.
   */
  namesakes: readonly StoredDatabase[]
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
  /** The stored connection; as the role of the request, or as the first stored role if it is a new one. */
  settings: ConnectionSettings
  /** No user of Mathesar connects as the role of the request yet. */
  isNewRole: boolean
}

/** An add of which it is known what it writes into the store. */
export interface SettledRequest extends AddRequest {
  row: RowPlan
}

/** What an add writes into the store. */
export interface RowPlan {
  /** As the row holds them: the server in its stored spelling, and a TLS mode that the store keeps. */
  settings: ConnectionSettings
  /** The server was stored already, in another spelling than that of the request. */
  isOtherSpelling: boolean
  /** The password of the request is the stored one of that role and server. */
  isStoredPassword: boolean
  /** `null` where the store has no users. */
  access: PlannedAccess | null
  /** The other stored databases of that role and server, if the password of the request replaces theirs. */
  passwordSharedWith: readonly string[]
  /** The change of the TLS mode of the server, and its other databases; `null` if it stays. */
  sslmode: { before: SslMode; sharedWith: readonly string[] } | null
}

/** Who is to use a database in Mathesar. */
export interface PlannedAccess {
  /** The users who get access as the role of the request; those who have it already are not among them. */
  users: readonly string[]
  /** Those of them who used the database as another role until now. */
  moved: readonly UserAccess[]
  /** Everybody's access after the run. */
  after: readonly UserAccess[]
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
