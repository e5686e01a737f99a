/** The median of measured values, and the least and the greatest of them. */
export interface Summary {
  min: number
  median: number
  max: number
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const half = (sorted.length - 1) / 2
  return { min: at(0), median: (at(Math.floor(half)) + at(Math.ceil(half))) / 2, max: at(sorted.length - 1) }
}

/**
 * Runs each measurement once a round, in an order that rotates with the rounds, so that other load of the
 * machine affects all of them alike. The first round does not count.
 */
export async function interleave<Name extends string>(
  rounds: number,
  measurements: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, Summary>> {
  const names = Object.keys(measurements) as Name[]
  const values = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    const first = (round + names.length) % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      const value = await measurements[name]()
      if (round >= 0) values.get(name)?.push(value)
    }
  }
  return Object.fromEntries(names.map((name) => [name, summarize(values.get(name) ?? [])])) as Record<
    Name,
    Summary
  >
}
