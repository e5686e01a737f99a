import { expect, it, onTestFinished } from 'vitest'
import { createKeyring } from '../../src/store/credentials.ts'
import { openSqlite } from '../../src/store/sqlite/index.ts'
import { createStore } from '../../src/store/store.ts'
import type { Capabilities } from '../../src/store/types.ts'
import { add, freshPath, SECRET_KEY, settings } from './support.ts'

/** A store that can do less than an SQLite file. */
function limited(limits: Partial<Capabilities>) {
  const parts = openSqlite(
    freshPath(),
    createKeyring(() => SECRET_KEY),
    { create: true },
  )
  const store = createStore({ ...parts, capabilities: { ...parts.capabilities, ...limits } })
  onTestFinished(() => store.close())
  return store
}

const bare = { sslrootcert: null, sslcert: null, sslkey: null, options: null }

it('refuses an sslmode that the store cannot hold, before anything is written', async () => {
  const store = limited({ sslModes: ['prefer', 'require'] })
  await expect(add(store, 'a')).rejects.toMatchObject({ code: 'USAGE', details: { field: 'sslmode' } })
  await add(store, 'a', { sslmode: 'require' })
  await expect(store.update('a', { sslmode: 'verify-ca' })).rejects.toMatchObject({ code: 'USAGE' })
  expect(await store.find('a')).toMatchObject({ sslmode: 'require' })
  expect(await store.interrupted()).toEqual([])
})

it('refuses files and options of a connection that the store cannot hold', async () => {
  const store = limited({ hasConnectionOptions: false })
  await expect(add(store, 'a')).rejects.toMatchObject({ code: 'USAGE', details: { field: 'sslrootcert' } })
  await add(store, 'a', bare)
  await expect(store.update('a', { options: '-c a=b' })).rejects.toMatchObject({
    code: 'USAGE',
    details: { field: 'options' },
  })
  expect(await store.settings('a')).toEqual(settings(bare))
})

it('refuses another name where the store cannot rename', async () => {
  const store = limited({ canRename: false })
  await add(store, 'a')
  await expect(store.update('a', {}, 'b')).rejects.toMatchObject({
    code: 'USAGE',
    details: { field: 'rename' },
  })
  await store.update('a', { host: 'h2' }, 'a')
  expect(await store.find('a')).toMatchObject({ name: 'a', host: 'h2' })
})

it('keeps nothing of schemas where the store has no place for it', async () => {
  const store = limited({ hasSchemaRecord: false })
  expect(await add(store, 'a')).toMatchObject({ schema: null })
  await store.setSchema('a', { source: 'bundled', version: '0.1.0' })
  expect(await store.find('a')).toMatchObject({ schema: null })
})
