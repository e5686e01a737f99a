import type { Credentials } from '../credentials.ts'
import type { Layout, RoleRow } from '../django/types.ts'

/** Whether the column of passwords takes NULL, which means no password: since 0.2.1. */
function takesNull({ nullable }: Layout): boolean {
  return nullable.has('mathesar_configuredrole.password')
}

/** Returns the value to store for a password; none, and the empty one, is NULL where the layout takes it. */
export function toStoredPassword(
  password: string | null,
  credentials: Credentials,
  layout: Layout,
): string | null {
  if ((password === null || password === '') && takesNull(layout)) return null
  return credentials.encrypt(password)
}

/** Returns the password of a role. Errors: `SECRET_KEY_MISMATCH`, which names the stored database. */
export function passwordOf(role: RoleRow, credentials: Credentials, name: string): string | null {
  if (role.password === null) return null
  const password = credentials.decrypt(role.password, name)
  return password === '' ? null : password
}

/** Returns whether a stored value is a password. One that the key does not open is another password. */
export function isStored(password: string | null, stored: string | null, credentials: Credentials): boolean {
  if (stored === null || stored === '') return (password ?? '') === ''
  if (credentials.canDecrypt(stored) === false) return false
  return credentials.decrypt(stored, '') === (password ?? '')
}
