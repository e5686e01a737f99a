import { expect, it } from 'vitest'
import { mapConcurrently } from '../../src/databases/map-concurrently.ts'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

it('returns the results in the order of the items, and runs no more than the limit at a time', async () => {
  let running = 0
  let most = 0
  const results = await mapConcurrently([30, 1, 20, 2, 10], 2, async (milliseconds) => {
    running++
    most = Math.max(most, running)
    await pause(milliseconds)
    running--
    return milliseconds * 2
  })
  expect(results).toEqual([60, 2, 40, 4, 20])
  expect(most).toBe(2)
})

it('rejects with the first error, and starts no further work', async () => {
  const started: number[] = []
  const action = mapConcurrently([1, 2, 3, 4], 2, async (item) => {
    started.push(item)
    await pause(item)
    if (item === 1) throw new Error('first')
    return item
  })
  await expect(action).rejects.toThrow('first')
  await pause(20)
  expect(started).toEqual([1, 2])
})

it('returns nothing for no items', async () => {
  expect(await mapConcurrently([], 16, async () => 1)).toEqual([])
})
