import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { add, freshPath, open, settings } from './support.ts'

const lockFilesBeside = (path: string) => readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))

describe('an operation that is held', () => {
  test('keeps its name from all others, and tells since when', async () => {
    const path = freshPath()
    const [store, other] = [await open(path), await open(path)]
    const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
    expect(held).toMatchObject({ kind: 'add', name: 'a', settings: settings() })
    const refusal = {
      code: 'LOCKED',
      exitCode: 1,
      message: expect.stringContaining(held.startedAt),
      details: { data: { running: held.id } },
    }
    await expect(store.begin({ kind: 'add', name: 'a', settings: settings() })).rejects.toMatchObject(refusal)
    await expect(other.begin({ kind: 'add', name: 'a', settings: settings() })).rejects.toMatchObject(refusal)
    expect(await other.interrupted()).toEqual([])
    expect(await other.takeOver(held.id)).toBeNull()
    expect(await store.takeOver(held.id)).toBeNull()
    await add(other, 'b')
    expect(await store.names()).toEqual(['b'])
    expect(await held.completeAdd(null)).toMatchObject({ name: 'a', schema: null })
    expect(lockFilesBeside(path)).toEqual([])
  })

  test('to remove keeps the stored one from being changed or forgotten', async () => {
    const store = await open(freshPath())
    await add(store, 'a')
    const held = await store.begin({ kind: 'remove', name: 'a' })
    expect(held.settings).toEqual(settings())
    await expect(store.update('a', settings())).rejects.toMatchObject({ code: 'LOCKED' })
    await expect(store.forget('a')).rejects.toMatchObject({ code: 'LOCKED' })
    await expect(store.begin({ kind: 'remove', name: 'a' })).rejects.toMatchObject({ code: 'LOCKED' })
    await add(store, 'b')
    await expect(store.update('b', settings(), 'a')).rejects.toMatchObject({ code: 'LOCKED' })
    await held.completeRemove()
    expect(await store.names()).toEqual(['b'])
  })

  test('that is abandoned leaves nothing', async () => {
    const path = freshPath()
    const store = await open(path)
    await add(store, 'stored')
    const held = [
      await store.begin({ kind: 'add', name: 'a', settings: settings() }),
      await store.begin({ kind: 'remove', name: 'stored' }),
    ]
    for (const operation of held) await operation.abandon()
    expect(await store.interrupted()).toEqual([])
    expect(await store.names()).toEqual(['stored'])
    expect(lockFilesBeside(path)).toEqual([])
    await add(store, 'a')
  })

  test('can be ended twice, but completed once', async () => {
    const store = await open(freshPath())
    const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
    await expect(held.completeRemove()).rejects.toThrow('no remove is held')
    await held.completeAdd(null)
    await held.abandon()
    await held.release()
    await expect(held.completeAdd(null)).rejects.toThrow('no add is held')
    expect(await store.names()).toEqual(['a'])
  })
})

describe('an operation that was let go of', () => {
  test('is interrupted, and whoever takes it over has all that it needs', async () => {
    const path = freshPath()
    const store = await open(path)
    const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
    await held.release()
    const { id, kind, name, startedAt } = held
    expect(await store.interrupted()).toEqual([{ id, kind, name, keepTypes: false, startedAt }])
    await expect(store.begin({ kind: 'add', name: 'a', settings: settings() })).rejects.toMatchObject({
      code: 'LOCKED',
      details: { data: { interrupted: id } },
    })
    const other = await open(path)
    const taken = await other.takeOver(id)
    expect(taken).toMatchObject({ id, kind, name, startedAt, settings: settings() })
    expect(await store.takeOver(id)).toBeNull()
    expect(await store.interrupted()).toEqual([])
    await taken?.completeAdd({ source: 'bundled', version: '0.1.0' })
    expect(await store.takeOver(id)).toBeNull()
    expect(await store.settings('a')).toEqual(settings())
    expect(lockFilesBeside(path)).toEqual([])
  })

  test('to remove says whether the types were to stay', async () => {
    const path = freshPath()
    const store = await open(path)
    for (const [name, keepTypes] of [
      ['some', true],
      ['all', false],
    ] as const) {
      await add(store, name)
      const held = await store.begin({ kind: 'remove', name, keepTypes })
      expect(held.keepTypes).toBe(keepTypes)
      await held.release()
    }
    const other = await open(path)
    const pending = await other.interrupted()
    expect(pending.map(({ name, keepTypes }) => [name, keepTypes]).sort()).toEqual([
      ['all', false],
      ['some', true],
    ])
    for (const { id, keepTypes } of pending) expect(await other.takeOver(id)).toMatchObject({ keepTypes })
  })

  test('when its store was closed, too', async () => {
    const path = freshPath()
    const store = await open(path)
    const { id } = await store.begin({ kind: 'add', name: 'a', settings: settings() })
    await store.close()
    expect(await (await open(path)).takeOver(id)).not.toBeNull()
  })

  test('is still there where its lock file was deleted', async () => {
    const path = freshPath()
    const store = await open(path)
    const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
    await held.release()
    for (const name of lockFilesBeside(path)) rmSync(join(dirname(path), name))
    expect(await store.interrupted()).toHaveLength(1)
    await (await store.takeOver(held.id))?.abandon()
    expect(await store.interrupted()).toEqual([])
    expect(lockFilesBeside(path)).toEqual([])
  })

  test('to remove does not keep the database from being forgotten, and ends with that', async () => {
    const path = freshPath()
    const store = await open(path)
    await add(store, 'a')
    const held = await store.begin({ kind: 'remove', name: 'a' })
    await held.release()
    await expect(store.update('a', settings())).rejects.toMatchObject({
      details: { data: { interrupted: held.id } },
    })
    await store.forget('a')
    expect(await store.interrupted()).toEqual([])
    expect(lockFilesBeside(path)).toEqual([])
  })
})

test('begin refuses what can not be', async () => {
  const store = await open(freshPath())
  await add(store, 'a')
  const begin = store.begin
  await expect(begin({ kind: 'add', name: 'a', settings: settings() })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  })
  await expect(begin({ kind: 'add', name: 'a\nb', settings: settings() })).rejects.toMatchObject({
    code: 'USAGE',
    details: { field: 'name' },
  })
  await expect(begin({ kind: 'remove', name: 'b' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await store.interrupted()).toEqual([])
})

test('an addition does not complete over a row that Mathesar made meanwhile, and can be abandoned', async () => {
  const path = freshPath()
  const store = await open(path)
  const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
  const file = new Database(path)
  file.exec(`INSERT INTO mathesar_database (created_at, updated_at, name, deleted, db_name, host, password, port, username)
    VALUES ('2024-01-01 00:00:00', '2024-01-01 00:00:00', 'a', 0, 'd', 'h', 'p', 1, 'u')`)
  await expect(held.completeAdd(null)).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  await held.abandon()
  expect(await store.find('a')).toMatchObject({ user: 'u' })
  file.close()
})

test('an entry that was deleted by hand is not completed', async () => {
  const path = freshPath()
  const store = await open(path)
  const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
  const file = new Database(path)
  file.exec('DELETE FROM mathesarctl_operation')
  file.close()
  await expect(held.completeAdd(null)).rejects.toMatchObject({ code: 'LOCKED' })
  expect(await store.names()).toEqual([])
})

test('lock files that a killed process left without an entry are swept up', async () => {
  const path = freshPath()
  const store = await open(path)
  const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
  writeFileSync(`${path}.op-7c9e6679-7425-40de-944b-e07fc1f90ae7.lock`, '')
  writeFileSync(`${path}.op-not.locked`, '')
  expect(await store.interrupted()).toEqual([])
  expect(lockFilesBeside(path)).toHaveLength(1)
  expect(readdirSync(dirname(path))).toContain('internal.sqlite3.op-not.locked')
  await held.completeAdd(null)
})
