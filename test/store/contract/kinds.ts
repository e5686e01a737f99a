import type { Keyring } from '../../../src/store/credentials.ts'
import type { StoreParts } from '../../../src/store/parts.ts'
import { openSession, openSqlite } from '../../../src/store/sqlite/index.ts'
import { sqliteJournal } from '../../../src/store/sqlite/journal.ts'
import { fileLocks } from '../../../src/store/sqlite/operation-locks.ts'
import type { OpenStoreOptions } from '../../../src/store/types.ts'

/** Opens the parts of a store at a path; what a kind needs beside it, it derives from the path. */
export type OpenParts = (
  path: string,
  keyring: Keyring,
  options: OpenStoreOptions,
) => StoreParts | Promise<StoreParts>

/**
 * The kinds of store that the contract holds for, by name: for tests, and for their workers in other
 * processes.
 */
export const KINDS = {
  sqlite: openSqlite,
  'two-files': openTwoFiles,
} as const satisfies Record<string, OpenParts>

export type KindName = keyof typeof KINDS

/**
 * Mathesar's rows in one file and the journal in another, as where Mathesar keeps its rows on PostgreSQL: no
 * transaction spans both, and no foreign key either.
 */
function openTwoFiles(path: string, keyring: Keyring, options: OpenStoreOptions): StoreParts {
  const rows = openSqlite(path, keyring, options)
  const session = openSession(`${path}.journal`, options)
  session.connection.pragma('foreign_keys = OFF')
  return {
    ...rows,
    journal: sqliteJournal(session),
    locks: fileLocks(session.realPath),
    async close() {
      session.close()
      await rows.close()
    },
  }
}
