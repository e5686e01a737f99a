import type { Result } from './types.ts'

const HEADINGS = ['what', 'measured', 'compared with', 'outcome', 'aim', 'met']

function cells(result: Result): string[] {
  const mark = result.hasMetTarget === null ? '-' : result.hasMetTarget ? 'yes' : 'NO'
  return [result.label, result.measured, result.reference, result.outcome, result.aim, mark]
}

/** Returns the results as lines with aligned columns. */
export function plainTable(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function markdownTable(results: readonly Result[]): string {
  const rows = [HEADINGS, HEADINGS.map(() => '---'), ...results.map(cells)]
  return rows.map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n')
}
