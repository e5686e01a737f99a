import { OperatorError } from '../errors.ts'
import { checkName, findLookalike, resolveName } from '../store/name.ts'
import type { Store } from '../store/types.ts'

export { resolveName, shapeOf } from '../store/name.ts'

/**
 * Returns the name of the stored database, or of the interrupted operation, that an operator means by `given`
 * (`resolveName`). Reads nothing for a name in ASCII, which has only one form.
 *
 * @param recovered the names of operations that were interrupted, and that the run has ended since
 */
export async function resolveStoredName(
  store: Store,
  given: string,
  recovered: readonly { name: string }[] = [],
): Promise<string> {
  if (/^[\x20-\x7e]*$/.test(given)) return given
  const interrupted = await store.interrupted()
  const names = [...interrupted, ...recovered].map(({ name }) => name)
  return resolveName(given, [...(await store.names()), ...names])
}

/**
 * Returns what is wrong with a new name, as a sentence; `null` if it can be stored beside the names that are
 * stored.
 */
export function checkNewName(given: string, stored: readonly string[]): string | null {
  const problem = checkName(given)
  if (problem !== null) return problem
  const name = resolveName(given, stored)
  if (stored.includes(name)) return `"${name}" is taken.`
  const other = findLookalike(name, stored)
  return other === null ? null : `It looks like the stored name "${other}".`
}

/**
 * Refuses a new name that looks like a stored one. Errors: `NAME_TAKEN`.
 *
 * @param field the flag or prompt that the name comes from
 */
export function refuseLookalike(name: string, stored: readonly string[], field: string): void {
  const other = findLookalike(name, stored)
  if (other === null) return
  throw new OperatorError(
    'NAME_TAKEN',
    `The name "${name}" looks like the name "${other}", which is stored already.`,
    'Choose a name that differs in a character that people can see.',
    { field },
  )
}
