import type { SqlType } from './types.ts'

/** How a cast function converts values of one type to another, and what its comment says. */
export interface Cast {
  /** The sentences that follow the first one of the comment: what the function returns and raises. */
  comment: string
  /** An expression over `$1`. PostgreSQL inlines it, so that the function call costs nothing. */
  expression?: string
  /** A body in PL/pgSQL, if one expression is not enough. */
  body?: string
  /** Whether parallel workers may run it; false if it sets a parameter or needs a subtransaction. */
  isParallelSafe?: boolean
}

/** Returns the cast from a source to a target. */
export type Rule = (source: SqlType, target: SqlType) => Cast

/** A target with its sources, and the rule for each of them. */
export interface Target {
  type: SqlType
  from: readonly (readonly [sources: readonly SqlType[], rule: Rule])[]
}

/** One file of casts. */
export interface Topic {
  file: string
  /** The sentence at the head of the file. */
  heading: string
  targets: readonly Target[]
}
