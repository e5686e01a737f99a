import type { ErrorCode, OperatorError } from '../../errors.ts'
import type { ConnectionSettings, DatabaseIdentity } from '../../postgres/types.ts'
import type { Dependent } from '../../schema/dependents/types.ts'
import type { StateReading } from '../../schema/inspect/state.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { Store, StoredDatabase } from '../../store/types.ts'
import type { AdminLogin } from '../admin-login.ts'
import type { RunOptions } from '../events.ts'
import type { InternalDatabase } from '../internal-target.ts'
import type { PresentSchema } from '../stored-schema.ts'
import type { Shard } from './shard.ts'

/**
 * What an upgrade does with a stored database:
 * - `none`: its schemas stay as they are: those of the source, or those that a Mathesar installed itself and
 *   the source does not replace;
 * - `install`: it has no Mathesar schemas, and gets them;
 * - `complete`: parts are missing, and are installed;
 * - `upgrade`: other schemas are upgraded;
 * - `confirm`: the schemas are those of the source, and only the internal database does not say so;
 * - `blocked`: nothing can be done, for the reason that the error states.
 */
export const UPGRADE_ACTIONS = ['none', 'install', 'complete', 'upgrade', 'confirm', 'blocked'] as const
export type UpgradeAction = (typeof UPGRADE_ACTIONS)[number]

export interface UpgradeInput {
  /** The names of stored databases; `all` of them, or of a shard. */
  names: readonly string[] | 'all'
  /** The SQL that they get. */
  source: SchemaSource
  shard?: Shard | null
  /** How many databases are worked on at the same time; 4 by default. */
  concurrency?: number
  /** The internal databases of Mathesars, which never get the schemas. */
  internal?: readonly InternalDatabase[]
  /** Who acts where the stored roles are refused. */
  admin?: AdminLogin | undefined
  /** Looks at every database and returns the plan, and changes nothing. */
  dryRun?: boolean
  /** Called with the plan where something is to be done; `false` ends the run. */
  confirm?: (plan: readonly DatabaseUpgrade[]) => Promise<boolean>
}

export interface UpgradeOptions extends RunOptions {
  /** Called with each database that was looked at: how many are done, and how many there are. */
  onLook?: (done: number, total: number) => void
  /** Called with what became of a database, as soon as that is known. */
  onResult?: (upgrade: DatabaseUpgrade) => void
}

/** What is planned for one stored database, or became of it. */
export interface DatabaseUpgrade {
  name: string
  action: UpgradeAction
  /** The schemas that it had, as far as anything names them. */
  from: PresentSchema | null
  /** The schemas that it has then. */
  to: PresentSchema | null
  /** It has them, or will have them. */
  ok: boolean
  error: UpgradeFailure | null
}

/** Why a database can't be upgraded, or was not. */
export interface UpgradeFailure {
  code: ErrorCode
  message: string
  hint: string
  /** What is in the way, where that is why. */
  dependents?: readonly Dependent[]
  /** All statements that solve the problem, for a superuser to run. */
  statements?: readonly string[]
}

export interface UpgradeResult {
  status: 'planned' | 'done'
  databases: DatabaseUpgrade[]
  /** How many were changed. */
  upgraded: number
  failed: number
}

/** What the phases of an upgrade share. */
export interface UpgradeRequest {
  store: Store
  source: SchemaSource
  internal: readonly InternalDatabase[]
  concurrency: number
  admin: AdminLogin | undefined
  options: UpgradeOptions
}

/** What a look at a stored database found, and what is to be done. */
export interface Looked {
  kind: 'planned'
  name: string
  stored: StoredDatabase
  /** The connection of the role that acts. */
  settings: ConnectionSettings
  identity: DatabaseIdentity
  state: SchemaState
  /** The reading of the schemas that the state is from. */
  reading: StateReading
  /** The administrator who acts; undefined where the stored role does. */
  admin: AdminLogin | undefined
  /** The role that is to own schemas that an administrator creates; there is none for any other. */
  owner: string | undefined
  action: Exclude<UpgradeAction, 'blocked'>
  from: PresentSchema | null
  to: PresentSchema | null
}

/** A stored database for which nothing can be done. */
export interface Blocked {
  kind: 'blocked'
  name: string
  /** Which database it is, where the server was reached. */
  identity: DatabaseIdentity | null
  stored: StoredDatabase | null
  from: PresentSchema | null
  error: OperatorError
  /** Its SQL is that of a later version than that of the source, or Mathesar recorded one. */
  isLater: boolean
}

/** The stored databases that are one database on the server: one of them is worked on, for all. */
export interface UpgradeGroup {
  leader: Looked
  /** The others, in the order of their names, with the connections of their records. */
  followers: readonly (Looked | Blocked)[]
}
