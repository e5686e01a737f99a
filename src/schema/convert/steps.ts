import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import type { Graph } from './graph.ts'
import type { Guard } from './guard.ts'

/** One part of a conversion: some statements that belong together. */
export interface Step {
  /** What an operator sees while it runs: `convert` or `verify`. */
  topic: string
  /** What it works on, for messages, such as `view public.v`. */
  label: string
  statements: string[]
  /** The role it runs as; null: the session's own. */
  role: string | Guard | null
  /** The statement that takes this out of the way, should it fail. */
  remedy: string | null
}

/** As whom to work on an object of `owner`. */
export interface Acting {
  owner: string
  /** The schema concerned, and whether the owner may use the names in it. */
  schema?: string
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
 * The role for what runs an operator's own code (expressions of columns, checks, defaults): always the owner, so that nobody's
 * code runs with a superuser's rights. Indexes, materialized views and statistics need none: PostgreSQL itself sees to it.
 */
export function runner(
  { role, superuser }: Graph,
  { owner, schema, ownerUsesSchema = true }: Acting,
): string | Guard | null {
  if (owner === role) return null
  if (superuser) return { owners: [owner], schemas: ownerUsesSchema || !schema ? [] : [schema] }
  return ownerUsesSchema ? owner : null
}

/** The statement that gives an object its owner back, where a superuser has made it. */
export function ownerStatement(graph: Graph, object: string, owner: string): string[] {
  return graph.superuser && owner !== graph.role ? [`ALTER ${object} OWNER TO ${quoteIdentifier(owner)}`] : []
}

export function commentStatement(object: string, text: string): string {
  return `COMMENT ON ${object} IS ${quoteLiteral(text)}`
}
