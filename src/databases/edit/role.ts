import type { ConnectionSettings, Session } from '../../postgres/types.ts'
import { ownerOfSchema } from '../../schema/inspect/owner.ts'
import type { Store, StoredDatabase } from '../../store/types.ts'
import { candidateRoles, openAsActingRole, roleSettings, storedRoles } from '../acting-role.ts'
import type { RunOptions } from '../events.ts'
import { open } from '../open.ts'
import type { EditDatabaseInput } from './types.ts'

/** The role that an edit is about, and a connection with the new values where one was needed to find it. */
export interface EditedRole {
  /** The role as it is stored; '' if none is. */
  name: string
  session: Session | null
}

/** What a role is chosen by. */
type RoleChoice = Pick<EditDatabaseInput, 'role' | 'changes'>

/**
 * Finds the stored role that an edit is about. Where several could be meant, it is the one that acts with the
 * new values: so a new password is that of the role for which it is right. Errors: `USAGE` for a chosen role
 * that is not stored, those of connecting.
 */
export async function findRole(
  store: Store,
  stored: StoredDatabase,
  { role, changes }: RoleChoice,
  options: RunOptions,
): Promise<EditedRole> {
  const roles = storedRoles(stored)
  if (role !== undefined) return { name: candidateRoles(stored, role).join(''), session: null }
  if (roles.length < 2) return { name: roles[0] ?? '', session: null }
  const { user, ...others } = changes
  if (user === undefined) {
    const { session, settings } = await openAsActingRole(store, stored, { changes: others }, options)
    return { name: settings.user, session }
  }
  const session = await open(await newSettings(store, stored, roles[0] ?? '', changes), options)
  try {
    const owner = await ownerOfSchema(session, 'msar')
    const name = owner !== null && roles.includes(owner) ? owner : (roles[0] ?? '')
    return { name, session }
  } catch (error) {
    await session.close()
    throw error
  }
}

/**
 * Returns the settings of a stored database with the changes. A role that is stored brings its own password;
 * another one has no password where roles have passwords of their own. Errors: `SECRET_KEY_MISMATCH`.
 */
export async function newSettings(
  store: Store,
  stored: StoredDatabase,
  role: string,
  changes: Partial<ConnectionSettings>,
): Promise<ConnectionSettings> {
  const user = changes.user ?? role
  const isStored = user === role || storedRoles(stored).includes(user)
  const isPasswordReplaced = changes.password !== undefined
  const old = await roleSettings(store, stored, isStored ? user : role, { isPasswordReplaced })
  const ownPassword = isStored || !store.capabilities.hasServers ? old.password : null
  return { ...old, password: ownPassword, ...changes }
}
