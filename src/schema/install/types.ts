import type { SchemaProgress } from '../session/progress.ts'
import type { BeforeCommit } from '../session/types.ts'

export interface InstallOptions {
  /** How long any single lock may be waited for, in milliseconds. */
  lockTimeoutMs: number
  /** A UUID that goes into the record. */
  installId: string
  /** Put this source in the place of what somebody else installed; else only an earlier install of ours may be there. */
  replace: boolean
  onProgress?: (progress: SchemaProgress) => void
  onNotice?: (message: string) => void
  beforeCommit?: BeforeCommit | undefined
}
