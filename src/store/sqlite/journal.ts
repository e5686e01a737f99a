import Database from 'better-sqlite3'
import { markToText, toProgress } from '../commit-mark.ts'
import type { CommitMark, Journal, JournalEntry, OperationProgress, StoredSchema } from '../types.ts'
import { read, type SqliteSession, write } from './session.ts'

const SELECT = `
  SELECT id, kind, name, keep_types AS keepTypes, started_at AS startedAt, settings AS encrypted, phase,
    commit_mark AS commitMark
  FROM mathesarctl_operation`

/** SQLite has no booleans. */
interface Row extends Omit<JournalEntry, 'keepTypes' | 'progress'> {
  keepTypes: 0 | 1
  phase: OperationProgress['phase']
  commitMark: string | null
}

/**
 * Returns the journal in an SQLite file: that of the records or another.
 *
 * @param requireCurrentKey throws if the key may have been rotated; called where no row proves it. Without
 *   it, the file may have no rows
 */
export function sqliteJournal(session: SqliteSession, requireCurrentKey?: () => void): Journal {
  const { connection } = session
  return {
    async entries() {
      const query = connection.prepare<[], Row>(`${SELECT} ORDER BY started_at, id`)
      return read(session, () => query.all().map(toEntry))
    },
    async entry(id) {
      return read(session, () => entryBy(connection, 'id', id))
    },
    async entryOf(name) {
      return read(session, () => entryBy(connection, 'name', name))
    },
    async begin(entry) {
      return write(session, () => {
        if (entryBy(connection, 'name', entry.name)) return false
        if (requireCurrentKey && !hasRows(connection)) requireCurrentKey()
        insertEntry(connection, entry)
        return true
      })
    },
    async markCommitting(id, mark) {
      return write(session, () => markCommitting(connection, id, mark))
    },
    async rename(id, name) {
      return write(session, () => {
        if (!entryBy(connection, 'id', id)) return 'missing'
        const other = entryBy(connection, 'name', name)
        if (other && other.id !== id) return 'taken'
        connection.prepare('UPDATE mathesarctl_operation SET name = ? WHERE id = ?').run(name, id)
        return 'renamed'
      })
    },
    async end(id) {
      return write(
        session,
        () => connection.prepare('DELETE FROM mathesarctl_operation WHERE id = ?').run(id).changes > 0,
      )
    },
    async schemas() {
      const query = connection.prepare<[], SchemaRow>(
        'SELECT database_id, source, version FROM mathesarctl_schema',
      )
      const rows = read(session, () => query.raw().all())
      return new Map(rows.map(([id, source, version]) => [id, { source, version }]))
    },
    async schema(rowId) {
      const query = connection.prepare<[number], StoredSchema>(
        'SELECT source, version FROM mathesarctl_schema WHERE database_id = ?',
      )
      return read(session, () => query.get(rowId) ?? null)
    },
    async setSchema(rowId, schema) {
      write(session, () => writeSchema(connection, rowId, schema))
    },
  }
}

function hasRows(connection: Database.Database): boolean {
  return connection.prepare('SELECT 1 FROM mathesar_database LIMIT 1').get() !== undefined
}

type SchemaRow = [rowId: number, source: string, version: string | null]

function entryBy(connection: Database.Database, column: 'id' | 'name', value: string): JournalEntry | null {
  const row = connection.prepare<[string], Row>(`${SELECT} WHERE ${column} = ?`).get(value)
  return row ? toEntry(row) : null
}

function toEntry({ phase, commitMark, keepTypes, ...entry }: Row): JournalEntry {
  return { ...entry, keepTypes: keepTypes === 1, progress: toProgress(phase, commitMark) }
}

function insertEntry(connection: Database.Database, entry: Omit<JournalEntry, 'progress'>): void {
  connection
    .prepare(
      `INSERT INTO mathesarctl_operation (id, kind, name, keep_types, started_at, settings, phase)
        VALUES (?, ?, ?, ?, ?, ?, 'begun')`,
    )
    .run(entry.id, entry.kind, entry.name, entry.keepTypes ? 1 : 0, entry.startedAt, entry.encrypted)
}

function markCommitting(connection: Database.Database, id: string, mark: CommitMark): boolean {
  return (
    connection
      .prepare(`UPDATE mathesarctl_operation SET phase = 'committing', commit_mark = ? WHERE id = ?`)
      .run(markToText(mark), id).changes > 0
  )
}

function writeSchema(connection: Database.Database, rowId: number, schema: StoredSchema | null): void {
  if (schema === null) {
    connection.prepare('DELETE FROM mathesarctl_schema WHERE database_id = ?').run(rowId)
    return
  }
  try {
    connection
      .prepare('INSERT OR REPLACE INTO mathesarctl_schema (database_id, source, version) VALUES (?, ?, ?)')
      .run(rowId, schema.source, schema.version)
  } catch (error) {
    // The row is gone by now.
    if (!(error instanceof Database.SqliteError && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY')) throw error
  }
}
