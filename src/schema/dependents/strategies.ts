import type { Session } from '../../postgres/types.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import { cascadeSteps } from './cascade.ts'
import type { Strategies } from './effects.ts'
import { decideFates } from './fates.ts'
import { readGraph } from './graph.ts'

/**
 * Reads what depends on the schemas of these names and decides what `convert` and `cascade` would do. One round trip, and a
 * second one where a user's own objects are inside; waits for no lock. Errors: those of `toOperatorError`.
 *
 * @param own addresses of the user's own objects inside: `convert` is planned as if they had been moved out, which it requires
 */
export async function planStrategies(
  session: Session,
  names: readonly MathesarSchema[],
  own: readonly string[] = [],
): Promise<Strategies> {
  const whole = decideFates(await readGraph(session, names))
  const conversion = own.length === 0 ? whole : decideFates(await readGraph(session, names, own))
  return { conversion, whole, cascade: cascadeSteps(whole) }
}
