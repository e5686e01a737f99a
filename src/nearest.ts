/**
 * Returns the number of characters to insert, delete, replace or swap with their neighbor to turn one word
 * into the other, without regard to upper and lower case.
 */
export function editDistance(one: string, other: string): number {
  const a = [...one.toLowerCase()]
  const b = [...other.toLowerCase()]
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (const [i, character] of a.entries()) {
    const above = rows[i] ?? []
    const row = [i + 1]
    for (const [j, wanted] of b.entries()) {
      const costs = [
        (above[j + 1] ?? 0) + 1,
        (row[j] ?? 0) + 1,
        (above[j] ?? 0) + Number(character !== wanted),
      ]
      const isSwapped = i > 0 && j > 0 && character === b[j - 1] && a[i - 1] === wanted
      if (isSwapped) costs.push((rows[i - 1]?.[j - 1] ?? 0) + 1)
      row.push(Math.min(...costs))
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}

/**
 * Returns whether one word may have been meant by the other: one contains the other, or few characters
 * differ.
 */
export function isSimilar(one: string, other: string): boolean {
  const [short = '', long = ''] = [one.toLowerCase(), other.toLowerCase()].sort(byLength)
  if (short.length > 1 && long.includes(short)) return true
  return editDistance(short, long) <= Math.floor(long.length * 0.4)
}

/** Returns the words in the order of their nearness to `wanted`; those that contain it come first. */
export function nearestFirst(wanted: string, words: readonly string[]): string[] {
  const rank = (word: string) => {
    const isPart = word.toLowerCase().includes(wanted.toLowerCase())
    return isPart ? 0.5 : editDistance(wanted, word)
  }
  const ranked = words.map((word) => ({ word, rank: rank(word) }))
  return ranked.sort((one, other) => one.rank - other.rank).map(({ word }) => word)
}

function byLength(one: string, other: string): number {
  return one.length - other.length
}
