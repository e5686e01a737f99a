import { Option } from 'commander'

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
