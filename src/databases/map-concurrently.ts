/**
 * The number of connections at the same time: one dead server delays few others, and a small server keeps
 * free slots.
 */
export const MOST_CONNECTIONS = 16

/**
 * Runs `action` on each item, on at most `limit` of them at a time, and returns the results in the order of
 * the items. Rejects with the first error; actions that are running then continue, and no more start.
 */
export async function mapConcurrently<Item, Result>(
  items: readonly Item[],
  limit: number,
  action: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = items.entries()
  let hasFailed = false
  const worker = async () => {
    for (const [index, item] of queue) {
      if (hasFailed) return
      results[index] = await action(item).catch((error: unknown) => {
        hasFailed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results
}
