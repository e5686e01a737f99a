import { isLaterVersion } from '../compare-versions.ts'
import { followByVersion } from '../follow.ts'
import type { SchemaOrigin, SourceVersion, Succession } from '../types.ts'

/**
 * Returns how the SQL of a release may follow what a database has. It repairs remains of every kind, and
 * takes the place of a Mathesar's own install and of the bundled SQL, as that release itself would do. It
 * never follows the SQL of a later release, which it can't remove.
 */
export function followAsRelease(version: SourceVersion, origin: SchemaOrigin): Succession {
  switch (origin.kind) {
    case 'remains':
      return 'complete'
    case 'foreign':
      return origin.releases !== null && isLaterVersion(origin.releases.oldest, version.version)
        ? 'adopt'
        : 'supersede'
    default: {
      const succession = followByVersion(version, origin)
      if (succession === 'switch') return 'supersede'
      // Some releases have the SQL of the one before: the record says which one it is.
      const isRenamed = origin.kind === 'ours' && isLaterVersion(version.version, origin.record.version)
      return succession === 'keep' && isRenamed ? 'upgrade' : succession
    }
  }
}
