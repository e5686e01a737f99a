import { isLaterVersion } from '../compare-versions.ts'
import { followByVersion } from '../follow.ts'
import type { MathesarReleases, SchemaOrigin, SourceVersion, Succession } from '../types.ts'

/**
 * Returns how the SQL of a release may follow what a database has. It repairs remains of every kind, and
 * takes the place of a Mathesar's own install and of the bundled SQL, as that release itself would do. It
 * never follows the SQL of a later release, which it can't remove.
 */
export function followAsRelease(version: SourceVersion, origin: SchemaOrigin): Succession {
  switch (origin.kind) {
    case 'remains':
      return isOfLater(version, origin.releases) ? 'later' : 'complete'
    case 'foreign':
      return isOfLater(version, origin.releases) ? 'adopt' : 'supersede'
    default: {
      const succession = followByVersion(version, origin)
      if (succession === 'switch') return 'supersede'
      // Some releases have the SQL of the one before: the record says which one it is.
      const isRenamed = origin.kind === 'ours' && isLaterVersion(version.version, origin.record.version)
      return succession === 'keep' && isRenamed ? 'upgrade' : succession
    }
  }
}

/** Returns whether schemas that no record describes can only be those of a later release. */
function isOfLater({ version }: SourceVersion, releases: MathesarReleases | null): boolean {
  return releases !== null && isLaterVersion(releases.oldest, version)
}
