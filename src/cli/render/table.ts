import type { ChalkInstance } from 'chalk'
import stringWidth from 'string-width'
import { type ColumnRoom, fitColumns } from './fit-columns.ts'
import { marksOf } from './marks.ts'
import { printable } from './printable.ts'

/** A column of a table. */
export interface Column extends ColumnRoom {
  /** Cut in the middle, because the values differ at their ends as much as at their beginnings. */
  isCutInMiddle?: boolean
  /** Returns how many of the last characters of a value are never cut, such as those of a port. */
  tailLength?: (value: string) => number
}

export interface TableOptions {
  /** Columns of the terminal; without it everything is shown and nothing is cut. */
  width?: number | null
  style: ChalkInstance
}

export interface Layout {
  text: string
  /** The headings of the columns that were left out. */
  omitted: string[]
}

export const GAP = '  '

/**
 * Lays rows out as lines with aligned columns and no borders, so that grep and awk work. On a terminal that
 * is too narrow the least important columns are left out, and the widest of the others are cut.
 */
export function layOut(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, style }: TableOptions,
): Layout {
  const cells = rows.map((row) => row.map((cell) => printable(cell, false)))
  const natural = columns.map((column, index) =>
    cells.reduce((widest, row) => Math.max(widest, stringWidth(row[index] ?? '')), column.heading.length),
  )
  const widths = width ? fitColumns(columns, natural, { available: width, gap: GAP.length }) : natural
  const line = (row: readonly string[]) =>
    columns
      .flatMap((column, index) => {
        const columnWidth = widths[index]
        if (columnWidth == null) return []
        return [
          align(cut(row[index] ?? '', columnWidth, column), columnWidth, column.isRightAligned === true),
        ]
      })
      .join(GAP)
      .trimEnd()
  return {
    text: [style.bold(line(columns.map((column) => column.heading))), ...cells.map(line)].join('\n'),
    omitted: columns.filter((_, index) => widths[index] == null).map(({ heading }) => heading),
  }
}

/** Returns the text of a table; see `layOut`. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string {
  return layOut(columns, rows, options).text
}

/** Pads a text to a width in columns. */
export function align(text: string, width: number, isRightAligned: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return isRightAligned ? padding + text : text + padding
}

function cut(text: string, width: number, column: Column): string {
  if (stringWidth(text) <= width) return text
  const mark = marksOf(process.env).cut
  const room = Math.max(width - mark.length, 0)
  const half = column.isCutInMiddle ? Math.floor(room / 2) : 0
  const tail = Math.min(column.tailLength?.(text) ?? half, room)
  const characters = [...text]
  return `${start(characters, room - tail)}${mark}${[...start(characters.reverse(), tail)].reverse().join('')}`
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
