import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { openStore } from '../../src/store/index.ts'
import { add, freshPath, open, SECRET_KEY, settings } from './support.ts'

const KEY = `"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL`
const references = (table: string) =>
  `integer NOT NULL REFERENCES "${table}" ("id") DEFERRABLE INITIALLY DEFERRED`
const maybe = (table: string) => `integer NULL REFERENCES "${table}" ("id") DEFERRABLE INITIALLY DEFERRED`

/** The tables of a Mathesar 0.1.4–0.1.7 on SQLite that concern a stored database, leaves last. */
const TABLES: readonly [name: string, columns: string][] = [
  [
    'django_migrations',
    `"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL,
      "name" varchar(255) NOT NULL, "applied" datetime NOT NULL`,
  ],
  [
    'mathesar_user',
    '"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "username" varchar(150) NOT NULL UNIQUE',
  ],
  [
    'mathesar_database',
    `${KEY}, "name" varchar(128) NOT NULL UNIQUE, "deleted" bool NOT NULL,
      "db_name" varchar(128) NOT NULL, "host" varchar(255) NOT NULL, "password" text NOT NULL,
      "port" integer NOT NULL, "username" text NOT NULL`,
  ],
  [
    'mathesar_schema',
    `${KEY}, "oid" integer unsigned NOT NULL CHECK ("oid" >= 0),
      "database_id" ${references('mathesar_database')}`,
  ],
  [
    'mathesar_databaserole',
    `${KEY}, "role" varchar(10) NOT NULL, "database_id" ${references('mathesar_database')},
      "user_id" ${references('mathesar_user')}`,
  ],
  [
    'mathesar_schemarole',
    `${KEY}, "role" varchar(10) NOT NULL, "schema_id" ${references('mathesar_schema')},
      "user_id" ${references('mathesar_user')}`,
  ],
  [
    'mathesar_table',
    `${KEY}, "oid" integer unsigned NOT NULL, "import_target_id" ${maybe('mathesar_table')},
      "schema_id" ${references('mathesar_schema')}`,
  ],
  ['mathesar_column', `${KEY}, "attnum" integer NOT NULL, "table_id" ${references('mathesar_table')}`],
  ['mathesar_constraint', `${KEY}, "oid" integer NOT NULL, "table_id" ${references('mathesar_table')}`],
  [
    'mathesar_sharedtable',
    `${KEY}, "slug" char(32) NOT NULL UNIQUE, "enabled" bool NOT NULL,
      "table_id" ${references('mathesar_table')}`,
  ],
  ['mathesar_previewcolumnsettings', `${KEY}, "customized" bool NOT NULL, "template" varchar(255) NOT NULL`],
  [
    'mathesar_tablesettings',
    `${KEY}, "preview_settings_id" ${references('mathesar_previewcolumnsettings')},
      "table_id" ${references('mathesar_table')}`,
  ],
  [
    'mathesar_uiquery',
    `${KEY}, "name" varchar(128) NOT NULL, "base_table_id" ${references('mathesar_table')}`,
  ],
  [
    'mathesar_sharedquery',
    `${KEY}, "slug" char(32) NOT NULL UNIQUE, "query_id" ${references('mathesar_uiquery')}`,
  ],
  [
    'mathesar_datafile',
    `${KEY}, "table_imported_to_id" ${maybe('mathesar_table')}, "user_id" ${maybe('mathesar_user')}`,
  ],
]

const NOW = '2024-01-30 16:46:46.123456'

/**
 * Returns the file of a Mathesar with two databases, `one` and `two`, and a leftover of a release before
 * 0.1.4.
 */
async function mathesarFile(tables = TABLES): Promise<{ path: string; file: Database.Database }> {
  const path = freshPath()
  mkdirSync(dirname(path))
  const file = new Database(path)
  for (const [name, columns] of tables) file.exec(`CREATE TABLE "${name}" (${columns})`)
  const key = await deriveKey(SECRET_KEY)
  const insert = (table: string, values: Record<string, string | number | null>) => {
    if (!tables.some(([name]) => name === table)) return
    const row: Record<string, string | number | null> =
      table === 'mathesar_user' ? values : { created_at: NOW, updated_at: NOW, ...values }
    const columns = Object.keys(row)
    file
      .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`)
      .run(Object.values(row))
  }
  const stored = { deleted: 0, db_name: 'app', host: 'localhost', port: 5432 }
  insert('mathesar_user', { username: 'admin' })
  insert('mathesar_database', {
    ...stored,
    name: 'one',
    username: encrypt('u1', key),
    password: encrypt('p1', key),
  })
  insert('mathesar_database', {
    ...stored,
    name: 'two',
    username: 'by hand',
    password: 'plain text',
    deleted: 1,
  })
  insert('mathesar_database', {
    ...stored,
    name: 'leftover',
    db_name: '',
    host: '',
    port: 0,
    username: encrypt('mathesar', key),
    password: encrypt('mathesar', key),
  })
  for (const id of [1, 2]) {
    insert('mathesar_schema', { oid: 2200 + id, database_id: id })
    insert('mathesar_databaserole', { role: 'viewer', database_id: id, user_id: 1 })
    insert('mathesar_schemarole', { role: 'viewer', schema_id: id, user_id: 1 })
    // The second table of a database is the first one's import target.
    insert('mathesar_table', { oid: 10 + id, schema_id: id, import_target_id: null })
  }
  for (const id of [1, 2]) {
    insert('mathesar_table', { oid: 20 + id, schema_id: id, import_target_id: id })
    insert('mathesar_column', { attnum: 1, table_id: id })
    insert('mathesar_constraint', { oid: 1, table_id: id })
    insert('mathesar_sharedtable', { slug: `table${id}`, enabled: 1, table_id: id })
    insert('mathesar_previewcolumnsettings', { customized: 0, template: '{1}' })
    insert('mathesar_tablesettings', { preview_settings_id: id, table_id: id })
    insert('mathesar_uiquery', { name: 'q', base_table_id: id })
    insert('mathesar_sharedquery', { slug: `query${id}`, query_id: id })
    insert('mathesar_datafile', { table_imported_to_id: id, user_id: 1 })
  }
  return { path, file }
}

describe("Mathesar's own file", () => {
  it("Mathesar's own file is read as it is: tokens, plain text and leftovers, with the sslmode prefer", async () => {
    const { path, file } = await mathesarFile()
    const before = file
      .prepare(`SELECT sql FROM sqlite_schema WHERE name LIKE 'mathesar\\_%' ESCAPE '\\'`)
      .all()
    const store = await open(path, { create: false })
    const [leftover, one, two] = await store.list()
    expect(one).toEqual({
      id: 1,
      name: 'one',
      host: 'localhost',
      port: 5432,
      database: 'app',
      user: 'u1',
      sslmode: 'prefer',
      sslrootcert: null,
      schema: null,
      createdAt: '2024-01-30T16:46:46.123456Z',
      updatedAt: '2024-01-30T16:46:46.123456Z',
    })
    expect(two).toMatchObject({ name: 'two', user: 'by hand' })
    expect(leftover).toMatchObject({ name: 'leftover', host: '', port: 0, database: '', user: 'mathesar' })
    expect((await store.settings('one')).password).toBe('p1')
    expect(await store.settings('two')).toMatchObject({
      password: 'plain text',
      sslmode: 'prefer',
      options: null,
    })
    await store.verifyKey()
    expect(
      file.prepare(`SELECT sql FROM sqlite_schema WHERE name LIKE 'mathesar\\_%' ESCAPE '\\'`).all(),
    ).toEqual(before)
    expect(file.pragma('journal_mode', { simple: true })).toBe('delete')
    file.close()
  })

  it('receives new databases as Mathesar stores them', async () => {
    const { path, file } = await mathesarFile()
    const store = await open(path, { create: false })
    await add(store, 'three')
    await store.update('leftover', settings({ host: 'found.again' }))
    const rows = file
      .prepare('SELECT name, host, deleted, length(created_at) AS length FROM mathesar_database ORDER BY id')
      .all()
    expect(rows.slice(2)).toEqual([
      { name: 'leftover', host: 'found.again', deleted: 0, length: 26 },
      { name: 'three', host: 'db.example.com', deleted: 0, length: 26 },
    ])
    file.close()
  })

  it('loses everything about a removed database, and nothing about another', async () => {
    const { path, file } = await mathesarFile()
    const store = await open(path, { create: false })
    await store.setSchema('one', { source: 'adopted', version: null })
    const held = await store.begin({ kind: 'remove', name: 'one' })
    await held.completeRemove()
    expect(await store.names()).toEqual(['leftover', 'two'])
    const countRows = (table: string) => file.prepare(`SELECT count(*) FROM ${table}`).pluck().get()
    for (const [table] of TABLES.slice(3)) {
      const expected = table === 'mathesar_table' || table === 'mathesar_datafile' ? 2 : 1
      expect([table, countRows(table)]).toEqual([table, expected])
    }
    // Uploads and users stay.
    expect(
      file.prepare('SELECT table_imported_to_id FROM mathesar_datafile ORDER BY id').pluck().all(),
    ).toEqual([null, 2])
    expect(countRows('mathesar_user')).toBe(1)
    expect(countRows('mathesarctl_schema')).toBe(0)
    expect(file.pragma('foreign_key_check')).toEqual([])
    file.close()
  })

  it('keeps a database with which more would go than was agreed to, in a later run too', async () => {
    const { path, file } = await mathesarFile()
    const store = await open(path, { create: false })
    const agreed = await store.belongings('one')
    expect(agreed).toEqual({ explorations: 1, shares: 2, access: 2, tableSettings: 1 })
    const held = await store.begin({ kind: 'remove', name: 'one', agreed })
    file.exec(`UPDATE mathesar_uiquery SET base_table_id = 1`)
    await expect(held.completeRemove()).rejects.toMatchObject({ code: 'LOCKED' })
    await held.release()
    const next = await (await open(path, { create: false })).takeOver(held.id)
    await expect(next?.completeRemove()).rejects.toMatchObject({ code: 'LOCKED' })
    await next?.release()
    await expect(store.forget('one', agreed)).rejects.toMatchObject({ code: 'LOCKED' })
    const dismissal = store.dismiss(held.id, { record: true, agreed })
    await expect(dismissal).rejects.toMatchObject({ code: 'LOCKED' })
    expect(await store.names()).toContain('one')
    await store.dismiss(held.id, { record: true, agreed: await store.belongings('one') })
    expect(await store.names()).not.toContain('one')
    file.close()
  })

  it("Mathesar's own file may lack tables that another release has", async () => {
    const { path, file } = await mathesarFile(
      TABLES.filter(([name]) => !/shared|settings|datafile/.test(name)),
    )
    const store = await open(path, { create: false })
    await store.forget('one')
    expect(await store.names()).toEqual(['leftover', 'two'])
    expect(file.pragma('foreign_key_check')).toEqual([])
    file.close()
  })

  it('keeps a database to which rows of an unknown table refer', async () => {
    const { path, file } = await mathesarFile()
    file.exec(`CREATE TABLE plugin_thing
        (id integer PRIMARY KEY, database_id ${references('mathesar_database')});
      INSERT INTO plugin_thing (database_id) VALUES (1)`)
    const store = await open(path, { create: false })
    await expect(store.forget('one')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('refer to the stored database'),
    })
    expect(await store.names()).toContain('one')
    expect(file.prepare('SELECT count(*) FROM mathesar_schema').pluck().get()).toBe(2)
    file.close()
  })
})

it.each([
  ['0.1.0 to 0.1.3', `${KEY}, "name" varchar(128) NOT NULL UNIQUE, "deleted" bool NOT NULL`],
  ['0.2.0 and later', `${KEY}, "name" varchar(128) NOT NULL, "server_id" integer NOT NULL`],
])('refuses the file of a Mathesar %s and leaves it alone', async (_release, columns) => {
  const path = freshPath()
  mkdirSync(dirname(path))
  const file = new Database(path)
  file.exec(`CREATE TABLE mathesar_database (${columns})`)
  await expect(openStore(path, () => SECRET_KEY, { create: true })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('0.1.4 to 0.1.7'),
  })
  expect(
    file.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%ctl%'`).all(),
  ).toEqual([])
  file.close()
})
