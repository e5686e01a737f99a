import type { LockHolder } from '../session/lock-holder.ts'
import type { SchemaProgress } from '../session/progress.ts'
import type { BeforeCommit } from '../session/types.ts'
import type { VersionedRemover } from '../sources/types.ts'

/** What to do about dependents when the Mathesar schemas are removed. */
export const DEPENDENTS_STRATEGIES = ['refuse', 'convert', 'cascade'] as const
export type DependentsStrategy = (typeof DEPENDENTS_STRATEGIES)[number]

/**
 * One thing outside the Mathesar schemas (or a user's own inside) that stands in the way of their removal.
 */
export interface Dependent {
  schema: string | null
  /** Table, view or other object that depends. */
  relation: string
  column: string | null
  /**
   * `column`, `view`, `index`, `default`, `constraint`, `function`, `trigger` …; `own object` for a user's
   * inside; `mention` for a routine whose text names the schemas: PostgreSQL keeps no record of that, and it
   * is in nobody's way.
   */
  kind: string
  /**
   * For a column its type, such as `mathesar_types.email[]`; for a domain, range or operator class the type
   * that it is over; for an own object or a mention what it is, such as `table`.
   */
  type: string | null
  /**
   * Of a constraint, index, trigger, policy, rule, statistics object or publication its own name; `relation`
   * is then the table it is on, or `*` where all tables of a schema are published.
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
   * The remover of a release. It runs before what is left is dropped, unless the schemas are those of a later
   * release.
   */
  remover?: VersionedRemover | null | undefined
  /**
   * The dependents that the operator was shown. With `convert` and `cascade` it is an error
   * (`DEPENDENTS_EXIST`) if there is any other one by the time that the locks are held.
   */
  shown?: readonly Dependent[]
  onProgress?: (progress: SchemaProgress) => void
  /** Called with each notice of the server that reports no progress. */
  onNotice?: (message: string) => void
  /** Called with the session for whose lock the removal waits, before it does. */
  onLock?: (holder: LockHolder) => void
  beforeCommit?: BeforeCommit | undefined
}

/** What a removal did. */
export interface Removal {
  /** What was dropped: with `cascade` the dependents, such as `column public.t.email`, then the schemas. */
  dropped: string[]
  converted: ConvertedColumn[]
  /** What the operator should know, such as a generated column that is a plain one now. */
  notes: string[]
}
