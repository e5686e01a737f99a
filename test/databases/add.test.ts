import { describe, expect, it, onTestFinished } from 'vitest'
import { type AddDatabaseInput, addDatabase } from '../../src/databases/add/index.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { createRole, ownedDatabase, sql, superuserSettings, uniqueName } from '../support/database.ts'
import { mathesarSchemas } from '../support/installed.ts'

async function newStore(): Promise<Store> {
  const store = await openStore(`${temporaryDirectory()}/internal.sqlite3`, () => 'a key', { create: true })
  onTestFinished(() => store.close())
  return store
}

/** Settings for a database that does not exist, with a role that may create it. */
async function missingDatabase(): Promise<ConnectionSettings> {
  const role = await createRole({ attributes: 'CREATEDB' })
  return { ...superuserSettings(uniqueName('db')), user: role.user, password: role.password }
}

async function exists(database: string): Promise<boolean> {
  const rows = await sql('postgres', 'SELECT FROM pg_database WHERE datname = $1', [database])
  return rows.length > 0
}

describe('adding a database', () => {
  it('uses the record that another run stores for the same database while the operator decides', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    let questions = 0
    const input: AddDatabaseInput = {
      name: 'library',
      settings,
      confirm: async () => {
        questions++
        await addDatabase(store, { name: 'library', settings })
        return true
      },
    }
    expect(await addDatabase(store, input)).toMatchObject({ status: 'unchanged', schemaAction: 'keep' })
    expect(questions).toBe(1)
    expect(await store.interrupted()).toEqual([])
  })

  it('refuses the name when another run stores another database under it meanwhile', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    const other = await ownedDatabase()
    const confirm = async () => {
      await addDatabase(store, { name: 'library', settings: other })
      return true
    }
    await expect(addDatabase(store, { name: 'library', settings, confirm })).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await store.list()).toMatchObject([{ name: 'library', database: other.database }])
    expect(await store.interrupted()).toEqual([])
  })

  it('drops the database that it created and ends its entry when the install fails', async () => {
    const store = await newStore()
    const settings = await missingDatabase()
    const failing = new AbortController()
    const onProgress = (event: { type: string }) => {
      if (event.type === 'progress') failing.abort(new Error('stop'))
    }
    const adding = addDatabase(
      store,
      { name: 'library', settings, createDatabase: true },
      { signal: failing.signal, onProgress },
    )
    await expect(adding).rejects.toThrow('stop')
    expect(await exists(settings.database)).toBe(false)
    expect(await store.names()).toEqual([])
    expect(await store.interrupted()).toEqual([])
  })

  it('changes nothing when the operator declines, not even the server', async () => {
    const store = await newStore()
    const settings = await missingDatabase()
    const input = { name: 'library', settings, createDatabase: true, confirm: async () => false }
    await expect(addDatabase(store, input)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await exists(settings.database)).toBe(false)
    expect(await store.interrupted()).toEqual([])
  })
})
