// A process of its own for the tests of the store: worker.ts TASK PATH NAME. It says what came of it as JSON.
import Database from 'better-sqlite3'
import { OperatorError } from '../../src/errors.ts'
import { openStore } from '../../src/store/index.ts'

const [task, path = '', name = ''] = process.argv.slice(2)
const settings = {
  host: '127.0.0.1',
  port: 5432,
  database: 'library',
  user: 'user-that-nobody-reads',
  password: 'password-that-nobody-reads',
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
} as const

const say = (value: unknown) => console.log(JSON.stringify(value))
/**
 * Until it is killed. `held` stays in use: a connection that is collected as garbage is closed, and its lock
 * released.
 */
const wait = (held?: unknown) => setInterval(() => held, 60_000)

async function runTask(): Promise<unknown> {
  process.umask(0)
  // Before anything is done, so that it can be killed while it is.
  if (task === 'open') say('opening')
  const store = await openStore(path, () => 'a-secret-key-of-the-tests', { create: true })
  switch (task) {
    case 'add': {
      const held = await store.begin({ kind: 'add', name, settings })
      await held.completeAdd({ source: 'bundled', version: '0.1.0' })
      const names = (await store.list()).map((stored) => stored.name)
      await store.close()
      return names
    }
    case 'hold-write-lock': {
      const file = new Database(path)
      file.exec('BEGIN IMMEDIATE')
      wait(file)
      return 'locked'
    }
    case 'hold-add': {
      const held = await store.begin({ kind: 'add', name, settings })
      wait({ store, held })
      return held.id
    }
    case 'hold-remove': {
      const held = await store.begin({ kind: 'remove', name })
      wait({ store, held })
      return held.id
    }
    case 'swap-names': {
      // Each time as a process of its own: the log comes and goes.
      let isSwapped = false
      setInterval(() => {
        const file = new Database(path)
        const [from, to] = isSwapped ? ['cd', 'ab'] : ['ab', 'cd']
        const rename = file.prepare('UPDATE mathesar_database SET name = ? WHERE name = ?')
        file.transaction(() => [0, 1].map((at) => rename.run(to[at], from[at])))()
        file.close()
        isSwapped = !isSwapped
      }, 3)
      return 'swapping'
    }
    case 'look-at-locks': {
      const reader = await openStore(path, () => 'a-secret-key-of-the-tests', {
        create: false,
        readOnly: true,
      })
      setInterval(() => reader.interrupted(), 1)
      return 'looking'
    }
    case 'open':
      return 'open'
    case 'interrupted':
      return (await store.interrupted()).map(({ id }) => id)
    default:
      throw new Error(`no such task: ${task}`)
  }
}

runTask().then(say, (error: unknown) =>
  say(
    error instanceof OperatorError
      ? { code: error.code, data: error.details.data }
      : { error: String(error) },
  ),
)
