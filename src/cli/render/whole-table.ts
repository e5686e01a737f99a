import stringWidth from 'string-width'
import { printable } from './printable.ts'
import { align, type Column, GAP, type TableOptions } from './table.ts'

/** The indent of a cell that has a line of its own. */
const INDENT = 2

/**
 * Returns the heading and the rows of a table that cuts nothing, for lists to which an operator consents. On
 * a terminal that is too narrow, the first column gives way: a cell that is wider than its column has a line
 * of its own, and the other cells follow below it.
 */
export function wholeRows(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: TableOptions,
): { heading: string; rows: string[] } {
  const cells = rows.map((row) => row.map((cell) => printable(cell, false)))
  const widths = columns.map((column, index) =>
    cells.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), column.heading.length),
  )
  const others = widths.slice(1).reduce((sum, other) => sum + GAP.length + other, 0)
  if (width) widths[0] = Math.min(widths[0] ?? 0, Math.max(width - others, INDENT))
  const fold = (row: readonly string[]) => foldRow(row, widths, columns, width ?? Number.POSITIVE_INFINITY)
  const heading = fold(columns.map((column) => column.heading))
  return { heading: style.bold(heading), rows: cells.map(fold) }
}

/** Returns such a table as text. */
export function wholeTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string {
  const folded = wholeRows(columns, rows, options)
  return [folded.heading, ...folded.rows].join('\n')
}

/** Puts cells side by side, and begins another line where one does not fit beside those before it. */
function foldRow(
  row: readonly string[],
  widths: readonly number[],
  columns: readonly Column[],
  available: number,
): string {
  const lines: string[] = []
  let line = ''
  let start = 0
  for (const [index, cell] of row.entries()) {
    const width = widths[index] ?? 0
    const text = columns[index]?.isRightAligned ? align(cell, width, true) : cell
    const isBeside = stringWidth(line) + GAP.length <= start && start + stringWidth(text) <= available
    if (index === 0) line = text
    else if (isBeside) line = align(line, start, false) + text
    else {
      lines.push(line)
      const indent = Math.max(Math.min(start, available - stringWidth(text)), INDENT)
      line = ' '.repeat(indent) + text
    }
    start += width + GAP.length
  }
  return [...lines, line]
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
    .join('\n')
}
