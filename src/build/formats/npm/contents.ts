import type { BuildContext } from '../../types.ts'

/** What the format npm requires of a payload. */
export type NpmContents = (context: BuildContext) => Promise<NpmPackage>

export interface NpmPackage {
  /** A directory with a package.json, which `npm pack` can pack as it is. */
  readonly directory: string
}
