import type { Session } from '../../postgres/types.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import { cascadeSteps } from './cascade.ts'
import type { Strategies } from './effects.ts'
import { decideFates } from './fates.ts'
import { readGraph } from './graph.ts'

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
