import type Database from 'better-sqlite3'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { SSL_MODES } from '../../postgres/types.ts'
import type { CommitMark, OperationProgress, PendingOperation } from '../types.ts'

/** A journal entry as it is stored. */
export interface JournalEntry extends PendingOperation {
  /** The connection's settings, all in one Fernet token. */
  sealedSettings: string
  progress: OperationProgress
}

const SELECT = `
  SELECT id, kind, name, keep_types AS keepTypes, started_at AS startedAt, settings AS sealedSettings,
    phase, commit_mark AS commitMark
  FROM mathesarctl_operation`

/** SQLite has no booleans. */
interface Row extends Omit<JournalEntry, 'keepTypes' | 'progress'> {
  keepTypes: 0 | 1
  phase: OperationProgress['phase']
  commitMark: string | null
}

export function allEntries(connection: Database.Database): JournalEntry[] {
  return connection.prepare<[], Row>(`${SELECT} ORDER BY started_at, id`).all().map(toEntry)
}

export function entryById(connection: Database.Database, id: string): JournalEntry | null {
  return firstEntry(connection, 'id', id)
}

/** The entry on a name: there is one at most. */
export function entryByName(connection: Database.Database, name: string): JournalEntry | null {
  return firstEntry(connection, 'name', name)
}

function firstEntry(
  connection: Database.Database,
  column: 'id' | 'name',
  value: string,
): JournalEntry | null {
  const row = connection.prepare<[string], Row>(`${SELECT} WHERE ${column} = ?`).get(value)
  return row ? toEntry(row) : null
}

function toEntry({ phase, commitMark, keepTypes, ...entry }: Row): JournalEntry {
  return { ...entry, keepTypes: keepTypes === 1, progress: toProgress(phase, commitMark) }
}

/** A mark that can't be read proves nothing. */
function toProgress(phase: OperationProgress['phase'], commitMark: string | null): OperationProgress {
  if (phase !== 'committing') return { phase }
  const mark = markFromText(commitMark)
  return mark === null ? { phase: 'unknown' } : { phase, mark }
}

function markFromText(text: string | null): CommitMark | null {
  let read: Partial<Record<keyof CommitMark, unknown>>
  try {
    read = Object(JSON.parse(text ?? 'null'))
  } catch {
    return null
  }
  const { transactionId, databaseOid, startedAt, systemIdentifier } = read
  if (typeof transactionId !== 'string' || !/^\d{1,20}$/.test(transactionId)) return null
  if (typeof databaseOid !== 'number' || typeof startedAt !== 'string') return null
  return { transactionId, databaseOid, startedAt, systemIdentifier: textOrNull(systemIdentifier) }
}

/** Inserts the entry of an operation that has just begun. */
export function insertEntry(connection: Database.Database, entry: Omit<JournalEntry, 'progress'>): void {
  connection
    .prepare(
      `INSERT INTO mathesarctl_operation (id, kind, name, keep_types, started_at, settings, phase)
        VALUES (?, ?, ?, ?, ?, ?, 'begun')`,
    )
    .run(entry.id, entry.kind, entry.name, entry.keepTypes ? 1 : 0, entry.startedAt, entry.sealedSettings)
}

/** Records that COMMIT of a transaction is about to be sent. Returns whether there was such an entry. */
export function markCommitting(connection: Database.Database, id: string, mark: CommitMark): boolean {
  const { transactionId, databaseOid, startedAt, systemIdentifier } = mark
  const text = JSON.stringify({ transactionId, databaseOid, startedAt, systemIdentifier })
  return (
    connection
      .prepare(`UPDATE mathesarctl_operation SET phase = 'committing', commit_mark = ? WHERE id = ?`)
      .run(text, id).changes > 0
  )
}

/** Whether there was such an entry to delete. */
export function deleteEntry(connection: Database.Database, id: string): boolean {
  return connection.prepare('DELETE FROM mathesarctl_operation WHERE id = ?').run(id).changes > 0
}

/** The part of an entry that everybody may see. */
export function toPending({ id, kind, name, keepTypes, startedAt }: JournalEntry): PendingOperation {
  return { id, kind, name, keepTypes, startedAt }
}

export function settingsToText(settings: ConnectionSettings): string {
  const { host, port, database, user, password, sslmode, sslrootcert, sslcert, sslkey, options } = settings
  return JSON.stringify({
    host,
    port,
    database,
    user,
    password,
    sslmode,
    sslrootcert,
    sslcert,
    sslkey,
    options,
  })
}

/** The settings in an entry's opened token; `null` if they are not what `settingsToText` writes. */
export function settingsFromText(text: string): ConnectionSettings | null {
  let read: Partial<Record<keyof ConnectionSettings, unknown>>
  try {
    read = Object(JSON.parse(text))
  } catch {
    return null
  }
  const { host, port, database, user } = read
  const sslmode = SSL_MODES.find((mode) => mode === read.sslmode)
  if (typeof host !== 'string' || typeof database !== 'string' || typeof user !== 'string') return null
  if (typeof port !== 'number' || sslmode === undefined) return null
  return {
    host,
    port,
    database,
    user,
    password: textOrNull(read.password),
    sslmode,
    sslrootcert: textOrNull(read.sslrootcert),
    sslcert: textOrNull(read.sslcert),
    sslkey: textOrNull(read.sslkey),
    options: textOrNull(read.options),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
