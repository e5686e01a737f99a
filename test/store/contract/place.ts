import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { createKeyring, type Keyring } from '../../../src/store/credentials.ts'
import type { StoreParts } from '../../../src/store/parts.ts'
import { createStore } from '../../../src/store/store.ts'
import type { Store } from '../../../src/store/types.ts'
import { freshPath, SECRET_KEY, type Worker } from '../support.ts'
import { KINDS, type KindName } from './kinds.ts'

/** A kind of store under test. */
export interface Kind {
  name: KindName
  /** Arguments for the Node of a worker, such as a module to load first. */
  nodeArguments: readonly string[]
}

/** An internal database of its own for one test. */
export interface Place {
  path: string
  /** Opens it; closed at the end of the test. */
  open(options?: { key?: string; readOnly?: boolean }): Promise<Store>
  openParts(): Promise<StoreParts>
  /** Starts worker.ts on it. */
  worker(task: string, name: string, ...crash: readonly string[]): Worker
  /** What is left of locks: the names of lock files. */
  lockFiles(): string[]
}

export function makePlace({ name: kind, nodeArguments }: Kind): Place {
  const path = freshPath()
  const openParts = async (key = SECRET_KEY, readOnly = false) => {
    const keyring = key === SECRET_KEY ? sharedKeyring() : createKeyring(() => key)
    return KINDS[kind](path, keyring, { create: !readOnly, readOnly })
  }
  return {
    path,
    async open({ key, readOnly } = {}) {
      const store = createStore(await openParts(key, readOnly))
      onTestFinished(() => store.close())
      return store
    },
    async openParts() {
      const parts = await openParts()
      onTestFinished(() => parts.close())
      return parts
    },
    worker: (task, name, ...crash) => startWorker(nodeArguments, [kind, task, path, name, ...crash]),
    lockFiles: () => readdirSync(dirname(path)).filter((file) => file.endsWith('.lock')),
  }
}

const own = createKeyring(() => SECRET_KEY)

/** To derive the key takes longer than most tests: it is derived once for all of them. */
function sharedKeyring(): Keyring {
  return { unlock: () => own.unlock(), close() {} }
}

function startWorker(nodeArguments: readonly string[], args: readonly string[]): Worker {
  const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = spawn(process.execPath, [...nodeArguments, script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
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
