import type { OperatorError } from '../../errors.ts'
import type { ConvertedColumn, Dependent, DependentsStrategy } from '../dependents/types.ts'
import type { MathesarSchema } from '../sources/schemas.ts'

/** What converting would cost. */
export interface ConvertCost {
  /** Columns that become plain ones. */
  columns: number
  /** Their rows, counted or estimated. */
  rows: number
  /** Tables that PostgreSQL writes anew, and their size with indexes, in bytes. */
  rewrittenTables: number
  rewrittenBytes: number
  /**
   * Indexes of other tables that are built again, with an expression for example, and their size in bytes.
   */
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
  /**
   * The error for a role that may not do what a strategy takes, or for what no command can do; null: it can
   * be done.
   */
  missing: Record<DependentsStrategy, OperatorError | null>
  convert: ConvertCost
  cascade: CascadeCost
  /** The columns that `convert` would make plain ones. */
  converted: ConvertedColumn[]
  /** What `cascade` would drop of the dependents, such as `column public.t.email`. */
  dropped: string[]
}

/**
 * A lock that a removal takes on a relation. Locks on indexes and TOAST tables go with those on their table.
 */
export interface RelationLock {
  /** Qualified, and quoted where SQL needs it, such as `public.people`. */
  relation: string
  /** As PostgreSQL's manual names it ("Explicit Locking"), such as `ACCESS EXCLUSIVE`. */
  mode: string
  /** Size on disk with indexes and TOAST, in bytes; 0 if nothing is stored, as for a view. */
  bytes: number
}

/** What a rehearsal measured: the whole removal in its transaction, with ROLLBACK in the place of COMMIT. */
export interface Rehearsal {
  /** From BEGIN to ROLLBACK. */
  durationMs: number
  /**
   * From the request for the first lock on a relation to ROLLBACK. Who else needs those relations waited as
   * long.
   */
  lockedMs: number
  /** The longest time that the removal may wait for any single lock, in milliseconds. */
  lockTimeoutMs: number
  /** The locks that the server held for it on relations at its end, ACCESS SHARE left out. */
  locks: Omit<RelationLock, 'bytes'>[]
  /**
   * What the removal analyzes at its end, under the locks, and a rehearsal does not, such as `table
   * public.people`: the figures of ANALYZE would outlive the rollback.
   */
  notAnalyzed: string[]
}
