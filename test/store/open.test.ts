import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStore, storeExists } from '../../src/store/index.ts'
import { add, freshPath, open, SECRET_KEY } from './support.ts'

it('uses an empty store for a dry run where there is none, and deletes it', async () => {
  const path = freshPath()
  const store = await openStore(path, () => SECRET_KEY, { create: true, dryRun: true })
  expect(store.capabilities.isReadOnly).toBe(false)
  await add(store, 'a')
  expect(await store.names()).toEqual(['a'])
  expect(existsSync(store.location)).toBe(true)
  await store.close()
  expect(existsSync(dirname(store.location))).toBe(false)
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

it('returns whether there is a store', async () => {
  const path = freshPath()
  expect(await storeExists(path)).toBe(false)
  await open(path)
  expect(await storeExists(path)).toBe(true)
})
