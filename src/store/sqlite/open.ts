import { resolve } from 'node:path'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { nameTaken, notFound, operationPending } from '../conflicts.ts'
import { createKeyring } from '../credentials.ts'
import { beginOperation, requireName, takeOverOperation } from '../held-operation.ts'
import { interruptedOperations, isLive, refusePending } from '../pending.ts'
import type { OpenStoreOptions, Store } from '../types.ts'
import {
  allNames,
  allRows,
  hasRows,
  idByName,
  rowByName,
  settingsByName,
  storedByName,
  toSettings,
  toStored,
  updateRow,
  writeSchema,
} from './databases.ts'
import { storeError } from './errors.ts'
import { openFile, openFileForReading, realPath } from './file.ts'
import { deleteEntry, entryById, entryByName, toPending } from './journal.ts'
import { proveKey } from './key-proof.ts'
import { removeRow } from './removal.ts'
import { prepareSchema, presentSchema, tablesOf } from './schema.ts'
import { read, type SqliteSession, write } from './session.ts'

/**
 * Opens an internal database in an SQLite file: one of ours, or that of a Mathesar 0.1.4–0.1.7, which is used as it
 * is, with our own tables beside its own.
 *
 * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
 *
 * @param path the file; created if it is missing and `create` is set
 * @param keyProvider gives the text of SECRET_KEY; asked only when something has to be encrypted or decrypted
 */
export async function openSqlite(
  path: string,
  keyProvider: () => string,
  options: OpenStoreOptions,
): Promise<Store> {
  const session = openSession(resolve(path), keyProvider, options)
  const { connection, keyring } = session
  return {
    location: session.location,
    isMathesarFile: tablesOf(connection).has('django_migrations'),
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
    async settings(name) {
      const row = read(session, () => settingsByName(connection, name))
      if (!row) throw notFound(name)
      return toSettings(row, await keyring.unlock())
    },
    async verifyKey() {
      const credentials = await keyring.unlock()
      read(session, () => proveKey(connection, credentials))
    },
    begin: (operation) => beginOperation(session, operation),
    async interrupted() {
      return interruptedOperations(session)
    },
    takeOver: (id) => takeOverOperation(session, id),
    async update(name, changes, rename = name) {
      if (rename !== name) requireName(rename)
      const credentials = await keyring.unlock()
      return write(session, () => {
        const id = idByName(connection, name)
        const row = settingsByName(connection, name)
        if (id === null || !row) throw notFound(name)
        refusePending(session, name)
        if (rename !== name) {
          refusePending(session, rename)
          if (idByName(connection, rename) !== null) throw nameTaken(rename)
        }
        proveKey(connection, credentials)
        const settings = isWhole(changes) ? changes : { ...toSettings(row, credentials), ...changes }
        updateRow(connection, id, rename, settings, credentials)
        return storedByName(connection, rename, credentials)
      })
    },
    async dismiss(id, { record } = { record: false }) {
      return write(session, () => dismiss(session, id, record))
    },
    async setSchema(name, schema) {
      write(session, () => {
        const id = idByName(connection, name)
        if (id === null) throw notFound(name)
        writeSchema(connection, id, schema)
      })
    },
    async forget(name) {
      write(session, () => forget(session, name))
    },
    async close() {
      for (const lock of session.locks) lock.release()
      session.locks.clear()
      keyring.close()
      session.close()
    },
  }
}

function openSession(location: string, keyProvider: () => string, options: OpenStoreOptions): SqliteSession {
  const { readOnly = false } = options
  const { connection, close } = readOnly
    ? openFileForReading(location, options)
    : openForWriting(location, options)
  try {
    if (readOnly) presentSchema(connection, location)
    else prepareSchema(connection, location)
    return {
      connection,
      location,
      realPath: realPath(location),
      keyring: createKeyring(keyProvider),
      locks: new Set(),
      readOnly,
      close,
    }
  } catch (error) {
    close()
    throw storeError(error, location)
  }
}

function openForWriting(location: string, options: OpenStoreOptions) {
  const connection = openFile(location, options.create, options)
  return { connection, close: () => connection.close() }
}

/** Whether nothing of the stored settings is needed, so that a damaged row can be mended. */
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

function dismiss(session: SqliteSession, id: string, record: boolean): boolean {
  const { connection } = session
  const entry = entryById(connection, id)
  if (!entry || isLive(session, entry)) return false
  deleteEntry(connection, id)
  const stored = record ? idByName(connection, entry.name) : null
  if (stored !== null) removeRow(connection, stored)
  return true
}

function forget(session: SqliteSession, name: string): void {
  const { connection } = session
  const id = idByName(connection, name)
  if (id === null) throw notFound(name)
  const entry = entryByName(connection, name)
  if (entry && isLive(session, entry)) throw operationPending(toPending(entry), true)
  removeRow(connection, id)
  // To forget is to give up the removal that was interrupted; its lock file is swept up later.
  if (entry?.kind === 'remove') deleteEntry(connection, entry.id)
}
