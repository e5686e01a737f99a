/** What decides how wide a column of a table is on a narrow terminal. */
export interface ColumnRoom {
  heading: string
  /** Aligned to the right, as numbers are. They are never cut. */
  isRightAligned?: boolean
  /** Never cut: half of it would say nothing, or something else. */
  isWhole?: boolean
  /**
   * Of the columns that do not fit a terminal, that of the highest rank is left out first. A column without a
   * rank always stays.
   */
  rank?: number
}

/** The width down to which values are cut before a column is left out for them. */
const COMFORTABLE_WIDTH = 24
/** The width down to which values are cut where no column can be left out. */
const LEAST_WIDTH = 6

interface Room {
  /** Columns of the terminal. */
  available: number
  /** Columns between two columns of the table. */
  gap: number
}

/**
 * Returns the widths of a table's columns on a terminal; `null` for a column that is left out. First it cuts
 * long values, down to a width at which they can be told apart. Then it leaves out the least important
 * columns, one after the other. Then it cuts values further. A table of which nothing can be left out or cut
 * is wider than the terminal.
 *
 * @param natural the widths of the columns if nothing is cut
 */
export function fitColumns(
  columns: readonly ColumnRoom[],
  natural: readonly number[],
  room: Room,
): (number | null)[] {
  const leftOut = new Set<number>()
  for (const next of [...ranked(columns), null]) {
    const floors = floorsOf(columns, natural, next === null ? LEAST_WIDTH : COMFORTABLE_WIDTH)
    const kept = natural.map((width, index) => (leftOut.has(index) ? null : width))
    const widths = shrink(kept, floors, room)
    if (next === null || totalWidth(widths, room.gap) <= room.available) return widths
    leftOut.add(next)
  }
  return [...natural]
}

/** Returns the indexes of the columns that can be left out, the least important first. */
function ranked(columns: readonly ColumnRoom[]): number[] {
  return columns
    .flatMap(({ rank }, index) => (rank === undefined ? [] : [{ rank, index }]))
    .sort((a, b) => b.rank - a.rank)
    .map(({ index }) => index)
}

function floorsOf(columns: readonly ColumnRoom[], natural: readonly number[], least: number): number[] {
  return columns.map(({ heading, isRightAligned, isWhole }, index) => {
    const width = natural[index] ?? 0
    return isWhole || isRightAligned ? width : Math.min(width, Math.max(heading.length, least))
  })
}

/** Cuts the widest column that is above its floor, again and again, until the table fits. */
function shrink(
  natural: readonly (number | null)[],
  floors: readonly number[],
  { available, gap }: Room,
): (number | null)[] {
  const widths = [...natural]
  while (totalWidth(widths, gap) > available) {
    let widest = -1
    widths.forEach((width, index) => {
      if (width !== null && width > (floors[index] ?? 0) && width > (widths[widest] ?? 0)) widest = index
    })
    const width = widths[widest]
    if (width == null) break
    widths[widest] = width - 1
  }
  return widths
}

function totalWidth(widths: readonly (number | null)[], gap: number): number {
  const shown = widths.filter((width) => width !== null)
  return shown.reduce((sum, width) => sum + width, 0) + gap * Math.max(shown.length - 1, 0)
}
