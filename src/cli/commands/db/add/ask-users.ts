import { checkUsers } from '../../../../databases/mathesar-users.ts'
import { asShown, OperatorError } from '../../../../errors.ts'
import type { Store } from '../../../../store/types.ts'
import type { Choice, Prompts } from '../../../prompts/prompts.ts'
import { showError } from '../../../prompts/show-error.ts'
import { printable } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'

interface UsersContext {
  prompts: Prompts
  reporter: Reporter
}

/** So many choices fit into a list that needs no search. */
const MOST_LISTED = 10

/**
 * Returns the users who are to use a new database: the named ones; asks where one of those is unknown, or
 * nobody is named and there is no active superuser. Errors: `USAGE` if there is no user to choose.
 */
export async function usersToMap(
  store: Store,
  named: readonly string[],
  context: UsersContext,
): Promise<readonly string[]> {
  try {
    await checkUsers(store, named)
    return named
  } catch (error) {
    if (!isAboutUsers(error)) throw error
    return askUsers(store, named, error, context)
  }
}

/** Returns whether an error is about the users of Mathesar who are to use a database. */
export function isAboutUsers(error: unknown): error is OperatorError {
  return error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'mathesar-user'
}

/**
 * Shows what is wrong with the users, and asks for one; those of the named ones whom Mathesar knows stay.
 * Errors: the given one if the operator gives up, or there is no user to choose.
 */
export async function askUsers(
  store: Store,
  named: readonly string[],
  error: OperatorError,
  { prompts, reporter }: UsersContext,
): Promise<readonly string[]> {
  const users = store.capabilities.hasUsers ? await store.users() : []
  const known = named.filter((name) => users.some((user) => user.name === name))
  const offered = users.filter(({ name, isActive }) => isActive && !known.includes(name))
  const [first] = offered
  if (first === undefined) throw error
  showError(error.with({ hint: '' }), reporter)
  reporter.explain()
  const choices: Choice<string | null>[] = [
    ...offered.map(({ name }) => ({ value: name, name: printable(name, false) })),
    { value: null, name: 'Give up; no database is added' },
  ]
  const question = 'Who is to use the database in Mathesar?'
  const chosen =
    choices.length > MOST_LISTED
      ? await prompts.search(question, choices)
      : await prompts.choice(question, choices, first.name)
  if (chosen === null) throw asShown(error)
  return [...known, chosen]
}
