import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { add, freshPath, open, SECRET_KEY, settings, startWorker } from './support.ts'

/* What only a journal in an SQLite file promises; contract/ has what every journal does. */

const lockFilesBeside = (path: string) => readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))

/**
 * Writes an entry as version 0.5.0 did: its token holds the connection alone, and no row. No store may have
 * the file open: two SQLite libraries in one process do not see the locks of each other.
 */
async function writeEntryOfVersion050(
  path: string,
  kind: 'add' | 'remove',
  name: string,
  connection: ConnectionSettings,
): Promise<string> {
  const token = encrypt(JSON.stringify(connection), await deriveKey(SECRET_KEY))
  const id = crypto.randomUUID()
  const file = new Database(path)
  file
    .prepare(
      `INSERT INTO mathesarctl_operation (id, kind, name, keep_types, started_at, settings, phase)
        VALUES (?, ?, ?, 0, '2026-01-01T00:00:00.000Z', ?, 'begun')`,
    )
    .run(id, kind, name, token)
  file.close()
  return id
}

it('takes over an entry whose lock file was deleted', async () => {
  const path = freshPath()
  const store = await open(path)
  const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
  await held.release()
  for (const name of lockFilesBeside(path)) rmSync(join(dirname(path), name))
  expect(await store.interrupted()).toHaveLength(1)
  await (await store.takeOver(held.id))?.abandon()
  expect(await store.interrupted()).toEqual([])
  expect(lockFilesBeside(path)).toEqual([])
})

it('deletes lock files that a killed process left without an entry, and no other file', async () => {
  const path = freshPath()
  const store = await open(path)
  const held = await store.begin({ kind: 'add', name: 'a', settings: settings() })
  writeFileSync(`${path}.op-7c9e6679-7425-40de-944b-e07fc1f90ae7.lock`, '')
  writeFileSync(`${path}.op-not.locked`, '')
  expect(await store.interrupted()).toEqual([])
  expect(lockFilesBeside(path)).toHaveLength(1)
  expect(readdirSync(dirname(path))).toContain('internal.sqlite3.op-not.locked')
  await held.completeAdd(null)
})

it('sees an operation as held by a process that came by a symbolic link', async () => {
  const path = freshPath()
  const id = String(await startWorker('hold-add', path, 'a').next())
  const link = `${dirname(dirname(path))}/link.sqlite3`
  symlinkSync(path, link)
  const store = await open(link, { create: false })
  expect(await store.interrupted()).toEqual([])
  expect(await store.takeOver(id)).toBeNull()
})

it('finishes an addition of version 0.5.0', async () => {
  const path = freshPath()
  await (await open(path)).close()
  const id = await writeEntryOfVersion050(path, 'add', 'a', settings())
  const store = await open(path)
  const held = await store.takeOver(id)
  expect(held).toMatchObject({ kind: 'add', name: 'a', settings: settings(), progress: { phase: 'begun' } })
  await held?.completeAdd({ source: 'bundled', version: '0.1.0' })
  expect(await store.settings('a')).toEqual(settings())
  expect(await store.interrupted()).toEqual([])
})

it('finishes a removal of version 0.5.0 by the name and the connection of the row', async () => {
  const path = freshPath()
  let store = await open(path)
  for (const [name, database, deletion] of [
    ['same', 'library', 'deleted'],
    ['edited', 'elsewhere', 'changed'],
    ['gone', null, 'missing'],
  ] as const) {
    if (database !== null) await add(store, name, { database })
    await store.close()
    const id = await writeEntryOfVersion050(path, 'remove', name, settings())
    store = await open(path)
    expect(await (await store.takeOver(id))?.completeRemove()).toBe(deletion)
  }
  expect(await store.names()).toEqual(['edited'])
  expect(await store.interrupted()).toEqual([])
})

it('writes entries that version 0.5.0 can read', async () => {
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  const held = await store.begin({ kind: 'remove', name: 'a' })
  const file = new Database(path)
  expect(file.pragma('user_version', { simple: true })).toBe(3)
  expect(
    file.prepare('SELECT id, kind, name, keep_types, phase, commit_mark FROM mathesarctl_operation').get(),
  ).toEqual({ id: held.id, kind: 'remove', name: 'a', keep_types: 0, phase: 'begun', commit_mark: null })
  file.close()
})
