import type { ChalkInstance } from 'chalk'
import type { SchemaRemovalResult } from '../../databases/removal/index.ts'
import type { RelationLock } from '../../schema/types.ts'
import { byteSize, quantity } from './quantity.ts'
import { table } from './table.ts'

/** What a rehearsal of a removal is about to do, and what it did, for a person. */

/** The locks on relations, one a line, with the size of each relation; `limit`: no more than so many of them. */
export function locksTable(
  locks: readonly RelationLock[],
  { width, style, limit }: { width: number | null; style: ChalkInstance; limit: number },
): string {
  const rows = locks
    .slice(0, limit)
    .map(({ relation, mode, bytes }) => [relation, mode, bytes === 0 ? '-' : byteSize(bytes)])
  const columns = [
    { heading: 'RELATION', middle: true },
    { heading: 'LOCK' },
    { heading: 'SIZE', right: true },
  ]
  const rest = locks.slice(limit)
  const bytes = rest.reduce((sum, lock) => sum + lock.bytes, 0)
  const more = rest.length === 0 ? '' : `\nand ${rest.length} more (${byteSize(bytes)})`
  return table(columns, rows, { width, style }) + more
}

/** What the locks mean for others; it stands before their table, or alone where there are none. */
export function locksText(locks: readonly RelationLock[]): string {
  if (locks.length === 0) return 'The rehearsal locks no relation.'
  return `The rehearsal runs the whole removal and rolls it back. Until then nobody else can read or write ${locks.length === 1 ? 'this relation' : `these ${locks.length} relations`}:`
}

/** What is written anew, and how long a lock is waited for. */
export function rehearsalCost(rewrittenBytes: number, lockTimeoutMs: number): string {
  const rewritten =
    rewrittenBytes === 0
      ? 'No table is written anew.'
      : `${byteSize(rewrittenBytes)} are written anew, which takes as much space on the disk until it is rolled back.`
  return `${rewritten} The rehearsal gives up on a lock that it does not get within ${seconds(lockTimeoutMs)}.`
}

/** That the rehearsal succeeded, and how long it took. */
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
      : ` The removal also analyzes ${quantity(notAnalyzed.length, 'relation')} under the locks, which a rehearsal leaves out.`
  return `The removal would succeed. It ran in ${seconds(durationMs)} and was rolled back; nothing was changed. ${held}.${analyze}`
}

/** `0.12 s`, `3.4 s`, `125 s`. */
function seconds(ms: number): string {
  const value = ms / 1000
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(2)} s`
}
