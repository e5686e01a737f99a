import type { ServerFacts, Session } from '../../postgres/types.ts'
import { doomedSchemas, placeOf } from '../../schema/dependents/dependents.ts'
import { planRemove } from '../../schema/inspect/privileges.ts'
import { foreignWarning } from '../../schema/inspect/remains.ts'
import { type RoleFacts, readSchemaState } from '../../schema/inspect/state.ts'
import { surveyRemoval } from '../../schema/removal/survey.ts'
import type { Dependent, RemovalSurvey, SchemaState } from '../../schema/types.ts'
import { warnOfEventTriggers } from '../check-target.ts'
import type { RunOptions } from '../events.ts'
import { aborted, canKeepTypes, refuseDependents, stoppingDependents } from './errors.ts'
import type { SchemaRemovalInput, SchemaRemovalPlan } from './types.ts'

/**
 * Reads the schemas and what depends on them, and decides what happens to the dependents. Changes nothing.
 * Returns `null` if the operator wants the schemas to stay.
 *
 * Errors: `DEPENDENTS_EXIST` with `data.dependents` if they stop the removal, `INSUFFICIENT_PRIVILEGE`,
 * `ABORTED`.
 */
export async function planRemoval(
  session: Session,
  facts: ServerFacts,
  input: SchemaRemovalInput,
  options: RunOptions,
): Promise<SchemaRemovalPlan | null> {
  const { database } = session.settings
  const state = await readSchemaState(session)
  let keepTypes = input.keepTypes === true
  let survey = await surveyRemoval(session, { keepTypes })
  let strategy = input.onDependents
  const surveyKeepingTypes = async () =>
    !keepTypes && canKeepTypes(survey) ? await surveyRemoval(session, { keepTypes: true }) : null
  warnOfMentions(survey, options)
  if (survey.schemas.length > 0) {
    warnOfForeign(state, options)
    warnOfEventTriggers(facts, options, 'removal')
  }
  while (strategy === undefined && survey.dependents.length > 0 && input.choose) {
    // An operator whose role may not remove the schemas at all need not choose how.
    requireRole(state, facts, keepTypes)
    const keepingTypes = await surveyKeepingTypes()
    const choice = await input.choose({ database, state, keepTypes, survey, keepingTypes })
    if (choice === 'leave') return null
    if (choice === 'cancel') throw aborted()
    if (choice !== 'keep-types') strategy = choice
    else if (keepingTypes) [keepTypes, survey] = [true, keepingTypes]
  }
  const plan: SchemaRemovalPlan = {
    database,
    state,
    keepTypes,
    remover: input.remover,
    strategy: strategy ?? 'refuse',
    survey,
  }
  if (stoppingDependents(survey, plan.strategy).length > 0) refuseDependents(plan, await surveyKeepingTypes())
  requireRole(state, facts, keepTypes)
  const missing = survey.missing[plan.strategy]
  if (missing !== null) throw missing
  return plan
}

/** The same rule as for an install: the transaction that removes the schemas runs as their owner. */
function requireRole(state: SchemaState, facts: RoleFacts, keepTypes: boolean): void {
  const doomed = doomedSchemas({ keepTypes })
  const schemas = state.schemas.filter(({ name }) => doomed.includes(name))
  if (schemas.length > 0) planRemove({ ...state, schemas }, facts)
}

/** Returns the warning about routines whose text names the schemas. */
export function mentionsWarning(mentions: readonly Dependent[]): { message: string; hint: string } {
  return {
    message: `The text of ${mentions.map(placeOf).join(', ')} names the Mathesar schemas.`,
    hint: `PostgreSQL does not record such a use; ${mentions.length === 1 ? 'the routine' : 'the routines'} may fail after the schemas are dropped.`,
  }
}

function warnOfMentions({ mentions }: RemovalSurvey, options: RunOptions): void {
  if (mentions.length > 0) options.onProgress?.({ type: 'warning', ...mentionsWarning(mentions) })
}

function warnOfForeign(state: SchemaState, options: RunOptions): void {
  if (state.kind !== 'foreign') return
  const hint = 'Disconnect the database in that Mathesar as well.'
  options.onProgress?.({ type: 'warning', message: foreignWarning(state), hint })
}
