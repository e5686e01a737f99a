/** The three schemas that Mathesar owns in a user database. */
export const MATHESAR_SCHEMAS = ['msar', '__msar', 'mathesar_types'] as const
export type MathesarSchema = (typeof MATHESAR_SCHEMAS)[number]

/** One Mathesar schema as it was found. */
export interface SchemaPresence {
  name: MathesarSchema
  owner: string
  /** The session's role is the owner, or may SET ROLE to it. */
  canActAsOwner: boolean
  /** Objects inside it, not counting what PostgreSQL makes by itself (row types, array types, indexes of constraints). */
  objects: number
}

/** What an install leaves behind in the user database: which SQL it was. */
export interface SchemaRecord {
  /** `bundled`, or the name of a Mathesar release's SQL. */
  source: string
  version: string
  /** SHA-256 of the SQL text, hexadecimal. */
  checksum: string
  /** Number of objects installed. */
  objects: number
  /** The operation that installed it, a UUID; how a later run knows that a killed one had committed. */
  installId: string
}

/**
 * - `absent`: none of the schemas exists, or those that do are empty: an install may go ahead;
 * - `ours`: they bear the record of an install by this program;
 * - `foreign`: they hold objects that this program did not install (a Mathesar release's, or somebody's own).
 */
export interface SchemaState {
  kind: 'absent' | 'ours' | 'foreign'
  record: SchemaRecord | null
  schemas: SchemaPresence[]
}

/** One thing outside the Mathesar schemas (or a user's own inside) that stands in the way of their removal. */
export interface Dependent {
  schema: string | null
  /** Table, view or other object that depends. */
  relation: string
  column: string | null
  /** `column`, `view`, `index`, `default`, `constraint`, `function`, `trigger` …; `own object` for a user's inside. */
  kind: string
  /** For a column its type, such as `mathesar_types.email[]`; for an own object what it is, such as `table`. */
  type: string | null
  /** Of a constraint, index, trigger, policy or rule its own name; `relation` is then the table it is on. */
  name?: string | null
  /** The object inside the Mathesar schemas that it refers to. */
  reference: string
  /** Rows of the relation: counted where it is small, else PostgreSQL's estimate; null where it has none. */
  rows: number | null
}

export type DriftChange = 'changed' | 'dropped' | 'added'

/** An object that is no longer as it was installed. */
export interface Drift {
  object: string
  change: DriftChange
}

export interface SchemaStatus {
  installed: boolean
  source: string | null
  version: string | null
  checksum: string | null
  objects: number
  drift: Drift[]
}

/** Told while a script runs. `done` and `total` count objects. */
export interface InstallProgress {
  topic: string
  done: number
  total: number
}

export interface InstallOptions {
  /** How long any single lock may be waited for, in milliseconds. */
  lockTimeoutMs: number
  /** A UUID that goes into the record. */
  installId: string
  /** Put this source in the place of what somebody else installed; else only an earlier install of ours may be there. */
  replace: boolean
  onProgress?: (progress: InstallProgress) => void
  onNotice?: (message: string) => void
}

export interface RemoveOptions {
  lockTimeoutMs: number
  onProgress?: (progress: InstallProgress) => void
}
