import { randomUUID } from 'node:crypto'
import { usageError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import { nameTaken, notFound, operationGone } from './conflicts.ts'
import type { Credentials } from './credentials.ts'
import { checkName } from './name.ts'
import { type OperationLock, takeLock } from './operation-lock.ts'
import { refusePending } from './pending.ts'
import {
  idByName,
  insertRow,
  settingsByName,
  storedByName,
  toSettings,
  writeSchema,
} from './sqlite/databases.ts'
import { unavailable } from './sqlite/errors.ts'
import {
  deleteEntry,
  entryById,
  insertEntry,
  markCommitting,
  settingsFromText,
  settingsToText,
  toPending,
} from './sqlite/journal.ts'
import { proveKey } from './sqlite/key-proof.ts'
import { removeRow } from './sqlite/removal.ts'
import { type SqliteSession, write } from './sqlite/session.ts'
import type {
  HeldOperation,
  OperationProgress,
  PendingOperation,
  StoredDatabase,
  StoredSchema,
} from './types.ts'

/** What `begin` is told. */
export type NewOperation =
  | { kind: 'add'; name: string; settings: ConnectionSettings }
  | { kind: 'remove'; name: string; keepTypes?: boolean }

/**
 * Writes a journal entry and holds it. The lock is taken before the entry is written, so that no entry is ever seen
 * whose process seems to be gone while it lives.
 *
 * Errors: `USAGE` (the name), `NAME_TAKEN`, `NOT_FOUND`, `LOCKED`, `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`,
 * `STORE_UNAVAILABLE`.
 */
export async function beginOperation(
  session: SqliteSession,
  operation: NewOperation,
): Promise<HeldOperation> {
  if (operation.kind === 'add') requireName(operation.name)
  const credentials = await session.keyring.unlock()
  const pending: PendingOperation = {
    id: randomUUID(),
    kind: operation.kind,
    name: operation.name,
    keepTypes: operation.kind === 'remove' && operation.keepTypes === true,
    startedAt: new Date().toISOString(),
  }
  let lock: OperationLock | null = null
  try {
    const settings = write(session, () => {
      refusePending(session, operation.name)
      const worked = settingsOf(session, operation, credentials)
      proveKey(session.connection, credentials)
      lock = takeLock(session.realPath, pending.id)
      const sealedSettings = credentials.seal(settingsToText(worked))
      insertEntry(session.connection, { ...pending, sealedSettings })
      return worked
    })
    return hold(
      session,
      { ...pending, settings, progress: { phase: 'begun' } },
      credentials,
      requireLock(lock),
    )
  } catch (error) {
    endLock(lock)
    throw error
  }
}

/**
 * Takes over an entry whose process is gone; `null` if it ended meanwhile or somebody holds it.
 *
 * Errors: `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`, `STORE_UNAVAILABLE`, `LOCKED`.
 */
export async function takeOverOperation(session: SqliteSession, id: string): Promise<HeldOperation | null> {
  const credentials = await session.keyring.unlock()
  return write(session, () => {
    const entry = entryById(session.connection, id)
    const lock = entry && takeLock(session.realPath, id)
    if (!lock) return null
    try {
      const settings = settingsFromText(credentials.reveal(entry.sealedSettings, entry.name))
      if (settings === null) throw damagedEntry(session, entry.name)
      const held = { ...toPending(entry), settings, progress: entry.progress }
      return hold(session, held, credentials, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  })
}

/** Refuses a name that can't be stored. Errors: `USAGE`. */
export function requireName(name: string): void {
  const problem = checkName(name)
  if (problem !== null) throw usageError(problem, 'Choose another name.', 'name')
}

function settingsOf(
  session: SqliteSession,
  operation: NewOperation,
  credentials: Credentials,
): ConnectionSettings {
  const row = settingsByName(session.connection, operation.name)
  if (operation.kind === 'add') {
    if (row) throw nameTaken(operation.name)
    return operation.settings
  }
  if (!row) throw notFound(operation.name)
  return toSettings(row, credentials)
}

function hold(
  session: SqliteSession,
  pending: PendingOperation & { settings: ConnectionSettings; progress: OperationProgress },
  credentials: Credentials,
  lock: OperationLock,
): HeldOperation {
  const { connection, locks } = session
  let held = true
  locks.add(lock)
  const letGo = (how: 'remove' | 'release') => {
    if (!held) return
    held = false
    locks.delete(lock)
    lock[how]()
  }
  /** Does the work and ends the entry, both or neither. */
  const complete = <T>(kind: PendingOperation['kind'], work: () => T): T => {
    if (!held || pending.kind !== kind) throw new Error(`no ${kind} is held: ${pending.kind} ${pending.id}`)
    const result = write(session, () => {
      if (!deleteEntry(connection, pending.id)) throw operationGone(pending)
      return work()
    })
    letGo('remove')
    return result
  }
  return {
    ...pending,
    async committing(mark) {
      if (!held) throw new Error(`no operation is held: ${pending.kind} ${pending.id}`)
      write(session, () => {
        if (!markCommitting(connection, pending.id, mark)) throw operationGone(pending)
      })
    },
    async completeAdd(schema: StoredSchema | null): Promise<StoredDatabase> {
      return complete('add', () => {
        // Mathesar itself knows nothing of the journal, and may have taken the name.
        if (idByName(connection, pending.name) !== null) throw nameTaken(pending.name)
        const id = insertRow(connection, pending.name, pending.settings, credentials)
        writeSchema(connection, id, schema)
        return storedByName(connection, pending.name, credentials)
      })
    },
    async completeRemove() {
      complete('remove', () => {
        const id = idByName(connection, pending.name)
        if (id !== null) removeRow(connection, id)
      })
    },
    async abandon() {
      if (!held) return
      write(session, () => deleteEntry(connection, pending.id))
      letGo('remove')
    },
    async release() {
      letGo('release')
    },
  }
}

function requireLock(lock: OperationLock | null): OperationLock {
  if (lock === null) throw new Error('the lock of a new operation is held by somebody else')
  return lock
}

function endLock(lock: OperationLock | null): void {
  lock?.remove()
}

function damagedEntry(session: SqliteSession, name: string): Error {
  return unavailable(
    session.location,
    `its journal entry on ${JSON.stringify(name)} is damaged`,
    'Run "mathesarctl db remove" with that name to drop the entry, or restore a backup of the internal database.',
  )
}
