import type { StateReading } from '../inspect/state.ts'
import type { SchemaState } from '../inspect/types.ts'
import type { LockHolder } from '../session/lock-holder.ts'
import type { SchemaProgress } from '../session/progress.ts'
import type { BeforeCommit } from '../session/types.ts'

export interface InstallOptions {
  /** The longest time that the install may wait for any single lock, in milliseconds. */
  lockTimeoutMs: number
  /** A UUID that goes into the record. */
  installId: string
  /**
   * Replace what another source or somebody else installed; else only an earlier install of the source may be
   * there.
   */
  replace: boolean
  /**
   * The role that owns the schemas where none exists, if the session's role is an administrator; by default
   * the session's role owns them. Schemas that exist keep their owner.
   */
  owner?: string | undefined
  onProgress?: (progress: SchemaProgress) => void
  onNotice?: (message: string) => void
  /** Called with the session for whose lock the install waits, before it does. */
  onLock?: (holder: LockHolder) => void
  /**
   * Called before the transaction runs again, because another installer changed the same objects at the same
   * time, with the number of the attempt, of so many.
   */
  onRetry?: (attempt: number, attempts: number) => void
  /**
   * Called under the lock with the state of that moment. Returns whether the install is still to be done; an
   * error that it raises ends the install. Without an install the record that is there is returned.
   */
  isNeeded?: ((now: SchemaState) => boolean) | undefined
  beforeCommit?: BeforeCommit | undefined
  /**
   * A reading of the same database in another session, which saves reading it again if nothing has changed.
   */
  earlier?: StateReading | undefined
}
