import type { Artifact } from './artifact.ts'
import type { FormatName } from './formats/descriptions.ts'
import type { SettingsByFormat } from './formats/index.ts'
import type { Payload } from './payloads/types.ts'
import type { Platform } from './platforms.ts'
import type { PushedImage } from './types.ts'

/** What one run builds. */
export interface BuildRequest {
  readonly payload: Payload
  /** In any order. */
  readonly formats: readonly FormatName[]
  /** The operator asked for every format: a run leaves out what can't be built, with a warning. */
  readonly isEveryFormat?: boolean
  /** Without any, each format is built for the platforms that it is usually for. */
  readonly platforms: readonly Platform[]
  /** The directory of the artifacts: an absolute path. The run creates it if it does not exist. */
  readonly out: string
  /** The settings of each format; without them a format has none set. */
  readonly settings?: { readonly [Name in FormatName]?: SettingsByFormat[Name] }
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  readonly onProgress?: (event: BuildEvent) => void
}

/** What a build reports while it runs. */
export type BuildEvent =
  | { readonly type: 'step'; readonly format: FormatName; readonly detail: string }
  | { readonly type: 'artifact'; readonly artifact: Artifact }
  | { readonly type: 'image'; readonly image: PushedImage }
  | { readonly type: 'warning'; readonly message: string; readonly hint: string }
