import type { OperatorError } from '../errors.ts'
import type { SchemaProgress } from './session/progress.ts'

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

/** Releases of Mathesar that what a database has may be of, both ends included. `newest` null: or any later one. */
export interface MathesarReleases {
  oldest: string
  newest: string | null
}

/**
 * What is left where Mathesar schemas exist that no Mathesar can work with:
 * - `types`: `mathesar_types` alone, what a removal leaves that keeps the types;
 * - `removal`: what a non-strict removal by Mathesar leaves: its remover, perhaps routines in use, and types in use;
 * - `msar missing`: `__msar` still has routines, `msar` has none;
 * - `parts`: anything else.
 */
export type RemainsOf = 'types' | 'removal' | 'msar missing' | 'parts'

/**
 * Who installed the schemas, by what is there:
 * - `absent`: none of the schemas exists, or those that do are empty: an install may go ahead;
 * - `ours`: an install by this program. `isComplete`: nothing that Mathesar needs is missing as a whole;
 * - `foreign`: a working install that this program did not make;
 * - `remains`: objects of anybody's that no Mathesar can work with.
 */
export type SchemaOrigin =
  | { kind: 'absent'; record: null }
  | { kind: 'ours'; record: SchemaRecord; isComplete: boolean }
  | { kind: 'foreign'; record: null; releases: MathesarReleases | null }
  | { kind: 'remains'; record: null; of: RemainsOf; releases: MathesarReleases | null }

/** An object inside a Mathesar schema whose owner is a role that the schema's owner may not act as. */
export interface OtherOwned {
  schema: MathesarSchema
  /** Such as `function msar.add_columns(oid,jsonb,boolean)`. */
  identity: string
  owner: string
  /** Statement that gives it to the owner of the schema. */
  remedy: string
  /** Whether it was installed by this program, as against a user's own. */
  isInstalled: boolean
}

export type SchemaState = SchemaOrigin & {
  schemas: SchemaPresence[]
  /** The record of an earlier install of ours, where a schema still bears it and what is there is not that install. */
  staleRecord: SchemaRecord | null
  /**
   * Casts from hstore that a release before 0.2.0 left in `mathesar_types`, where what is there now is no such release:
   * no later one knows them, and its own removal fails because of them.
   */
  hstoreCasts: string[]
  otherOwned: OtherOwned[]
}

/** What to do about dependents when the Mathesar schemas are removed. */
export const DEPENDENTS_STRATEGIES = ['refuse', 'convert', 'cascade'] as const
export type DependentsStrategy = (typeof DEPENDENTS_STRATEGIES)[number]

/** One thing outside the Mathesar schemas (or a user's own inside) that stands in the way of their removal. */
export interface Dependent {
  schema: string | null
  /** Table, view or other object that depends. */
  relation: string
  column: string | null
  /**
   * `column`, `view`, `index`, `default`, `constraint`, `function`, `trigger` …; `own object` for a user's inside;
   * `mention` for a routine whose text names the schemas: PostgreSQL keeps no record of that, and it is in nobody's way.
   */
  kind: string
  /**
   * For a column its type, such as `mathesar_types.email[]`; for a domain, range or operator class the type that it is
   * over; for an own object or a mention what it is, such as `table`.
   */
  type: string | null
  /**
   * Of a constraint, index, trigger, policy, rule, statistics object or publication its own name; `relation` is then the
   * table it is on, or `*` where all tables of a schema are published.
   */
  name?: string | null
  /** The object inside the Mathesar schemas that it refers to; of a mention the names of the schemas. */
  reference: string
  /** Rows of the relation, counted or estimated; null where it has none, or nobody knows. */
  rows: number | null
  /** Whether the rows were counted; else they are PostgreSQL's estimate. */
  counted: boolean
  /** What each strategy would do to it, in a few words. */
  effects: Record<DependentsStrategy, string>
  /** Whether the strategy `convert` can't go on because of it. */
  refusesConvert: boolean
  /** The statement that clears the way for `convert` where it can't convert this; null where it can. */
  remedy: string | null
}

/** What converting would cost. */
export interface ConvertCost {
  /** Columns that become plain ones. */
  columns: number
  /** Their rows, counted or estimated. */
  rows: number
  /** Tables that PostgreSQL writes anew, and their size with indexes, in bytes. */
  rewrittenTables: number
  rewrittenBytes: number
  /** Indexes of other tables that are built again, with an expression for example, and their size in bytes. */
  rebuiltIndexes: number
  rebuiltIndexBytes: number
  /** Relations that nobody else can read or write meanwhile (ACCESS EXCLUSIVE). */
  lockedRelations: number
  /** Objects that are dropped and put back: views, indexes, constraints, triggers … */
  rebuiltObjects: number
  /** Dependents that it can't convert; with any of them it changes nothing. */
  refused: number
}

/** What cascading would cost. */
export interface CascadeCost {
  /** Columns that go, with the values of so many rows. */
  columns: number
  rows: number
  /** Everything that goes, the columns included. */
  objects: number
  lockedRelations: number
}

/** What a removal of the Mathesar schemas would meet, and what each strategy would do about it. */
export interface RemovalSurvey {
  /** The schemas that would be dropped. */
  schemas: MathesarSchema[]
  /** What is in the way. */
  dependents: Dependent[]
  /** Routines whose text names the schemas: in nobody's way, but they may fail afterwards. */
  mentions: Dependent[]
  /** The error for a role that may not do what a strategy takes, or for what no command can do; null: it can be done. */
  missing: Record<DependentsStrategy, OperatorError | null>
  convert: ConvertCost
  cascade: CascadeCost
  /** The columns that `convert` would make plain ones. */
  converted: ConvertedColumn[]
  /** What `cascade` would drop of the dependents, such as `column public.t.email`. */
  dropped: string[]
}

/** A column that a removal made a plain one, or an attribute of a composite type. */
export interface ConvertedColumn {
  schema: string
  relation: string
  column: string
  /** The type it had, such as `mathesar_types.email`. */
  type: string
  /** The type it has. */
  newType: string
}

export type DriftChange = 'changed' | 'dropped' | 'added'

/** An object that is no longer as it was installed. */
export interface Drift {
  object: string
  change: DriftChange
}

export interface SchemaStatus {
  /** A Mathesar can work with the schemas. */
  installed: boolean
  /** Who installed them, by what is there. */
  state: SchemaOrigin['kind']
  /** What is left, where they are remains. */
  remains: RemainsOf | null
  /** The releases of Mathesar that they may be of, where this program did not install them. */
  release: MathesarReleases | null
  /** The record of an earlier install, where what is there is not that install any more. */
  staleRecord: Pick<SchemaRecord, 'source' | 'version'> | null
  /** Casts from hstore that a release before 0.2.0 left; a later one's own removal fails because of them. */
  hstoreCasts: string[]
  source: string | null
  version: string | null
  checksum: string | null
  objects: number
  /** Only `mathesar_types` is there: what a removal leaves that keeps the types. */
  typesOnly: boolean
  drift: Drift[]
}

/**
 * Called with the transaction's id (xid8 as text) when everything is done and COMMIT is about to be sent, so that the caller
 * can find out later whether it took effect. If it rejects, everything is rolled back.
 */
export type BeforeCommit = (transactionId: string) => Promise<void>

export interface InstallOptions {
  /** How long any single lock may be waited for, in milliseconds. */
  lockTimeoutMs: number
  /** A UUID that goes into the record. */
  installId: string
  /** Put this source in the place of what somebody else installed; else only an earlier install of ours may be there. */
  replace: boolean
  onProgress?: (progress: SchemaProgress) => void
  onNotice?: (message: string) => void
  beforeCommit?: BeforeCommit | undefined
}

export interface SurveyOptions {
  /** Leave `mathesar_types` and all that uses it alone. */
  keepTypes?: boolean
  /** Count all rows instead of estimating those of large tables. */
  exact?: boolean
}

export interface RemoveOptions {
  lockTimeoutMs: number
  /** What to do about dependents; `refuse` by default. */
  strategy?: DependentsStrategy
  /** Remove `msar` and `__msar` alone. */
  keepTypes?: boolean
  /**
   * The dependents that the operator was shown. With `convert` and `cascade` it is an error (`DEPENDENTS_EXIST`) if there is
   * any other one by the time that the locks are held.
   */
  shown?: readonly Dependent[]
  onProgress?: (progress: SchemaProgress) => void
  beforeCommit?: BeforeCommit | undefined
}

/** A lock that a removal takes on a relation. Locks on indexes and TOAST tables go with those on their table. */
export interface RelationLock {
  /** Qualified, and quoted where SQL needs it, such as `public.people`. */
  relation: string
  /** As PostgreSQL's manual names it ("Explicit Locking"), such as `ACCESS EXCLUSIVE`. */
  mode: string
  /** Size on disk with indexes and TOAST, in bytes; 0 where nothing is stored, as for a view. */
  bytes: number
}

/** What a rehearsal measured: the whole removal in its transaction, with ROLLBACK in the place of COMMIT. */
export interface Rehearsal {
  /** From BEGIN to ROLLBACK. */
  durationMs: number
  /** From the request for the first lock on a relation to ROLLBACK. Who else needs those relations waited as long. */
  lockedMs: number
  /** How long any single lock was waited for at most. */
  lockTimeoutMs: number
  /** The locks that the server held for it on relations at its end, ACCESS SHARE left out. */
  locks: Omit<RelationLock, 'bytes'>[]
  /**
   * What the removal analyzes at its end, under the locks, and a rehearsal does not, such as `table public.people`: the
   * figures of ANALYZE would outlive the rollback.
   */
  notAnalyzed: string[]
}

/** What a removal did. */
export interface Removal {
  /** What was dropped: with `cascade` the dependents, such as `column public.t.email`, then the schemas. */
  dropped: string[]
  converted: ConvertedColumn[]
  /** What the operator should know, such as a generated column that is a plain one now. */
  notes: string[]
}
