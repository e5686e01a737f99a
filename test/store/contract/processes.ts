import { describe, expect, it } from 'vitest'
import type { Tools } from './place.ts'

/** Linux shows which process holds a lock on a file. */
const anotherProcess = ({ showsOwner }: Tools['kind']) =>
  showsOwner && process.platform === 'linux'
    ? /^Another process, process \d+ \(.+\), has been removing the database "a" since /
    : /^Another process has been removing the database "a" since /

/** Many processes at once, and processes that are killed. */
export function describeProcesses({ kind, makePlace, add }: Tools): void {
  describe('processes', () => {
    it('ten processes at a time can open, add and list on a new path, and nothing is lost', async () => {
      const place = await makePlace()
      const names = Array.from({ length: 10 }, (_, i) => `database ${i}`)
      const lists = await Promise.all(names.map((name) => place.worker('add', name).next()))
      // Each saw its own, and one of them all ten.
      for (const [i, name] of names.entries()) expect(lists[i]).toContain(name)
      expect(Math.max(...lists.map((list) => (Array.isArray(list) ? list.length : 0)))).toBe(10)
      const store = await place.open()
      expect(await store.names()).toEqual(names)
      expect(await store.interrupted()).toEqual([])
      expect(await place.locks()).toEqual([])
    })

    it('processes add one name once, however many try at a time', async () => {
      const place = await makePlace()
      const results = await Promise.all(Array.from({ length: 5 }, () => place.worker('add', 'same').next()))
      expect(results.filter((result) => Array.isArray(result))).toEqual([['same']])
      for (const result of results) {
        if (Array.isArray(result)) continue
        expect(result).toMatchObject({ code: expect.stringMatching(/^(LOCKED|NAME_TAKEN)$/) })
      }
    })

    it('processes hold an operation until they are killed, even while they are stopped', async () => {
      const place = await makePlace()
      const store = await place.open()
      const worker = place.worker('hold-add', 'a')
      const id = String(await worker.next())
      for (let i = 0; i < 3; i++) {
        expect(await store.interrupted()).toEqual([])
        expect(await store.takeOver(id)).toBeNull()
      }
      worker.child.kill('SIGSTOP')
      expect(await store.takeOver(id)).toBeNull()
      await worker.kill()
      expect(await store.interrupted()).toMatchObject([{ id, kind: 'add', name: 'a' }])
      const taken = await store.takeOver(id)
      expect(taken?.settings).toMatchObject({
        user: 'user-of-the-worker',
        password: 'password-of-the-worker',
      })
      await taken?.completeAdd(null)
      expect(await store.names()).toEqual(['a'])
    })

    it('processes leave a database stored when they are killed while they remove it', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      const worker = place.worker('hold-remove', 'a')
      const id = String(await worker.next())
      await expect(store.forget('a')).rejects.toMatchObject({
        code: 'LOCKED',
        message: expect.stringMatching(anotherProcess(kind)),
        details: { data: { running: id } },
      })
      await worker.kill()
      expect(await store.names()).toEqual(['a'])
      await (await store.takeOver(id))?.completeRemove()
      expect(await store.names()).toEqual([])
      expect(await store.interrupted()).toEqual([])
    })

    it('processes let only one of them take over an operation, however many try at once', async () => {
      const place = await makePlace()
      const worker = place.worker('hold-add', 'a')
      const id = String(await worker.next())
      await worker.kill()
      const takers = Array.from({ length: 4 }, () => place.worker('take-over', id))
      const taken = await Promise.all(takers.map((taker) => taker.next()))
      expect(taken.filter((result) => result === id)).toHaveLength(1)
      expect(taken.filter((result) => result === null)).toHaveLength(3)
      expect(await (await place.open()).interrupted()).toEqual([])
    })

    it('processes see a held operation as held, however many look at a time', async () => {
      const place = await makePlace()
      await place.worker('hold-add', 'a').next()
      const lookers = Array.from({ length: 4 }, () => place.worker('interrupted', '').next())
      expect(await Promise.all(lookers)).toEqual([[], [], [], []])
    })

    it.each([
      // The row, and what is known of its schemas: crashes.ts tries all steps, without a process for each.
      ['add', 3, true],
      ['add', 4, true],
      ['remove', 3, false],
      ['remove', 4, false],
    ] as const)(
      'processes that are killed in %s after step %i leave their entry, and a row: %s',
      async (task, step, hasRow) => {
        const place = await makePlace()
        const store = await place.open()
        if (task === 'remove') await add(store, 'a')
        const worker = place.worker(task, 'a', String(step), 'after')
        await worker.ended
        expect(worker.child.signalCode).toBe('SIGKILL')
        const pending = await store.interrupted()
        expect(pending).toHaveLength(1)
        expect(await store.names()).toEqual(hasRow ? ['a'] : [])
        const held = pending[0] && (await store.takeOver(pending[0].id))
        if (task === 'add') await held?.completeAdd(null)
        else await held?.completeRemove()
        expect(await store.names()).toEqual(task === 'add' ? ['a'] : [])
        expect(await store.interrupted()).toEqual([])
        expect(await place.locks()).toEqual([])
      },
    )

    it('processes that are killed again and again never leave half of anything', async () => {
      const place = await makePlace()
      const store = await place.open()
      for (let i = 0; i < 6; i++) {
        const worker = place.worker('add', `n${i}`)
        await new Promise((resolve) => setTimeout(resolve, 40 + i * 25))
        await worker.kill()
        for (const { id } of await store.interrupted()) {
          const held = await store.takeOver(id)
          if (await held?.isStored()) await held?.completeAdd()
          else await held?.abandon()
        }
        expect(await store.list()).toHaveLength((await store.names()).length)
        expect(await store.interrupted()).toEqual([])
      }
      expect(await place.locks()).toEqual([])
    })
  })
}
