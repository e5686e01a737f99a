import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { add, freshPath, open, SECRET_KEY, settings } from './support.ts'

describe('what was stored comes back', () => {
  test('from another store, as it was, with and without the password', async () => {
    const path = freshPath()
    const added = await add(await open(path), 'Library')
    const store = await open(path, { create: false })
    expect(store.location).toBe(path)
    expect(await store.list()).toEqual([added])
    expect(await store.find('Library')).toEqual(added)
    expect(await store.settings('Library')).toEqual(settings())
    expect(added).toEqual({
      id: 1,
      name: 'Library',
      host: 'db.example.com',
      port: 5432,
      database: 'library',
      user: 'librarian',
      sslmode: 'verify-full',
      sslrootcert: '/etc/ssl/ca.pem',
      schema: { source: 'bundled', version: '0.1.0' },
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      updatedAt: added.createdAt,
    })
    expect(Math.abs(Date.parse(added.createdAt) - Date.now())).toBeLessThan(60_000)
  })

  test.each([
    "it's",
    '"; DROP TABLE mathesar_database; --',
    'p@ss:w/ord?#[]+&%41$HOME\\',
    '日本語🔑ﷺ',
    ' spaces ',
    'x'.repeat(5000),
    'line\nbreak\ttab\u0000nul',
  ])('password %j', async (password) => {
    const store = await open(freshPath())
    await add(store, 'one', {
      password,
      user: `${password.slice(0, 60)}u`,
      database: `d${password.slice(0, 40)}`,
    })
    expect(await store.settings('one')).toEqual(
      settings({ password, user: `${password.slice(0, 60)}u`, database: `d${password.slice(0, 40)}` }),
    )
  })

  test('no password, and an empty one, are none', async () => {
    const store = await open(freshPath())
    await add(store, 'none', { password: null })
    await add(store, 'empty', { password: '' })
    expect((await store.settings('none')).password).toBeNull()
    expect((await store.settings('empty')).password).toBeNull()
  })

  test('sorted by name; names alone need no key', async () => {
    const path = freshPath()
    const store = await open(path)
    for (const name of ['b', 'c', 'A', 'a b']) await add(store, name)
    expect((await store.list()).map(({ name }) => name)).toEqual(['A', 'a b', 'b', 'c'])
    const keyless = await open(path, { key: '' })
    expect(await keyless.names()).toEqual(['A', 'a b', 'b', 'c'])
    expect(await keyless.find('no such name')).toBeNull()
  })

  test('a store where nothing is stored needs no key to say so', async () => {
    const store = await open(freshPath(), { key: '' })
    expect(await store.list()).toEqual([])
  })
})

test('the table is the one that Mathesar 0.1.4 makes', async () => {
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

describe('change', () => {
  test('of settings and name, in one step, leaves id, schema and time of adding', async () => {
    const store = await open(freshPath())
    const before = await add(store, 'old')
    const changed = settings({ host: '::1', password: 'new', sslmode: 'require', options: null })
    const after = await store.update('old', changed, 'new')
    expect(after).toMatchObject({ id: before.id, name: 'new', host: '::1', schema: before.schema })
    expect(after.createdAt).toBe(before.createdAt)
    expect(await store.settings('new')).toEqual(changed)
    expect(await store.names()).toEqual(['new'])
  })

  test('to a name that is taken, or none, is refused and changes nothing', async () => {
    const store = await open(freshPath())
    await add(store, 'a')
    await add(store, 'b')
    const changed = settings({ host: 'elsewhere' })
    await expect(store.update('a', changed, 'b')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await expect(store.update('a', changed, ' ')).rejects.toMatchObject({ code: 'USAGE' })
    await expect(store.update('c', changed)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.settings('a')).toEqual(settings())
  })

  test('of what is known of the schemas changes nothing else', async () => {
    const store = await open(freshPath())
    const before = await add(store, 'a')
    await store.setSchema('a', { source: 'adopted', version: null })
    expect(await store.find('a')).toEqual({ ...before, schema: { source: 'adopted', version: null } })
    await store.setSchema('a', null)
    expect(await store.find('a')).toEqual({ ...before, schema: null })
    await expect(store.setSchema('b', null)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('forgetting', () => {
  test('deletes the database and all beside it, without a key', async () => {
    const path = freshPath()
    await add(await open(path), 'a')
    const store = await open(path, { key: 'wrong' })
    await store.forget('a')
    expect(await store.names()).toEqual([])
    await expect(store.forget('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const file = new Database(path)
    for (const table of ['mathesarctl_connection', 'mathesarctl_schema', 'mathesarctl_operation']) {
      expect(file.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 })
    }
    file.close()
  })

  test('never gives its id to another', async () => {
    const store = await open(freshPath())
    await add(store, 'a')
    await store.forget('a')
    expect((await add(store, 'b')).id).toBe(2)
  })
})

describe('a secret key that does not fit', () => {
  test('is told as such, with the name, and nothing is written', async () => {
    const path = freshPath()
    await add(await open(path), 'Library')
    const wrong = await open(path, { key: 'wrong' })
    const refusal = {
      code: 'SECRET_KEY_MISMATCH',
      exitCode: 9,
      message: expect.stringContaining('"Library"'),
    }
    await expect(wrong.list()).rejects.toMatchObject(refusal)
    await expect(wrong.find('Library')).rejects.toMatchObject(refusal)
    await expect(wrong.settings('Library')).rejects.toMatchObject(refusal)
    await expect(wrong.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    await expect(add(wrong, 'other')).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    await expect(wrong.update('Library', settings())).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    const right = await open(path)
    expect(await right.names()).toEqual(['Library'])
    expect(await right.interrupted()).toEqual([])
    await right.verifyKey()
  })

  test('for its trailing newline alone gets a hint on that', async () => {
    const path = freshPath()
    await add(await open(path), 'Library')
    const store = await open(path, { key: `${SECRET_KEY}\n` })
    await expect(store.verifyKey()).rejects.toMatchObject({
      hint: expect.stringContaining('ends in a newline'),
    })
  })

  test('is found out by the journal alone', async () => {
    const path = freshPath()
    const held = await (await open(path)).begin({ kind: 'add', name: 'a', settings: settings() })
    const wrong = await open(path, { key: 'wrong' })
    await expect(wrong.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    await expect(add(wrong, 'b')).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    await held.release()
    await expect(wrong.takeOver(held.id)).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    // The refused attempt has let go of it.
    expect(await (await open(path)).takeOver(held.id)).toMatchObject({ id: held.id })
  })

  test('one damaged row does not keep the key from being proved', async () => {
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

  test('does not exist where nothing is stored', async () => {
    const store = await open(freshPath(), { key: 'any' })
    await store.verifyKey()
  })
})
