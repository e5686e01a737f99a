import { OperatorError } from '../../errors.ts'
import { doomedSchemas } from '../../schema/dependents/dependents.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { HeldOperation, Store } from '../../store/types.ts'
import { describeTarget } from '../open.ts'
import { namesOfSpelling, setSchemaOfOthers } from '../same-database.ts'
import { isSameTarget } from '../same-settings.ts'
import { storedSchemaOf } from '../stored-schema.ts'
import { type Evidence, readEvidence, readEvidenceIfPossible } from './evidence.ts'
import type { RecoverOptions, Recovery } from './types.ts'

/** How an operation ended. */
type Settlement = { outcome: Exclude<Recovery['outcome'], 'waiting'> } & Pick<
  Recovery,
  'isRecordKept' | 'leftDatabase'
>

/** What the evidence proves of an operation. */
type Verdict =
  | { kind: 'done'; state: SchemaState }
  | { kind: 'not done'; isMissing?: true }
  | { kind: 'unproved' }

/**
 * Ends the journal entry of an operation as the evidence proves; the entry of an addition that is stored
 * already needs no proof. Errors: why nothing is proved.
 */
export async function settle(
  store: Store,
  operation: HeldOperation,
  options: RecoverOptions,
): Promise<Settlement> {
  if (operation.kind === 'add' && (await operation.isStored())) {
    // Nothing is lost with the entry, so it ends even where the server can't be reached.
    const evidence = await readEvidenceIfPossible(operation, options)
    await operation.completeAdd(evidence ? storedSchemaOf(evidence.state) : undefined)
    return { outcome: 'finished' }
  }
  // Only a run that had sent COMMIT deletes the row: without the row nothing is left to do.
  const isBegun = operation.progress.phase === 'begun'
  if (operation.kind === 'remove' && !isBegun && (await operation.isRemoved())) {
    return await endRemoval(operation)
  }
  const verdict = await judge(operation, options)
  if (verdict.kind === 'unproved' && !hasPassedConnectionAgain(operation, options)) throw unproved(operation)
  if (verdict.kind !== 'done') {
    await operation.abandon()
    const isLeft = operation.createsDatabase && verdict.kind === 'not done' && !verdict.isMissing
    return { outcome: 'rolled back', ...(isLeft ? { leftDatabase: operation.settings.database } : {}) }
  }
  // Before the entry ends: a recovery that is killed in between does it again.
  const schema = operation.kind === 'add' ? storedSchemaOf(verdict.state) : null
  await setSchemaOfOthers(store, await namesOfSpelling(store, operation.settings), schema)
  if (operation.kind === 'remove') return await endRemoval(operation)
  // Only now, so that a run that fails leaves the entry as it was.
  if (options.name !== undefined && options.name !== operation.name) await operation.rename(options.name)
  await operation.completeAdd(schema)
  return { outcome: 'finished' }
}

async function endRemoval(operation: HeldOperation): Promise<Settlement> {
  const deletion = await operation.completeRemove()
  return deletion === 'changed' ? { outcome: 'finished', isRecordKept: true } : { outcome: 'finished' }
}

/** Errors: those of `readEvidence`, unless the entry may end without evidence. */
async function judge(operation: HeldOperation, options: RecoverOptions): Promise<Verdict> {
  // COMMIT was never sent: wherever the database is by now, the server has rolled the transaction back.
  const isUncommitted = operation.progress.phase === 'begun'
  if (isUncommitted && operation.kind === 'remove') return { kind: 'not done' }
  try {
    // An uncommitted addition may have left a database that it created and closed: reading it opens it again.
    const evidence = await readEvidence(operation, options)
    return isUncommitted ? { kind: 'not done' } : judgeByEvidence(operation, evidence)
  } catch (error) {
    const isMissing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (isMissing && (isUncommitted || hasPassedConnectionAgain(operation, options)))
      return { kind: 'not done', isMissing: true }
    throw error
  }
}

/**
 * Presence proves something by itself. Absence does not: the database may be another one, or a restore of it
 * may be running.
 */
function judgeByEvidence(operation: HeldOperation, { state, transaction }: Evidence): Verdict {
  if (operation.kind === 'add') {
    if (state.record?.installId === operation.id) return { kind: 'done', state }
  } else {
    // A removal drops everything in one transaction; the schemas that it leaves prove nothing.
    const doomed = doomedSchemas({ keepTypes: operation.keepTypes })
    if (state.schemas.some(({ name }) => doomed.includes(name))) return { kind: 'not done' }
  }
  switch (transaction) {
    case 'committed':
      return { kind: 'done', state }
    case 'aborted':
      return { kind: 'not done' }
    case 'unknown':
      return { kind: 'unproved' }
  }
}

/**
 * Returns whether the operator adds the same role and database again, and so passes the connection of the
 * entry again.
 */
function hasPassedConnectionAgain(operation: HeldOperation, { settings }: RecoverOptions): boolean {
  return operation.kind === 'add' && settings !== undefined && isSameTarget(settings, operation.settings)
}

function unproved({ kind, settings, keepTypes }: HeldOperation): OperatorError {
  const place = describeTarget(settings)
  return new OperatorError(
    'LOCKED',
    kind === 'add'
      ? `The ${place} does not have the Mathesar schemas of that run, and nothing proves that they were never installed.`
      : `The ${place} does not have the Mathesar schemas${keepTypes ? ' msar and __msar' : ''}, and nothing proves that that run removed them.`,
    'It may be another database under the same name, or a restore of it may be running.',
  )
}
