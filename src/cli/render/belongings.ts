import type { Belongings } from '../../store/types.ts'
import { listed } from './listed.ts'
import { quotedName } from './printable.ts'
import { quantity } from './quantity.ts'

/** What a row and more of each are called, in the order in which people look for them. */
const NOUNS: readonly [kind: keyof Belongings, noun: string][] = [
  ['servers', 'server'],
  ['roles', 'role'],
  ['access', 'access right'],
  ['explorations', 'exploration'],
  ['forms', 'form'],
  ['shares', 'share'],
  ['tableSettings', 'table setting'],
  ['columnSettings', 'column setting'],
]

/** Returns rows of Mathesar's internal database in words, such as `1 server and 2 roles`; `''` for none. */
export function belongingsText(belongings: Belongings): string {
  return listed(
    NOUNS.flatMap(([kind, noun]) => {
      const number = belongings[kind] ?? 0
      return number === 0 ? [] : [quantity(number, noun)]
    }),
  )
}

/**
 * Returns what is deleted with the record of a database, beside what the warning about the loss counts, as a
 * sentence; `''` if nothing is.
 */
export function lossText({ name, deletes }: { name: string; deletes: Belongings }): string {
  const { explorations: _warned, forms: _too, shares: _also, ...others } = deletes
  const text = belongingsText(others)
  return text === '' ? '' : `With the record of ${quotedName(name)}, the internal database loses ${text}.`
}
