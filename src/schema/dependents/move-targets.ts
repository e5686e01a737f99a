/**
 * The schemas to which a user's own objects can be moved, the best first. The second is created where the first
 * has no place for an object.
 */
export const TARGETS = ['public', 'moved_from_mathesar'] as const

interface Movable {
  schema: string
  /** Its name in the schema, with the types of its arguments. */
  name: string
  /** Whether the schemas of `TARGETS` have no place for it; null for one that does not exist. */
  isTaken: readonly (boolean | null)[]
}

/**
 * Returns the schema that each object can be moved to: the first of `TARGETS` with a place for it, also once
 * the objects before it have been moved; else one that is named after its own, such as `moved_from_msar`.
 */
export function moveTargets(objects: readonly Movable[]): string[] {
  const used = new Set<string>()
  return objects.map(({ schema, name, isTaken }) => {
    const target =
      TARGETS.find((candidate, index) => {
        // The schema public is the operator's: it is not created again.
        const isFree = index === 0 ? isTaken[index] === false : isTaken[index] !== true
        return isFree && !used.has(`${candidate} ${name}`)
      }) ?? `moved_from_${schema}`
    used.add(`${target} ${name}`)
    return target
  })
}
