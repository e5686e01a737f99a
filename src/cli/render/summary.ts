import type { ChalkInstance } from 'chalk'
import { printable } from './printable.ts'

/** Labels and values in two columns. */
export function summary(
  rows: readonly (readonly [label: string, value: string])[],
  style: ChalkInstance,
): string {
  const width = rows.reduce((widest, [label]) => Math.max(widest, label.length), 0)
  return rows
    .map(([label, value]) => `  ${style.dim(label.padEnd(width))}  ${printable(value, false)}`)
    .join('\n')
}
