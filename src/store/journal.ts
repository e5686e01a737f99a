import type Database from 'better-sqlite3'
import type { ConnectionSettings } from '../postgres/types.ts'
import { SSL_MODES } from '../postgres/types.ts'
import type { PendingOperation } from './types.ts'

/** A journal entry as it is stored. */
export interface JournalEntry extends PendingOperation {
  /** The connection's settings, all in one Fernet token. */
  sealedSettings: string
}

const SELECT = `
  SELECT id, kind, name, started_at AS startedAt, settings AS sealedSettings FROM mathesarctl_operation`

export function allEntries(connection: Database.Database): JournalEntry[] {
  return connection.prepare<[], JournalEntry>(`${SELECT} ORDER BY started_at, id`).all()
}

export function entryById(connection: Database.Database, id: string): JournalEntry | null {
  return connection.prepare<[string], JournalEntry>(`${SELECT} WHERE id = ?`).get(id) ?? null
}

/** The entry on a name: there is one at most. */
export function entryByName(connection: Database.Database, name: string): JournalEntry | null {
  return connection.prepare<[string], JournalEntry>(`${SELECT} WHERE name = ?`).get(name) ?? null
}

export function insertEntry(connection: Database.Database, entry: JournalEntry): void {
  connection
    .prepare(
      'INSERT INTO mathesarctl_operation (id, kind, name, started_at, settings) VALUES (?, ?, ?, ?, ?)',
    )
    .run(entry.id, entry.kind, entry.name, entry.startedAt, entry.sealedSettings)
}

/** Whether there was such an entry to delete. */
export function deleteEntry(connection: Database.Database, id: string): boolean {
  return connection.prepare('DELETE FROM mathesarctl_operation WHERE id = ?').run(id).changes > 0
}

/** The part of an entry that everybody may see. */
export function toPending({ id, kind, name, startedAt }: JournalEntry): PendingOperation {
  return { id, kind, name, startedAt }
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
