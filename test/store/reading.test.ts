import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { peekNames } from '../../src/store/index.ts'
import { BECOME_NOBODY } from '../support/program.ts'
import { add, freshPath, open, settings, startWorker } from './support.ts'

const isRoot = process.getuid?.() === 0

/** The files of a directory with a hash of their bytes. */
const look = (path: string) =>
  readdirSync(dirname(path)).map(
    (name) =>
      `${name} ${createHash('sha256')
        .update(readFileSync(join(dirname(path), name)))
        .digest('hex')}`,
  )

/** Returns a file of this program's with these databases, that nobody has open. */
async function file(...names: string[]): Promise<string> {
  const path = freshPath()
  const store = await open(path)
  for (const name of names) await add(store, name)
  await store.close()
  return path
}

/** Copies the files of an internal database elsewhere, as they are at this moment. */
function copied(path: string, suffixes: readonly string[]): string {
  const copy = freshPath()
  mkdirSync(dirname(copy), { recursive: true })
  for (const suffix of suffixes) copyFileSync(path + suffix, copy + suffix)
  return copy
}

async function namesRead(path: string): Promise<string[]> {
  const store = await open(path, { create: false, readOnly: true })
  const names = await store.names()
  await store.close()
  return names
}

describe('a store that is open for reading', () => {
  it('reads everything and leaves every file as it was', async () => {
    const path = await file('a', 'b')
    const before = look(path)
    const store = await open(path, { create: false, readOnly: true })
    expect(await store.names()).toEqual(['a', 'b'])
    expect(await store.list()).toHaveLength(2)
    expect(await store.settings('a')).toEqual(settings())
    expect(await store.find('c')).toBeNull()
    await store.verifyKey()
    expect(await store.interrupted()).toEqual([])
    expect(look(path)).toEqual(before)
    await store.close()
    expect(look(path)).toEqual(before)
  })

  it('refuses every write and changes no file', async () => {
    const path = await file('a')
    const before = look(path)
    const store = await open(path, { create: false, readOnly: true })
    const writes = [
      () => store.forget('a'),
      () => store.update('a', settings()),
      () => store.setSchema('a', null),
      () => store.begin({ kind: 'remove', name: 'a' }),
      () => store.takeOver('7c9e6679-7425-40de-944b-e07fc1f90ae7'),
      () => store.dismiss('7c9e6679-7425-40de-944b-e07fc1f90ae7'),
    ]
    for (const write of writes) await expect(write()).rejects.toThrow('opened for reading')
    expect(look(path)).toEqual(before)
  })

  it('creates nothing where there is no file, and refuses a key that does not fit', async () => {
    const path = freshPath()
    await expect(open(path, { create: false, readOnly: true })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    expect(() => readdirSync(dirname(path))).toThrow('ENOENT')
    const store = await open(await file('a'), { create: false, readOnly: true, key: 'another' })
    await expect(store.list()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
  })

  it('shows an empty file as one that stores nothing', async () => {
    const path = freshPath()
    mkdirSync(dirname(path))
    writeFileSync(path, '')
    expect(await namesRead(path)).toEqual([])
    expect(readFileSync(path)).toHaveLength(0)
  })

  it('sees what a process has written that is still at work', async () => {
    const path = await file('a')
    const writer = await open(path)
    await add(writer, 'b')
    expect(readdirSync(dirname(path))).toContain('internal.sqlite3-wal')
    expect(await namesRead(path)).toEqual(['a', 'b'])
    // The writer's locks are still there: nobody has taken its log away.
    await add(writer, 'c')
    expect(await namesRead(path)).toEqual(['a', 'b', 'c'])
  })

  it('reads what a killed process left in the log from a copy, and deletes the copy', async () => {
    const path = await file('a')
    const writer = await open(path)
    await add(writer, 'b')
    const copy = copied(path, ['', '-wal'])
    const before = look(copy)
    // A directory of its own, where no other test puts anything.
    const temporary = mkdtempSync(join(tmpdir(), 'mathesarctl-reading-'))
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => {
      vi.unstubAllEnvs()
      rmSync(temporary, { recursive: true })
    })
    expect(await namesRead(copy)).toEqual(['a', 'b'])
    expect(look(copy)).toEqual(before)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('reads a file of a Mathesar as it was before a transaction that was killed halfway', async () => {
    const path = await file('a')
    const database = new Database(path)
    database.pragma('journal_mode = DELETE')
    database.pragma('cache_size = 1')
    database.exec(`BEGIN; UPDATE mathesar_database SET name = 'half'; CREATE TABLE big (t text)`)
    for (let i = 0; i < 200; i++) database.prepare('INSERT INTO big VALUES (?)').run('x'.repeat(4000))
    const copy = copied(path, ['', '-journal'])
    database.exec('ROLLBACK')
    database.close()
    const before = look(copy)
    expect(await namesRead(copy)).toEqual(['a'])
    expect(look(copy)).toEqual(before)
  })

  it('a store that is open for reading never reads half of what another process writes meanwhile', async () => {
    const path = await file('a', 'b')
    const worker = startWorker('swap-names', path)
    await worker.next()
    for (let i = 0; i < 150; i++) {
      const names = await namesRead(path)
      expect([
        ['a', 'b'],
        ['c', 'd'],
      ]).toContainEqual(names)
    }
    await worker.kill()
  })

  it('distinguishes a running process from a killed one, and creates no lock file', async () => {
    const path = await file('a')
    const worker = startWorker('hold-remove', path, 'a')
    await worker.next()
    const store = await open(path, { create: false, readOnly: true })
    expect(await store.interrupted()).toEqual([])
    await worker.kill()
    expect(await store.interrupted()).toMatchObject([{ kind: 'remove', name: 'a' }])
    for (const name of readdirSync(dirname(path)))
      if (name.endsWith('.lock')) rmSync(join(dirname(path), name))
    expect(await store.interrupted()).toMatchObject([{ kind: 'remove', name: 'a' }])
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.lock'))).toEqual([])
  })

  it('does not stop a process that takes an operation over', async () => {
    const path = await file('a')
    const writer = await open(path)
    const held = await writer.begin({ kind: 'remove', name: 'a' })
    await held.release()
    const worker = startWorker('look-at-locks', path)
    await worker.next()
    for (let i = 0; i < 50; i++) {
      const taken = await writer.takeOver(held.id)
      expect(taken).not.toBeNull()
      await taken?.release()
    }
    await worker.kill()
  })

  it.each(['WAL', 'DELETE'])(
    'works for a user who may only read the file and its directory, in mode %s',
    async (mode) => {
      const path = await file('a')
      const journal = await open(path)
      await (await journal.begin({ kind: 'remove', name: 'a' })).release()
      await journal.close()
      const database = new Database(path)
      database.pragma(`journal_mode = ${mode}`)
      database.close()
      const directory = dirname(path)
      chmodSync(dirname(directory), 0o755)
      chmodSync(path, 0o444)
      chmodSync(directory, 0o555)
      onTestFinished(() => chmodSync(directory, 0o700))
      const before = look(path)
      const module = new URL('../../src/store/index.ts', import.meta.url)
      const script = `const { openStore } = await import(${JSON.stringify(module)})
      const key = () => 'a-secret-key-of-the-tests'
      const reading = { create: false, readOnly: true }
      const warm = await openStore(${JSON.stringify(await file('w'))}, key, reading)
      await warm.list()
      ${isRoot ? BECOME_NOBODY : ''}
      const store = await openStore(${JSON.stringify(path)}, key, reading)
      const [{ mayBeRunning }] = await store.interrupted()
      console.log((await store.list()).map(({ name }) => name).join(), mayBeRunning)
      await store.close()`
      const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        cwd: '/',
      })
      // The lock file is its owner's alone.
      expect(said).toBe(isRoot ? 'a true\n' : 'a undefined\n')
      expect(look(path)).toEqual(before)
    },
  )
})

describe('completion', () => {
  it('reads names from any file, and leaves every file as it was', async () => {
    const path = await file('a', 'b')
    const before = look(path)
    expect(await peekNames(path, { named: true })).toEqual(['a', 'b'])
    expect(await peekNames(mkdtempSync(join(tmpdir(), 'mathesarctl-store-')), { named: true })).toEqual([])
    expect(look(path)).toEqual(before)
  })
})
