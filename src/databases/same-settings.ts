import type { ConnectionSettings } from '../postgres/types.ts'

export { isSameTarget } from '../store/target.ts'

/** Returns the fields in which two settings differ, by name; never their values. */
export function changedFields(a: ConnectionSettings, b: ConnectionSettings): (keyof ConnectionSettings)[] {
  const fields = Object.keys(b) as (keyof ConnectionSettings)[]
  return fields.filter((field) => (a[field] ?? null) !== (b[field] ?? null))
}
