import { Option } from 'commander'
import type { SourceFlags } from '../settings/schema-source.ts'

/** Returns the flags that choose the SQL of the Mathesar schemas. */
export function schemaSourceOptions(): Option[] {
  return [
    new Option(
      '--schema-source <bundled|path>',
      "SQL of the Mathesar schemas: bundled with mathesarctl, or a release's tree, tarball or db/sql (default: what the Mathesar needs)",
    ),
    new Option(
      '--release <v>',
      'release of Mathesar whose SQL is used; without --schema-source it is downloaded (env: MATHESARCTL_RELEASES_URL)',
    ),
    new Option(
      '--release-checksum <sha256>',
      'checksum that the tarball must have (default: the one published with the release)',
    ),
  ]
}

/** Returns those of the flags that choose the SQL. */
export function sourceFlagsOf({ schemaSource, release, releaseChecksum }: SourceFlags): SourceFlags {
  return {
    ...(schemaSource === undefined ? {} : { schemaSource }),
    ...(release === undefined ? {} : { release }),
    ...(releaseChecksum === undefined ? {} : { releaseChecksum }),
  }
}

/** Returns the first flag that says something about the SQL, without its hyphens; `null` if none does. */
export function givenSourceFlag({ schemaSource, release, releaseChecksum }: SourceFlags): string | null {
  if (schemaSource !== undefined) return 'schema-source'
  if (release !== undefined) return 'release'
  return releaseChecksum === undefined ? null : 'release-checksum'
}
