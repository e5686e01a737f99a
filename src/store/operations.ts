import { randomUUID } from 'node:crypto'
import { usageError } from '../errors.ts'
import { requireHoldable } from './capabilities.ts'
import { holdOperation } from './completion.ts'
import type { Credentials } from './credentials.ts'
import { contentFromText, contentToText, type EntryContent } from './entry-text.ts'
import { nameTaken, notFound, recordChanged, recordGrown, unavailable } from './errors.ts'
import { checkName } from './name.ts'
import { type OpenParts, toPending } from './parts.ts'
import { isLive, nameBusy, pendingError, refusePending } from './pending.ts'
import { isSameTarget } from './target.ts'
import type {
  Belongings,
  HeldOperation,
  InterruptedOperation,
  JournalEntry,
  NewOperation,
  OperationLock,
  PendingOperation,
  StoredDatabase,
  StoredSchema,
} from './types.ts'

/*
 * Begins, takes over and dismisses operations, over any records and any journal (completion.ts ends them).
 * The two may lie in different databases, so nothing here relies on a transaction over both:
 *
 * - The lock is acquired before the entry is written, and removed after the entry: no entry ever seems
 *   abandoned while its process lives.
 * - The journal accepts one entry for a name. The rows are checked before the entry is written and again
 *   after it, because another process may have completed its own operation on the name in between.
 * - Whoever acquires the lock of an entry reads the entry again: it may have ended meanwhile, and its lock is
 *   deleted.
 */

/** How often to try the lock of a new operation: another process may be checking it at the moment. */
const LOCK_ATTEMPTS = 40

/**
 * Writes a journal entry and holds it.
 *
 * Errors: `USAGE` (the name, or a setting that the store can't hold), `NAME_TAKEN`, `NOT_FOUND`, `LOCKED`,
 * `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`, `STORE_UNAVAILABLE`.
 */
export async function beginOperation(parts: OpenParts, operation: NewOperation): Promise<HeldOperation> {
  const { name, kind } = operation
  if (kind === 'add') {
    requireName(name)
    requireHoldable(operation.settings, parts.capabilities)
  }
  const credentials = await parts.keyring.unlock()
  await refusePending(parts, name)
  const content = await readContent(parts, operation)
  await requireKey(parts, credentials)
  const pending: PendingOperation = {
    id: randomUUID(),
    kind,
    name,
    keepTypes: kind === 'remove' && operation.keepTypes === true,
    startedAt: new Date().toISOString(),
  }
  const lock = await lockNew(parts, pending.id)
  try {
    const encrypted = credentials.encrypt(contentToText(content))
    if (!(await parts.journal.begin({ ...pending, encrypted }))) {
      throw await nameBusy(parts, pending)
    }
    return await confirm(parts, operation, pending, content, lock)
  } catch (error) {
    await lock.remove()
    throw error
  }
}

/**
 * Takes over an entry whose process has ended; `null` if it ended meanwhile or somebody holds it.
 *
 * Errors: `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`, `STORE_UNAVAILABLE`, `LOCKED`.
 */
export async function takeOverOperation(parts: OpenParts, id: string): Promise<HeldOperation | null> {
  const credentials = await parts.keyring.unlock()
  const acquired = await acquireEntry(parts, id)
  if (acquired === null) return null
  const { entry, lock } = acquired
  try {
    const content = contentFromText(credentials.decrypt(entry.encrypted, entry.name))
    if (content === null) throw damagedEntry(parts, entry.name)
    return holdOperation(parts, toPending(entry), content, entry.progress, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

/**
 * Returns the entries whose process has ended, the oldest first. Deletes the locks of killed processes that
 * have no entry, unless the store was opened for reading.
 */
export async function interruptedOperations(parts: OpenParts): Promise<InterruptedOperation[]> {
  const { journal, locks, capabilities } = parts
  if (!capabilities.isReadOnly) await locks.sweep(async (id) => (await journal.entry(id)) !== null)
  const interrupted: InterruptedOperation[] = []
  for (const entry of await journal.entries()) {
    const state = await locks.state(entry.id)
    // The process may have ended its operation since the entries were read.
    if (state === 'held' || (await journal.entry(entry.id)) === null) continue
    interrupted.push({ ...toPending(entry), ...(state === 'unreadable' ? { mayBeRunning: true } : {}) })
  }
  return interrupted
}

/**
 * Deletes an interrupted entry without decrypting it; with `record` it deletes the stored database of that
 * name first. Returns `false` if the operation ended meanwhile or somebody holds it.
 */
export async function dismissOperation(
  parts: OpenParts,
  id: string,
  { record: shouldDeleteRecord, agreed }: { record: boolean; agreed?: Belongings },
): Promise<boolean> {
  const acquired = await acquireEntry(parts, id)
  if (acquired === null) return false
  const { entry, lock } = acquired
  try {
    const rowId = shouldDeleteRecord ? await parts.records.idOf(entry.name) : null
    if (rowId !== null) await deleteRow(parts, entry.name, rowId, agreed)
    await parts.journal.end(id)
  } catch (error) {
    await lock.release()
    throw error
  }
  await lock.remove()
  return true
}

/**
 * Stores a row without a journal entry. Errors: `USAGE`, `NAME_TAKEN`, `LOCKED`, `SECRET_KEY_MISSING`,
 * `SECRET_KEY_MISMATCH`, `STORE_UNAVAILABLE`.
 */
export async function registerRecord(
  parts: OpenParts,
  { name, settings, access }: Pick<NewOperation & { kind: 'add' }, 'name' | 'settings' | 'access'>,
  schema: StoredSchema | null,
): Promise<StoredDatabase> {
  requireName(name)
  requireHoldable(settings, parts.capabilities)
  const credentials = await parts.keyring.unlock()
  await refusePending(parts, name)
  if ((await parts.records.idOf(name)) !== null) throw nameTaken(name)
  await requireKey(parts, credentials)
  const record = await parts.records.insert(name, settings, access)
  if (schema !== null && parts.capabilities.hasSchemaRecord) await parts.journal.setSchema(record.id, schema)
  return { ...record, schema }
}

/** Deletes a stored database, and abandons an interrupted removal of it. Errors: `NOT_FOUND`, `LOCKED`. */
export async function forgetRecord(parts: OpenParts, name: string, agreed?: Belongings): Promise<void> {
  const { records, journal } = parts
  const rowId = await records.idOf(name)
  if (rowId === null) throw notFound(name)
  const entry = await journal.entryOf(name)
  if (entry && (await isLive(parts, entry))) throw await pendingError(parts, entry)
  await deleteRow(parts, name, rowId, agreed)
  // The next search for interrupted operations deletes the lock file.
  if (entry?.kind === 'remove') await journal.end(entry.id)
}

/** Refuses a name that can't be stored. Errors: `USAGE`. */
export function requireName(name: string): void {
  const problem = checkName(name)
  if (problem !== null) throw usageError(problem, 'Choose another name.', 'name')
}

/**
 * Proves that the key decrypts the rows and the journal. Returns `false` if nothing there is encrypted. One
 * value of each is enough, so that a damaged row does not lock an operator out of all others. Errors:
 * `SECRET_KEY_MISMATCH`.
 */
export async function proveKey(parts: OpenParts, credentials: Credentials): Promise<boolean> {
  const isProvenByRows = await parts.records.verifyKey()
  const proofs = (await parts.journal.entries()).map(({ encrypted }) => credentials.canDecrypt(encrypted))
  if (proofs.includes(false) && !proofs.includes(true)) {
    throw credentials.mismatch('the operations in the journal of the internal database')
  }
  return isProvenByRows || proofs.includes(true)
}

/**
 * Refuses to write with a key that is not that of the rows and the journal, or that may have been rotated
 * meanwhile. Errors: `SECRET_KEY_MISMATCH`, `LOCKED`.
 */
export async function requireKey(parts: OpenParts, credentials: Credentials): Promise<void> {
  if (!(await proveKey(parts, credentials))) parts.requireCurrentKey()
}

/**
 * Reads what the operation works on. Errors: `NAME_TAKEN`, `NOT_FOUND`, `LOCKED` (the row has another
 * connection by now).
 */
async function readContent({ records }: OpenParts, operation: NewOperation): Promise<EntryContent> {
  if (operation.kind === 'add') {
    if ((await records.idOf(operation.name)) !== null) throw nameTaken(operation.name)
    const { settings, access = null, createsDatabase = false } = operation
    return { settings, rowId: null, access, createsDatabase, agreed: null }
  }
  const { target } = operation
  const row = await records.settings(operation.name, target?.user)
  if (row === null) throw notFound(operation.name)
  if (target && !isSameTarget(row.settings, target)) throw recordChanged(operation.name)
  const { agreed = null } = operation
  return { settings: row.settings, rowId: row.id, access: null, createsDatabase: false, agreed }
}

/**
 * Holds an entry that was just written, if the rows are still as they were before. Errors: `NAME_TAKEN`,
 * `NOT_FOUND`.
 */
async function confirm(
  parts: OpenParts,
  { kind, name }: NewOperation,
  pending: PendingOperation,
  content: EntryContent,
  lock: OperationLock,
): Promise<HeldOperation> {
  try {
    const rowId = await parts.records.idOf(name)
    if (rowId !== content.rowId) throw kind === 'add' ? nameTaken(name) : notFound(name)
  } catch (error) {
    await parts.journal.end(pending.id)
    throw error
  }
  return holdOperation(parts, pending, content, { phase: 'begun' }, lock)
}

async function lockNew({ locks, location }: OpenParts, id: string): Promise<OperationLock> {
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    const lock = await locks.acquire(id)
    if (lock) return lock
  }
  throw unavailable(
    location,
    'the lock of a new operation is held by another process',
    'Run the command again.',
  )
}

/** Acquires the lock of an entry; `null` if the entry ended meanwhile or somebody holds it. */
async function acquireEntry(
  { journal, locks }: OpenParts,
  id: string,
): Promise<{ entry: JournalEntry; lock: OperationLock } | null> {
  if ((await journal.entry(id)) === null) return null
  const lock = await locks.acquire(id)
  if (lock === null) return null
  try {
    const entry = await journal.entry(id)
    if (entry) return { entry, lock }
  } catch (error) {
    await lock.release()
    throw error
  }
  await lock.remove()
  return null
}

/** Errors: `LOCKED` if more goes with the row by now than was agreed to. */
async function deleteRow(
  { records, journal }: OpenParts,
  name: string,
  rowId: number,
  agreed: Belongings | undefined,
): Promise<void> {
  if ((await records.delete(rowId, undefined, agreed)) === 'grown') throw recordGrown(name)
  await journal.setSchema(rowId, null)
}

function damagedEntry({ location }: OpenParts, name: string): Error {
  return unavailable(
    location,
    `its journal entry on ${JSON.stringify(name)} is damaged`,
    'To drop the entry, run "mathesarctl db remove" with that name; or restore a backup of the database.',
  )
}
