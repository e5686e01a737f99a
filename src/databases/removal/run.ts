import type { Session } from '../../postgres/types.ts'
import { rehearseRemoval, removeSchema } from '../../schema/removal/remove.ts'
import type { BeforeCommit, Rehearsal, RelationLock, RemoveOptions } from '../../schema/types.ts'
import { DEFAULT_LOCK_TIMEOUT_MS, DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS, type RunOptions } from '../events.ts'
import { hstoreNotes, isTypesSchemaKept } from './describe.ts'
import { withWayOut } from './errors.ts'
import type { RemovalStage, SchemaRemovalPlan, SchemaRemovalResult } from './types.ts'

/**
 * Removes the schemas as planned, and touches no dependent that the plan does not list. Errors: those of
 * `removeSchema`, `UnknownOutcomeError` among them.
 */
export async function runRemoval(
  session: Session,
  plan: SchemaRemovalPlan,
  options: RunOptions,
  beforeCommit?: BeforeCommit,
): Promise<SchemaRemovalResult> {
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS
  const how = startStage('remove', plan, { ...options, lockTimeoutMs })
  try {
    const removal = await removeSchema(session, { ...how, beforeCommit })
    return { ...removal, notes: [...removal.notes, ...hstoreNotes(plan)], typesKept: isTypesSchemaKept(plan) }
  } catch (error) {
    throw withWayOut(error, plan, session.settings)
  }
}

/** Runs the removal as planned and rolls it back. Errors: those that the removal would raise. */
export async function runRehearsal(
  session: Session,
  plan: SchemaRemovalPlan & { locks: RelationLock[]; rewrittenBytes: number },
  options: RunOptions,
): Promise<SchemaRemovalResult> {
  const { strategy, locks, rewrittenBytes } = plan
  const lockTimeoutMs = options.lockTimeoutMs ?? DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS
  const how = startStage('rehearse', plan, { ...options, lockTimeoutMs })
  try {
    const rehearsed = await rehearseRemoval(session, how)
    return {
      ...rehearsed,
      notes: [...rehearsed.notes, ...hstoreNotes(plan), ...unannouncedLocks(locks, rehearsed.rehearsal)],
      typesKept: isTypesSchemaKept(plan),
      strategy,
      locks,
      rewrittenBytes,
    }
  } catch (error) {
    throw withWayOut(error, plan, session.settings)
  }
}

/** Reports that a stage begins, and returns the options of its run. */
function startStage(
  step: RemovalStage,
  { strategy, keepTypes, remover, survey }: SchemaRemovalPlan,
  { lockTimeoutMs, onProgress }: RunOptions & { lockTimeoutMs: number },
): RemoveOptions {
  onProgress?.({ type: 'step', step, detail: survey.schemas.join(', ') })
  return {
    lockTimeoutMs,
    strategy,
    keepTypes,
    remover,
    shown: survey.dependents,
    onProgress: (progress) => onProgress?.({ type: 'progress', step, progress }),
    onNotice: (message) => onProgress?.({ type: 'detail', message }),
    onLock: (holder) => onProgress?.({ type: 'lock', holder }),
  }
}

/** Returns notes about locks that were not announced, such as those that an event trigger acquires. */
function unannouncedLocks(announced: readonly RelationLock[], rehearsal: Rehearsal): string[] {
  const known = new Set(announced.map(({ relation, mode }) => `${relation} ${mode}`))
  const others = rehearsal.locks.filter(({ relation, mode }) => !known.has(`${relation} ${mode}`))
  return others.map(
    ({ relation, mode }) => `${relation} was locked too (${mode}), by code that runs with the removal.`,
  )
}
