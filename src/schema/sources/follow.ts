import { isLaterVersion } from './compare-versions.ts'
import type { SchemaOrigin, SourceVersion, Succession } from './types.ts'

/**
 * Returns the usual rule of `SourceDescription.follow`. The same version with another checksum is upgraded
 * too, a later one is kept, or refused where parts of it are missing: the SQL of the earlier one would take
 * its place, and may lack what the later one has.
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
      if (!origin.isComplete) return isLaterVersion(origin.record.version, version) ? 'later' : 'complete'
      if (origin.record.checksum === checksum) return 'keep'
      return isLaterVersion(origin.record.version, version) ? 'keep' : 'upgrade'
    case 'remains':
      return origin.of === 'types' ? 'complete' : 'refuse'
    case 'foreign':
      return 'adopt'
  }
}
