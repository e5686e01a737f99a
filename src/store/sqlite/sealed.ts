import type Database from 'better-sqlite3'
import { requireReplaced } from '../replaced.ts'
import type { Reseal, SealedValue, SealedValues } from '../sealed.ts'
import { read, type SqliteSession, write } from './session.ts'

/** A column with encrypted values, and the query for them. */
interface SealedColumn {
  select: string
  update: string
}

/** Mathesar 0.1.x encrypts the user name too. */
const ROWS: readonly SealedColumn[] = ['username', 'password'].map((column) => ({
  select:
    `SELECT 'database' AS kind, id, name, ${column} AS text FROM mathesar_database ` +
    `WHERE ${column} IS NOT NULL AND ${column} <> '' ORDER BY id`,
  update: `UPDATE mathesar_database SET ${column} = ? WHERE id = ?`,
}))

const ENTRIES: readonly SealedColumn[] = [
  {
    select: `SELECT 'operation' AS kind, id, name, settings AS text FROM mathesarctl_operation ORDER BY id`,
    update: 'UPDATE mathesarctl_operation SET settings = ? WHERE id = ?',
  },
]

/** Returns the encrypted values of the rows and of the journal in an SQLite file. */
export function sealedFile(session: SqliteSession): SealedValues {
  return asynchronous(session, [...ROWS, ...ENTRIES])
}

/** The same for a file that has only a journal; synchronous, for the transaction of another database. */
export function sealedJournal(session: SqliteSession) {
  return {
    read: () => read(session, () => valuesIn(session.connection, ENTRIES).flat()),
    rewrite: (reseal: Reseal) => rewrite(session, ENTRIES, reseal),
  }
}

function asynchronous(session: SqliteSession, columns: readonly SealedColumn[]): SealedValues {
  return {
    async read() {
      return read(session, () => valuesIn(session.connection, columns).flat())
    },
    async rewrite(reseal) {
      rewrite(session, columns, reseal)
    },
  }
}

function rewrite(session: SqliteSession, columns: readonly SealedColumn[], reseal: Reseal): void {
  const { connection, location } = session
  write(session, () => {
    const before = valuesIn(connection, columns)
    const replaced = reseal(before.flat())
    let at = 0
    columns.forEach(({ update }, index) => {
      const statement = connection.prepare(update)
      for (const { id } of before[index] ?? []) {
        const text = replaced[at++]
        if (text !== null && text !== undefined) statement.run(text, id)
      }
    })
    requireReplaced(location, before.flat(), replaced, valuesIn(connection, columns).flat())
  })
  forgetPages(connection)
}

/** Returns the values of each column. */
function valuesIn(connection: Database.Database, columns: readonly SealedColumn[]): SealedValue[][] {
  return columns.map(({ select }) =>
    connection
      .prepare<[], Omit<SealedValue, 'id'> & { id: string | number }>(select)
      .all()
      .map((row) => ({ ...row, id: String(row.id) })),
  )
}

/**
 * Empties the write-ahead log, which has the pages with the old tokens. Another process that reads may
 * prevent it: then a later checkpoint does it.
 */
function forgetPages(connection: Database.Database): void {
  try {
    connection.pragma('wal_checkpoint(TRUNCATE)')
  } catch {
    // The transaction is committed.
  }
}
