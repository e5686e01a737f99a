import type { Session } from '../postgres/types.ts'
import { cascadeSteps } from './convert/cascade.ts'
import { decideFates } from './convert/fates.ts'
import { readGraph } from './convert/graph.ts'
import type { Strategies } from './effects.ts'
import type { MathesarSchema } from './types.ts'

/**
 * Reads what depends on the schemas of these names and decides what `convert` and `cascade` would do. One round trip; waits
 * for no lock. Errors: those of `toOperatorError`.
 */
export async function planStrategies(
  session: Session,
  names: readonly MathesarSchema[],
): Promise<Strategies> {
  const conversion = decideFates(await readGraph(session, names))
  return { conversion, cascade: cascadeSteps(conversion) }
}
