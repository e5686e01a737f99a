import type { ConnectionTarget, DatabaseTarget } from './types.ts'

/** Returns whether two connections spell the same database on the same server, whatever their roles are. */
export function isSamePlace(a: DatabaseTarget, b: DatabaseTarget): boolean {
  return a.host === b.host && a.port === b.port && a.database === b.database
}

/**
 * Returns whether two connections lead to the same database on the same server as the same role; how they
 * connect may differ.
 */
export function isSameTarget(a: ConnectionTarget, b: ConnectionTarget): boolean {
  return isSamePlace(a, b) && a.user === b.user
}
