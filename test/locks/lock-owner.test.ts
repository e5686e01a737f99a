import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { lockOwner, lockOwnerText } from '../../src/locks/lock-owner.ts'
import { storeError } from '../../src/store/sqlite/errors.ts'

function freshPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-owner-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'file.sqlite3')
}

/** Starts a process that holds the write lock of an SQLite file. */
async function holdWriteLock(path: string, mode: 'wal' | 'delete'): Promise<ChildProcess> {
  const script = `const database = new (require('better-sqlite3'))(${JSON.stringify(path)})
    database.pragma('journal_mode = ${mode}')
    database.exec('CREATE TABLE IF NOT EXISTS t (a); BEGIN IMMEDIATE')
    console.log('held')
    setInterval(() => database, 60000)`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

const onLinux = it.runIf(process.platform === 'linux')

onLinux.each(['wal', 'delete'] as const)(
  'finds the process that holds the write lock of an SQLite file (journal_mode = %s)',
  async (mode) => {
    const path = freshPath()
    const { pid } = await holdWriteLock(path, mode)
    expect(lockOwner([path, `${path}-shm`])).toMatchObject({ pid })
    const own = new Database(path, { timeout: 0 })
    const busy = (() => {
      try {
        own.exec('BEGIN IMMEDIATE')
      } catch (error) {
        return storeError(error, path)
      }
    })()
    own.close()
    expect(busy).toMatchObject({
      code: 'LOCKED',
      message: expect.stringMatching(new RegExp(`is locked by another process: process ${pid} \\(.+\\)\\.$`)),
      details: { data: { pid } },
    })
  },
)

it('finds no process where nobody holds a lock, and where the file does not exist', () => {
  const path = freshPath()
  expect(lockOwner([path])).toBeNull()
  new Database(path).close()
  expect(lockOwner([path])).toBeNull()
})

it('names a process with its program, where the system shows that', () => {
  expect(lockOwnerText({ pid: 7, program: 'node' })).toBe('process 7 (node)')
  expect(lockOwnerText({ pid: 7, program: null })).toBe('process 7')
})
