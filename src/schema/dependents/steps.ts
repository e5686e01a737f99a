import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import type { RemovalPhase } from '../session/progress.ts'
import type { Graph } from './graph.ts'
import type { StepRole } from './rights.ts'

/** One part of a conversion: some statements that belong together. */
export interface Step {
  /** What an operator sees while it runs. */
  phase: RemovalPhase
  /** What it works on, for messages, such as `view public.v`. */
  label: string
  statements: string[]
  role: StepRole
  /** The statement that takes this out of the way, should it fail. */
  remedy: string | null
}

/** The statement that gives an object its owner back, where a superuser has made it. */
export function ownerStatement(graph: Graph, object: string, owner: string): string[] {
  return graph.superuser && owner !== graph.role ? [`ALTER ${object} OWNER TO ${quoteIdentifier(owner)}`] : []
}

export function commentStatement(object: string, text: string): string {
  return `COMMENT ON ${object} IS ${quoteLiteral(text)}`
}
