import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { acquireLock, lockState } from '../../src/locks/process-lock.ts'

function freshPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-lock-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'one.lock')
}

/** Starts worker.ts and waits for its first line. */
async function start(...args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(() => ['the worker ended without a word'])
  const [bytes] = await Promise.race([once(child.stdout, 'data'), ended])
  return { child, line: String(bytes).trim() }
}

describe('a lock of a process', () => {
  it('a lock of a process is refused to everybody else until its holder releases it', () => {
    const path = freshPath()
    const lock = acquireLock(path)
    expect(lock).not.toBeNull()
    expect(acquireLock(path)).toBeNull()
    expect(lockState(path)).toBe('held')
    lock?.release()
    expect(lockState(path)).toBe('free')
    expect(existsSync(path)).toBe(true)
    acquireLock(path)?.remove()
    expect(readdirSync(dirname(path))).toEqual([])
  })

  it('a lock of a process stays while its process is stopped, and ends when its process is killed', async () => {
    const path = freshPath()
    const { child, line } = await start('hold', path)
    expect(line).toBe('held')
    expect(lockState(path)).toBe('held')
    child.kill('SIGSTOP')
    expect(acquireLock(path)).toBeNull()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(lockState(path)).toBe('free')
    expect(acquireLock(path)).not.toBeNull()
  })

  it('a lock of a process is held by one of ten processes at a time, also where holders delete its file', async () => {
    const path = freshPath()
    writeFileSync(`${path}.counter`, '0')
    const workers = await Promise.all(Array.from({ length: 10 }, () => start('count', path, '20')))
    for (const { line } of workers) expect(line).toBe('done')
    expect(readFileSync(`${path}.counter`, 'utf8')).toBe('200')
  })

  it('a lock of a process is not lost in this process by looking at it', () => {
    const path = freshPath()
    const lock = acquireLock(path)
    for (let look = 0; look < 3; look++) expect(lockState(path)).toBe('held')
    expect(acquireLock(path)).toBeNull()
    lock?.remove()
  })

  it('creates a file for its owner alone, or for whoever the umask lets use it', () => {
    const [own, shared] = [freshPath(), freshPath()]
    const before = process.umask(0o002)
    onTestFinished(() => void process.umask(before))
    acquireLock(own)?.release()
    acquireLock(shared, { isShared: true })?.release()
    expect((statSync(own).mode & 0o777).toString(8)).toBe('600')
    expect((statSync(shared).mode & 0o777).toString(8)).toBe('664')
  })

  it('changes no file by looking, and finds a missing one free', () => {
    const path = freshPath()
    expect(lockState(path)).toBe('free')
    expect(existsSync(path)).toBe(false)
  })

  it('raises the error of the system where the directory is missing', () => {
    expect(() => acquireLock(join(freshPath(), 'nowhere', 'one.lock'))).toThrow('ENOENT')
  })

  it.skipIf(process.getuid?.() === 0)('does not mistake an unreadable file for a free lock', () => {
    const path = freshPath()
    acquireLock(path)?.release()
    chmodSync(path, 0o000)
    expect(lockState(path)).toBe('unreadable')
  })
})
