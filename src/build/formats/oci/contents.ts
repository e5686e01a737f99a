import type { Platform } from '../../platforms.ts'
import type { BuildContext, Component, InstalledFile } from '../../types.ts'

/** What the format oci requires of a payload besides its executable. */
export type OciContents = (platform: Platform, context: BuildContext) => Promise<OciPackage>

export interface OciPackage {
  /** The files besides the executable: licenses. */
  readonly files: readonly InstalledFile[]
  /** The parts of the executable that others wrote, for the bill of materials. */
  readonly components: readonly Component[]
  /** The identifier of the commit that is packed; `null` if it is unknown. */
  readonly revision: string | null
}
