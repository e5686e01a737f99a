import { usageError } from '../errors.ts'
import { listed } from '../listed.ts'
import { nearestFirst } from '../nearest.ts'
import type { Capabilities, MathesarUser, Store } from '../store/types.ts'
import type { RunOptions } from './events.ts'

/** The flag that names users of Mathesar, as errors name it. */
const FIELD = 'mathesar-user'

/** How many of a Mathesar's users a hint lists. */
const MOST_LISTED = 5

/** Refuses named users where a store has no users. Errors: `USAGE`. */
export function requireUsers({ hasUsers }: Pick<Capabilities, 'hasUsers'>, named: readonly string[]): void {
  if (hasUsers || named.length === 0) return
  throw usageError(
    'This internal database gives no users of Mathesar access to a database.',
    'Leave --mathesar-user out: Mathesar 0.2.0 is the first release that does.',
    FIELD,
  )
}

/**
 * Returns the named users once each, and warns of those that can't log in to Mathesar. Errors: `USAGE` for a
 * name that Mathesar does not know, with the most similar ones.
 */
export function findUsers(
  users: readonly MathesarUser[],
  named: readonly string[],
  options: RunOptions,
): MathesarUser[] {
  return [...new Set(named)].map((name) => {
    const user = users.find((other) => other.name === name)
    if (user === undefined) throw unknownUser(name, users)
    if (!user.isActive) {
      options.onProgress?.({
        type: 'warning',
        message: `The Mathesar user "${name}" is not active, and can't log in.`,
        hint: 'An administrator can activate the user in Mathesar.',
      })
    }
    return user
  })
}

/** Returns the users of a new database where nobody is named. Errors: `USAGE` if there is none. */
export function defaultUsers(users: readonly MathesarUser[]): MathesarUser[] {
  const chosen = users.filter(({ isSuperuser, isActive }) => isSuperuser && isActive)
  if (chosen.length > 0) return chosen
  throw usageError(
    'This Mathesar has no active superuser who could use the database.',
    users.length === 0
      ? 'Create the first user in the web page of Mathesar, or name one with --mathesar-user.'
      : `Name a user with --mathesar-user: ${listOf(users.map(({ name }) => name))}.`,
    FIELD,
  )
}

/**
 * Checks early which users are to use a new database. Errors: `USAGE` if a named one does not exist, or
 * nobody is named and there is no active superuser.
 */
export async function checkUsers(
  store: Pick<Store, 'capabilities' | 'users'>,
  named: readonly string[],
): Promise<void> {
  requireUsers(store.capabilities, named)
  if (!store.capabilities.hasUsers) return
  const users = await store.users()
  if (named.length > 0) findUsers(users, named, {})
  else defaultUsers(users)
}

function unknownUser(name: string, users: readonly MathesarUser[]) {
  const names = users.map((user) => user.name)
  return usageError(
    `This Mathesar has no user "${name}".`,
    names.length === 0
      ? 'It has no users yet: create the first one in its web page.'
      : `It has ${listOf(nearestFirst(name, names))}.`,
    FIELD,
  )
}

function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => JSON.stringify(name))
  const rest = names.length - shown.length
  return listed(rest > 0 ? [...shown, `${rest} more`] : shown)
}
