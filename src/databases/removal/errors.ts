import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { inClearingOrder } from '../../schema/dependents/clearing-order.ts'
import { dependentsError, nameOf } from '../../schema/dependents/dependents.ts'
import { ExplainedError } from '../../schema/errors.ts'
import type { Dependent, DependentsStrategy, RemovalSurvey } from '../../schema/types.ts'
import type { SchemaRemovalPlan } from './types.ts'

/** Returns the error for an operator who does not want the removal, perhaps after it was rehearsed. */
export function aborted(isRehearsed = false): OperatorError {
  return new OperatorError(
    'ABORTED',
    `${isRehearsed ? 'The rehearsal succeeded. ' : ''}Nothing was removed.`,
    'Run the command again when you are ready.',
  )
}

/** Returns the dependents that stop a removal: all of them, or those that can't be converted. */
export function stoppingDependents(
  { dependents }: Pick<RemovalSurvey, 'dependents'>,
  strategy: DependentsStrategy,
): Dependent[] {
  switch (strategy) {
    case 'refuse':
      return dependents
    case 'convert':
      return dependents.filter(({ refusesConvert }) => refusesConvert)
    case 'cascade':
      return []
  }
}

/**
 * Errors: `DEPENDENTS_EXIST` if dependents stop the plan (`stoppingDependents`).
 *
 * @param keepingTypes what would be in the way if the types stayed; `null` if they can't
 */
export function refuseDependents(plan: SchemaRemovalPlan, keepingTypes: RemovalSurvey | null): void {
  const { survey, strategy, database } = plan
  const { dependents, mentions } = survey
  const refused = stoppingDependents(survey, strategy)
  if (refused.length === 0) return
  const data = { dependents, ...(mentions.length > 0 ? { mentions } : {}) }
  if (strategy === 'refuse') {
    const { code, message } = dependentsError(dependents, database)
    throw new OperatorError(code, message, waysOut(plan, keepingTypes), { data })
  }
  const [which, verb] =
    refused.length === 1 ? ['one object', 'depends'] : [`${refused.length} objects`, 'depend']
  const hasStatement = refused.some(({ remedy: statement }) => statement !== null)
  const one = hasStatement ? 'Run the statement that is given for it' : 'Change or drop it'
  const several = hasStatement ? 'Run the statements that are given for them' : 'Change or drop them'
  const remedy = refused.length === 1 ? one : several
  const others = otherWays(plan, keepingTypes)
  throw new OperatorError(
    'DEPENDENTS_EXIST',
    `In database "${database}" ${which} that ${verb} on the Mathesar schemas can't be converted: ${listOf(refused)}.`,
    `${remedy}, then run the command again.${others === '' ? '' : ` Or: ${others}`}`,
    { data: { ...data, refused: inClearingOrder(refused) } },
  )
}

/** Returns the server's error, with a hint about what this removal could do instead. */
export function withWayOut(error: unknown, plan: SchemaRemovalPlan, { user }: ConnectionSettings): unknown {
  if (!(error instanceof OperatorError)) return error
  if (error.details.sqlstate === '57014') {
    return error.with({
      hint: joinHints(
        toRun(
          'Nothing was changed. If the statement_timeout of the role or database canceled it, lift that limit:',
          `ALTER ROLE ${quoteIdentifier(user)} IN DATABASE ${quoteIdentifier(plan.database)} SET statement_timeout = 0;`,
        ),
        "With --dsn, options='-c statement_timeout=0' lifts it for one run alone.",
      ),
    })
  }
  if (error.code === 'DEPENDENTS_EXIST' && !(error instanceof ExplainedError)) {
    // Of what came meanwhile nothing shows whether it uses the types alone.
    return error.with({ hint: waysOut(plan, null) })
  }
  return error
}

/** Names as many as fit into a sentence. */
function listOf(dependents: readonly Dependent[]): string {
  const named = dependents.slice(0, 5).map(nameOf)
  const rest = dependents.length - named.length
  return named.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function waysOut(plan: SchemaRemovalPlan, keepingTypes: RemovalSurvey | null): string {
  const { refused } = plan.survey.convert
  const condition =
    refused === 0 ? '' : `, once you have dealt with those that it can't convert (${refused} of them)`
  const others = otherWays(plan, keepingTypes)
  return `Choose what happens to them: --on-dependents convert changes columns to plain types and keeps every value${condition}${others === '' ? '.' : `; ${others}`}`
}

/** Returns whether a removal that keeps the types would remove something: `msar` or `__msar`. */
export function canKeepTypes({ schemas }: RemovalSurvey): boolean {
  return schemas.includes('mathesar_types') && schemas.length > 1
}

/** Returns the other strategies that would succeed, as a sentence; empty if there is none. */
function otherWays({ strategy, survey }: SchemaRemovalPlan, keepingTypes: RemovalSurvey | null): string {
  const isEnough = keepingTypes !== null && stoppingDependents(keepingTypes, strategy).length === 0
  const ways = [
    ...(isEnough && keepingTypes.missing[strategy] === null
      ? ['--keep-types leaves mathesar_types and all that uses it']
      : []),
    ...(survey.missing.cascade === null
      ? [
          '--on-dependents cascade drops them, with the values in them, and needs --confirm with the name of the database',
        ]
      : []),
  ]
  return ways.length === 0 ? '' : `${ways.join('; ')}.`
}
