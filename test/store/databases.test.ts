import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { add, freshPath, open, SECRET_KEY, settings } from './support.ts'

/**
 * What only a store in an SQLite file promises about stored databases; contract/ has what every store does.
 */

it('the internal database has the table that Mathesar 0.1.4 creates', async () => {
  const path = freshPath()
  await add(await open(path), 'Library', { password: null })
  const file = new Database(path)
  const columns = file
    .prepare(`SELECT name, type, "notnull", pk FROM pragma_table_info('mathesar_database')`)
    .all()
  // SQLite tells its own types in capitals.
  expect(columns).toEqual([
    { name: 'id', type: 'INTEGER', notnull: 1, pk: 1 },
    { name: 'created_at', type: 'datetime', notnull: 1, pk: 0 },
    { name: 'updated_at', type: 'datetime', notnull: 1, pk: 0 },
    { name: 'name', type: 'varchar(128)', notnull: 1, pk: 0 },
    { name: 'deleted', type: 'bool', notnull: 1, pk: 0 },
    { name: 'db_name', type: 'varchar(128)', notnull: 1, pk: 0 },
    { name: 'host', type: 'varchar(255)', notnull: 1, pk: 0 },
    { name: 'password', type: 'TEXT', notnull: 1, pk: 0 },
    { name: 'port', type: 'INTEGER', notnull: 1, pk: 0 },
    { name: 'username', type: 'TEXT', notnull: 1, pk: 0 },
  ])
  const row = file.prepare('SELECT * FROM mathesar_database').get()
  expect(row).toMatchObject({
    deleted: 0,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
    username: expect.stringMatching(/^gAAAAA[\w-]+={0,2}$/),
    password: expect.stringMatching(/^gAAAAA[\w-]+={0,2}$/),
  })
  file.close()
})

it('deletes everything beside a database with the database', async () => {
  const path = freshPath()
  await add(await open(path), 'a')
  const store = await open(path, { key: 'wrong' })
  await store.forget('a')
  const file = new Database(path)
  for (const table of ['mathesarctl_connection', 'mathesarctl_schema', 'mathesarctl_operation']) {
    expect(file.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 })
  }
  file.close()
})

it('the internal database can hold everything that a connection has', async () => {
  const { capabilities } = await open(freshPath())
  expect(capabilities).toMatchObject({
    isReadOnly: false,
    canRename: true,
    hasConnectionOptions: true,
    isMathesars: false,
    hasUsers: false,
    hasServers: false,
    hasNicknames: true,
    generation: null,
    writeRefusal: null,
    hasSchemaRecord: true,
    shouldRestart: false,
  })
  expect(capabilities.sslModes).toContain('verify-full')
})

it('hints at the newline of a key that does not fit because of it', async () => {
  const path = freshPath()
  await add(await open(path), 'Library')
  const store = await open(path, { key: `${SECRET_KEY}\n` })
  await expect(store.verifyKey()).rejects.toMatchObject({
    hint: expect.stringContaining('ends in a newline'),
  })
})

it('proves the key by other rows where one is damaged, and lets the damaged one be changed', async () => {
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  await add(store, 'b')
  const file = new Database(path)
  file.exec(
    `UPDATE mathesar_database SET username = substr(username, 1, 90), password = 'gAAAAAB' WHERE name = 'a'`,
  )
  file.close()
  await store.verifyKey()
  await expect(store.list()).rejects.toMatchObject({ message: expect.stringContaining('"a"') })
  expect(await store.update('a', settings())).toMatchObject({ user: 'librarian' })
  expect(await store.list()).toHaveLength(2)
})
