import type Database from 'better-sqlite3'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { exceeds } from '../belongings.ts'
import type { Credentials, Keyring } from '../credentials.ts'
import { nameTaken, notFound, recordChanged } from '../errors.ts'
import { findProof } from '../key-proof.ts'
import { toSslMode } from '../ssl-mode.ts'
import { isSameTarget } from '../target.ts'
import type { ConnectionTarget, Deletion, Records, StoredRecord } from '../types.ts'
import { fromDjangoTime, toDjangoTime } from './django-time.ts'
import { countBelongings, deleteRow } from './removal.ts'
import { read, type SqliteSession, write } from './session.ts'

/** The columns of `SELECT_PUBLIC`, without the password. Tuples are read fastest. */
type PublicRow = [
  id: number,
  name: string,
  host: string,
  port: number,
  database: string,
  encryptedUser: string | null,
  createdAt: string,
  updatedAt: string,
  sslmode: string | null,
  sslrootcert: string | null,
]

const SELECT_PUBLIC = `
  SELECT d.id, d.name, d.host, d.port, d.db_name, d.username, d.created_at, d.updated_at,
    c.sslmode, c.sslrootcert
  FROM mathesar_database d
  LEFT JOIN mathesarctl_connection c ON c.database_id = d.id`

/** A row's settings, still encrypted. */
interface SettingsRow extends Omit<ConnectionSettings, 'user' | 'password' | 'sslmode'> {
  id: number
  name: string
  encryptedUser: string | null
  encryptedPassword: string | null
  sslmode: string | null
}

const SELECT_SETTINGS = `
  SELECT d.id, d.name, d.host, d.port, d.db_name AS "database", d.username AS encryptedUser,
    d.password AS encryptedPassword, c.sslmode, c.sslrootcert, c.sslcert, c.sslkey, c.options
  FROM mathesar_database d
  LEFT JOIN mathesarctl_connection c ON c.database_id = d.id`

/**
 * Mathesar's rows in an SQLite file, with what Mathesar has no column for in a table beside them.
 *
 * @param requireCurrentKey throws if the key may have been rotated; called where no row proves it
 */
export function sqliteRecords(
  session: SqliteSession,
  keyring: Keyring,
  requireCurrentKey: () => void = () => {},
): Records {
  const { connection } = session
  /** In the transaction that writes: the key may have been rotated since it was proved. */
  const requireKey = (credentials: Credentials) => {
    if (findProof(storedValues(connection), credentials) === null) requireCurrentKey()
  }
  return {
    async list() {
      if (!read(session, () => hasRows(connection))) return []
      // The key is derived on another thread while this one reads.
      const unlocking = keyring.unlock()
      unlocking.catch(() => {})
      const rows = read(session, () => allRows(connection))
      return toStored(rows, await unlocking)
    },
    async find(name) {
      const row = read(session, () => rowByName(connection, name))
      if (!row) return null
      return toStored([row], await keyring.unlock())[0] ?? null
    },
    async names() {
      return read(session, () => allNames(connection))
    },
    async idOf(name) {
      return read(session, () => idByName(connection, name))
    },
    async exists(id) {
      const query = connection.prepare('SELECT 1 FROM mathesar_database WHERE id = ?')
      return read(session, () => query.get(id) !== undefined)
    },
    async namesFor(given) {
      return read(session, () => (idByName(connection, given) === null ? [] : [given]))
    },
    async match(name, target) {
      const row = read(session, () => rowByName(connection, name))
      const [record] = row ? toStored([row], await keyring.unlock()) : []
      return record ? { record, isSame: isSameTarget(record, target) } : null
    },
    async settings(name) {
      const row = read(session, () => settingsRow(connection, 'name', name))
      return row && { id: row.id, settings: toSettings(row, await keyring.unlock()) }
    },
    async verifyKey() {
      const credentials = await keyring.unlock()
      return read(session, () => findProof(storedValues(connection), credentials) !== null)
    },
    async insert(name, settings) {
      const credentials = await keyring.unlock()
      return write(session, () => {
        requireKey(credentials)
        if (idByName(connection, name) !== null) throw nameTaken(name)
        insertRow(connection, name, settings, credentials)
        return storedByName(connection, name, credentials)
      })
    },
    async update(name, changes, rename, { expected } = {}) {
      const credentials = await keyring.unlock()
      return write(session, () => {
        requireKey(credentials)
        const row = settingsRow(connection, 'name', name)
        if (!row) throw notFound(name)
        if (expected && !isSameTarget(expected, toTarget(row, credentials))) throw recordChanged(name)
        if (rename !== name && idByName(connection, rename) !== null) throw nameTaken(rename)
        const settings = isWhole(changes) ? changes : changedSettings(row, changes, credentials)
        updateRow(connection, row.id, rename, settings, credentials)
        return storedByName(connection, rename, credentials)
      })
    },
    // Mathesar 0.1.x records no version.
    reread() {},
    async confirmVersion(name) {
      if (read(session, () => idByName(connection, name)) === null) throw notFound(name)
    },
    async delete(id, target, agreed) {
      const credentials = target && (await keyring.unlock())
      return write(session, (): Deletion => {
        const row = settingsRow(connection, 'id', id)
        if (!row) return 'missing'
        if (target && credentials && !isSameTarget(target, toSettings(row, credentials))) return 'changed'
        if (agreed && exceeds(countBelongings(connection, id), agreed)) return 'grown'
        deleteRow(connection, id)
        return 'deleted'
      })
    },
    async belongings(name) {
      return read(session, () => {
        const id = idByName(connection, name)
        if (id === null) throw notFound(name)
        return countBelongings(connection, id)
      })
    },
    // Mathesar 0.1.x gives rights on a database to users, and none to them on its role.
    async users() {
      return []
    },
    async servers() {
      return []
    },
  }
}

/**
 * Returns whether the changes replace all settings, so that they can repair a row that can't be decrypted.
 */
function isWhole(changes: Partial<ConnectionSettings>): changes is ConnectionSettings {
  const fields = [
    'host',
    'port',
    'database',
    'user',
    'password',
    'sslmode',
    'sslrootcert',
    'sslcert',
    'sslkey',
    'options',
  ]
  return fields.every((field) => field in changes)
}

/** All rows by name. */
function allRows(connection: Database.Database): PublicRow[] {
  return connection.prepare<[], PublicRow>(`${SELECT_PUBLIC} ORDER BY d.name`).raw().all()
}

function rowByName(connection: Database.Database, name: string): PublicRow | null {
  return connection.prepare<[string], PublicRow>(`${SELECT_PUBLIC} WHERE d.name = ?`).raw().get(name) ?? null
}

function settingsRow(
  connection: Database.Database,
  column: 'id' | 'name',
  value: string | number,
): SettingsRow | null {
  const query = connection.prepare<[string | number], SettingsRow>(`${SELECT_SETTINGS} WHERE d.${column} = ?`)
  return query.get(value) ?? null
}

function allNames(connection: Database.Database): string[] {
  return connection.prepare<[], string>('SELECT name FROM mathesar_database ORDER BY name').pluck().all()
}

/** Returns all values that the rows keep encrypted, without reading more of them than are used. */
function storedValues(connection: Database.Database): Iterable<string | null> {
  return connection
    .prepare<[], string | null>(
      'SELECT username FROM mathesar_database UNION ALL SELECT password FROM mathesar_database',
    )
    .pluck()
    .iterate()
}

function hasRows(connection: Database.Database): boolean {
  return connection.prepare('SELECT 1 FROM mathesar_database LIMIT 1').get() !== undefined
}

function idByName(connection: Database.Database, name: string): number | null {
  const query = connection.prepare<[string], number>('SELECT id FROM mathesar_database WHERE name = ?')
  return query.pluck().get(name) ?? null
}

function insertRow(
  connection: Database.Database,
  name: string,
  settings: ConnectionSettings,
  credentials: Credentials,
): void {
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
      credentials.encrypt(settings.password),
      settings.port,
      credentials.encrypt(settings.user),
    )
  writeExtras(connection, Number(lastInsertRowid), settings)
}

function updateRow(
  connection: Database.Database,
  id: number,
  name: string,
  settings: ConnectionSettings,
  credentials: Credentials,
): void {
  connection
    .prepare(
      `UPDATE mathesar_database
        SET updated_at = ?, name = ?, db_name = ?, host = ?, password = ?, port = ?, username = ?
        WHERE id = ?`,
    )
    .run(
      toDjangoTime(new Date()),
      name,
      settings.database,
      settings.host,
      credentials.encrypt(settings.password),
      settings.port,
      credentials.encrypt(settings.user),
      id,
    )
  writeExtras(connection, id, settings)
}

function writeExtras(connection: Database.Database, id: number, settings: ConnectionSettings): void {
  connection
    .prepare(
      `INSERT OR REPLACE INTO mathesarctl_connection
        (database_id, sslmode, sslrootcert, sslcert, sslkey, options) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(id, settings.sslmode, settings.sslrootcert, settings.sslcert, settings.sslkey, settings.options)
}

/** Decrypts the user names of rows. Errors: `SECRET_KEY_MISMATCH`. */
function toStored(rows: readonly PublicRow[], credentials: Credentials): StoredRecord[] {
  const users = credentials.decryptAll(
    rows.map((row) => row[5] ?? ''),
    (index) => rows[index]?.[1] ?? '',
  )
  return rows.map((row, index) => {
    const [id, name, host, port, database, , createdAt, updatedAt, sslmode, sslrootcert] = row
    return {
      id,
      name,
      host,
      port,
      database,
      user: users[index] ?? '',
      sslmode: toSslMode(sslmode),
      sslrootcert,
      createdAt: fromDjangoTime(createdAt),
      updatedAt: fromDjangoTime(updatedAt),
    }
  })
}

/** Decrypts the settings of a row. A password that is stored as NULL or as the empty text is none. */
function toSettings(row: SettingsRow, credentials: Credentials): ConnectionSettings {
  const { id: _id, name, encryptedUser, encryptedPassword, ...rest } = row
  const password = credentials.decrypt(encryptedPassword ?? '', name)
  return {
    ...rest,
    user: credentials.decrypt(encryptedUser ?? '', name),
    password: password === '' ? null : password,
    sslmode: toSslMode(row.sslmode),
  }
}

/** Returns where a row leads. It decrypts no password: a damaged one can be replaced. */
function toTarget(row: SettingsRow, credentials: Credentials): ConnectionTarget {
  const { host, port, database, encryptedUser, name } = row
  return { host, port, database, user: credentials.decrypt(encryptedUser ?? '', name) }
}

/** Returns the settings of a row with changes. A damaged password is in the way only where it stays. */
function changedSettings(
  row: SettingsRow,
  changes: Partial<ConnectionSettings>,
  credentials: Credentials,
): ConnectionSettings {
  const { password } = changes
  if (password === undefined) return { ...toSettings(row, credentials), ...changes }
  return { ...toSettings({ ...row, encryptedPassword: null }, credentials), ...changes, password }
}

/** Returns the row of that name, which was written just now. */
function storedByName(connection: Database.Database, name: string, credentials: Credentials): StoredRecord {
  const row = rowByName(connection, name)
  const [stored] = row ? toStored([row], credentials) : []
  if (!stored) throw notFound(name)
  return stored
}
