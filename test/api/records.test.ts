import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { addDatabase, editDatabase, type ProgressEvent, removeDatabase } from '../../src/index.ts'
import type { Store } from '../../src/store/types.ts'
import { freshPath, open } from '../store/support.ts'
import { ownedDatabase } from '../support/database.ts'
import { startProxy } from '../support/proxy.ts'

test('a finished removal succeeds even if another record of the database is deleted meanwhile', async () => {
  const store = await open(freshPath())
  const settings = await ownedDatabase()
  await addDatabase(store, { name: 'one', settings })
  await addDatabase(store, { name: 'two', settings })
  const racing: Store = {
    ...store,
    async setSchema(name, schema) {
      await store.forget(name)
      return store.setSchema(name, schema)
    },
  }
  const input = { name: 'one', removeSchema: true, sharedSchema: true }
  const result = await removeDatabase(racing, input)
  expect(result).toMatchObject({ status: 'removed', schemaRemoved: true, alsoUsedBy: ['two'] })
  expect(await store.names()).toEqual([])
})

test('a record of the same database is found behind another address, and one of another server is not', async () => {
  const store = await open(freshPath())
  const settings = await ownedDatabase()
  const proxy = await startProxy({ target: settings })
  onTestFinished(() => proxy.close())
  await addDatabase(store, { name: 'direct', settings })
  const other = { ...settings, host: proxy.host, port: proxy.port }
  const added = await addDatabase(store, { name: 'proxied', settings: other })
  expect(added.alsoStoredAs).toEqual(['direct'])
  await proxy.close()
  const events: ProgressEvent[] = []
  const input = { name: 'direct', removeSchema: true, dryRun: true }
  const planned = await removeDatabase(store, input, { onProgress: (event) => events.push(event) })
  expect(planned.alsoUsedBy).toEqual([])
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'warning',
      message: expect.stringContaining('"proxied" may be the same'),
    }),
  )
})

test('a record whose credentials the key does not decrypt does not prevent work on another', async () => {
  const path = freshPath()
  const store = await open(path)
  const settings = await ownedDatabase()
  await addDatabase(store, { name: 'good', settings })
  await addDatabase(store, { name: 'damaged', settings })
  const other = await open(freshPath(), { key: 'another key' })
  await addDatabase(other, { name: 'x', settings })
  const file = new Database(path)
  const foreign = new Database(other.location, { readonly: true })
  const token = foreign.prepare('SELECT username FROM mathesar_database').pluck().get()
  file.prepare("UPDATE mathesar_database SET username = ? WHERE name = 'damaged'").run(token)
  foreign.close()
  file.close()
  const edited = await editDatabase(store, { name: 'good', changes: { sslmode: 'prefer' } })
  expect(edited).toMatchObject({ status: 'changed', alsoStoredAs: [] })
})

test('a change in the file of a Mathesar 0.1.x warns that a running Mathesar has to be restarted', async () => {
  const path = freshPath()
  mkdirSync(dirname(path))
  const file = new Database(path)
  file.exec(`CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text);
    CREATE TABLE mathesar_database (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, created_at datetime NOT NULL,
      updated_at datetime NOT NULL, name varchar(128) NOT NULL UNIQUE, deleted bool NOT NULL,
      db_name varchar(128) NOT NULL, host varchar(255) NOT NULL, password text NOT NULL, port integer NOT NULL,
      username text NOT NULL)`)
  file.close()
  const hasWarned = async (store: Store, action: (options: object) => Promise<unknown>) => {
    const warnings: string[] = []
    await action({
      onProgress: (event: ProgressEvent) => {
        if (event.type === 'warning') warnings.push(event.hint)
      },
    })
    expect(store.capabilities.shouldRestart).toBe(true)
    return warnings.some((hint) => hint.includes('restart it'))
  }
  const settings = await ownedDatabase()
  const store = await open(path)
  const add = (options: object) => addDatabase(store, { name: 'x', settings }, options)
  const edit = (options: object) =>
    editDatabase(store, { name: 'x', changes: { sslmode: 'prefer' }, dryRun: false }, options)
  expect(
    await hasWarned(store, (options) => addDatabase(store, { name: 'x', settings, dryRun: true }, options)),
  ).toBe(false)
  expect(await hasWarned(store, add)).toBe(true)
  expect(await hasWarned(store, add)).toBe(false)
  expect(await hasWarned(store, edit)).toBe(true)
  expect(await hasWarned(store, edit)).toBe(false)
  const rename = (options: object) => editDatabase(store, { name: 'x', changes: {}, rename: 'y' }, options)
  expect(await hasWarned(store, rename)).toBe(true)
  const own = await open(freshPath())
  expect(own.capabilities.shouldRestart).toBe(false)
})
