import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import type { Graph } from './graph.ts'

/** One part of a conversion: some statements that belong together. */
export interface Step {
  /** What an operator sees while it runs: `convert` or `verify`. */
  topic: string
  /** What it works on, for messages, such as `view public.v`. */
  label: string
  statements: string[]
  /** The role it runs as; null: the session's own. */
  role: string | null
  /** The statement that takes this out of the way, should it fail. */
  remedy: string | null
}

/** As whom to work on an object of `owner`. */
export interface Acting {
  owner: string
  /** The owner may use the names in the schemas concerned. */
  ownerUsesSchema?: boolean
}

/**
 * The role that defines an object: a superuser defines it himself and gives it its owner afterwards; anybody else, who may
 * act as the owner, does so.
 */
export function definer({ role, superuser }: Graph, { owner }: Acting): string | null {
  return superuser || owner === role ? null : owner
}

/**
 * The role for what runs an operator's own code (expressions of columns, checks, queries of materialized views): always the
 * owner, so that nobody's code runs with a superuser's rights.
 */
export function runner({ role }: Graph, { owner, ownerUsesSchema = true }: Acting): string | null {
  return owner === role || !ownerUsesSchema ? null : owner
}

/** The statement that gives an object its owner back, where a superuser has made it. */
export function ownerStatement(graph: Graph, object: string, owner: string): string[] {
  return graph.superuser && owner !== graph.role ? [`ALTER ${object} OWNER TO ${quoteIdentifier(owner)}`] : []
}

export function commentStatement(object: string, text: string): string {
  return `COMMENT ON ${object} IS ${quoteLiteral(text)}`
}

/** A block of PL/pgSQL, whatever names and texts are in it: no dollar quote is safe against those. */
export function doStatement(block: string): string {
  return `DO ${quoteLiteral(block)}`
}
