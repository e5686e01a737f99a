import type { Graph, GraphColumn, GraphObject, GraphRelation } from './graph.ts'
import type { PlainTypes } from './plain-types.ts'

/** What `convert` does to one object. */
export type Fate =
  /** A column of a table gets its plain type; `rewrites`: PostgreSQL writes the table anew. */
  | { kind: 'alter'; newType: string; rewrites: boolean }
  /** An operator's own type is made again on plain types, under its name. */
  | { kind: 'rebuild' }
  /** Dropped, and put back the same when the columns have their plain types. */
  | { kind: 'restore' }
  /** A generated column: dropped, and added again with the same expression, or as a plain one with the same values. */
  | { kind: 'regenerate'; plain: boolean }
  /** A generated column that loses its expression for a while, where PostgreSQL can give it one again (from 17 on). */
  | { kind: 'recompute' }
  /** A generated column that calls a Mathesar function: becomes a plain column with the values that it has. */
  | { kind: 'plain'; newType: string | null; rewrites: boolean }
  /** Stays as it is, or PostgreSQL carries it along. */
  | { kind: 'keep' }
  /** Says something about the Mathesar schemas alone, and goes with them. */
  | { kind: 'gone' }
  | { kind: 'refuse'; reason: string; remedy: string | null }

/** What `convert` is going to do, by address; what is not in the map stays as it is. */
export interface Conversion {
  graph: Graph
  types: PlainTypes
  fates: ReadonlyMap<string, Fate>
  relations: ReadonlyMap<string, GraphRelation>
  columns: ReadonlyMap<string, GraphColumn>
  objects: ReadonlyMap<string, GraphObject>
  /** One address for what is one object: a view for its rule, its columns and its row type … */
  same(address: string): string
}
