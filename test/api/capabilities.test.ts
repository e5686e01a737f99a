import { expect, it, onTestFinished } from 'vitest'
import { addDatabase, editDatabase } from '../../src/index.ts'
import { createKeyring } from '../../src/store/credentials.ts'
import { openSqlite } from '../../src/store/sqlite/index.ts'
import { createStore } from '../../src/store/store.ts'
import { add, freshPath, SECRET_KEY, settings } from '../store/support.ts'

it('refuses what the internal database cannot hold before it connects', async () => {
  const parts = openSqlite(
    freshPath(),
    createKeyring(() => SECRET_KEY),
    { create: true },
  )
  const capabilities = { ...parts.capabilities, sslModes: ['prefer'], canRename: false } as const
  const store = createStore({ ...parts, capabilities })
  onTestFinished(() => store.close())
  // Nothing listens there: a connection would be the error.
  const dead = settings({ host: '127.0.0.1', port: 1, sslmode: 'prefer', sslrootcert: null })
  await add(store, 'x', dead)
  const refusal = (field: string) => ({ code: 'USAGE', details: { field } })
  await expect(
    addDatabase(store, { name: 'y', settings: { ...dead, sslmode: 'require' } }),
  ).rejects.toMatchObject(refusal('sslmode'))
  await expect(editDatabase(store, { name: 'x', changes: { sslmode: 'require' } })).rejects.toMatchObject(
    refusal('sslmode'),
  )
  await expect(editDatabase(store, { name: 'x', changes: {}, rename: 'z' })).rejects.toMatchObject(
    refusal('rename'),
  )
  expect(await store.names()).toEqual(['x'])
})
