import type { FormatName } from './descriptions.ts'
import type { Format } from './types.ts'

/**
 * A build loads only the formats that it builds. Plain Node, without the bundler, can't load Python files as
 * pypi does.
 */
const loaders = {
  binary: async () => (await import('./binary/index.ts')).binary,
  deb: async () => (await import('./deb/index.ts')).deb,
  'apt-repo': async () => (await import('./apt-repo/index.ts')).aptRepo,
  npm: async () => (await import('./npm/index.ts')).npm,
  pypi: async () => (await import('./pypi/index.ts')).pypi,
  oci: async () => (await import('./oci/index.ts')).oci,
} satisfies Record<FormatName, () => Promise<unknown>>

type Loaded<Name extends FormatName> = Awaited<ReturnType<(typeof loaders)[Name]>>

/** The contents that each format requires of a payload; `undefined` for a format that requires none. */
export type ContentsByFormat = {
  [Name in FormatName]: Loaded<Name> extends Format<infer Contents, infer _> ? Contents : never
}

/** What the operator sets for each format. */
export type SettingsByFormat = {
  [Name in FormatName]: Loaded<Name> extends Format<infer _, infer Settings> ? Settings : never
}

/** All formats, each as the function that loads it. */
export const FORMATS: {
  readonly [Name in FormatName]: () => Promise<Format<ContentsByFormat[Name], SettingsByFormat[Name]>>
} = loaders
