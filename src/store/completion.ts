import { isInterruption, OperatorError, usageError } from '../errors.ts'
import { confirmedVersionOf } from './confirmed-version.ts'
import type { EntryContent } from './entry-text.ts'
import { nameTakenMeanwhile, operationMissing, recordGrown } from './errors.ts'
import { checkName } from './name.ts'
import type { OpenParts } from './parts.ts'
import { nameBusy } from './pending.ts'
import type {
  Deletion,
  HeldOperation,
  OperationLock,
  OperationProgress,
  PendingOperation,
  StoredDatabase,
  StoredRecord,
  StoredSchema,
} from './types.ts'

/*
 * Ends a held operation: first the row, then the known state of its schemas, then the entry, then the lock.
 * A process that is killed in between leaves an entry. The process that takes it over repeats the steps, and
 * recognizes completed ones: a removal by the id of the row, an addition by the name and the connection of
 * the row, which had no id when the entry was written. In the other order, a kill could leave neither entry
 * nor row.
 */

/** How often to look for a row again that appears or disappears between two statements. */
const ATTEMPTS = 3

/** Holds an operation whose lock this process has. */
export function holdOperation(
  parts: OpenParts,
  begun: PendingOperation,
  { settings, rowId, access, createsDatabase, agreed }: EntryContent,
  progress: OperationProgress,
  lock: OperationLock,
): HeldOperation {
  const { journal } = parts
  let operation = begun
  let isHeld = true
  parts.held.add(lock)
  const endHold = async (how: 'remove' | 'release') => {
    if (!isHeld) return
    isHeld = false
    parts.held.delete(lock)
    await lock[how]()
  }
  const requireHeld = (kind: PendingOperation['kind']) => {
    if (isHeld && operation.kind === kind) return
    throw new Error(`no ${kind} is held: ${operation.kind} ${operation.id}`)
  }
  /** Somebody may have deleted the entry by hand. */
  const requireEntry = async () => {
    if ((await journal.entry(operation.id)) === null) throw operationMissing(operation)
  }
  const end = async () => {
    await journal.end(operation.id)
    await endHold('remove')
  }
  return {
    ...begun,
    get name() {
      return operation.name
    },
    settings,
    progress,
    createsDatabase,
    async committing(mark) {
      requireHeld(operation.kind)
      if (!(await journal.markCommitting(operation.id, mark))) throw operationMissing(operation)
    },
    async isStored() {
      return (await parts.records.match(operation.name, settings))?.isSame === true
    },
    async isRemoved() {
      return operation.kind === 'remove' && rowId !== null && !(await parts.records.exists(rowId))
    },
    async rename(name) {
      requireHeld('add')
      const problem = checkName(name)
      if (problem !== null) throw usageError(problem, 'Choose another name.', 'name')
      const outcome = await journal.rename(operation.id, name)
      if (outcome === 'missing') throw operationMissing(operation)
      if (outcome === 'taken') throw await nameBusy(parts, { ...operation, name })
      operation = { ...operation, name }
    },
    async completeAdd(schema) {
      requireHeld('add')
      await requireEntry()
      // The database may have other schemas than those that the run meant to install.
      const version = schema === undefined ? {} : { sqlVersion: confirmedVersionOf(schema) }
      const record = await storeRow(parts, operation.name, {
        settings,
        access: access && { ...access, ...version },
      })
      const stored = await storeSchema(parts, record, schema)
      await end()
      return stored
    },
    async completeRemove() {
      requireHeld('remove')
      await requireEntry()
      const deletion = await deleteRow(parts, operation.name, { settings, rowId, agreed })
      await end()
      return deletion
    },
    async abandon() {
      if (!isHeld) return
      try {
        await end()
      } catch (error) {
        await endHold('release')
        throw isInterruption(error) ? withEntryLeft(error, operation) : error
      }
    },
    release: () => endHold('release'),
  }
}

/** Returns the error of an interruption after which the next run has to delete the entry. */
function withEntryLeft(error: OperatorError, { name }: PendingOperation): OperatorError {
  return error.with({
    message:
      `Interrupted before the journal entry of ${JSON.stringify(name)} was deleted. ` +
      'The next command that writes deletes it.',
  })
}

/**
 * Returns the row of an addition, and stores it unless it is stored already. Errors: `NAME_TAKEN` if the row
 * of that name has another connection.
 */
async function storeRow(
  { records }: OpenParts,
  name: string,
  { settings, access }: Pick<EntryContent, 'settings' | 'access'>,
): Promise<StoredRecord> {
  for (let attempt = 1; ; attempt++) {
    const existing = await records.match(name, settings)
    if (existing?.isSame) return existing.record
    if (existing) throw nameTakenMeanwhile(name)
    try {
      return await records.insert(name, settings, access ?? undefined)
    } catch (error) {
      const isTaken = error instanceof OperatorError && error.code === 'NAME_TAKEN'
      if (!isTaken || attempt === ATTEMPTS) throw error
    }
  }
}

async function storeSchema(
  { journal, capabilities }: OpenParts,
  record: StoredRecord,
  schema: StoredSchema | null | undefined,
): Promise<StoredDatabase> {
  if (!capabilities.hasSchemaRecord) return { ...record, schema: null }
  if (schema === undefined) return { ...record, schema: await journal.schema(record.id) }
  await journal.setSchema(record.id, schema)
  return { ...record, schema }
}

/**
 * Deletes the row of a removal. An entry of 0.5.0 or earlier names no row: then it is the row of its name.
 * Errors: `LOCKED` if more goes with the row by now than was agreed to.
 */
async function deleteRow(
  { records, journal }: OpenParts,
  name: string,
  { settings, rowId, agreed }: Pick<EntryContent, 'settings' | 'rowId' | 'agreed'>,
): Promise<Exclude<Deletion, 'grown'>> {
  const id = rowId ?? (await records.idOf(name))
  if (id === null) return 'missing'
  const deletion = await records.delete(id, settings, agreed ?? undefined)
  if (deletion === 'grown') throw recordGrown(name)
  if (deletion !== 'changed') await journal.setSchema(id, null)
  return deletion
}
