import { remainsText } from '../../databases/interface/mathesar-state.ts'
import type { RemovalOffer, SchemaRemovalPlan } from '../../databases/removal/index.ts'
import type { Dependent } from '../../schema/types.ts'
import { repeatedCommand } from '../settings/repeated-flags.ts'
import { shellWord } from '../shell-words.ts'
import { listed } from './listed.ts'
import { quotedName } from './printable.ts'
import { quantity } from './quantity.ts'
import { countText } from './removal.ts'

/**
 * Describes which Mathesar schemas the database has, which of them would be dropped, and what depends on
 * them.
 */
export function schemasText(plan: SchemaRemovalPlan | RemovalOffer): string[] {
  const { database, state, keepTypes, survey } = plan
  const dropped = state.schemas.filter(({ name }) => survey.schemas.includes(name))
  const place = `In database ${quotedName(database)}`
  if (dropped.length === 0) {
    return [`${place} there ${keepTypes ? 'is neither msar nor __msar' : 'are no Mathesar schemas'}.`]
  }
  const list = dropped.map(({ name, objects }) => `${name} (${quantity(objects, 'object')})`).join(', ')
  const stays = keepTypes && state.schemas.length > dropped.length ? ' mathesar_types stays.' : ''
  const { dependents } = survey
  const use =
    dependents.length === 0
      ? `Nothing outside depends on ${keepTypes ? listed(dropped.map(({ name }) => name)) : 'them'}.`
      : `${countText(dependents)} ${dependents.length === 1 ? 'depends' : 'depend'} on them:`
  return [
    `${place}: ${list}.${stays} ${use}`,
    ...(state.kind === 'remains' ? [`That is ${remainsText(state)}.`] : []),
  ]
}

/**
 * States how many dependents a list leaves out, and what lists them.
 *
 * @param stored the name of the database, if it is a stored one
 */
export function moreText(count: number, stored: string | null): string {
  const effects = 'with what converting and dropping would do to each object.'
  return stored === null
    ? `and ${count} more: the command "schema dependents" with the same connection lists all, ${effects}`
    : `and ${count} more: "${repeatedCommand(`mathesarctl schema dependents ${shellWord(stored)}`)}" lists all, ${effects}`
}

/** States that converting is not offered; the reasons follow. */
export function refusalText(refused: readonly Dependent[]): string {
  return `Converting is not offered, since ${countText(refused)} ${refused.length === 1 ? 'prevents' : 'prevent'} it:`
}
