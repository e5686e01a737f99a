import { checkedFiles } from './check-files.ts'
import { type ReleaseContents, VERSION_MODULE } from './contents.ts'
import type { ReleaseFiles } from './source.ts'
import { noVersionError, versionIn, versionOf } from './version.ts'

/**
 * Returns a release of what was read of it. Errors: `USAGE`, as `readRelease`.
 *
 * @param place the source, as messages name it
 * @param release as `parseRelease` returns it
 */
export function releaseOf(
  place: string,
  { files, versionModule }: ReleaseContents,
  release: string | null,
): ReleaseFiles {
  const stated = versionModule === null ? null : versionIn(versionModule)
  if (versionModule !== null && stated === null) throw noVersionError(place, VERSION_MODULE)
  const version = versionOf(place, stated, release)
  const read: ReleaseFiles = { version, files: checkedFiles(place, version, files), origin: place }
  return stated === null ? { ...read, isNamed: true } : read
}
