import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import type { Keyring } from '../../../src/store/credentials.ts'
import type { StoreParts } from '../../../src/store/parts.ts'
import { openSession, openSqlite } from '../../../src/store/sqlite/index.ts'
import { sqliteJournal } from '../../../src/store/sqlite/journal.ts'
import { fileLocks } from '../../../src/store/sqlite/operation-locks.ts'
import { sealedJournal } from '../../../src/store/sqlite/sealed.ts'
import type { JournalPlace, OpenStoreOptions } from '../../../src/store/types.ts'

/** Opens the parts of a store at an address; what a kind needs beside it, it derives from the address. */
export type OpenParts = (
  address: string,
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
  django: openLive,
} as const satisfies Record<string, OpenParts>

export type KindName = keyof typeof KINDS

/**
 * Mathesar's rows in one file and the journal in another: no transaction spans both, and no foreign key
 * either.
 */
function openTwoFiles(path: string, keyring: Keyring, options: OpenStoreOptions): StoreParts {
  const rows = openSqlite(path, keyring, options)
  const session = openSession(`${path}.journal`, options)
  session.connection.pragma('foreign_keys = OFF')
  const sealed = sealedJournal(session)
  return {
    ...rows,
    journal: sqliteJournal(session),
    locks: fileLocks(session.realPath),
    sealed: {
      read: async () => [...(await rows.sealed.read()), ...sealed.read()],
      async rewrite(reseal) {
        await rows.sealed.rewrite((values) => {
          const replaced = reseal(values)
          sealed.rewrite(reseal)
          return replaced
        })
      },
    },
    async close() {
      session.close()
      await rows.close()
    },
  }
}

/** The address of an internal database on PostgreSQL, which is written as JSON. */
export interface LiveAddress {
  settings: ConnectionSettings
  journal: JournalPlace
  /** The directory of journals, and of the files by which a test finds the sessions of workers. */
  directory: string
}

async function openLive(address: string, keyring: Keyring, options: OpenStoreOptions) {
  const { readOnly = false, isKeyCurrent } = options
  const { settings, journal, directory }: LiveAddress = JSON.parse(address)
  // Only where it is used: it imports SQL, for which a worker needs load-sql.ts.
  const { openDjango } = await import('../../../src/store/django/open.ts')
  const live = {
    settings,
    connect: { timeoutMs: 30_000 },
    lockTimeoutMs: 30_000,
    journal,
    journalDirectory: join(directory, 'journals'),
    acceptUnknownLayout: false,
  }
  const parts = await openDjango(live, keyring, { readOnly, isKeyCurrent, isFresh: true })
  const [session] = await parts.session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  if (session) writeFileSync(join(directory, sessionFile(process.pid)), String(session.pid))
  return parts
}

/** Returns the name of the file with the number of the server process that works for a process. */
export function sessionFile(pid: number): string {
  return `session-of-${pid}`
}
