import { readdirSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { add, freshPath, open, startWorker } from './support.ts'

test('ten processes that open, add and list at once on one fresh path all succeed, and nothing is lost', async () => {
  const path = freshPath()
  const names = Array.from({ length: 10 }, (_, i) => `database ${i}`)
  const lists = await Promise.all(names.map((name) => startWorker('add', path, name).next()))
  // Each saw its own, and one of them all ten.
  for (const [i, name] of names.entries()) expect(lists[i]).toContain(name)
  expect(Math.max(...lists.map((list) => (Array.isArray(list) ? list.length : 0)))).toBe(10)
  const store = await open(path)
  expect(await store.names()).toEqual(names)
  expect(await store.interrupted()).toEqual([])
  expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('of many processes that add one name at once a single one does', async () => {
  const path = freshPath()
  const results = await Promise.all(Array.from({ length: 5 }, () => startWorker('add', path, 'same').next()))
  expect(results.filter((result) => Array.isArray(result))).toEqual([['same']])
  for (const result of results) {
    if (!Array.isArray(result))
      expect(result).toMatchObject({ code: expect.stringMatching(/^(LOCKED|NAME_TAKEN)$/) })
  }
})

describe('the hold on an operation', () => {
  test('ends with a process that is killed, and not before', async () => {
    const path = freshPath()
    const store = await open(path)
    const worker = startWorker('hold-add', path, 'a')
    const id = String(await worker.next())
    for (let i = 0; i < 3; i++) {
      expect(await store.interrupted()).toEqual([])
      expect(await store.takeOver(id)).toBeNull()
    }
    // To be stopped is not to be dead.
    worker.child.kill('SIGSTOP')
    expect(await store.takeOver(id)).toBeNull()
    await worker.kill()
    expect(await store.interrupted()).toMatchObject([{ id, kind: 'add', name: 'a' }])
    const taken = await store.takeOver(id)
    expect(taken?.settings).toMatchObject({
      user: 'user-that-nobody-reads',
      password: 'password-that-nobody-reads',
    })
    await taken?.completeAdd(null)
    expect(await store.names()).toEqual(['a'])
  })

  test('to remove leaves the database stored when its process is killed', async () => {
    const path = freshPath()
    const store = await open(path)
    await add(store, 'a')
    const worker = startWorker('hold-remove', path, 'a')
    const id = String(await worker.next())
    await expect(store.forget('a')).rejects.toMatchObject({
      code: 'LOCKED',
      details: { data: { running: id } },
    })
    await worker.kill()
    expect(await store.names()).toEqual(['a'])
    await (await store.takeOver(id))?.completeRemove()
    expect(await store.names()).toEqual([])
    expect(await store.interrupted()).toEqual([])
  })

  test('goes to one alone of many that would take over', async () => {
    const path = freshPath()
    const worker = startWorker('hold-add', path, 'a')
    const id = String(await worker.next())
    await worker.kill()
    const takers = Array.from({ length: 4 }, () => startWorker('take-over', path, id))
    const taken = await Promise.all(takers.map((taker) => taker.next()))
    expect(taken.filter((result) => result === id)).toHaveLength(1)
    expect(taken.filter((result) => result === null)).toHaveLength(3)
    expect(await (await open(path)).interrupted()).toEqual([])
  })

  test('is seen by one who comes by a symbolic link', async () => {
    const path = freshPath()
    const id = String(await startWorker('hold-add', path, 'a').next())
    const link = `${dirname(dirname(path))}/link.sqlite3`
    symlinkSync(path, link)
    const store = await open(link, { create: false })
    expect(await store.interrupted()).toEqual([])
    expect(await store.takeOver(id)).toBeNull()
  })

  test('is not given up by those who look whether it is held', async () => {
    const path = freshPath()
    await startWorker('hold-add', path, 'a').next()
    const lookers = Array.from({ length: 4 }, () => startWorker('interrupted', path).next())
    expect(await Promise.all(lookers)).toEqual([[], [], [], []])
  })
})

test('a process that is killed again and again never leaves half of anything', async () => {
  const path = freshPath()
  const store = await open(path)
  for (let i = 0; i < 6; i++) {
    const worker = startWorker('add', path, `n${i}`)
    await new Promise((resolve) => setTimeout(resolve, 40 + i * 25))
    await worker.kill()
    const pending = await store.interrupted()
    const names = await store.names()
    for (const { id, name } of pending) {
      expect(names).not.toContain(name)
      await (await store.takeOver(id))?.abandon()
    }
    expect(await store.list()).toHaveLength(names.length)
    expect(await store.interrupted()).toEqual([])
  }
})
