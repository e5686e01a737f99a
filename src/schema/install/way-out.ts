import { joinHints, toRun } from '../../hint.ts'
import { isMovable } from '../dependents/effects.ts'
import type { Dependent } from '../dependents/types.ts'

/** What an operator can do about what is in the way of the SQL of a release. */

/** How many objects a hint shows. */
const SHOWN_OBJECTS = 5

/** Returns the statement that moves a user's own object out of the schemas; `null` if there is none. */
function moveStatement(dependent: Dependent): string | null {
  return isMovable(dependent) ? dependent.remedy : null
}

/** A table keeps its rows where it is moved. */
function moveHint(dependents: readonly Dependent[]): string {
  const statements = dependents.flatMap((dependent) => moveStatement(dependent) ?? [])
  if (statements.length === 0) return ''
  const unshown = statements.length - SHOWN_OBJECTS
  return joinHints(
    toRun('Move what is yours to another schema; that loses nothing:', ...statements.slice(0, SHOWN_OBJECTS)),
    unshown > 0 ? `(and ${unshown} more)` : '',
    'Then run the command again.',
  )
}

function dropHint(dependents: readonly Dependent[]): string {
  const others = dependents.filter((dependent) => moveStatement(dependent) === null)
  if (others.length === 0) return ''
  return others.some(({ kind }) => KEEPS_ROWS.has(kind))
    ? 'Change what is in the way, so that it no longer uses the schemas, and change it back after the upgrade.'
    : 'Drop what is in the way, and create it again after the upgrade: that loses no row.'
}

/** Kinds that hold values, which dropping them would lose. */
const KEEPS_ROWS = new Set([
  'column',
  'generated column',
  'table',
  'foreign table',
  'type',
  'domain',
  'own object',
])

/** Returns how each dependent makes way, so that no row is lost. */
export function wayOutHint(dependents: readonly Dependent[]): string {
  return joinHints(moveHint(dependents), dropHint(dependents))
}

/**
 * Returns a hint about objects that the server lists and this program does not know.
 *
 * @param lines those of the server's detail, such as `function msar.mine() depends on schema msar`
 */
export function unlistedHint(lines: readonly string[]): string {
  // The server's own list may end before all are listed.
  const others = lines.length > SHOWN_OBJECTS ? '; and others' : ''
  return (
    `The server lists what is in the way: ${lines.slice(0, SHOWN_OBJECTS).join('; ')}${others}. ` +
    'Move what is yours to another schema with ALTER ... SET SCHEMA, drop what an earlier install left, ' +
    'and run the command again.'
  )
}
