import { aptRepo } from './apt-repo/index.ts'
import { binary } from './binary/index.ts'
import { deb } from './deb/index.ts'
import type { FormatName } from './descriptions.ts'
import { npm } from './npm/index.ts'
import { pypi } from './pypi/index.ts'
import type { Format } from './types.ts'

const formats = { binary, deb, 'apt-repo': aptRepo, npm, pypi } satisfies Record<FormatName, unknown>

/** What each format asks of a payload; `undefined` for a format that asks nothing of its own. */
export type ContentsByFormat = {
  [Name in FormatName]: (typeof formats)[Name] extends Format<infer Contents, infer _> ? Contents : never
}

/** What the operator sets for each format. */
export type SettingsByFormat = {
  [Name in FormatName]: (typeof formats)[Name] extends Format<infer _, infer Settings> ? Settings : never
}

/** All formats. */
export const FORMATS: {
  readonly [Name in FormatName]: Format<ContentsByFormat[Name], SettingsByFormat[Name]>
} = formats
