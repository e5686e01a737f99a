import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { BECOME_NOBODY } from '../support/program.ts'
import { add, freshPath, open, startWorker } from './support.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const isRoot = process.getuid?.() === 0

it('leaves no readable secret and no file open to others when killed with umask 000', async () => {
  const path = freshPath()
  const worker = startWorker('hold-add', path, 'a')
  await worker.next()
  await worker.kill()
  await startWorker('add', path, 'b').next()
  const holder = startWorker('hold-remove', path, 'b')
  await holder.next()
  const directory = dirname(path)
  const files = readdirSync(directory)
  const lock = expect.stringMatching(/^internal\.sqlite3\.op-[\da-f-]{36}\.lock$/)
  expect(files).toEqual(['internal.sqlite3', 'internal.sqlite3-shm', 'internal.sqlite3-wal', lock, lock])
  expect(mode(directory)).toBe('700')
  for (const file of files) {
    expect([file, mode(join(directory, file))]).toEqual([file, '600'])
    // By another process: to open a lock file in this one, and close it, would end a lock that it holds.
    const bytes = execFileSync('cat', [join(directory, file)])
    for (const secret of [
      'password-that-nobody-reads',
      'user-that-nobody-reads',
      'a-secret-key-of-the-tests',
    ]) {
      for (const encoding of ['utf8', 'base64', 'hex', 'utf16le'] as const) {
        const needle = Buffer.from(
          Buffer.from(secret).toString(encoding === 'utf16le' ? 'utf8' : encoding),
          encoding === 'utf16le' ? 'utf16le' : 'utf8',
        )
        expect(bytes.includes(needle.subarray(0, -4)), `${secret} as ${encoding} in ${file}`).toBe(false)
      }
    }
  }
})

it('brings a file of the first version up to date, with what a killed run left in its journal', async () => {
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  const held = await store.begin({ kind: 'remove', name: 'a' })
  await held.release()
  await store.close()
  const file = new Database(path)
  file.exec('ALTER TABLE mathesarctl_operation DROP COLUMN keep_types; PRAGMA user_version = 1')
  file.close()
  const stores = await Promise.all([open(path), open(path)])
  for (const opened of stores) {
    expect(await opened.names()).toEqual(['a'])
    expect(await opened.interrupted()).toMatchObject([{ id: held.id, kind: 'remove', keepTypes: false }])
  }
  const [first] = stores
  await (await first?.takeOver(held.id))?.abandon()
  expect(await first?.begin({ kind: 'remove', name: 'a', keepTypes: true })).toMatchObject({
    keepTypes: true,
  })
})

it('keeps the mode of an existing directory', async () => {
  const path = freshPath()
  mkdirSync(dirname(path), { mode: 0o750 })
  chmodSync(dirname(path), 0o750)
  await open(path)
  expect(mode(dirname(path))).toBe('750')
  expect(mode(path)).toBe('600')
})

it('turns the empty file of a process that was killed at its start into an internal database', async () => {
  const path = freshPath()
  mkdirSync(dirname(path), { mode: 0o700 })
  writeFileSync(path, '')
  await add(await open(path, { create: false }), 'a')
})

it('a file stays intact when it is opened and closed again and again', async () => {
  const path = freshPath()
  for (let i = 0; i < 5; i++) {
    const store = await open(path)
    await add(store, `n${i}`)
    await store.close()
  }
  expect(await (await open(path)).names()).toHaveLength(5)
  const file = new Database(path)
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(file.pragma('journal_mode', { simple: true })).toBe('wal')
  file.close()
})

describe('a refusal, with the path and the reason,', () => {
  async function refusal(path: string, create = false) {
    const error: unknown = await openStore(path, () => 'key', { create }).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      exitCode: 1,
      message: expect.stringContaining(path),
    })
    return error
  }

  it('meets a missing file, and creates nothing', async () => {
    const path = freshPath()
    expect(await refusal(path)).toMatchObject({
      message: `The internal database ${path} can't be used: it does not exist.`,
      hint: expect.stringContaining('mathesarctl setup'),
    })
    expect(() => statSync(dirname(path))).toThrow('ENOENT')
  })

  it('meets a file that is no SQLite database, and leaves it as it is', async () => {
    const path = freshPath()
    mkdirSync(dirname(path))
    writeFileSync(path, 'SECRET_KEY=...\n'.repeat(100))
    for (const create of [true, false]) {
      expect(await refusal(path, create)).toMatchObject({
        message: expect.stringContaining('not an SQLite database'),
      })
    }
    expect(statSync(path).size).toBe(1500)
  })

  it('meets the SQLite database of another program, and leaves it as it is', async () => {
    const path = freshPath()
    mkdirSync(dirname(path))
    const file = new Database(path)
    file.exec('CREATE TABLE bookmarks (url text); PRAGMA user_version = 7')
    expect(await refusal(path, true)).toMatchObject({ message: expect.stringContaining('another program') })
    expect(file.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['bookmarks'])
    expect(file.pragma('journal_mode', { simple: true })).toBe('delete')
    file.close()
  })

  it('meets a file of a newer version', async () => {
    const path = freshPath()
    await (await open(path)).close()
    const file = new Database(path)
    file.pragma('user_version = 99')
    file.close()
    expect(await refusal(path)).toMatchObject({
      message: expect.stringContaining('a newer mathesarctl created it'),
    })
  })

  it('meets a damaged file', async () => {
    const path = freshPath()
    const store = await open(path)
    for (let i = 0; i < 20; i++) await add(store, `n${i}`)
    await store.close()
    truncateSync(path, 8192)
    const opened = open(path).then((damaged) => damaged.list())
    await expect(opened).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('damaged'),
    })
  })

  it('meets a directory, a device, a link that leads nowhere, and a path through a file', async () => {
    const path = freshPath()
    mkdirSync(path, { recursive: true })
    expect(await refusal(path, true)).toMatchObject({ message: expect.stringContaining('it is a directory') })
    expect(await refusal('/dev/full', true)).toMatchObject({
      message: expect.stringContaining('not a regular file'),
    })
    const link = `${path}-link`
    symlinkSync('/nowhere', link)
    expect(await refusal(link, true)).toMatchObject({ message: expect.stringContaining('does not exist') })
    const file = `${path}-file`
    writeFileSync(file, '')
    expect(await refusal(join(file, 'x'), true)).toMatchObject({
      message: expect.stringContaining('not a directory'),
    })
    expect(await refusal(`${path} `, true)).toMatchObject({
      message: expect.stringContaining('ends in a space'),
    })
  })

  it('meets writes to a read-only file, which can still be read', async () => {
    const path = freshPath()
    await add(await open(path), 'a')
    await (await open(path)).close()
    const directory = dirname(path)
    chmodSync(dirname(directory), 0o755)
    chmodSync(directory, 0o555)
    chmodSync(path, 0o444)
    for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444)
    const module = new URL('../../src/store/index.ts', import.meta.url)
    const script = `const { openStore } = await import(${JSON.stringify(module)})
      const say = (e) => console.log(e.code, e.message)
      await (await openStore(${JSON.stringify(freshPath())}, () => 'key', { create: true })).close()
      ${isRoot ? BECOME_NOBODY : ''}
      const key = () => 'a-secret-key-of-the-tests'
      const store = await openStore(${JSON.stringify(path)}, key, { create: false }).catch(say)
      if (store) await store.forget('a').catch(say)`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: '/',
    })
    expect(said).toContain(`STORE_UNAVAILABLE The internal database ${path} can't be used: it is read-only.`)
    chmodSync(directory, 0o700)
  })
})

it('reports LOCKED while another process keeps the write lock', async () => {
  const path = freshPath()
  const store = await open(path)
  await add(store, 'a')
  const other = startWorker('hold-write-lock', path, '')
  await other.next()
  // Readers do not wait for it.
  expect(await store.list()).toHaveLength(1)
  await expect(store.forget('a')).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining(path),
  })
  await other.kill()
  await store.forget('a')
})
