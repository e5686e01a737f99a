import { expect, test } from 'vitest'
import type * as Api from '../../src/index.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { mathesarSchemas } from '../support/installed.ts'

// The built package, as a program that depends on it would import it.
const api = (await import('../../dist/index.js' as string)) as typeof Api

test('lets a program add, list, test, edit and remove a database without the command line', async () => {
  const directory = temporaryDirectory()
  const settings = await ownedDatabase()
  const store = await api.openStore(`${directory}/internal.sqlite3`, () => 'a secret key', { create: true })
  try {
    const events: Api.ProgressEvent[] = []
    const added = await api.addDatabase(
      store,
      { name: 'library', settings },
      { onProgress: (event) => events.push(event) },
    )
    expect(added).toMatchObject({ name: 'library', status: 'added', schema: { source: 'bundled' } })
    expect(events.filter(({ type }) => type === 'check').length).toBeGreaterThanOrEqual(4)
    expect(events.filter(({ type }) => type === 'progress').length).toBeGreaterThan(1)
    expect(await api.listDatabases(store)).toMatchObject([{ name: 'library', database: settings.database }])
    expect(await api.testDatabases(store, 'all')).toMatchObject([{ name: 'library', ok: true }])
    expect(await api.editDatabase(store, { name: 'library', changes: { sslmode: 'prefer' } })).toMatchObject({
      status: 'changed',
      changed: ['sslmode'],
    })
    await expect(
      api.addDatabase(store, { name: 'library', settings: { ...settings, database: 'x' } }),
    ).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      exitCode: 6,
    })
    expect(await api.schemaStatusOf(settings)).toMatchObject({ installed: true, drift: [] })
    const aborted = AbortSignal.abort(new api.OperatorError('ABORTED', 'No.', 'Again.'))
    await expect(
      api.removeDatabase(store, { name: 'library', removeSchema: true }, { signal: aborted }),
    ).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect(await api.removeDatabase(store, { name: 'library', removeSchema: true })).toMatchObject({
      schemaRemoved: true,
    })
    expect(await mathesarSchemas(settings.database)).toEqual([])
    expect(await api.listDatabases(store)).toEqual([])
  } finally {
    await store.close()
  }
})

test('lets a program look at a removal, choose, and convert what depends on the schemas', async () => {
  const directory = temporaryDirectory()
  const settings = await ownedDatabase()
  const store = await api.openStore(`${directory}/internal.sqlite3`, () => 'a secret key', { create: true })
  try {
    await api.addDatabase(store, { name: 'library', settings })
    await sql(
      settings.database,
      "CREATE TABLE people (mail mathesar_types.email); INSERT INTO people VALUES ('a@b.c')",
      [],
      settings,
    )
    expect(await api.surveyOf(settings)).toMatchObject({
      schemas: ['msar', '__msar', 'mathesar_types'],
      dependents: [{ column: 'mail' }],
      converted: [{ column: 'mail', newType: 'text' }],
      dropped: ['column public.people.mail'],
    })
    expect(await api.surveyOf(settings, { keepTypes: true })).toMatchObject({ dependents: [] })
    const remove = { name: 'library', removeSchema: true }
    await expect(api.removeDatabase(store, remove)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
    const offers: Api.RemovalOffer[] = []
    const choose = async (offer: Api.RemovalOffer) => {
      offers.push(offer)
      return offers.length === 1 ? ('cancel' as const) : ('convert' as const)
    }
    await expect(api.removeDatabase(store, { ...remove, choose })).rejects.toMatchObject({ code: 'ABORTED' })
    const phases = new Set<string>()
    const result = await api.removeDatabase(
      store,
      { ...remove, choose },
      { onProgress: (event) => event.type === 'progress' && phases.add(event.progress.phase) },
    )
    expect(result).toMatchObject({ status: 'removed', converted: [{ column: 'mail' }], typesKept: false })
    expect([...phases]).toEqual(expect.arrayContaining(['convert', 'verify', 'drop']))
    expect(offers[0]).toMatchObject({ keepTypes: false, keepingTypes: { dependents: [] } })
    expect(await sql(settings.database, 'SELECT mail FROM people')).toEqual([{ mail: 'a@b.c' }])
  } finally {
    await store.close()
  }
})
