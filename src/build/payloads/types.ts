import type { ContentsByFormat } from '../formats/index.ts'
import type { Platform } from '../platforms.ts'
import type { About, BuildContext, Component, InstalledFile } from '../types.ts'

/** What a build packs. Each payload is a folder of payloads/, and payloads/index.ts names them all. */
export interface Payload {
  readonly about: About
  /** The date of this version, in seconds since 1970; SOURCE_DATE_EPOCH overrides it. */
  readonly epoch: number
  /** Returns the parts of it that others wrote. */
  components(): Promise<readonly Component[]>
  /** Builds the executable for a platform in `context.scratch` and returns its path. */
  executable?(platform: Platform, context: BuildContext): Promise<string>
  /**
   * Returns whether a file is the executable of this payload in this version, for any platform. Without this
   * function it can be any program.
   */
  isOwnExecutable?(path: string, signal?: AbortSignal): Promise<boolean>
  /** Returns all that the payload installs on a machine, whatever the format of the package is. */
  installedFiles?(platform: Platform, context: BuildContext): Promise<readonly InstalledFile[]>
  /** What it offers to single formats. A payload can't be packed in a format that it does not offer. */
  readonly contents: { readonly [Name in keyof ContentsByFormat]?: ContentsByFormat[Name] }
}
