import { fileURLToPath } from 'node:url'
import { expect, it, vi } from 'vitest'
import { freshPath } from '../support.ts'

// The test files of a worker share their modules (vitest.config.ts). Those of the store are loaded again for
// this file, with the SQLite of Node in the place of the addon, and again without it for the next file.
vi.doMock('better-sqlite3', () => import('../../../src/store/sqlite/node-sqlite.ts'))
vi.resetModules()
const { describeStore } = await import('./describe-store.ts')
const { FILE_KIND } = await import('./file-kind.ts')
const { openSession } = await import('../../../src/store/sqlite/index.ts')
vi.doUnmock('better-sqlite3')
vi.resetModules()

it('runs on the SQLite of Node', () => {
  const session = openSession(freshPath(), { create: true })
  // A method that only the addon has.
  expect(session.connection).not.toHaveProperty('backup')
  session.close()
})

const hook = fileURLToPath(new URL('./use-node-sqlite.ts', import.meta.url))
describeStore('a store in an SQLite file, by node:sqlite', {
  ...FILE_KIND,
  nodeArguments: ['--import', hook],
})
