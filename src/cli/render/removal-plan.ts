import { remainsText } from '../../databases/interface/mathesar-state.ts'
import type { RemovalOffer, SchemaRemovalPlan } from '../../databases/removal/index.ts'
import type { Dependent } from '../../schema/types.ts'
import { printable } from './printable.ts'
import { quantity } from './quantity.ts'
import { countText } from './removal.ts'

/** Which schemas there are, which of them go, and whose they are: lines for a person who has to consent. */
export function schemasText(plan: SchemaRemovalPlan | RemovalOffer): string[] {
  const { database, state, keepTypes, survey } = plan
  const going = state.schemas.filter(({ name }) => survey.schemas.includes(name))
  const place = `In database "${printable(database, false)}"`
  if (going.length === 0) {
    return [
      `${place} there ${keepTypes ? 'is neither msar nor __msar' : 'are no Mathesar schemas'} (any more).`,
    ]
  }
  const list = going.map(({ name, objects }) => `${name} (${quantity(objects, 'object')})`).join(', ')
  const stays = keepTypes && state.schemas.length > going.length ? ' mathesar_types stays.' : ''
  const { dependents } = survey
  const use =
    dependents.length === 0
      ? 'Nothing outside depends on them.'
      : `${countText(dependents)} ${dependents.length === 1 ? 'depends' : 'depend'} on them:`
  return [
    `${place}: ${list}.${stays} ${use}`,
    ...(state.kind === 'remains' ? [`That is ${remainsText(state)}.`] : []),
  ]
}

/** That a list of dependents is longer than what was shown. */
export function moreText(count: number): string {
  return `and ${count} more: "mathesarctl schema dependents" lists all, with what each choice would do to each object.`
}

/** Why converting is not offered; the statements that would change that follow. */
export function refusalText(refused: readonly Dependent[]): string {
  return `Converting is not offered, since ${countText(refused)} can't be converted. This would clear the way:`
}
