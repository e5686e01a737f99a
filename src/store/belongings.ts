import { BELONGINGS, type Belongings } from './types.ts'

/** Returns whether there is more of anything than was agreed to. */
export function exceeds(counts: Belongings, agreed: Belongings): boolean {
  return BELONGINGS.some((kind) => (counts[kind] ?? 0) > (agreed[kind] ?? 0))
}
