import { expect, it, onTestFinished } from 'vitest'
import { addDatabase, recoverInterrupted, removeDatabase } from '../../src/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createKeyring } from '../../src/store/credentials.ts'
import type { StoreParts } from '../../src/store/parts.ts'
import { openSqlite } from '../../src/store/sqlite/index.ts'
import { createStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/types.ts'
import { freshPath, SECRET_KEY, settings as someSettings } from '../store/support.ts'
import { ownedDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

/** Returns a store, and its parts to do behind its back what another process would do. */
function openBoth(change: (parts: StoreParts) => Partial<StoreParts> = () => ({})): {
  store: Store
  parts: StoreParts
} {
  const parts = openSqlite(
    freshPath(),
    createKeyring(() => SECRET_KEY),
    { create: true },
  )
  const store = createStore({ ...parts, ...change(parts) })
  onTestFinished(() => store.close())
  return { store, parts }
}

/** Adds "x" while another process stores another database as "x": the entry of the addition stays. */
async function displacedAddition(settings: ConnectionSettings) {
  const { store, parts } = openBoth()
  const racing: Store = {
    ...store,
    async begin(operation) {
      const held = await store.begin(operation)
      await parts.records.insert('x', someSettings())
      return held
    },
  }
  await expect(addDatabase(racing, { name: 'x', settings })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
    hint: expect.stringContaining('db add OTHERNAME'),
  })
  expect(await store.interrupted()).toMatchObject([{ kind: 'add', name: 'x' }])
  return store
}

it('continues an addition under the next name that it receives after another database took its name', async () => {
  const settings = await ownedDatabase()
  const store = await displacedAddition(settings)
  // Without a connection nobody knows whose it is.
  expect(await recoverInterrupted(store)).toMatchObject([
    { name: 'x', outcome: 'waiting', reason: { code: 'NAME_TAKEN' } },
  ])
  await addDatabase(store, { name: 'z', settings: await ownedDatabase() })
  expect(await store.interrupted()).toMatchObject([{ name: 'x' }])
  const result = await addDatabase(store, { name: 'y', settings })
  expect(result).toMatchObject({ name: 'y', status: 'unchanged', schemaAction: 'keep' })
  expect(await store.names()).toEqual(['x', 'y', 'z'])
  expect(await store.settings('y')).toMatchObject({ database: settings.database })
  expect(await store.settings('x')).toEqual(someSettings())
  expect(await store.interrupted()).toEqual([])
})

it('keeps an addition in the journal when the database that took its name is removed', async () => {
  const settings = await ownedDatabase()
  const store = await displacedAddition(settings)
  await expect(removeDatabase(store, { name: 'x', removeSchema: true })).rejects.toMatchObject({
    code: 'NAME_TAKEN',
  })
  expect(await removeDatabase(store, { name: 'x' })).toMatchObject({ status: 'removed' })
  expect(await store.names()).toEqual([])
  expect(await recoverInterrupted(store)).toMatchObject([{ name: 'x', outcome: 'finished' }])
  expect(await store.settings('x')).toMatchObject({ database: settings.database })
})

it('finishes an addition that was killed between row and entry, even if its server no longer exists', async () => {
  const direct = await ownedDatabase()
  const proxy = await startProxy({ target: direct })
  onTestFinished(() => proxy.close())
  let isDying = true
  const { store } = openBoth(({ journal }) => ({
    journal: {
      ...journal,
      async end(id) {
        if (isDying) throw new Error('died')
        return journal.end(id)
      },
    },
  }))
  const settings = { ...direct, host: proxy.host, port: proxy.port }
  await expect(addDatabase(store, { name: 'x', settings })).rejects.toThrow('died')
  isDying = false
  expect(await store.find('x')).toMatchObject({ schema: { source: 'bundled' } })
  await proxy.close()
  expect(await recoverInterrupted(store)).toMatchObject([{ name: 'x', outcome: 'finished' }])
  expect(await store.interrupted()).toEqual([])
  expect(await store.find('x')).toMatchObject({ schema: { source: 'bundled' } })
})
