import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import type { Store } from '../../src/store/types.ts'

export const SECRET_KEY = 'a-secret-key-of-the-tests'

/** Returns a path for an internal database, in a directory of its own that does not exist yet. */
export function freshPath(): string {
  const parent = mkdtempSync(join(tmpdir(), 'mathesarctl-store-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'data', 'internal.sqlite3')
}

/** Opens a store that is closed at the end of the test. */
export async function open(
  path: string,
  options: { key?: string; create?: boolean; readOnly?: boolean } = {},
): Promise<Store> {
  const { key = SECRET_KEY, create = true, readOnly = false } = options
  const store = await openStore(path, () => key, { create, readOnly })
  onTestFinished(() => store.close())
  return store
}

export function settings(over: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    host: 'db.example.com',
    port: 5432,
    database: 'library',
    user: 'librarian',
    password: 'o\'ut & "in" % 🔑',
    sslmode: 'verify-full',
    sslrootcert: '/etc/ssl/ca.pem',
    sslcert: '/etc/ssl/client.pem',
    sslkey: '/etc/ssl/client.key',
    options: '-c statement_timeout=5s',
    ...over,
  }
}

/** Stores a database by the way that commands go. */
export async function add(store: Store, name: string, over: Partial<ConnectionSettings> = {}) {
  const held = await store.begin({ kind: 'add', name, settings: settings(over) })
  return held.completeAdd({ source: 'bundled', version: '0.1.0' })
}

/** Another process that works on an internal database (worker.ts). */
export interface Worker {
  child: ChildProcess
  /** Settles when it has ended. */
  ended: Promise<unknown>
  /** The next line that it writes, as JSON. */
  next(): Promise<unknown>
  /** Ends it as nothing else does: SIGKILL. */
  kill(): Promise<void>
}

export function startWorker(...args: readonly string[]): Worker {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  return {
    child,
    ended,
    async next() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`the worker ${args.join(' ')} ended without a word`)
      return JSON.parse(value)
    },
    kill,
  }
}
