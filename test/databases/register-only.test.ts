import { describe, expect, it, onTestFinished } from 'vitest'
import { addDatabase } from '../../src/databases/add/index.ts'
import type { ProgressEvent } from '../../src/databases/events.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { ALL_SCHEMAS, mathesarSchemas } from '../support/installed.ts'

async function newStore(): Promise<Store> {
  const store = await openStore(`${temporaryDirectory()}/internal.sqlite3`, () => 'a key', { create: true })
  onTestFinished(() => store.close())
  return store
}

/** Collects the warnings of a run. */
function collector(): { onProgress: (event: ProgressEvent) => void; warnings: string[] } {
  const warnings: string[] = []
  return {
    warnings,
    onProgress: (event) => {
      if (event.type === 'warning') warnings.push(event.message)
    },
  }
}

describe('an add that only registers', () => {
  it('stores the proven credentials, and installs nothing', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    const input = { name: 'library', settings, registerOnly: true }
    expect(await addDatabase(store, input)).toMatchObject({
      status: 'added',
      schema: null,
      schemaAction: 'none',
    })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await store.settings('library')).toEqual(settings)
    expect(await store.find('library')).toMatchObject({ schema: null })
    expect(await store.interrupted()).toEqual([])
    expect(await addDatabase(store, input)).toMatchObject({ status: 'unchanged', schema: null })
  })

  it('refuses a wrong password, and stores nothing', async () => {
    const store = await newStore()
    const settings = { ...(await ownedDatabase()), password: 'wrong' }
    const adding = addDatabase(store, { name: 'library', settings, registerOnly: true })
    await expect(adding).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' })
    expect(await store.names()).toEqual([])
  })

  it('warns of a role that can create no schemas, and stores its credentials', async () => {
    const store = await newStore()
    const role = await createRole()
    const database = await createDatabase()
    await sql(database, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC')
    const settings = { ...superuserSettings(database), ...role }
    const { onProgress, warnings } = collector()
    const added = await addDatabase(store, { name: 'x', settings, registerOnly: true }, { onProgress })
    expect(added.status).toBe('added')
    expect(warnings).toEqual([
      `Role "${role.user}" can't create schemas in database "${database}", nor tables: Mathesar can't ` +
        'install its SQL as this role.',
    ])
  })

  it('leaves schemas that are there as they are, and records them', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    await addDatabase(store, { name: 'installed', settings })
    const { onProgress, warnings } = collector()
    const added = await addDatabase(
      store,
      { name: 'registered', settings, registerOnly: true },
      { onProgress },
    )
    expect(added).toMatchObject({ status: 'added', schemaAction: 'none', schema: { source: 'bundled' } })
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    expect(await store.find('registered')).toMatchObject({ schema: { source: 'bundled' } })
    expect(warnings).toEqual(['The same database is stored already, as "installed".'])
  })

  it('refuses a role that may not use the schemas that are there', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    await addDatabase(store, { name: 'installed', settings })
    const other = { ...settings, ...(await createRole()) }
    const adding = addDatabase(store, { name: 'other', settings: other, registerOnly: true })
    await expect(adding).rejects.toMatchObject({ code: 'INSUFFICIENT_PRIVILEGE' })
  })

  it('warns that only the owner of the schemas can upgrade them', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    await addDatabase(store, { name: 'installed', settings })
    const role = await createRole()
    await sql(settings.database, `GRANT CREATE ON DATABASE "${settings.database}" TO "${role.user}"`)
    await sql(settings.database, `GRANT USAGE ON SCHEMA ${ALL_SCHEMAS.join()} TO "${role.user}"`)
    const { onProgress, warnings } = collector()
    const input = { name: 'other', settings: { ...settings, ...role }, registerOnly: true }
    await addDatabase(store, input, { onProgress })
    expect(warnings[0]).toMatch(new RegExp(`^Schema "\\w+" belongs to role "${settings.user}"`))
  })

  it('creates the database if it may, and installs nothing in it', async () => {
    const store = await newStore()
    const role = await createRole({ attributes: 'CREATEDB' })
    const settings = { ...superuserSettings(uniqueName('db')), ...role }
    const input = { name: 'library', settings, registerOnly: true, createDatabase: true }
    expect(await addDatabase(store, { ...input, dryRun: true })).toMatchObject({
      status: 'planned',
      schema: null,
      schemaAction: 'none',
      createsDatabase: true,
    })
    expect(await addDatabase(store, input)).toMatchObject({
      status: 'added',
      createdDatabase: true,
      schema: null,
    })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await store.settings('library')).toEqual(settings)
    expect(await store.interrupted()).toEqual([])
  })

  it('drops the database that it created when it is interrupted before the credentials are stored', async () => {
    const store = await newStore()
    const role = await createRole({ attributes: 'CREATEDB' })
    const settings = { ...superuserSettings(uniqueName('db')), ...role }
    const stop = new AbortController()
    const onProgress = (event: ProgressEvent) => {
      if (event.type === 'check' && event.check === 'server') stop.abort(new Error('stop'))
    }
    const input = { name: 'library', settings, registerOnly: true, createDatabase: true }
    await expect(addDatabase(store, input, { signal: stop.signal, onProgress })).rejects.toThrow('stop')
    const rows = await sql('postgres', 'SELECT FROM pg_database WHERE datname = $1', [settings.database])
    expect(rows).toEqual([])
    expect(await store.interrupted()).toEqual([])
  })

  it('shows in its plan that nothing is installed', async () => {
    const store = await newStore()
    const settings = await ownedDatabase()
    const confirm = async (plan: { schemaAction: string }) => {
      expect(plan).toMatchObject({ schemaAction: 'none', awaitsInstall: false })
      return false
    }
    const adding = addDatabase(store, { name: 'library', settings, registerOnly: true, confirm })
    await expect(adding).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await store.names()).toEqual([])
  })

  it('refuses a choice about existing schemas, since it leaves them alone', async () => {
    const store = await newStore()
    const input = { name: 'x', settings: superuserSettings(), registerOnly: true }
    await expect(addDatabase(store, { ...input, existingSchema: 'replace' })).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'existing-schema' },
    })
  })

  it('refuses users of Mathesar where the internal database has none', async () => {
    const store = await newStore()
    const input = { name: 'x', settings: superuserSettings(), registerOnly: true, users: ['admin'] }
    await expect(addDatabase(store, input)).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'mathesar-user' },
    })
  })
})
