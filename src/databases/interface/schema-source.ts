/**
 * Where the SQL of the Mathesar schemas comes from.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */

export { bundledSource, releaseSource } from '../../schema/sources/index.ts'
export { NoReleaseError } from '../../schema/sources/release/contents.ts'
export { type FetchEvent, fetchRelease } from '../../schema/sources/release/fetch.ts'
export { readRelease } from '../../schema/sources/release/read.ts'
export {
  isOwnVersionIn,
  LAST_KNOWN as LAST_KNOWN_RELEASE,
  LegacyReleaseError,
  mayWorkIn,
} from '../../schema/sources/release/version.ts'
