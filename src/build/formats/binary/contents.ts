import type { Platform } from '../../platforms.ts'
import type { BuildContext } from '../../types.ts'

/** What the format binary requires of a payload: what accompanies the executable for a platform. */
export type BinaryContents = (platform: Platform, context: BuildContext) => Promise<BinaryCompanions>

export interface BinaryCompanions {
  /** The texts that accompany every copy of the executable, by file name: licenses, notices. */
  readonly licenses: Readonly<Record<string, string>>
}
