import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { EARLIER_LAYOUTS, type EarlierLayout, makeEarlier } from './earlier-layouts.ts'
import { add, freshPath, open, startWorker } from './support.ts'

const OWN = ['mathesarctl_connection', 'mathesarctl_operation', 'mathesarctl_schema']

/** What SQLite 3.27, of the images of Mathesar 0.1.4 and 0.1.5, does not know in a definition. */
const NEWER_THAN_3_27 = /\bSTRICT\b|\bGENERATED\b|\bAS\s*\(|\bNULLS (?:FIRST|LAST)\b|->|\bMATERIALIZED\b/i

/** Returns a file with two databases and an interrupted removal, as an earlier version wrote it. */
async function earlierFile(layout: EarlierLayout, mode: 'WAL' | 'DELETE' = 'WAL'): Promise<string> {
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  await add(store, 'b', { password: null })
  const held = await store.begin({ kind: 'remove', name: 'a', keepTypes: layout === 2 })
  await held.release()
  await store.close()
  change(path, (file) => makeEarlier(file, layout, mode))
  return path
}

function change<T>(path: string, action: (file: Database.Database) => T): T {
  const file = new Database(path)
  try {
    return action(file)
  } finally {
    file.close()
  }
}

const definitions = (path: string) =>
  change(path, (file) =>
    file
      .prepare<[], { name: string; sql: string }>(
        `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name LIKE 'mathesarctl%' ORDER BY name`,
      )
      .all(),
  )

/** A store on such a file reads all that was in it. */
async function readsAll(path: string, layout: EarlierLayout, readOnly: boolean): Promise<void> {
  const store = await open(path, { create: false, readOnly })
  const [a, b] = await store.list()
  expect([a?.name, b?.name]).toEqual(['a', 'b'])
  expect(a?.schema).toEqual(layout === 0 ? null : { source: 'bundled', version: '0.1.0' })
  expect(a?.sslmode).toBe(layout === 0 ? 'prefer' : 'verify-full')
  expect((await store.settings('a')).sslkey).toBe(layout === 0 ? null : '/etc/ssl/client.key')
  expect((await store.settings('b')).password).toBeNull()
  await store.verifyKey()
  const pending = await store.interrupted()
  expect(pending).toMatchObject(layout === 0 ? [] : [{ kind: 'remove', name: 'a', keepTypes: layout === 2 }])
  if (!readOnly && pending[0]) {
    const held = await store.takeOver(pending[0].id)
    // What an earlier version wrote does not say how far it got.
    expect(held?.progress).toEqual({ phase: 'unknown' })
    await held?.release()
  }
  await store.close()
}

describe.each(EARLIER_LAYOUTS)('a file of layout %i', (layout) => {
  it.each(['WAL', 'DELETE'] as const)(
    'a file of an earlier layout is read as it is, in journal mode %s',
    async (mode) => {
      const path = await earlierFile(layout, mode)
      const before = definitions(path)
      const files = readdirSync(dirname(path))
      await readsAll(path, layout, true)
      expect(readdirSync(dirname(path))).toEqual(files)
      expect(definitions(path)).toEqual(before)
      expect(before.some(({ sql }) => NEWER_THAN_3_27.test(sql))).toBe(layout > 0)
    },
  )

  it('gets tables that SQLite 3.27 can open, with all rows, by whoever writes first', async () => {
    const path = await earlierFile(layout)
    await readsAll(path, layout, false)
    const tables = definitions(path)
    expect(tables.map(({ name }) => name)).toEqual(OWN)
    for (const { sql } of tables) expect(sql).not.toMatch(NEWER_THAN_3_27)
    change(path, (file) => {
      expect(file.pragma('foreign_key_check')).toEqual([])
      expect(file.pragma('integrity_check', { simple: true })).toBe('ok')
    })
    await readsAll(path, layout, false)
  })

  it('many processes at a time convert a file of an earlier layout once', async () => {
    const path = await earlierFile(layout)
    const workers = Array.from({ length: 4 }, () => startWorker('interrupted', path).next())
    const results = await Promise.all(workers)
    for (const pending of results) expect(pending).toHaveLength(layout === 0 ? 0 : 1)
    await readsAll(path, layout, false)
  })
})

it('loses nothing of a STRICT table when its process is killed at any moment of the conversion', async () => {
  const path = await earlierFile(2)
  const files = readdirSync(dirname(path))
  for (let attempt = 0; attempt < 12; attempt++) {
    const copy = join(dirname(path), `copy-${attempt}`, 'internal.sqlite3')
    mkdirSync(dirname(copy))
    for (const name of files) copyFileSync(join(dirname(path), name), copy.replace(basename(path), name))
    const worker = startWorker('open', copy)
    await worker.next()
    // It says when it is about to open the file.
    await new Promise((resolve) => setTimeout(resolve, attempt * 0.7))
    await worker.kill()
    await readsAll(copy, 2, false)
  }
})

it('creates no table that SQLite 3.27 cannot open in a new file', async () => {
  const path = freshPath()
  await (await open(path)).close()
  const tables = definitions(path)
  expect(tables.map(({ name }) => name)).toEqual(OWN)
  for (const { sql } of tables) expect(sql).not.toMatch(NEWER_THAN_3_27)
})

it('converts the tables of a file that was dumped and loaded again, which loses its version', async () => {
  for (const layout of [1, 2] as const) {
    const path = await earlierFile(layout)
    change(path, (file) => file.pragma('user_version = 0'))
    await readsAll(path, layout, true)
    await readsAll(path, layout, false)
    for (const { sql } of definitions(path)) expect(sql).not.toMatch(NEWER_THAN_3_27)
  }
})

it('converts the tables of a file in which somebody deleted a row by hand', async () => {
  const path = await earlierFile(2)
  change(path, (file) => {
    file.pragma('foreign_keys = OFF')
    file.exec(`DELETE FROM mathesar_database WHERE name = 'b'`)
  })
  expect(await (await open(path, { create: false })).names()).toEqual(['a'])
  change(path, (file) => expect(file.pragma('foreign_key_check')).toEqual([]))
})
