import type { Platform } from './platforms.ts'

/**
 * What formats (formats/types.ts) and payloads (payloads/types.ts) share. A payload is what a build packs, a
 * format is how it packs. They meet only in what each format requires of payloads, formats/NAME/contents.ts.
 */

/** The facts about a payload that every format writes into its packages. */
export interface About {
  /** The package's name, in every format. */
  readonly name: string
  /** By Semantic Versioning. */
  readonly version: string
  /** A few words, without a full stop. */
  readonly summary: string
  /** Paragraphs of plain text. */
  readonly description: readonly string[]
  /** An SPDX identifier. */
  readonly license: string
  readonly homepage: string | null
  /** `Name <address>`. */
  readonly maintainer: string
}

/** Somebody else's part of a payload, for the bill of materials. */
export interface Component {
  readonly name: string
  readonly version: string
  /** An SPDX identifier or expression. */
  readonly license: string
  /** A package URL (purl-spec). */
  readonly purl: string
}

/** A file, a directory or a symbolic link of an installed payload. Root owns all of them. */
export type InstalledFile = {
  /** Absolute, such as `/usr/bin/mathesarctl`. */
  readonly path: string
  /** Permission bits; without them 0o644 for files and 0o755 for directories. */
  readonly mode?: number
} & (
  | {
      readonly kind: 'file'
      readonly content: string | Buffer
      /** The operator edits this file: an upgrade of the package keeps the changes. */
      readonly isConfiguration?: boolean
    }
  /** A file with the content of a file on this machine, which may be large. */
  | { readonly kind: 'copy'; readonly from: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
)

/** A container image on a registry. */
export interface PushedImage {
  /** Such as `ghcr.io/owner/mathesarctl`. */
  readonly repository: string
  /** Of its index: `REPOSITORY@DIGEST` names this image for ever. */
  readonly digest: string
  /** The tags that name it now, the full version first. */
  readonly tags: readonly string[]
}

/** What the parts of one run of `mathesarctl build` work with. */
export interface BuildContext {
  readonly platforms: readonly Platform[]
  /** The directory of the artifacts: an absolute path. It exists. */
  readonly out: string
  /** A directory for temporary files of this run alone, which the run deletes at its end. */
  readonly scratch: string
  /** The time of everything in an artifact, in seconds since 1970. */
  readonly epoch: number
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
  /**
   * Returns the path of the payload's executable. A run builds it once for each platform, whichever formats
   * need it.
   */
  executable(platform: Platform): Promise<string>
  /** Returns all that the payload installs on a machine. A run lists it once for each platform. */
  installedFiles(platform: Platform): Promise<readonly InstalledFile[]>
  /**
   * Returns the paths of the artifacts that another format wrote in this run; none if the run does not build
   * that format.
   */
  artifactsOf(format: string): readonly string[]
  /** Reports what begins, such as `Compressing mathesarctl_0.3.0_amd64.deb`. */
  progress(step: string): void
  warn(message: string, hint: string): void
  /** Reports an image that a registry has now. */
  pushed(image: PushedImage): void
}

/** The part of a context that running a program needs. */
export type ProgramContext = Pick<BuildContext, 'env' | 'signal'>

/** A program of the operating system that a format needs. */
export interface Program {
  readonly name: string
  /** How to install it, such as `apt install xz-utils`. */
  readonly install: string
}
