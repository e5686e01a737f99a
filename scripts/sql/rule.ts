import type { SqlType } from './types.ts'

/** How values of one type become values of another: what a cast function does, and what its comment says. */
export interface Cast {
  /** What follows the first sentence of the comment: what is returned and raised. */
  says: string
  /** An expression over `$1`: PostgreSQL puts it in the place of the call, so that the function costs nothing. */
  expression?: string
  /** Or a body in PL/pgSQL, where something is to be decided. */
  body?: string
  /** Whether parallel workers may run it; not where it sets a parameter or needs a subtransaction. */
  parallelSafe?: boolean
}

/** Gives the cast of a pair of types. */
export type Rule = (source: SqlType, target: SqlType) => Cast

/** A target with its sources. */
export interface Target {
  type: SqlType
  from: readonly (readonly [sources: readonly SqlType[], rule: Rule])[]
}

/** One file of casts. */
export interface Topic {
  file: string
  /** The comment at the head of the file. */
  about: string
  targets: readonly Target[]
}
