import type { RemovalChoice, RemovalOffer } from '../../../databases/removal/index.ts'
import { dependentsTable } from '../../render/dependents.ts'
import { cascadeText, convertText, keepTypesText, remedyLines } from '../../render/removal.ts'
import { moreText, refusalText, schemasText } from '../../render/removal-plan.ts'
import { stderrWidth } from '../../render/stderr-width.ts'
import { wrap } from '../../render/wrap.ts'
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
  { flags, canLeave, prompts, reporter }: RemovalDialogueContext & { prompts: Prompts },
): Promise<RemovalChoice> {
  const { dependents } = offer.survey
  for (const line of schemasText(offer)) reporter.explain(line)
  const shown = dependents.slice(0, SHOWN_ROWS)
  const options = { width: stderrWidth(), style: reporter.style, effects: false }
  reporter.explain(dependentsTable(shown, options), { isWhole: true })
  if (dependents.length > shown.length) reporter.explain(moreText(dependents.length - shown.length))
  state.listed = { dependents, shown: shown.length, keepTypes: offer.keepTypes }
  const refused = dependents.filter(({ refusesConvert }) => refusesConvert)
  if (refused.length > 0) {
    reporter.explain(refusalText(refused))
    for (const line of remedyLines(refused)) reporter.explain(line, { isWhole: true })
  }
  const choices = fitted(choicesOf(offer, canLeave && !flags.rehearse))
  if (flags.rehearse) return prompts.choice('What do you want to rehearse?', choices, 'cancel')
  const chosen = await prompts.choice(
    'What should happen to them?',
    [...fitted([REHEARSE_FIRST]), ...choices],
    'cancel',
  )
  if (chosen !== 'rehearse') return chosen
  state.shouldRehearseFirst = true
  const rehearsable = choices.filter(({ value }) => value !== 'leave')
  return prompts.choice('What do you want to rehearse?', rehearsable, 'cancel')
}

/** Returns the choices with descriptions that fit the terminal. */
function fitted<T extends string>(choices: readonly Choice<T>[]): Choice<T>[] {
  return choices.map(({ description = '', ...choice }) => ({
    ...choice,
    description: wrap(description, stderrWidth()),
  }))
}

function choicesOf({ survey, keepingTypes }: RemovalOffer, canLeave: boolean): Choice<RemovalChoice>[] {
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
      description: `${cascadeText(survey)} You type the name of the database to confirm.`,
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
