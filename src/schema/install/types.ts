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
  onProgress?: (progress: SchemaProgress) => void
  onNotice?: (message: string) => void
  /** Called with the session for whose lock the install waits, before it does. */
  onLock?: (holder: LockHolder) => void
  beforeCommit?: BeforeCommit | undefined
}
