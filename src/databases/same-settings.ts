import type { ConnectionSettings } from '../postgres/types.ts'

/** Two settings name the same role on the same database: only how they connect may differ. */
export function sameTarget(a: ConnectionSettings, b: ConnectionSettings): boolean {
  return a.host === b.host && a.port === b.port && a.database === b.database && a.user === b.user
}

/** The fields in which two settings differ, by name; never their values. */
export function changedFields(a: ConnectionSettings, b: ConnectionSettings): (keyof ConnectionSettings)[] {
  const fields = Object.keys(b) as (keyof ConnectionSettings)[]
  return fields.filter((field) => (a[field] ?? null) !== (b[field] ?? null))
}
