import type { Platform } from '../platforms.ts'
import type { About, BuildContext, Program } from '../types.ts'

/** What a format can require of a payload: its own contents, and what a payload has for several formats. */
export type PayloadPart = 'contents' | 'executable' | 'installedFiles'

/**
 * A format: how a payload is packed. Each one is a folder of formats/, and formats/index.ts names them all.
 */
export interface Format<Contents, Settings> {
  /** Its name on the command line and in JSON. */
  readonly name: string
  /** What it requires of a payload. A run refuses a payload that lacks one of them. */
  readonly requires: readonly PayloadPart[]
  /** The formats whose artifacts it packs. If a run builds both, it builds those first. */
  readonly after: readonly string[]
  /**
   * Returns the platforms that it is built for unless the operator names them; without this function, that of
   * this machine.
   */
  platforms?(host: Platform): readonly Platform[]
  /** Returns the programs that it runs. A run looks for them before it builds anything. */
  programs(settings: Settings): readonly Program[]
  /** Returns why `build all` leaves it out, as a warning; `null` if it can be built. */
  reasonToSkip?(settings: Settings): Skipped | null
  /**
   * Checks what needs no program, before anything is built.
   *
   * Errors: `USAGE` if a setting is missing or wrong.
   */
  checkSettings?(settings: Settings, plan: BuildPlan): void | Promise<void>
  /**
   * Checks what needs its programs, before anything is built.
   *
   * Errors: `USAGE` if a setting is wrong.
   */
  checkInput?(settings: Settings, plan: BuildPlan): void | Promise<void>
  /** Writes the artifacts below `context.out` and returns their paths. */
  build(order: BuildOrder<Contents, Settings>, context: BuildContext): Promise<readonly string[]>
}

/** What one format builds in one run. */
export interface BuildOrder<Contents, Settings> {
  readonly about: About
  /** What the payload offers this format; `undefined` if the format does not require contents. */
  readonly contents: Contents
  readonly settings: Settings
}

/** Why a format is left out. */
export interface Skipped {
  readonly message: string
  readonly hint: string
}

/** What a run is about to do. */
export interface BuildPlan
  extends Pick<BuildContext, 'out' | 'epoch' | 'env' | 'signal' | 'platforms' | 'progress'> {
  /** The payload's name. */
  readonly name: string
  /** The payload's version. */
  readonly version: string
  /** Returns whether a file can be the payload's executable in this version. */
  isOwnExecutable(path: string): Promise<boolean>
  /** The formats of the run. */
  readonly formats: readonly string[]
}
