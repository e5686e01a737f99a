import { isLaterVersion } from './compare-versions.ts'
import type { SchemaOrigin, SourceVersion, Succession } from './types.ts'

/**
 * Returns the usual rule of `SourceDescription.follow`. The same version with another checksum is upgraded
 * too, a later one is kept: its SQL may lack what the earlier one replaces.
 */
export function followByVersion(
  { name, version, checksum }: SourceVersion,
  origin: SchemaOrigin,
): Succession {
  switch (origin.kind) {
    case 'absent':
      return 'install'
    case 'ours':
      if (origin.record.source !== name) return 'switch'
      if (!origin.isComplete) return 'complete'
      if (origin.record.checksum === checksum) return 'keep'
      return isLaterVersion(origin.record.version, version) ? 'keep' : 'upgrade'
    case 'remains':
      return origin.of === 'types' ? 'complete' : 'refuse'
    case 'foreign':
      return 'adopt'
  }
}
