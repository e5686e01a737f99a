import type { Session } from '../../postgres/types.ts'
import { planLocks } from '../../schema/removal/locks.ts'
import type { RunOptions } from '../events.ts'
import { runRehearsal } from './run.ts'
import type { RemovalConsentInput, RemovalStage, SchemaRemovalPlan, SchemaRemovalResult } from './types.ts'

/** What the operator decided: the removal begins, it does not, or it ends with the rehearsal. */
export type RemovalDecision =
  | { kind: 'remove' }
  | { kind: 'declined'; isRehearsed: boolean }
  | { kind: 'rehearsed'; result: SchemaRemovalResult }

/**
 * Asks the operator to agree to a removal, and rehearses it first if the operator wants that. `planOf`
 * returns what the operator sees of a removal. Only a rehearsal acquires locks, and it rolls everything back.
 *
 * Errors: those of a rehearsal are those that the removal would raise.
 */
export async function decideRemoval<Plan>(
  session: Session,
  removal: SchemaRemovalPlan,
  planOf: (removal: SchemaRemovalPlan) => Plan,
  { rehearse = false, confirm, goOn, confirmAfterRehearsal = goOn }: RemovalConsentInput<Plan>,
  options: RunOptions,
): Promise<RemovalDecision> {
  const consent = (plan: SchemaRemovalPlan, stage: RemovalStage) => confirm?.(planOf(plan), stage) ?? true
  if (!rehearse) {
    const answer = await consent(removal, 'remove')
    if (answer !== 'rehearse') return answer ? { kind: 'remove' } : declined(false)
  }
  const { strategy, keepTypes } = removal
  const { locks, filledBytes } = await planLocks(session, { strategy, keepTypes })
  const tableBytes = strategy === 'convert' ? removal.survey.convert.rewrittenBytes : 0
  const plan = { ...removal, locks, rewrittenBytes: tableBytes + filledBytes }
  if ((await consent(plan, 'rehearse')) === false) return declined(false)
  const result = await runRehearsal(session, plan, options)
  if (confirmAfterRehearsal && (await confirmAfterRehearsal(result, planOf(plan))))
    return (await consent(plan, 'remove')) === false ? declined(true) : { kind: 'remove' }
  return rehearse ? { kind: 'rehearsed', result } : declined(true)
}

/** `isRehearsed`: a rehearsal succeeded before. */
function declined(isRehearsed: boolean): RemovalDecision {
  return { kind: 'declined', isRehearsed }
}
