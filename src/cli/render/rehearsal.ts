import type { ChalkInstance } from 'chalk'
import type { SchemaRemovalResult } from '../../databases/removal/index.ts'
import type { RelationLock } from '../../schema/types.ts'
import { byteSize, quantity } from './quantity.ts'
import { wholeTable } from './whole-table.ts'

/** Describes what a rehearsal of a removal will do, and what it did. */

/** Returns a table of the locks on relations, with the size of each relation; no more than `limit` rows. */
export function locksTable(
  locks: readonly RelationLock[],
  { width, style, limit }: { width: number | null; style: ChalkInstance; limit: number },
): string {
  const rows = locks
    .slice(0, limit)
    .map(({ relation, mode, bytes }) => [relation, mode, bytes === 0 ? '-' : byteSize(bytes)])
  const columns = [{ heading: 'RELATION' }, { heading: 'LOCK' }, { heading: 'SIZE', isRightAligned: true }]
  const rest = locks.slice(limit)
  const bytes = rest.reduce((sum, lock) => sum + lock.bytes, 0)
  const more = rest.length === 0 ? '' : `\nand ${rest.length} more (${byteSize(bytes)})`
  return wholeTable(columns, rows, { width, style }) + more
}

/** Explains what the locks mean for others, before their table. */
export function locksText(locks: readonly RelationLock[]): string {
  if (locks.length === 0) return 'The rehearsal locks no relation.'
  const relations = locks.length === 1 ? 'this relation' : `these ${locks.length} relations`
  return `Until the rollback nobody else can read or write ${relations}:`
}

/**
 * Describes what the rehearsal rewrites, and how long it waits for a lock. `lockTimeoutMs` is in
 * milliseconds; `rewrittenBytes` is `null` where other lines state what is rewritten.
 */
export function rehearsalCost(rewrittenBytes: number | null, lockTimeoutMs: number): string {
  const wait = `The rehearsal waits ${seconds(lockTimeoutMs)} for each lock, and then stops.`
  if (rewrittenBytes === null) return wait
  return rewrittenBytes === 0
    ? `No table is rewritten. ${wait}`
    : `${byteSize(rewrittenBytes)} are rewritten, and need as much space on the disk until the rollback. ${wait}`
}

/** Describes the result of a rehearsal, and its duration. */
export function rehearsedText({ rehearsal }: SchemaRemovalResult): string {
  if (rehearsal === undefined) return ''
  const { durationMs, lockedMs, locks, notAnalyzed } = rehearsal
  const held =
    locks.length === 0
      ? 'It locked no relation'
      : `It locked ${quantity(locks.length, 'relation')} for ${seconds(lockedMs)}`
  const analyze =
    notAnalyzed.length === 0
      ? ''
      : ` The removal also analyzes ${quantity(notAnalyzed.length, 'relation')} under the locks, which ` +
        'a rehearsal leaves out.'
  return (
    `The removal would succeed. It ran in ${seconds(durationMs)} and was rolled back; nothing was ` +
    `changed. ${held}.${analyze}`
  )
}

/** Milliseconds as seconds: `0.12 s`, `3.4 s`, `125 s`. */
function seconds(ms: number): string {
  const value = ms / 1000
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(2)} s`
}
