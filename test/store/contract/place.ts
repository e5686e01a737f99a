import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { createKeyring, type Keyring } from '../../../src/store/credentials.ts'
import type { StoreParts } from '../../../src/store/parts.ts'
import { createStore } from '../../../src/store/store.ts'
import type { Access, Store, StoredDatabase } from '../../../src/store/types.ts'
import { settings as fullSettings, SECRET_KEY, type Worker } from '../support.ts'
import type { Ground } from './grounds.ts'
import { KINDS, type KindName } from './kinds.ts'

/** A kind of store under test. */
export interface Kind {
  name: KindName
  /** Arguments for the Node of a worker, such as a module to load first. */
  nodeArguments: readonly string[]
  createGround(): Promise<Ground>
  /** It differs from another kind in its columns alone. */
  isVariant?: true
  /** What a row can hold of the settings that the tests use. */
  holds: Partial<ConnectionSettings>
  /** What a change of the tests changes beside host and password. */
  change: Partial<ConnectionSettings>
  /** Rows have users, and servers that they share: `Capabilities.hasUsers`, `hasServers`. */
  isModern: boolean
  /** A row can have another name than that of its database. */
  hasNicknames: boolean
  /** What is listed is encrypted in part. */
  needsKeyToList: boolean
  /** The process that holds the lock of an operation can be named. */
  showsOwner: boolean
}

/** An internal database of its own for one test. */
export interface Place {
  /** What its stores have as their location. */
  location: string
  /** Opens it; closed at the end of the test. */
  open(options?: { key?: string; readOnly?: boolean; isKeyCurrent?: () => boolean }): Promise<Store>
  openParts(): Promise<StoreParts>
  /** Starts worker.ts on it. */
  worker(task: string, name: string, ...crash: readonly string[]): Worker
  /** What is left of locks. */
  locks(): Promise<string[]>
  /** Closes what was opened, where a test needs several places. */
  close(): Promise<void>
}

/** What the tests of a kind use. */
export interface Tools {
  kind: Kind
  makePlace(): Promise<Place>
  /** Returns the connection of a row of that name, as far as the kind can hold it. */
  settings(name: string, over?: Partial<ConnectionSettings>): ConnectionSettings
  /** Returns an addition, for `Store.begin`. */
  addition(
    name: string,
    over?: Partial<ConnectionSettings>,
  ): { kind: 'add'; name: string; settings: ConnectionSettings; access?: Access }
  /** Stores a database by the way that commands go. */
  add(store: Store, name: string, over?: Partial<ConnectionSettings>): Promise<StoredDatabase>
  /** Whom a new row is for; `undefined` where rows have no users. */
  access: Access | undefined
}

/** The user whom every internal database of the tests has. */
const ACCESS: Access = { users: ['admin'], sqlVersion: '0.0.0' }

/** Prepares the ground of a kind for the tests of a file. */
export function useKind(kind: Kind): Tools {
  let ground: Ground | null = null
  beforeAll(async () => {
    ground = await kind.createGround()
  }, 60_000)
  afterAll(() => ground?.end())
  const settings: Tools['settings'] = (name, over = {}) => ({
    ...fullSettings({ database: name }),
    ...kind.holds,
    ...over,
  })
  const access = kind.isModern ? ACCESS : undefined
  const addition: Tools['addition'] = (name, over) => ({
    kind: 'add',
    name,
    settings: settings(name, over),
    ...(access ? { access } : {}),
  })
  return {
    kind,
    settings,
    addition,
    access,
    async add(store, name, over) {
      const held = await store.begin(addition(name, over))
      return held.completeAdd({ source: 'bundled', version: '0.1.0' })
    },
    async makePlace() {
      if (ground === null) throw new Error('there is no ground')
      return placeOn(ground, kind)
    },
  }
}

async function placeOn(ground: Ground, kind: Kind): Promise<Place> {
  const address = await ground.fresh()
  const opened = new Set<() => Promise<void>>()
  const close = async () => {
    for (const end of opened) await end()
    opened.clear()
  }
  onTestFinished(close)
  const openParts = async (key = SECRET_KEY, readOnly = false, isKeyCurrent?: () => boolean) => {
    const keyring = key === SECRET_KEY ? sharedKeyring() : createKeyring(() => key)
    return KINDS[kind.name](address, keyring, { create: !readOnly, readOnly, isKeyCurrent })
  }
  return {
    location: ground.location(address),
    async open({ key, readOnly, isKeyCurrent } = {}) {
      const store = createStore(await openParts(key, readOnly, isKeyCurrent))
      opened.add(() => store.close())
      return store
    },
    async openParts() {
      const parts = await openParts()
      opened.add(() => parts.close())
      return parts
    },
    worker(task, name, ...crash) {
      const worker = startWorker(kind.nodeArguments, [kind.name, task, address, name, ...crash])
      const buried = worker.ended.then(() => ground.untilBuried(address, worker.child.pid ?? 0))
      const kill = async () => {
        await worker.kill()
        await buried
      }
      return { ...worker, ended: buried, kill }
    },
    locks: () => ground.locks(address),
    close,
  }
}

const own = createKeyring(() => SECRET_KEY)

/** To derive the key takes longer than most tests: it is derived once for all of them. */
function sharedKeyring(): Keyring {
  return { unlock: () => own.unlock(), belongToProgram() {}, close() {} }
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
