import type Database from 'better-sqlite3'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { notFound } from '../conflicts.ts'
import type { Credentials } from '../credentials.ts'
import type { StoredDatabase, StoredSchema } from '../types.ts'
import { fromDjangoTime, toDjangoTime } from './django-time.ts'
import { toSslMode } from './ssl-mode.ts'

/** What everybody may see of a stored database, in the order of `SELECT_PUBLIC`. Tuples are read fastest. */
type PublicRow = [
  id: number,
  name: string,
  host: string,
  port: number,
  database: string,
  sealedUser: string | null,
  createdAt: string,
  updatedAt: string,
  sslmode: string | null,
  sslrootcert: string | null,
  schemaSource: string | null,
  schemaVersion: string | null,
]

const SELECT_PUBLIC = `
  SELECT d.id, d.name, d.host, d.port, d.db_name, d.username, d.created_at, d.updated_at,
    c.sslmode, c.sslrootcert, s.source, s.version
  FROM mathesar_database d
  LEFT JOIN mathesarctl_connection c ON c.database_id = d.id
  LEFT JOIN mathesarctl_schema s ON s.database_id = d.id`

/** A row's settings, still sealed. */
interface SettingsRow extends Omit<ConnectionSettings, 'user' | 'password' | 'sslmode'> {
  name: string
  sealedUser: string | null
  sealedPassword: string | null
  sslmode: string | null
}

const SELECT_SETTINGS = `
  SELECT d.name, d.host, d.port, d.db_name AS "database", d.username AS sealedUser,
    d.password AS sealedPassword, c.sslmode, c.sslrootcert, c.sslcert, c.sslkey, c.options
  FROM mathesar_database d
  LEFT JOIN mathesarctl_connection c ON c.database_id = d.id`

/** All rows by name. */
export function allRows(connection: Database.Database): PublicRow[] {
  return connection.prepare<[], PublicRow>(`${SELECT_PUBLIC} ORDER BY d.name`).raw().all()
}

export function rowByName(connection: Database.Database, name: string): PublicRow | null {
  return connection.prepare<[string], PublicRow>(`${SELECT_PUBLIC} WHERE d.name = ?`).raw().get(name) ?? null
}

export function settingsByName(connection: Database.Database, name: string): SettingsRow | null {
  return connection.prepare<[string], SettingsRow>(`${SELECT_SETTINGS} WHERE d.name = ?`).get(name) ?? null
}

export function allNames(connection: Database.Database): string[] {
  return connection.prepare<[], string>('SELECT name FROM mathesar_database ORDER BY name').pluck().all()
}

export function hasRows(connection: Database.Database): boolean {
  return connection.prepare('SELECT 1 FROM mathesar_database LIMIT 1').get() !== undefined
}

/** The id of the row of that name, without opening anything. */
export function idByName(connection: Database.Database, name: string): number | null {
  const query = connection.prepare<[string], number>('SELECT id FROM mathesar_database WHERE name = ?')
  return query.pluck().get(name) ?? null
}

/** Inserts a row and returns its id. */
export function insertRow(
  connection: Database.Database,
  name: string,
  settings: ConnectionSettings,
  credentials: Credentials,
): number {
  const now = toDjangoTime(new Date())
  const { lastInsertRowid } = connection
    .prepare(
      `INSERT INTO mathesar_database
        (created_at, updated_at, name, deleted, db_name, host, password, port, username)
        VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?)`,
    )
    .run(
      now,
      now,
      name,
      settings.database,
      settings.host,
      credentials.seal(settings.password),
      settings.port,
      credentials.seal(settings.user),
    )
  const id = Number(lastInsertRowid)
  writeExtras(connection, id, settings)
  return id
}

export function updateRow(
  connection: Database.Database,
  id: number,
  name: string,
  settings: ConnectionSettings,
  credentials: Credentials,
): void {
  connection
    .prepare(
      `UPDATE mathesar_database
        SET updated_at = ?, name = ?, db_name = ?, host = ?, password = ?, port = ?, username = ? WHERE id = ?`,
    )
    .run(
      toDjangoTime(new Date()),
      name,
      settings.database,
      settings.host,
      credentials.seal(settings.password),
      settings.port,
      credentials.seal(settings.user),
      id,
    )
  writeExtras(connection, id, settings)
}

export function writeSchema(connection: Database.Database, id: number, schema: StoredSchema | null): void {
  if (schema === null) {
    connection.prepare('DELETE FROM mathesarctl_schema WHERE database_id = ?').run(id)
    return
  }
  connection
    .prepare('INSERT OR REPLACE INTO mathesarctl_schema (database_id, source, version) VALUES (?, ?, ?)')
    .run(id, schema.source, schema.version)
}

/** The rows as everybody may see them, with their user names opened. Errors: `SECRET_KEY_MISMATCH`. */
export function toStored(rows: readonly PublicRow[], credentials: Credentials): StoredDatabase[] {
  const users = credentials.revealAll(
    rows.map((row) => row[5] ?? ''),
    (index) => rows[index]?.[1] ?? '',
  )
  return rows.map((row, index) => publicPart(row, users[index] ?? ''))
}

/** The settings with the password; one stored as nothing or as the empty text is none. */
export function toSettings(row: SettingsRow, credentials: Credentials): ConnectionSettings {
  const { name, sealedUser, sealedPassword, ...rest } = row
  const password = credentials.reveal(sealedPassword ?? '', name)
  return {
    ...rest,
    user: credentials.reveal(sealedUser ?? '', name),
    password: password === '' ? null : password,
    sslmode: toSslMode(row.sslmode),
  }
}

function publicPart(row: PublicRow, user: string): StoredDatabase {
  const [id, name, host, port, database, , createdAt, updatedAt, sslmode, sslrootcert, source, version] = row
  return {
    id,
    name,
    host,
    port,
    database,
    user,
    sslmode: toSslMode(sslmode),
    sslrootcert,
    schema: source === null ? null : { source, version },
    createdAt: fromDjangoTime(createdAt),
    updatedAt: fromDjangoTime(updatedAt),
  }
}

/** The one row of that name, which has just been written. */
export function storedByName(
  connection: Database.Database,
  name: string,
  credentials: Credentials,
): StoredDatabase {
  const row = rowByName(connection, name)
  const [stored] = row ? toStored([row], credentials) : []
  if (!stored) throw notFound(name)
  return stored
}

function writeExtras(connection: Database.Database, id: number, settings: ConnectionSettings): void {
  connection
    .prepare(
      `INSERT OR REPLACE INTO mathesarctl_connection
        (database_id, sslmode, sslrootcert, sslcert, sslkey, options) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(id, settings.sslmode, settings.sslrootcert, settings.sslcert, settings.sslkey, settings.options)
}
