import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SSL_MODES } from '../../postgres/types.ts'
import { createKeyring, type Keyring } from '../credentials.ts'
import { keyReplaced, rotationRunning } from '../errors.ts'
import type { StoreKind } from '../kind.ts'
import type { StoreParts } from '../parts.ts'
import type { OpenStoreOptions } from '../types.ts'
import { storeError } from './errors.ts'
import { openFile, openFileForReading, realPath } from './file.ts'
import { sqliteJournal } from './journal.ts'
import { fileLocks, fileRotation, isRotating } from './operation-locks.ts'
import { peekNames } from './peek.ts'
import { sqliteRecords } from './records.ts'
import { prepareSchema, presentSchema, tablesOf } from './schema.ts'
import { sealedFile } from './sealed.ts'
import type { SqliteSession } from './session.ts'
import { waitAloud } from './wait.ts'

/**
 * Internal databases in an SQLite file: one of ours, or that of a Mathesar 0.1.4–0.1.7, which is used as it
 * is, with our own tables beside its own. Records, journal and locks lie in and beside the same file.
 */
export const SQLITE: StoreKind<{ kind: 'sqlite'; path: string }> = {
  async exists({ path }) {
    return existsSync(path)
  },
  async open({ path }, keyProvider, options) {
    return openSqlite(resolve(path), createKeyring(keyProvider), options)
  },
  async scratch() {
    const directory = mkdtempSync(join(tmpdir(), 'mathesarctl-'))
    return {
      location: { kind: 'sqlite', path: join(directory, 'internal.sqlite3') },
      // The directory is this program's own, wherever TMPDIR is.
      trust: { named: true },
      async remove() {
        rmSync(directory, { recursive: true, force: true })
      },
    }
  },
  async peekNames({ path }, trust) {
    return peekNames(path, trust)
  },
}

/**
 * Opens an SQLite file as records, journal and locks.
 *
 * Errors: `STORE_UNAVAILABLE`, `LOCKED`.
 *
 * @param path absolute; the file is created if it is missing and `create` is set
 */
export function openSqlite(path: string, keyring: Keyring, options: OpenStoreOptions): StoreParts {
  const session = openSession(path, options)
  const locks = fileLocks(session.realPath)
  const isMathesars = tablesOf(session.connection).has('django_migrations')
  if (!isMathesars) keyring.belongToProgram()
  // A rotation holds its lock until the key file has the new key.
  const requireCurrentKey = () => {
    if (isRotating(session.realPath)) throw rotationRunning(session.location)
    if (options.isKeyCurrent?.() === false) throw keyReplaced()
  }
  return {
    location: session.location,
    capabilities: {
      isReadOnly: session.isReadOnly,
      canRename: true,
      sslModes: SSL_MODES,
      heldSslModes: SSL_MODES,
      hasConnectionOptions: true,
      hasSchemaRecord: true,
      // A Mathesar 0.1.x reads its databases when it starts.
      shouldRestart: isMathesars,
      isMathesars,
      hasUsers: false,
      hasServers: false,
      hasNicknames: true,
      generation: isMathesars ? 'legacy' : null,
      writeRefusal: null,
    },
    records: sqliteRecords(session, keyring, requireCurrentKey),
    journal: sqliteJournal(session, requireCurrentKey),
    locks,
    rotation: fileRotation(locks, session.location),
    requireCurrentKey,
    identity: { key: session.realPath, file: session.realPath },
    sealed: sealedFile(session),
    mathesarSessions: async () => null,
    serverTime: async () => null,
    keyring,
    async close() {
      session.close()
    },
  }
}

/** Opens a file with its tables as this version has them. */
export function openSession(location: string, options: OpenStoreOptions): SqliteSession {
  return waitAloud((timeoutMs) => openOnce(location, options, timeoutMs), location, options.onWait)
}

function openOnce(location: string, options: OpenStoreOptions, timeoutMs: number): SqliteSession {
  const { readOnly: isReadOnly = false, onWait } = options
  const { connection, close } = isReadOnly
    ? openFileForReading(location, options, timeoutMs)
    : openForWriting(location, options, timeoutMs)
  try {
    if (isReadOnly) presentSchema(connection, location)
    else prepareSchema(connection, location)
    return { connection, location, realPath: realPath(location), isReadOnly, onWait, close }
  } catch (error) {
    close()
    throw storeError(error, location)
  }
}

function openForWriting(location: string, options: OpenStoreOptions, timeoutMs: number) {
  const connection = openFile(location, options.create, options, timeoutMs)
  return { connection, close: () => void connection.close() }
}
