import type { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Belongings, Store } from '../../store/types.ts'
import type { AdminLogin } from '../admin-login.ts'
import type { RunOptions } from '../events.ts'
import type { Recovery } from '../recover/index.ts'
import type {
  RemovalConsentInput,
  SchemaRemovalInput,
  SchemaRemovalPlan,
  SchemaRemovalResult,
} from '../removal/index.ts'

export interface RemoveDatabaseInput extends SchemaRemovalInput, RemovalConsentInput<RemovePlan> {
  name: string
  /** Drop the Mathesar schemas first; without it the server is never reached. */
  removeSchema?: boolean
  /**
   * Called once the server has answered: whether the schemas are removed, where `removeSchema` is set.
   * Without it they are. It may be called again with the login of an administrator.
   */
  chooseSchema?: () => Promise<boolean>
  /** The stored role that drops them, instead of the one that acts (`openAsActingRole`). */
  role?: string | undefined
  /** Who drops them where the stored roles are refused. */
  admin?: AdminLogin | undefined
  /** Drop them also where other stored databases are the same database. */
  sharedSchema?: boolean
  /** Called with the names of those where `sharedSchema` is not set; without it the schemas stay. */
  acceptSharing?: (names: readonly string[]) => Promise<boolean>
  /** Remove the record even if the server can't be reached or the database does not exist. */
  forgetUnreachable?: boolean
  dryRun?: boolean
  /**
   * What an earlier look at interrupted runs found, so that a removal that it finished counts as this one's.
   */
  recovered?: readonly Recovery[]
}

/** The plan of a removal, after every check has passed. */
export interface RemovePlan {
  name: string
  /** What Mathesar keeps about the database, and what is deleted with its record. */
  deletes: Belongings
  /** `null` if only the record is removed. */
  settings: ConnectionSettings | null
  /** The role that removes the Mathesar schemas, where several are stored. */
  role?: string
  /** How the Mathesar schemas are removed; `null` if they stay. */
  removal: SchemaRemovalPlan | null
  /** Other stored databases that use the same schemas. */
  alsoUsedBy: string[]
  /** Why the server can't be reached, where only the record is removed because of that. */
  unreachable: OperatorError | null
}

export interface RemoveDatabaseResult extends SchemaRemovalResult {
  name: string
  /** `rehearsed`: removed, and rolled back. */
  status: 'removed' | 'planned' | 'rehearsed'
  /**
   * How many rows of Mathesar's are deleted with the record: none of a rehearsal; those that would be deleted
   * of a dry run.
   */
  deletes: Belongings
  /** The role that dropped the schemas, or would, where several are stored. */
  role?: string
  /** The database has no Mathesar schemas any more; with `typesKept` it still has `mathesar_types`. */
  schemaRemoved: boolean
  /** The schemas were to be removed, and the database had none of them. */
  isSchemaAbsent?: boolean
  /** Only the record was removed, and whether the Mathesar schemas still exist is unknown. */
  forgotten: boolean
  /** Other stored databases that used the dropped schemas. */
  alsoUsedBy: string[]
}

/** A removal of a record, and of the schemas of its database too where `input.removeSchema` is set. */
export interface RemoveRequest {
  store: Store
  input: RemoveDatabaseInput
  options: RunOptions
  /** An interrupted run under the same name whose outcome is unknown. */
  waiting: Recovery | null
  /** What is deleted with the record. */
  deletes: Belongings
}

/** Returns the result of a removal, with a default for each field. */
export function removeResult(
  name: string,
  fields: Partial<Omit<RemoveDatabaseResult, 'name'>> = {},
): RemoveDatabaseResult {
  return {
    name,
    status: 'removed',
    deletes: {},
    schemaRemoved: false,
    typesKept: false,
    converted: [],
    dropped: [],
    notes: [],
    forgotten: false,
    alsoUsedBy: [],
    ...fields,
  }
}
