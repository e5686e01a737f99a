import type { StateReading } from '../inspect/state.ts'
import { guardStatements, REFUSE_DEFERRED } from './guard.ts'
import { actAsScript } from './transaction.ts'

/**
 * Returns the script as the owner of the schemas: in a guard, since triggers and defaults in them may run the
 * owner's code. If no guard is possible it runs under SET ROLE, as the SQL of a source runs nobody's code.
 *
 * @param actAs the owner; `null`: the role of the session, which needs neither
 */
export function actAsOwnerScript(
  { canGuard, isSuperuser }: Pick<StateReading, 'canGuard' | 'isSuperuser'>,
  actAs: string | null,
  scripts: readonly string[],
): string {
  if (actAs === null) return scripts.join('\n')
  if (!canGuard) return [actAsScript(actAs), ...scripts, 'RESET ROLE;'].join('\n')
  const guarded = guardStatements({ owner: actAs }, [scripts.join('\n').replace(/;\s*$/, '')], isSuperuser)
  return [...guarded, REFUSE_DEFERRED].map((statement) => `${statement};`).join('\n')
}
