import type { Terminal } from '../terminal.ts'
import { type Column, layOut } from './table.ts'

/**
 * Writes a table as the result of a command. Where the terminal is too narrow for some of the columns, a line
 * on stderr names them.
 */
export function showTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: Pick<Terminal, 'columns' | 'resultStyle' | 'result' | 'info' | 'style'>,
): void {
  const { text, omitted } = layOut(columns, rows, { width: terminal.columns, style: terminal.resultStyle })
  terminal.result(text)
  if (omitted.length === 0) return
  const headings = omitted.join(', ')
  terminal.info(terminal.style.dim(`This terminal is too narrow for: ${headings}. --json prints everything.`))
}
