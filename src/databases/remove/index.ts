import { OperatorError, usageError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import type { Belongings, Store } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { notFound } from '../not-found.ts'
import { type Recovery, recoverInterrupted, unsettled } from '../recover/index.ts'
import { warnOfRestart } from '../restart.ts'
import { resolveStoredName } from '../stored-name.ts'
import { warnOfLoss } from './loss.ts'
import { removeRecord } from './record.ts'
import { type RemoveDatabaseInput, type RemoveDatabaseResult, removeResult } from './types.ts'
import { removeWithSchema, warnOfChange } from './with-schema.ts'

export type { RemoveDatabaseInput, RemoveDatabaseResult, RemovePlan } from './types.ts'

/**
 * Removes a stored database: first the Mathesar schemas where `removeSchema` is set, in one transaction, then
 * the credentials. Nothing that depends on the schemas is changed unless `onDependents` or `choose` decides
 * so. If removing the schemas fails, the credentials stay. A rehearsal (`rehearse`) needs `removeSchema`,
 * writes nothing to the internal database, and leaves interrupted operations alone.
 *
 * Errors: `USAGE`, `NOT_FOUND`, `SECRET_KEY_MISMATCH`, `DEPENDENTS_EXIST` (with `data.dependents`, or with
 * `data.alsoUsedBy` where other stored databases use the schemas and nobody agreed that they lose them),
 * `INSUFFICIENT_PRIVILEGE`, `ABORTED`, `LOCKED`, and all those of connecting.
 */
export async function removeDatabase(
  store: Store,
  given: RemoveDatabaseInput,
  options: RunOptions = {},
): Promise<RemoveDatabaseResult> {
  const name = await resolveStoredName(store, given.name, given.recovered)
  const input = { ...given, name }
  if (input.rehearse) return await rehearse(store, input, options)
  // Uses what the caller has read already: a second attempt on a server that does not answer costs time.
  const all = input.recovered ?? (await lookForInterrupted(store, input, options))
  const recovered = all.filter((recovery) => recovery.name === name)
  const stored = await store.names()
  const isStored = stored.includes(name)
  // The recovery has just finished the interrupted removal: that is what the operator asked for. A record
  // that still has the name names another database, which nobody has confirmed yet.
  const finishedRemoval = recovered.find(({ kind, outcome }) => kind === 'remove' && outcome === 'finished')
  if (finishedRemoval) {
    if (isStored) warnOfChange({ input, options })
    warnOfRestart(store, options)
    const notes = [earlierRunNote(finishedRemoval, input)]
    return removeResult(name, { schemaRemoved: true, typesKept: finishedRemoval.keepTypes, notes })
  }
  const unsettledRun = recovered.find(({ outcome }) => outcome === 'waiting') ?? null
  // An addition that is not finished although a record has its name is that of another database, whose
  // credentials lie in the journal alone: it stays there.
  const isDisplaced = unsettledRun?.kind === 'add' && isStored
  if (isDisplaced && input.removeSchema && unsettledRun.reason) throw displaced(unsettledRun.reason, name)
  const waiting = isDisplaced ? null : unsettledRun
  if (isStored) {
    const deletes = await readLoss(store, input, options)
    const request = { store, input, options, waiting, deletes }
    const result = input.removeSchema ? await removeWithSchema(request) : await removeRecord(request)
    if (result.status === 'removed') warnOfRestart(store, options)
    return result
  }
  const abandoned = recovered.find(({ kind, outcome }) => kind === 'add' && outcome === 'rolled back')
  if (abandoned) {
    const { leftDatabase } = abandoned
    const left =
      leftDatabase === undefined ? '' : ` Database "${leftDatabase}", which it was to create, exists.`
    const notes = [`An earlier run was interrupted while adding it; it stored nothing.${left}`]
    return removeResult(name, { notes })
  }
  if (waiting === null) throw notFound(name, stored)
  return await removeRecord({ store, input, options, waiting, deletes: {} })
}

/** Returns what is deleted with the record, and warns of what people lose. Errors: `NOT_FOUND`. */
async function readLoss(
  store: Store,
  { name }: RemoveDatabaseInput,
  options: RunOptions,
): Promise<Belongings> {
  const deletes = await store.belongings(name)
  warnOfLoss(name, deletes, options)
  return deletes
}

/**
 * Reads the internal database alone: no journal entry is written, and none is ended. Errors: `USAGE`,
 * `NOT_FOUND`.
 */
async function rehearse(
  store: Store,
  input: RemoveDatabaseInput,
  options: RunOptions,
): Promise<RemoveDatabaseResult> {
  if (!input.removeSchema) throw nothingToRehearse()
  const stored = await store.names()
  if (!stored.includes(input.name)) throw notFound(input.name, stored)
  const deletes = await readLoss(store, input, options)
  const result = await removeWithSchema({
    store,
    input: { ...input, forgetUnreachable: false },
    options,
    waiting: null,
    deletes,
  })
  // After a rehearsal the operator may choose the removal itself.
  if (result.status === 'removed') warnOfRestart(store, options)
  return result
}

/** A removal of the record alone changes nothing that could be rolled back. */
function nothingToRehearse(): OperatorError {
  return usageError(
    'A rehearsal needs --remove-schema: without it, the command removes only the record and does not connect to the server.',
    'Add --remove-schema, or leave --rehearse out.',
    'rehearse',
  )
}

/**
 * Returns the error for a removal of schemas under a name that the entry of an addition has: the journal has
 * one entry of a name at most.
 */
function displaced(reason: OperatorError, name: string): OperatorError {
  if (reason.code === 'NAME_TAKEN') return reason
  return new OperatorError(
    'LOCKED',
    `An earlier run was interrupted while it added another database as "${name}", and its outcome can't be proved now: ${reason.message}`,
    joinHints(
      reason.hint,
      'Then run the same command again. Without --remove-schema, "db remove" removes only the record.',
    ),
    { field: 'name' },
  )
}

/** A dry run settles nothing. */
async function lookForInterrupted(
  store: Store,
  { name, dryRun }: RemoveDatabaseInput,
  options: RunOptions,
): Promise<Recovery[]> {
  return dryRun ? unsettled(await store.interrupted()) : recoverInterrupted(store, { ...options, name })
}

/**
 * Returns the note about a removal that an earlier run did, and may have done otherwise than this one would.
 */
function earlierRunNote({ keepTypes }: Recovery, input: RemoveDatabaseInput): string {
  return keepTypes && input.removeSchema && !input.keepTypes
    ? 'An earlier run had removed msar and __msar, and kept mathesar_types: "mathesarctl schema remove" removes that too.'
    : 'An earlier run had removed the schemas; what else it changed is unknown.'
}
