import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { makeEarlier } from '../store/earlier-layouts.ts'
import { add, freshPath, open } from '../store/support.ts'
import { type DebianRoot, debianRoot } from '../support/debian.ts'

/** Reads and writes as a Mathesar does, with the SQLite of Python in the root directory. */
const USE = `
import sqlite3
print(sqlite3.sqlite_version)
file = sqlite3.connect('/tmp/internal.sqlite3')
file.execute('PRAGMA foreign_keys = ON')
print([name for (name,) in file.execute('SELECT name FROM mathesar_database ORDER BY name')])
file.execute("UPDATE mathesar_database SET host = 'changed' WHERE name = 'a'")
file.execute("DELETE FROM mathesar_database WHERE name = 'b'")
print(file.execute('SELECT count(*) FROM mathesarctl_connection').fetchone()[0])
file.commit()
`

const use = (root: DebianRoot, path: string) => {
  copyFileSync(path, join(root.path, 'tmp/internal.sqlite3'))
  return root.run(['python3', '-c', USE])
}

it('leaves a file that an SQLite before 3.37 can write, even if an earlier version did not', async () => {
  const root = debianRoot('bullseye')
  onTestFinished(() => root.remove())
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  await add(store, 'b')
  await store.close()
  const expected = { status: 0, stdout: "3.34.1\n['a', 'b']\n1\n" }
  expect(await use(root, path)).toMatchObject(expected)

  const file = new Database(path)
  makeEarlier(file, 2, 'DELETE')
  file.close()
  expect((await use(root, path)).stderr).toContain('malformed database schema')
  await (await open(path, { create: false, readOnly: true })).close()
  expect((await use(root, path)).stderr).toContain('malformed database schema')
  await (await open(path, { create: false })).close()
  expect(await use(root, path)).toMatchObject(expected)
}, 600_000)
