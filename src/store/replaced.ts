import { unavailable } from './errors.ts'
import type { SealedValue } from './sealed.ts'

/**
 * Refuses to commit unless the values are what they should be now. Errors: `STORE_UNAVAILABLE`.
 *
 * @param before the values as they were read
 * @param replaced what was written in their place
 * @param after the values as they were read back
 */
export function requireReplaced(
  location: string,
  before: readonly SealedValue[],
  replaced: readonly (string | null)[],
  after: readonly SealedValue[],
): void {
  const isEqual =
    after.length === before.length &&
    before.every(({ kind, id, text }, at) => {
      const now = after[at]
      return now?.kind === kind && now.id === id && now.text === (replaced[at] ?? text)
    })
  if (isEqual) return
  throw unavailable(
    location,
    'a value that was just written was read back as another one',
    'A trigger on its tables may change what is written. Nothing was changed; remove the trigger, then run ' +
      'the same command again.',
  )
}
