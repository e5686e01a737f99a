import type { RemovalChoice, RemovalOffer } from '../../../databases/removal/index.ts'
import type { Dependent } from '../../../schema/types.ts'
import { dialogueSource, layOutDependents } from '../../render/dependents.ts'
import {
  cascadeText,
  convertText,
  countText,
  keepTypesText,
  REMEDY_HEADING,
  REMEDY_WARNING,
  refusalLines,
  remedyLines,
} from '../../render/removal.ts'
import { moreText, refusalText, schemasText } from '../../render/removal-plan.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { wrap } from '../../render/wrap.ts'
import type { Reporter } from '../../terminal.ts'
import type { Choice, Prompts } from '../prompts.ts'
import { type RemovalDialogueContext, type RemovalDialogueState, SHOWN_ROWS } from './types.ts'

/** A choice before all others, so that these keep their place. */
const REHEARSE_FIRST: Choice<'rehearse'> = {
  value: 'rehearse',
  name: 'Rehearse one of these first',
  description: 'All of it runs under its locks and is rolled back. The locks are listed before it begins.',
}

/** Lists what depends on the schemas, and asks what should become of it. */
export async function chooseStrategy(
  offer: RemovalOffer,
  state: RemovalDialogueState,
  { flags, canLeave, prompts, reporter, stored }: RemovalDialogueContext & { prompts: Prompts },
): Promise<RemovalChoice> {
  const { dependents } = offer.survey
  for (const line of schemasText(offer)) reporter.explain(line)
  const shown = dependents.slice(0, SHOWN_ROWS)
  const whole = dialogueSource(stored)
  const options = { width: stderrWidth(), style: reporter.style, effects: false, whole }
  const { text, omission } = layOutDependents(shown, options)
  reporter.explain(text, { isWhole: true })
  if (omission !== null) reporter.explain(reporter.style.dim(omission), { isWhole: true })
  if (dependents.length > shown.length) reporter.explain(moreText(dependents.length - shown.length, stored))
  state.listed = { dependents, shown: shown.length, keepTypes: offer.keepTypes }
  const refused = dependents.filter(({ refusesConvert }) => refusesConvert)
  if (refused.length > 0) {
    showRefusal(refused, stored, reporter)
  }
  const isDryRun = flags.dryRun === true
  const choices = fitted(choicesOf(offer, { canLeave: canLeave && !flags.rehearse, isDryRun }))
  if (flags.rehearse) return prompts.choice('What do you want to rehearse?', choices, 'cancel')
  if (isDryRun) return prompts.choice('What would you do with them?', choices, 'cancel')
  const chosen = await prompts.choice(
    'What should happen to them?',
    [...fitted([REHEARSE_FIRST]), ...choices],
    'cancel',
  )
  if (chosen !== 'rehearse') return chosen
  state.shouldRehearseFirst = true
  if (refused.length > 0) {
    reporter.explain(`Converting can't be rehearsed, since ${countText(refused)} can't be converted.`)
  }
  const rehearsable = choices.filter(({ value }) => value !== 'leave')
  return prompts.choice('What do you want to rehearse?', rehearsable, 'cancel')
}

/** Explains why converting is not offered, and what would change that. */
function showRefusal(refused: readonly Dependent[], stored: string | null, { explain }: Reporter): void {
  explain(refusalText(refused))
  for (const line of refusalLines(refused.slice(0, SHOWN_ROWS))) explain(line)
  if (refused.length > SHOWN_ROWS) explain(moreText(refused.length - SHOWN_ROWS, stored))
  explain(REMEDY_HEADING)
  for (const line of remedyLines(refused)) explain(line, { isWhole: true })
  explain(REMEDY_WARNING)
}

/** Returns the choices with descriptions that fit the terminal. */
function fitted<T extends string>(choices: readonly Choice<T>[]): Choice<T>[] {
  return choices.map(({ description = '', ...choice }) => ({
    ...choice,
    description: wrap(description, stderrWidth()),
  }))
}

/** `isDryRun`: nothing is removed, so that no name confirms it. */
function choicesOf(
  { survey, keepingTypes }: RemovalOffer,
  { canLeave, isDryRun }: { canLeave: boolean; isDryRun: boolean },
): Choice<RemovalChoice>[] {
  const choices: Choice<RemovalChoice>[] = []
  if (survey.convert.refused === 0) {
    choices.push({
      value: 'convert',
      name: 'Convert them to plain types, and keep every value',
      description: convertText(survey),
    })
  }
  // If all of it uses msar or __msar, keeping the types helps nobody.
  if (keepingTypes && keepingTypes.dependents.length < survey.dependents.length) {
    choices.push({
      value: 'keep-types',
      name: 'Keep the types: remove msar and __msar only',
      description: keepTypesText(keepingTypes),
    })
  }
  // What no command can drop, such as a column of a partition key, would stop it.
  if (survey.missing.cascade?.code !== 'DEPENDENTS_EXIST') {
    choices.push({
      value: 'cascade',
      name: 'Drop them, with the values in them',
      description: cascadeText(survey) + (isDryRun ? '' : ' You type the name of the database to confirm.'),
    })
  }
  if (canLeave) {
    choices.push({
      value: 'leave',
      name: 'Leave the schemas, remove the stored credentials only',
      description: 'Nothing in the database changes.',
    })
  }
  choices.push({ value: 'cancel', name: 'Cancel', description: 'Nothing changes.' })
  return choices
}
