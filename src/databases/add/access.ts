import { usageError } from '../../errors.ts'
import type { MathesarUser, Store } from '../../store/types.ts'
import { defaultUsers } from '../mathesar-users.ts'
import type { ExistingRecord, PlannedAccess } from './types.ts'

/**
 * Decides who gets access to a database in Mathesar: the named users, whatever role they used it as, or else
 * every active superuser who has none yet. `null` where the store has no users.
 *
 * Errors: `USAGE` if nobody would use the role.
 */
export async function planAccess(
  store: Store,
  role: string,
  named: readonly MathesarUser[],
  existing: ExistingRecord | null,
): Promise<PlannedAccess | null> {
  if (!store.capabilities.hasUsers) return null
  const before = existing?.database.access ?? []
  const chosen = named.length > 0 ? named : await unnamedUsers(store, role, existing)
  const users = chosen
    .map(({ name }) => name)
    .filter((name) => !before.some((access) => access.user === name && access.role === role))
  const isChosen = (user: string) => users.includes(user)
  return {
    users,
    moved: before.filter(({ user }) => isChosen(user)),
    after: [...before.filter(({ user }) => !isChosen(user)), ...users.map((user) => ({ user, role }))],
  }
}

/** Errors: `USAGE` if there is no active superuser without access. */
async function unnamedUsers(
  store: Store,
  role: string,
  existing: ExistingRecord | null,
): Promise<readonly MathesarUser[]> {
  // Adding a role again changes nobody's access.
  if (existing !== null && !existing.isNewRole) return []
  const superusers = defaultUsers(await store.users())
  const before = existing?.database.access ?? []
  const chosen = superusers.filter(({ name }) => !before.some(({ user }) => user === name))
  if (chosen.length > 0) return chosen
  throw usageError(
    `Every active superuser of Mathesar uses the database "${existing?.database.name}" as another role already.`,
    `Name the users who are to use it as role "${role}" with --mathesar-user.`,
    'mathesar-user',
  )
}
