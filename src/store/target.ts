import type { ConnectionTarget } from './types.ts'

/**
 * Returns whether two connections lead to the same database on the same server as the same role; how they
 * connect may differ.
 */
export function isSameTarget(a: ConnectionTarget, b: ConnectionTarget): boolean {
  return a.host === b.host && a.port === b.port && a.database === b.database && a.user === b.user
}
