import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { describeStore } from './describe-store.ts'

vi.mock('better-sqlite3', () => import('../../../src/store/sqlite/node-sqlite.ts'))

const hook = fileURLToPath(new URL('./use-node-sqlite.ts', import.meta.url))
describeStore('a store in an SQLite file, by node:sqlite', {
  name: 'sqlite',
  nodeArguments: ['--import', hook],
})
