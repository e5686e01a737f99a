import { describe, expect, it } from 'vitest'
import { createStore } from '../../../src/store/store.ts'
import type { Store } from '../../../src/store/types.ts'
import { type CrashPoint, crashingParts } from './crash.ts'
import type { Place, Tools } from './place.ts'

const SCHEMA = { source: 'bundled', version: '0.1.0' }

/**
 * Runs work on a store that crashes at a point. Returns whether the point was reached, and how many steps
 * there were.
 */
async function crashed(place: Place, point: CrashPoint, action: (store: Store) => Promise<unknown>) {
  let hasCrashed = false
  const crashing = crashingParts(await place.openParts(), point, () => {
    hasCrashed = true
  })
  const store = createStore(crashing.parts)
  await action(store).catch((error: unknown) => {
    if (!hasCrashed) throw error
  })
  await crashing.bury()
  return { hasCrashed, steps: crashing.steps() }
}

/**
 * Crashes at each step of the work, before and after it, each time in a place of its own. Returns the number
 * of steps.
 */
async function atEachStep(
  makePlace: Tools['makePlace'],
  prepare: (store: Store) => Promise<unknown>,
  action: (store: Store) => Promise<unknown>,
  check: (store: Store, place: Place) => Promise<void>,
): Promise<number> {
  for (let step = 1; ; step++) {
    for (const when of ['before', 'after'] as const) {
      const place = await makePlace()
      await prepare(await place.open())
      const { hasCrashed, steps } = await crashed(place, { step, when }, action)
      if (!hasCrashed) return steps
      const store = await place.open()
      await check(store, place)
      expect(await store.interrupted(), `step ${step}, ${when}`).toEqual([])
      expect(await place.locks(), `step ${step}, ${when}`).toEqual([])
      await place.close()
    }
  }
}

/** What a process leaves that dies between any two changes of the internal database. */
export function describeCrashes({ kind, makePlace, settings, add, addition }: Tools): void {
  describe('a process that dies', () => {
    const addA = async (store: Store) => {
      const held = await store.begin(addition('a'))
      await held.completeAdd(SCHEMA)
    }
    const removeA = async (store: Store) => {
      const held = await store.begin({ kind: 'remove', name: 'a' })
      await held.completeRemove()
    }

    it('a process that dies at any step of an addition leaves what the next process finishes', async () => {
      const outcomes = new Set<string>()
      const steps = await atEachStep(
        makePlace,
        async () => {},
        addA,
        async (store) => {
          const [pending] = await store.interrupted()
          const names = await store.names()
          outcomes.add(`${pending ? 'entry' : 'no entry'}, ${names.length > 0 ? 'row' : 'no row'}`)
          const held = pending && (await store.takeOver(pending.id))
          if (held) {
            expect(await held.isStored()).toBe(names.length > 0)
            expect(await held.completeAdd(SCHEMA)).toMatchObject({ name: 'a', schema: SCHEMA })
          } else if (names.length === 0) {
            await addA(store)
          }
          expect(await store.list()).toMatchObject([{ id: 1, name: 'a', schema: SCHEMA }])
          expect(await store.settings('a')).toEqual(settings('a'))
        },
      )
      // lock, entry, row, schema, entry, lock
      expect(steps).toBe(6)
      // Never an ended entry without its row.
      expect([...outcomes].sort()).toEqual([
        'entry, no row',
        'entry, row',
        'no entry, no row',
        'no entry, row',
      ])
    })

    it('a process that dies at any step of a removal leaves what the next process finishes', async () => {
      const outcomes = new Set<string>()
      const steps = await atEachStep(
        makePlace,
        (store) => add(store, 'a'),
        removeA,
        async (store, place) => {
          const [pending] = await store.interrupted()
          const names = await store.names()
          outcomes.add(`${pending ? 'entry' : 'no entry'}, ${names.length > 0 ? 'row' : 'no row'}`)
          const held = pending && (await store.takeOver(pending.id))
          if (held) expect(await held.completeRemove()).toBe(names.length > 0 ? 'deleted' : 'missing')
          else if (names.length > 0) await removeA(store)
          expect(await store.names()).toEqual([])
          expect([...(await (await place.openParts()).journal.schemas())]).toEqual([])
        },
      )
      expect(steps).toBe(6)
      expect([...outcomes].sort()).toEqual([
        'entry, no row',
        'entry, row',
        'no entry, no row',
        'no entry, row',
      ])
    })

    it('a process that dies at any step of finishing what another left leaves it to be finished once more', async () => {
      await atEachStep(
        makePlace,
        async (store) => {
          const held = await store.begin(addition('a'))
          await held.release()
        },
        async (store) => {
          const [pending] = await store.interrupted()
          const held = pending && (await store.takeOver(pending.id))
          if (kind.hasNicknames) await held?.rename('b')
          await held?.completeAdd(SCHEMA)
        },
        async (store) => {
          const [pending] = await store.interrupted()
          const held = pending && (await store.takeOver(pending.id))
          if (held?.name === 'a' && kind.hasNicknames) await held.rename('b')
          await held?.completeAdd(SCHEMA)
          expect(await store.list()).toMatchObject([{ name: kind.hasNicknames ? 'b' : 'a', schema: SCHEMA }])
        },
      )
    })

    it('a process that dies at any step of forgetting or dismissing leaves what the same command finishes', async () => {
      for (const how of ['forget', 'dismiss'] as const) {
        const action = async (store: Store) => {
          const [pending] = await store.interrupted()
          if (how === 'dismiss' && pending) await store.dismiss(pending.id, { record: true })
          else if ((await store.names()).length > 0) await store.forget('a')
        }
        await atEachStep(
          makePlace,
          async (store) => {
            await add(store, 'a')
            await (await store.begin({ kind: 'remove', name: 'a' })).release()
          },
          action,
          async (store) => {
            await action(store)
            const [pending] = await store.interrupted()
            if (pending) await store.dismiss(pending.id)
            expect(await store.names()).toEqual([])
          },
        )
      }
    })
  })
}
