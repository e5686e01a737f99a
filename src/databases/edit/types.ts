import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Belongings, StoredDatabase } from '../../store/types.ts'
import type { InternalDatabase } from '../internal-target.ts'

export interface EditDatabaseInput {
  name: string
  /** The fields to change, with their new values. */
  changes: Partial<ConnectionSettings>
  rename?: string
  /** Users of Mathesar who use the database as its role from then on. */
  users?: readonly string[]
  /** The stored role that the changes are about; by default the one that acts (`openAsActingRole`). */
  role?: string | undefined
  internal?: readonly InternalDatabase[]
  /** The Mathesar runs in a container, so that a loopback address is another one for it. */
  isInContainer?: boolean
  dryRun?: boolean
  /** Called after all checks and before the first change; `false` ends the edit with `ABORTED`. */
  confirm?: (plan: EditPlan) => Promise<boolean>
}

/** The values of a record by their fields, and its name; never its password. */
export type RecordValues = Partial<
  Record<'name' | Exclude<keyof ConnectionSettings, 'password'>, string | number | null>
>

/** `access`: who may use the database in Mathesar. */
export type EditedField = 'name' | 'access' | keyof ConnectionSettings

/** A user of Mathesar whose role for a database changes. */
export interface AccessChange {
  user: string
  role: string
  /** The role before; `null` if the user could not use the database. */
  before: string | null
}

/** What an edit changes beside the record, where databases share servers and roles. */
export interface SharedChanges {
  /** The stored role that the changes are about, where several are stored. */
  role?: string
  /** Other databases whose role gets the new password. */
  passwordSharedWith?: string[]
  /** Other databases whose server gets the new sslmode. */
  sslmodeSharedWith?: string[]
  access?: AccessChange[]
  /** The servers and roles that are deleted because no database uses them any more. */
  deletes?: Pick<Belongings, 'roles' | 'servers'>
}

/** What an edit will change, after every check has passed. */
export interface EditPlan extends SharedChanges {
  name: string
  /** The fields that will change. */
  changed: string[]
  /** The values of these fields before and after. */
  before: RecordValues
  after: RecordValues
  /** The record will have a password. */
  hasPassword: boolean
  /** Other stored databases that lead to the same database. */
  alsoStoredAs: string[]
}

export interface EditDatabaseResult extends SharedChanges {
  name: string
  status: 'changed' | 'unchanged' | 'planned'
  /** The fields that changed. */
  changed: string[]
  /** The values of these fields before the run, without the password. */
  before: RecordValues
  database: StoredDatabase
  /** Other stored databases that lead to the same database; empty if the server was not reached. */
  alsoStoredAs: string[]
}
