import type { FORMAT_NAMES, PLATFORM_NAMES } from './names.ts'

/** The contract between what is packed (payloads) and how (formats): each is one file, and they know nothing of each other. */

/** A machine that artefacts are for, as Node names operating systems and processors. */
export interface Platform {
  readonly name: PlatformName
  readonly os: 'linux' | 'darwin'
  readonly cpu: 'x64' | 'arm64'
}

export type PlatformName = (typeof PLATFORM_NAMES)[number]

export type FormatName = (typeof FORMAT_NAMES)[number]

/** What every format tells of what it packs. */
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
  readonly licence: string
  readonly homepage: string | null
  /** `Name <address>`. */
  readonly maintainer: string
}

/** A part that somebody else made, for the bill of materials. */
export interface Component {
  readonly name: string
  readonly version: string
  /** An SPDX identifier, or what the package says itself. */
  readonly licence: string
  /** A package URL (purl-spec). */
  readonly purl: string
}

/** A file, a directory or a symbolic link where a package puts it. */
export type InstalledFile = {
  /** Absolute, such as `/usr/bin/mathesarctl`. */
  readonly path: string
  /** Permission bits; 0o644 for files, and 0o755 for directories, if it is not given. */
  readonly mode?: number
} & (
  | { readonly kind: 'file'; readonly content: string | Buffer; readonly conffile?: boolean }
  /** The content of a file on this machine: it may be large. */
  | { readonly kind: 'copy'; readonly from: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'link'; readonly target: string }
)

/** What a payload puts into a Debian package; owner and group of everything are root. */
export interface DebContents {
  /** The fields of DEBIAN/control but Package, Version, Architecture, Maintainer, Description, Homepage and Installed-Size. */
  readonly fields: Readonly<Record<string, string>>
  readonly files: readonly InstalledFile[]
  /** Maintainer scripts by name, such as `postrm`. */
  readonly scripts: Readonly<Record<string, string>>
}

/** What a payload puts into an npm package. */
export interface NpmContents {
  /** The directory with the package.json, ready to be packed. */
  readonly directory: string
}

/** What a payload puts on PyPI. */
export interface PypiContents {
  /** The text of the project page, in Markdown. */
  readonly readme: string
  /** Trove classifiers, keywords, and project URLs beside the homepage. */
  readonly classifiers: readonly string[]
  readonly keywords: readonly string[]
  readonly urls: Readonly<Record<string, string>>
  /** The oldest Python, such as `3.8`. */
  readonly python: string
  /** Texts to go with it, by file name: licence, notices. */
  readonly licences: Readonly<Record<string, string>>
}

/** What is packed. A member that is not there says that the payload has no such package. */
export interface Payload {
  readonly about: About
  /** Seconds since 1970: when this version was made; SOURCE_DATE_EPOCH outranks it. */
  readonly epoch: number
  components(): Promise<readonly Component[]>
  /** Makes the executable for a platform in the directory of the run, and returns its path. */
  executable?(platform: Platform, context: BuildContext): Promise<string>
  /** Texts that have to go with a platform's executable where nothing else brings them, by file name: licences, notices. */
  licences?(platform: Platform, context: BuildContext): Promise<Readonly<Record<string, string>>>
  deb?(platform: Platform, context: BuildContext): Promise<DebContents>
  npm?(context: BuildContext): Promise<NpmContents>
  pypi?(context: BuildContext): Promise<PypiContents>
}

/** What the operator asks of a build beside formats and payload; formats take from it what concerns them. */
export interface BuildSettings {
  /** The key that an apt repository is signed with: whatever `gpg --local-user` takes. */
  readonly signKey?: string | undefined
  /** Packages that go into an apt repository beside those of this run. */
  readonly debs: readonly string[]
  /** How many days an apt repository's index is valid; undefined: for ever. */
  readonly validDays?: number | undefined
  /** Where users find an apt repository. */
  readonly baseUrl?: string | undefined
  /** Where an apt repository is pushed to. */
  readonly push?: 'gitlab' | undefined
}

/** One run of `mathesarctl build`. */
export interface BuildContext {
  readonly settings: BuildSettings
  readonly platforms: readonly Platform[]
  /** Where artefacts go; absolute, and there. */
  readonly out: string
  /** A directory of this run alone, which is deleted after it. */
  readonly work: string
  /** Seconds since 1970: the time that everything in an artefact has. */
  readonly epoch: number
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
  /** The payload's executable, made once for each platform, whichever formats want it. */
  executable(platform: Platform): Promise<string>
  /** The paths of what formats before this one have made. */
  made(): readonly string[]
  /** Says what begins, such as `Compressing mathesarctl_0.3.0_amd64.deb`. */
  progress(step: string): void
  warn(message: string, hint: string): void
}

/** A program of the operating system that a format needs. */
export interface Program {
  readonly name: string
  /** How to get it, such as `apt install xz-utils`. */
  readonly install: string
}

/** What a run is about to do. */
export interface BuildPlan extends Pick<BuildContext, 'out' | 'epoch'> {
  /** The payload's name. */
  readonly name: string
  readonly formats: readonly string[]
}

/** How it is packed. */
export interface Format {
  readonly name: FormatName
  /** A few words, for help. */
  readonly summary: string
  /** Looked for before anything is built. */
  readonly programs: readonly Program[]
  /** What is missing for it to be one of `all` formats, as a warning tells it; `null`: nothing. */
  lacks?(settings: BuildSettings): { message: string; hint: string } | null
  /** Errors: `USAGE` where a setting is missing or wrong; it is asked before anything is built. */
  check?(settings: BuildSettings, env: NodeJS.ProcessEnv, plan: BuildPlan): void | Promise<void>
  /** Whether the payload has such a package. */
  accepts(payload: Payload): boolean
  /** Writes the artefacts below `context.out` and returns their paths. */
  build(payload: Payload, context: BuildContext): Promise<readonly string[]>
}

/** An artefact as it is told to the operator. */
export interface Artefact {
  readonly format: FormatName | 'sbom' | 'checksums'
  /** Relative to the directory of artefacts. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
}
