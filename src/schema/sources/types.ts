import type { SqlFile } from './pieces.ts'

/** One file of SQL: a topic. */
export interface SqlTopic extends SqlFile {
  /** Such as `types`; shown as progress. */
  name: string
}

/** Where the SQL of the Mathesar schemas comes from. A new source is one file that makes one of these. */
export interface SchemaSource {
  name: string
  version: string
  /** SHA-256 over the topics' SQL in install order, hexadecimal. */
  checksum: string
  topics: readonly SqlTopic[]
}
