import type { Platform } from '../../platforms.ts'
import type { BuildContext, InstalledFile } from '../../types.ts'

/** What the format deb requires of a payload besides its installed files. */
export type DebContents = (platform: Platform, context: BuildContext) => Promise<DebPackage>

export interface DebPackage {
  /**
   * Fields of DEBIAN/control; the format itself writes those that follow from the payload's facts and files.
   */
  readonly fields: Readonly<Record<string, string>>
  /** Maintainer scripts by name, such as `postrm`. */
  readonly scripts: Readonly<Record<string, string>>
  /** The files that only a Debian package has, such as its changelog. */
  readonly files: readonly InstalledFile[]
}
