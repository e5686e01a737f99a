import { listed } from '../../listed.ts'
import type { Belongings } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'

/** What people made in Mathesar, and can't be read from the user database again. */
const MADE_BY_PEOPLE = [
  ['explorations', 'exploration'],
  ['forms', 'form'],
  ['shares', 'share'],
] as const

/** Warns of what Mathesar's users lose with a stored database. */
export function warnOfLoss(name: string, deletes: Belongings, options: RunOptions): void {
  const lost = MADE_BY_PEOPLE.flatMap(([kind, noun]) => {
    const number = deletes[kind] ?? 0
    return number === 0 ? [] : [`${number} ${noun}${number === 1 ? '' : 's'}`]
  })
  if (lost.length === 0) return
  options.onProgress?.({
    type: 'warning',
    message: `The removal of "${name}" also deletes ${listed(lost)} that Mathesar's users created.`,
    hint: 'Only a backup of the internal database contains them then.',
  })
}
