import type { OperatorError } from '../../errors.ts'
import type { ConvertedColumn, Dependent, DependentsStrategy } from '../dependents/types.ts'
import type { MathesarSchema } from '../sources/schemas.ts'

/** The cost of converting the dependents. */
export interface ConvertCost {
  /** The number of columns that change to a plain type. */
  columns: number
  /** The number of their rows, counted or estimated. */
  rows: number
  /** The number of tables that PostgreSQL rewrites, and their size with indexes, in bytes. */
  rewrittenTables: number
  rewrittenBytes: number
  /**
   * The number of indexes of other tables that PostgreSQL rebuilds, such as those with an expression, and
   * their size in bytes.
   */
  rebuiltIndexes: number
  rebuiltIndexBytes: number
  /** The number of relations that no other session can read or write meanwhile (ACCESS EXCLUSIVE). */
  lockedRelations: number
  /** The number of objects that are dropped and restored: views, indexes, constraints, triggers … */
  rebuiltObjects: number
  /** The number of dependents that can't be converted. If there is one, a conversion changes nothing. */
  refused: number
}

/** The cost of dropping the dependents. */
export interface CascadeCost {
  /** The number of columns that are dropped, and the number of rows that lose values. */
  columns: number
  rows: number
  /** The number of all objects that are dropped, the columns included. */
  objects: number
  lockedRelations: number
}

/** What a removal of the Mathesar schemas would meet, and what each strategy would do about it. */
export interface RemovalSurvey {
  /** The schemas that would be dropped. */
  schemas: MathesarSchema[]
  /** The objects that stop a removal. */
  dependents: Dependent[]
  /** Routines whose text names the schemas. They do not stop a removal, but may fail after it. */
  mentions: Dependent[]
  /**
   * The error that each strategy would raise, because the role lacks a privilege or because no command can do
   * what the strategy needs; `null` if there is none.
   */
  missing: Record<DependentsStrategy, OperatorError | null>
  convert: ConvertCost
  cascade: CascadeCost
  /** The columns whose type `convert` would change to a plain one. */
  converted: ConvertedColumn[]
  /**
   * The objects that `convert` would drop and restore, such as `view public.v` or `default value for
   * public.t.email`, sorted.
   */
  rebuilt: string[]
  /** The dependents that `cascade` would drop, such as `column public.t.email`. */
  dropped: string[]
}

/**
 * A lock that a removal acquires on a relation. It includes the indexes and the TOAST table of a table.
 */
export interface RelationLock {
  /** Qualified, and quoted where SQL needs it, such as `public.people`. */
  relation: string
  /** As PostgreSQL's manual names it ("Explicit Locking"), such as `ACCESS EXCLUSIVE`. */
  mode: string
  /** Size on disk with indexes and TOAST, in bytes; 0 if nothing is stored, as for a view. */
  bytes: number
}

/** What a rehearsal measured: the whole removal in its transaction, with ROLLBACK instead of COMMIT. */
export interface Rehearsal {
  /** The milliseconds from BEGIN to ROLLBACK. */
  durationMs: number
  /**
   * The milliseconds from the request for the first lock on a relation to ROLLBACK. Other sessions that need
   * those relations wait as long.
   */
  lockedMs: number
  /** The longest time that the removal may wait for any single lock, in milliseconds. */
  lockTimeoutMs: number
  /** The locks, except ACCESS SHARE, that it held on relations at its end. */
  locks: Omit<RelationLock, 'bytes'>[]
  /**
   * The relations that a removal analyzes at its end, under the locks, such as `table public.people`. A
   * rehearsal does not, since the new statistics would outlast the rollback.
   */
  notAnalyzed: string[]
}
