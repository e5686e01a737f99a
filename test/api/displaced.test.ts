import { expect, it, onTestFinished } from 'vitest'
import { addDatabase, recoverInterrupted, removeDatabase } from '../../src/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createKeyring } from '../../src/store/credentials.ts'
import type { StoreParts } from '../../src/store/parts.ts'
import { openSqlite } from '../../src/store/sqlite/index.ts'
import { createStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/types.ts'
import { freshPath, SECRET_KEY, settings as someSettings } from '../store/support.ts'
import { ownedDatabase, sql } from '../support/database.ts'
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

/** Removes "x" with its schemas, but the process dies before it does `step` in the internal database. */
async function interruptedRemoval(step: 'row' | 'entry', otherNames: readonly string[] = []) {
  let isDying = false
  const dieIf = (isReached: boolean) => {
    if (isDying && isReached) throw new Error('died')
  }
  const { store, parts } = openBoth(({ records, journal }) => ({
    records: {
      ...records,
      async delete(id, target) {
        dieIf(step === 'row')
        return records.delete(id, target)
      },
    },
    journal: {
      ...journal,
      async end(id) {
        dieIf(step === 'entry')
        return journal.end(id)
      },
    },
  }))
  const settings = await ownedDatabase()
  for (const name of ['x', ...otherNames]) await addDatabase(store, { name, settings })
  isDying = true
  await expect(removeDatabase(store, { name: 'x', removeSchema: true, sharedSchema: true })).rejects.toThrow(
    'died',
  )
  isDying = false
  return { store, parts, settings }
}

async function countSchemas({ database }: ConnectionSettings): Promise<number> {
  const rows = await sql<{ count: number }>(
    database,
    "SELECT count(*)::int AS count FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types')",
  )
  return rows[0]?.count ?? -1
}

it.each([{ removeSchema: true }, { removeSchema: false }])(
  'finishes an interrupted removal, and leaves the database that the record names by now: %j',
  async ({ removeSchema }) => {
    const { store, parts, settings } = await interruptedRemoval('row')
    const other = await ownedDatabase()
    await addDatabase(store, { name: 'y', settings: other })
    await removeDatabase(store, { name: 'y' })
    await parts.records.update('x', other, 'x')
    const warnings: string[] = []
    const result = await removeDatabase(
      store,
      { name: 'x', removeSchema },
      { onProgress: (event) => event.type === 'warning' && warnings.push(event.message) },
    )
    expect(result).toMatchObject({ status: 'removed', schemaRemoved: true })
    expect(warnings.join()).toContain('"x" stays stored')
    expect(await store.settings('x')).toMatchObject({ database: other.database })
    expect([await countSchemas(settings), await countSchemas(other)]).toEqual([0, 3])
    expect(await store.interrupted()).toEqual([])
  },
)

it('reports that the record stays when another run finishes the interrupted removal', async () => {
  const { store, parts } = await interruptedRemoval('row')
  await parts.records.update('x', await ownedDatabase(), 'x')
  expect(await recoverInterrupted(store)).toMatchObject([{ outcome: 'finished', isRecordKept: true }])
  expect(await store.names()).toEqual(['x'])
})

it('records for all names of a database that an interrupted removal had dropped its schemas', async () => {
  const { store } = await interruptedRemoval('row', ['y'])
  expect(await store.find('y')).toMatchObject({ schema: { source: 'bundled' } })
  expect(await recoverInterrupted(store)).toMatchObject([{ name: 'x', outcome: 'finished' }])
  expect(await store.list()).toMatchObject([{ name: 'y', schema: null }])
})

it('ends a removal whose record no longer exists, even if its server no longer does', async () => {
  const { store, settings } = await interruptedRemoval('entry')
  await sql('postgres', `DROP DATABASE "${settings.database}"`)
  expect(await store.names()).toEqual([])
  expect(await addDatabase(store, { name: 'x', settings: await ownedDatabase() })).toMatchObject({
    status: 'added',
  })
})

/** Makes the next add of a stored database install again, and so ask. */
async function dropSchemas({ database }: ConnectionSettings): Promise<void> {
  await sql(database, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
}

it('keeps what another process changes of a record while its database is added again', async () => {
  const { store, parts } = openBoth()
  const settings = await ownedDatabase()
  await addDatabase(store, { name: 'x', settings: { ...settings, sslmode: 'prefer' } })
  await dropSchemas(settings)
  const again = await addDatabase(store, {
    name: 'x',
    settings: { ...settings, sslmode: 'prefer', options: '-c statement_timeout=0' },
    confirm: async () => {
      await parts.records.update('x', { sslmode: 'disable' }, 'x')
      return true
    },
  })
  expect(again).toMatchObject({ status: 'updated', updated: ['schemas', 'options'] })
  expect(await store.settings('x')).toMatchObject({
    sslmode: 'disable',
    options: '-c statement_timeout=0',
  })
})

it('adds a database again under a name that only an earlier version could store', async () => {
  const { store, parts } = openBoth()
  const settings = await ownedDatabase()
  const name = 'zw\u200bname'
  await parts.records.insert(name, settings)
  expect(await addDatabase(store, { name, settings })).toMatchObject({ name, schemaAction: 'install' })
  await expect(addDatabase(store, { name: 'new\u200bname', settings })).rejects.toMatchObject({
    code: 'USAGE',
  })
})

it('leaves a record that names another database by the time that its database is added again', async () => {
  const { store, parts } = openBoth()
  const [settings, other] = [await ownedDatabase(), await ownedDatabase()]
  await addDatabase(store, { name: 'x', settings })
  await dropSchemas(settings)
  const again = addDatabase(store, {
    name: 'x',
    settings,
    confirm: async () => {
      await parts.records.update('x', other, 'x')
      return true
    },
  })
  await expect(again).rejects.toMatchObject({ code: 'LOCKED' })
  expect(await store.settings('x')).toEqual(other)
})

it('removes nothing after another process changed the connection of the record', async () => {
  const { store, parts } = openBoth()
  const [settings, other] = [await ownedDatabase(), await ownedDatabase()]
  await addDatabase(store, { name: 'x', settings })
  const confirm = async () => {
    await parts.records.update('x', other, 'x')
    return true as const
  }
  await expect(removeDatabase(store, { name: 'x', removeSchema: true, confirm })).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining('changed the connection'),
  })
  expect(await countSchemas(settings)).toBe(3)
  expect(await store.settings('x')).toMatchObject({ database: other.database })
  expect(await store.interrupted()).toEqual([])
})

it('keeps an addition whose outcome nobody can prove when the record of its name is removed', async () => {
  const settings = await ownedDatabase()
  const store = await displacedAddition(settings)
  await sql('postgres', `ALTER DATABASE "${settings.database}" ALLOW_CONNECTIONS false`)
  await expect(removeDatabase(store, { name: 'x', removeSchema: true })).rejects.toMatchObject({
    code: 'LOCKED',
  })
  await removeDatabase(store, { name: 'x' })
  expect(await store.names()).toEqual([])
  expect(await store.interrupted()).toMatchObject([{ kind: 'add', name: 'x' }])
})

it('leaves an addition under its own name when a run that could finish it fails', async () => {
  const settings = await ownedDatabase()
  const store = await displacedAddition(settings)
  const wrong = { ...settings, password: 'wrong' }
  await expect(addDatabase(store, { name: 'y', settings: wrong })).rejects.toMatchObject({
    code: 'AUTHENTICATION_FAILED',
  })
  expect(await store.interrupted()).toMatchObject([{ kind: 'add', name: 'x' }])
  await addDatabase(store, { name: 'z', settings })
  expect(await store.names()).toEqual(['x', 'z'])
  expect(await store.interrupted()).toEqual([])
})
