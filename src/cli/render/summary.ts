import type { ChalkInstance } from 'chalk'
import { printable } from './printable.ts'
import { foldWords, wrap } from './wrap.ts'

interface Options {
  /** Columns of the terminal; `null` (no terminal): each row is one line. */
  width: number | null
  style: ChalkInstance
}

/** A terminal with less room for the values breaks them into lines of a word or two. */
const NARROWEST_VALUES = 20

/** Returns labels and values in two columns. A value that is too long for its line continues below itself. */
export function summary(
  rows: readonly (readonly [label: string, value: string])[],
  { width, style }: Options,
): string {
  const labels = rows.reduce((widest, [label]) => Math.max(widest, label.length), 0)
  const indent = ' '.repeat(labels + 4)
  const room = width === null ? null : Math.max(width - indent.length, NARROWEST_VALUES)
  return rows
    .map(([label, value]) => {
      const lines = foldWords(wrap(printable(value, false), room), room).replaceAll('\n', `\n${indent}`)
      return `  ${style.dim(label.padEnd(labels))}  ${lines}`
    })
    .join('\n')
}
