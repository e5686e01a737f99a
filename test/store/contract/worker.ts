// A process of its own for the contract of stores: worker.ts KIND TASK PATH NAME [STEP before|after]. With a
// step it kills itself there, as nothing else does: SIGKILL. It reports results as JSON in lines on stdout.
import { OperatorError } from '../../../src/errors.ts'
import { createKeyring } from '../../../src/store/credentials.ts'
import { createStore } from '../../../src/store/store.ts'
import { crashingParts } from './crash.ts'
import { KINDS, type KindName } from './kinds.ts'

const [kind, task, path = '', name = '', step = '0', when = 'before'] = process.argv.slice(2)
const settings = {
  host: '127.0.0.1',
  port: 5432,
  database: name,
  user: 'user-of-the-worker',
  password: 'password-of-the-worker',
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
} as const

const report = (value: unknown) => console.log(JSON.stringify(value))
/**
 * Until it is killed. `held` stays in use: a connection that is collected as garbage is closed, and its lock
 * released.
 */
const wait = (held?: unknown) => setInterval(() => held, 60_000)

async function runTask(): Promise<unknown> {
  const open = KINDS[kind as KindName]
  const keyring = createKeyring(() => 'a-secret-key-of-the-tests')
  const parts = await open(path, keyring, { create: true })
  // Every internal database of the tests has this user, if it has users.
  const access = parts.capabilities.hasUsers ? { users: ['admin'], sqlVersion: '0.0.0' } : null
  const addition = { kind: 'add', name, settings, ...(access ? { access } : {}) } as const
  const point = { step: Number(step), when: when === 'after' ? 'after' : 'before' } as const
  const kill = () => {
    process.kill(process.pid, 'SIGKILL')
    // The signal may take a moment, in which nothing may happen.
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
  }
  const store = createStore(crashingParts(parts, point, kill).parts)
  switch (task) {
    case 'add': {
      const held = await store.begin(addition)
      await held.completeAdd({ source: 'bundled', version: '0.1.0' })
      const names = await store.names()
      await store.close()
      return names
    }
    case 'remove': {
      const held = await store.begin({ kind: 'remove', name })
      const deletion = await held.completeRemove()
      await store.close()
      return deletion
    }
    case 'hold-add': {
      const held = await store.begin(addition)
      wait({ store, held })
      return held.id
    }
    case 'hold-remove': {
      const held = await store.begin({ kind: 'remove', name })
      wait({ store, held })
      return held.id
    }
    case 'take-over': {
      const held = await store.takeOver(name)
      if (held) wait({ store, held })
      return held?.id ?? null
    }
    case 'interrupted':
      return (await store.interrupted()).map(({ id }) => id)
    default:
      throw new Error(`no such task: ${task}`)
  }
}

runTask().then(report, (error: unknown) =>
  report(
    error instanceof OperatorError
      ? { code: error.code, data: error.details.data }
      : { error: String(error) },
  ),
)
