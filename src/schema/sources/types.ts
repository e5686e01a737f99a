/** One file of SQL: a topic. */
export interface SqlTopic {
  /** Such as `types`; shown as progress. */
  name: string
  sql: string
  /** How many objects the topic creates; progress counts them. */
  objects: number
}

/** Where the SQL of the Mathesar schemas comes from. A new source is one file that makes one of these. */
export interface SchemaSource {
  name: string
  version: string
  /** SHA-256 over the topics' SQL in install order, hexadecimal. */
  checksum: string
  topics: readonly SqlTopic[]
}
