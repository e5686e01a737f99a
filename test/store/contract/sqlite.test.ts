import { expect, it } from 'vitest'
import { openSession } from '../../../src/store/sqlite/index.ts'
import { freshPath } from '../support.ts'
import { describeStore } from './describe-store.ts'
import { FILE_KIND } from './file-kind.ts'

it.skipIf(process.env.MATHESARCTL_TEST_SQLITE === 'node')('runs on better-sqlite3', () => {
  const session = openSession(freshPath(), { create: true })
  // A method that only the addon has.
  expect(session.connection).toHaveProperty('backup')
  session.close()
})

describeStore('a store in an SQLite file, by better-sqlite3', FILE_KIND)
