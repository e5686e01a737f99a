/**
 * So many servers are reached at the same time: one dead server holds up few others, and a small server keeps
 * slots.
 */
export const MOST_CONNECTIONS = 16

/**
 * Maps items by asynchronous work on at most `limit` of them at a time; the results are in the order of the
 * items. Rejects with the first error of the work; work that has started then goes on, and no more is
 * started.
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
