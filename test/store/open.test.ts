import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStore, storeExists } from '../../src/store/index.ts'
import { add, freshPath, open, SECRET_KEY } from './support.ts'

const scratches = () => readdirSync(tmpdir()).filter((name) => /^mathesarctl-[A-Za-z0-9]{6}$/.test(name))

it('uses an empty store for a dry run where there is none, and deletes it', async () => {
  const path = freshPath()
  const before = scratches()
  const store = await openStore(path, () => SECRET_KEY, { create: true, dryRun: true })
  expect(store.capabilities.isReadOnly).toBe(false)
  await add(store, 'a')
  expect(await store.names()).toEqual(['a'])
  await store.close()
  expect(scratches()).toEqual(before)
  expect(existsSync(dirname(path))).toBe(false)
})

it('opens an existing store for reading for a dry run', async () => {
  const path = freshPath()
  await add(await open(path), 'a')
  const store = await openStore(path, () => SECRET_KEY, { create: true, dryRun: true })
  onTestFinished(() => store.close())
  expect(store.capabilities.isReadOnly).toBe(true)
  expect(await store.names()).toEqual(['a'])
  await expect(store.forget('a')).rejects.toThrow('opened for reading')
})

it('creates nothing where the key is missing', async () => {
  const path = freshPath()
  const missing = () => {
    throw new Error('no key')
  }
  for (const dryRun of [true, false]) {
    await expect(openStore(path, missing, { create: true, dryRun })).rejects.toThrow('no key')
  }
  expect(existsSync(dirname(path))).toBe(false)
  expect(await storeExists(path)).toBe(false)
})

it('says whether there is a store', async () => {
  const path = freshPath()
  expect(await storeExists(path)).toBe(false)
  await open(path)
  expect(await storeExists(path)).toBe(true)
})
