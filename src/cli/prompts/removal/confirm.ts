import { trimSpace } from '../../../ascii-space.ts'
import { DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS } from '../../../databases/events.ts'
import {
  aborted,
  type RemovalConsent,
  type RemovalStage,
  type SchemaRemovalPlan,
} from '../../../databases/removal/index.ts'
import { type OperatorError, usageError } from '../../../errors.ts'
import type { Dependent } from '../../../schema/types.ts'
import { dialogueSource, layOutDependents } from '../../render/dependents.ts'
import { printable, quotedName } from '../../render/printable.ts'
import { locksTable, locksText, rehearsalCost } from '../../render/rehearsal.ts'
import { cascadeText, convertText, recreatedText } from '../../render/removal.ts'
import { schemasText } from '../../render/removal-plan.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { shellWord } from '../../shell-words.ts'
import type { Reporter } from '../../terminal.ts'
import type { Prompts } from '../prompts.ts'
import { REHEARSE_ANSWER } from '../rehearse.ts'
import { type RemovalDialogueContext, type RemovalDialogueState, SHOWN_ROWS } from './types.ts'

const REHEARSE_OFFER = 'Answer r to rehearse it first: all of it runs under its locks and is rolled back.'
const REHEARSAL_BEGINNING = 'The rehearsal runs the whole removal and rolls it back.'

/**
 * Shows what a removal, or its rehearsal, will do as far as the operator has not seen it, and asks for
 * consent. Errors: `USAGE` if consent is needed and nothing may be asked, or --confirm names another
 * database; `ABORTED`.
 */
export async function confirmRemoval(
  plan: SchemaRemovalPlan,
  stage: RemovalStage,
  state: RemovalDialogueState,
  context: RemovalDialogueContext,
): Promise<RemovalConsent> {
  const { flags, prompts, reporter, yes } = context
  state.plan = plan
  checkConfirmation(flags.confirm, plan.database)
  if (stage === 'remove' && state.shouldRehearseFirst && !state.isRehearsed) return 'rehearse'
  const isCascade = plan.strategy === 'cascade' && plan.survey.dependents.length > 0
  const shouldTypeName = isCascade && flags.confirm === undefined
  const write = prompts !== null && (shouldTypeName || !yes) ? reporter.explain : reporter.info
  showPlan(plan, stage, state, context, write)
  if (stage === 'rehearse') showLocks(plan, context, write)
  if (shouldTypeName) {
    if (prompts === null) throw needsConfirm(plan.database, yes)
    if (stage === 'remove' && !state.isRehearsed) write(context.consequence(plan))
    // With --yes nothing asks for the removal after a rehearsal.
    const canRehearse = stage === 'remove' && !state.isRehearsed && !yes
    if (canRehearse) write(REHEARSE_OFFER)
    return askName(plan.database, { stage, canRehearse }, prompts)
  }
  if (yes || state.isRehearsed) return true
  if (prompts === null) throw context.needsYes()
  if (stage === 'rehearse') {
    const action = plan.locks?.length === 0 ? 'Run it' : 'Take these locks, run it'
    return prompts.yesNo(`${action} and roll it back?`, false)
  }
  write(REHEARSE_OFFER)
  return prompts.yesNoRehearse(context.question(plan))
}

/** Shows the schemas, their dependents and the cost, as far as they were not shown. */
function showPlan(
  plan: SchemaRemovalPlan,
  stage: RemovalStage,
  state: RemovalDialogueState,
  context: RemovalDialogueContext,
  write: Reporter['info'],
): void {
  const { survey, strategy } = plan
  const { dependents } = survey
  const hasChosen = state.listed !== null
  const isCascade = strategy === 'cascade' && dependents.length > 0
  // A choice to keep the types changes which schemas are dropped.
  if (state.listed?.keepTypes !== plan.keepTypes) for (const line of schemasText(plan)) write(line)
  // Nothing is dropped that was not shown.
  const shown = state.listed?.dependents === dependents ? state.listed.shown : 0
  if (shown < dependents.length && (!hasChosen || isCascade)) {
    showDependents(dependents.slice(shown), context, write)
  }
  if (stage === 'rehearse') write(REHEARSAL_BEGINNING)
  // A list of choices shows the cost of a choice only as long as the cursor is on it.
  if (!state.isCostShown) showCost(plan, stage === 'rehearse' ? 'The removal itself: ' : '', write)
  state.listed = { dependents, shown: dependents.length, keepTypes: plan.keepTypes }
  state.isCostShown = true
}

/** Shows what the removal does to the dependents, if any. `beginning` stands before the sentence. */
export function showCost(plan: SchemaRemovalPlan, beginning: string, write: Reporter['info']): void {
  const cost = costText(plan)
  if (cost === null) return
  write(`${beginning}${cost}`)
  const { strategy, survey } = plan
  if (strategy === 'convert' && survey.rebuilt.length > 0)
    write(recreatedText('It recreates', survey.rebuilt))
}

/** Returns what the removal does to the dependents; `null` where there are none. */
function costText({ strategy, survey }: SchemaRemovalPlan): string | null {
  if (survey.dependents.length === 0) return null
  return strategy === 'cascade' ? cascadeText(survey) : convertText(survey)
}

function showDependents(
  dependents: readonly Dependent[],
  { reporter: { style }, stored }: RemovalDialogueContext,
  write: Reporter['info'],
): void {
  const options = { width: stderrWidth(), style, effects: false, whole: dialogueSource(stored) }
  const { text, omission } = layOutDependents(dependents, options)
  write(text, { isWhole: true })
  if (omission !== null) write(style.dim(omission), { isWhole: true })
}

/** Shows the locks that a rehearsal acquires, and what it costs. */
function showLocks(
  { locks = [], rewrittenBytes = 0, strategy }: SchemaRemovalPlan,
  { flags, prompts, reporter }: RemovalDialogueContext,
  write: Reporter['info'],
): void {
  write(locksText(locks))
  if (locks.length === 0) return
  const limit = prompts === null ? Number.POSITIVE_INFINITY : SHOWN_ROWS
  write(locksTable(locks, { width: stderrWidth(), style: reporter.style, limit }), { isWhole: true })
  // The cost of a conversion states already that it rewrites no table.
  const bytes = strategy === 'convert' && rewrittenBytes === 0 ? null : rewrittenBytes
  write(rehearsalCost(bytes, flags.lockTimeout ?? DEFAULT_REHEARSAL_LOCK_TIMEOUT_MS))
}

/** A name that is given must be right whatever depends on the schemas: a wrong one means another database. */
function checkConfirmation(confirm: string | undefined, database: string): void {
  if (confirm === undefined || confirm === database) return
  throw usageError(
    `--confirm names ${JSON.stringify(confirm)}, but the name of the PostgreSQL database is ` +
      `${JSON.stringify(database)}.`,
    'Check that this is the database that you mean. Pass its name on the server, not the name under ' +
      'which it is stored.',
    'confirm',
  )
}

function needsConfirm(database: string, yes: boolean): OperatorError {
  return usageError(
    `Dropping what depends on the Mathesar schemas of database ${quotedName(database)} needs its name as a ` +
      'confirmation, and there is no terminal to ask at.',
    `Add ${yes ? '' : '--yes '}--confirm ${shellWord(database)}, or --dry-run to see what would be dropped.`,
    'confirm',
  )
}

interface NameQuestion {
  stage: RemovalStage
  /** Whether `r` is an answer. */
  canRehearse: boolean
}

/**
 * Asks for the name of the database, as the consent to drop what depends on the schemas, until the answer is
 * the name, to rehearse first, or nothing. Errors: `ABORTED` for an empty answer.
 */
async function askName(
  database: string,
  { stage, canRehearse }: NameQuestion,
  prompts: Prompts,
): Promise<RemovalConsent> {
  const isRehearse = (text: string) =>
    canRehearse && text !== database && trimSpace(text).toLowerCase() === 'r'
  const typed = await prompts.text({
    message:
      `To ${stage === 'rehearse' ? 'rehearse that' : 'drop all that'}, type the name of the PostgreSQL ` +
      `database (${printable(database, false)}); Enter alone cancels:`,
    check: (text) =>
      text === database || text === '' || isRehearse(text)
        ? null
        : 'That is not the name of the database. Correct it, or clear the line and press Enter to cancel.',
    isUnfinished: (text) => database.startsWith(text),
    isRefusal: (text) => text === '',
    shownAnswer: (text) => (isRehearse(text) ? REHEARSE_ANSWER : text),
  })
  if (typed === database) return true
  if (isRehearse(typed)) return 'rehearse'
  throw aborted()
}
