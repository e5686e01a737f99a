import type { ChalkInstance } from 'chalk'
import stringWidth from 'string-width'
import { printable } from './printable.ts'

/** A column of a table. */
export interface Column {
  heading: string
  /** Aligned to the right, as numbers are. */
  isRightAligned?: boolean
  /** Cut in the middle, because the values differ at their ends as much as at their beginnings. */
  isCutInMiddle?: boolean
}

const GAP = '  '

/**
 * Lays rows out as lines with aligned columns and no borders, so that grep and awk work. With `width`
 * (columns of the terminal), the widest columns are cut until a line fits; without it nothing is cut.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { width?: number | null; style: ChalkInstance },
): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell, false)))
  const widths = columns.map((column, index) =>
    cells.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), column.heading.length),
  )
  if (options.width) shrink(widths, columns, options.width)
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) =>
        align(
          cut(cell, widths[index] ?? 0, columns[index]),
          widths[index] ?? 0,
          columns[index]?.isRightAligned === true,
        ),
      )
      .join(GAP)
      .trimEnd()
  return [options.style.bold(line(columns.map((column) => column.heading))), ...cells.map(line)].join('\n')
}

function shrink(widths: number[], columns: readonly Column[], available: number): void {
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1)
  while (total() > available) {
    const widest = widths.indexOf(Math.max(...widths))
    const floor = Math.max(columns[widest]?.heading.length ?? 0, 6)
    const width = widths[widest]
    if (width === undefined || width <= floor) return
    widths[widest] = width - 1
  }
}

function align(text: string, width: number, isRightAligned: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return isRightAligned ? padding + text : text + padding
}

function cut(text: string, width: number, column: Column | undefined): string {
  if (stringWidth(text) <= width) return text
  const tail = column?.isCutInMiddle ? Math.floor((width - 1) / 2) : 0
  const characters = [...text]
  return `${start(characters, width - 1 - tail)}…${[...start(characters.reverse(), tail)].reverse().join('')}`
}

/** As many of the first characters as fit `width` columns. */
function start(characters: readonly string[], width: number): string {
  let short = ''
  for (const character of characters) {
    if (stringWidth(short + character) > width) break
    short += character
  }
  return short
}
