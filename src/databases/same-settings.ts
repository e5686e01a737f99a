import type { ConnectionSettings } from '../postgres/types.ts'
import { isSamePlace } from '../store/target.ts'
import type { ConnectionTarget, StoredDatabase } from '../store/types.ts'
import { storedRoles } from './acting-role.ts'

export { isSamePlace, isSameTarget } from '../store/target.ts'

/** Returns the fields in which two settings differ, by name; never their values. */
export function changedFields(a: ConnectionSettings, b: ConnectionSettings): (keyof ConnectionSettings)[] {
  const fields = Object.keys(b) as (keyof ConnectionSettings)[]
  return fields.filter((field) => (a[field] ?? null) !== (b[field] ?? null))
}

/** Returns whether a connection leads to a stored database as one of its stored roles. */
export function isConnectionOf(stored: StoredDatabase, target: ConnectionTarget): boolean {
  return isSamePlace(stored, target) && storedRoles(stored).includes(target.user)
}
