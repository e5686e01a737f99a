import { OperatorError } from '../errors.ts'
import { checkName, findLookalike, resolveName } from '../store/name.ts'
import type { Store } from '../store/types.ts'

export { resolveName, shapeOf } from '../store/name.ts'

/**
 * Returns the name of the stored database, or of the interrupted operation, that an operator means by
 * `given`: by `Store.namesFor`, or else by `resolveName`. Errors: `USAGE` that lists the names, if it
 * means several.
 *
 * @param recovered the names of operations that were interrupted, and that the run has ended since
 */
export async function resolveStoredName(
  store: Store,
  given: string,
  recovered: readonly { name: string }[] = [],
): Promise<string> {
  const meant = await store.namesFor(given)
  if (meant.length === 1) return meant.join('')
  if (meant.length === 0 && isAscii(given)) return given
  const interrupted = [...(await store.interrupted()), ...recovered].map(({ name }) => name)
  // The entry of an operation has a name of its own, by which it can be ended.
  if (meant.length > 1 && interrupted.includes(given)) return given
  if (meant.length > 1) throw ambiguous(given, meant)
  const name = resolveName(given, [...(await store.names()), ...interrupted])
  // Several rows may share the name in its normal form.
  return name === given || interrupted.includes(name) ? name : resolveStoredName(store, name, recovered)
}

/** A text in ASCII has only one form in Unicode. */
export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** So many names fit into the hint of an error. */
const NAMED = 20

/** Several stored databases have a name. JSON publishes their full names as `names`. */
export class AmbiguousNameError extends OperatorError {
  static override readonly kind = 'ambiguous name'
}

/** Returns the error for a name that several stored databases share. */
function ambiguous(given: string, names: readonly string[]): AmbiguousNameError {
  const quoted = names.slice(0, NAMED).map((name) => JSON.stringify(name))
  const more = names.length - quoted.length
  const rest = more > 0 ? ` and ${more} more (see "mathesarctl db list")` : ''
  return new AmbiguousNameError(
    'USAGE',
    `${names.length} stored databases have the name ${JSON.stringify(given)}.`,
    `Pass the full name of one of them: ${quoted.join(', ')}${rest}.`,
    { field: 'name', data: { names } },
  )
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
