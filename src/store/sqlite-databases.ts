import type Database from 'better-sqlite3'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { Credentials } from './credentials.ts'
import { fromDjangoTime, toDjangoTime } from './django-time.ts'
import { toSslMode } from './ssl-mode.ts'
import type { StoredDatabase, StoredSchema } from './types.ts'

/** A row of `mathesar_database` with what we keep beside it, still sealed. */
export interface DatabaseRow {
  id: number
  name: string
  host: string
  port: number
  database: string
  sealedUser: string | null
  sealedPassword: string | null
  createdAt: string
  updatedAt: string
  sslmode: string | null
  sslrootcert: string | null
  sslcert: string | null
  sslkey: string | null
  options: string | null
  schemaSource: string | null
  schemaVersion: string | null
}

const SELECT = `
  SELECT d.id, d.name, d.host, d.port, d.db_name AS "database", d.username AS sealedUser,
    d.password AS sealedPassword, d.created_at AS createdAt, d.updated_at AS updatedAt,
    c.sslmode, c.sslrootcert, c.sslcert, c.sslkey, c.options,
    s.source AS schemaSource, s.version AS schemaVersion
  FROM mathesar_database d
  LEFT JOIN mathesarctl_connection c ON c.database_id = d.id
  LEFT JOIN mathesarctl_schema s ON s.database_id = d.id`

export function allRows(connection: Database.Database): DatabaseRow[] {
  return connection.prepare<[], DatabaseRow>(`${SELECT} ORDER BY d.name`).all()
}

export function rowByName(connection: Database.Database, name: string): DatabaseRow | null {
  return connection.prepare<[string], DatabaseRow>(`${SELECT} WHERE d.name = ?`).get(name) ?? null
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

/** The row as everybody may see it; `user` is its opened user name. */
export function toStored(row: DatabaseRow, user: string): StoredDatabase {
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    port: row.port,
    database: row.database,
    user,
    sslmode: toSslMode(row.sslmode),
    sslrootcert: row.sslrootcert,
    schema: row.schemaSource === null ? null : { source: row.schemaSource, version: row.schemaVersion },
    createdAt: fromDjangoTime(row.createdAt),
    updatedAt: fromDjangoTime(row.updatedAt),
  }
}

/** The row's settings with its password; a password stored as nothing or as the empty text is none. */
export function toSettings(row: DatabaseRow, credentials: Credentials): ConnectionSettings {
  const password = credentials.reveal(row.sealedPassword ?? '', row.name)
  return {
    host: row.host,
    port: row.port,
    database: row.database,
    user: credentials.reveal(row.sealedUser ?? '', row.name),
    password: password === '' ? null : password,
    sslmode: toSslMode(row.sslmode),
    sslrootcert: row.sslrootcert,
    sslcert: row.sslcert,
    sslkey: row.sslkey,
    options: row.options,
  }
}

function writeExtras(connection: Database.Database, id: number, settings: ConnectionSettings): void {
  connection
    .prepare(
      `INSERT OR REPLACE INTO mathesarctl_connection
        (database_id, sslmode, sslrootcert, sslcert, sslkey, options) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(id, settings.sslmode, settings.sslrootcert, settings.sslcert, settings.sslkey, settings.options)
}
