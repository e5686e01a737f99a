import type { IBufferCell, Terminal } from '@xterm/headless'

const CELL = { width: 8.4, height: 18 }
const MARGIN = 16
const COLORS = ['#484f58', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#e6edf3']
const TEXT = '#e6edf3'
const DIM = '#8b949e'

/**
 * Returns the screen of a terminal, with its colors, as an SVG picture.
 *
 * @param title the command that the user typed, shown above the screen
 */
export function screenToSvg(terminal: Terminal, title: string): string {
  const buffer = terminal.buffer.active
  const rows: string[][] = [[span(0, title, { fill: TEXT, isBold: true })], []]
  let last = 0
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y)
    const spans: string[] = []
    let run: { x: number; text: string; key: string; style: Style } | null = null
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x)
      const text = cell?.getChars() || ' '
      const style = styleOf(cell)
      const key = JSON.stringify(style)
      if (run && run.key === key) run.text += text
      else {
        if (run?.text.trim()) spans.push(span(run.x, run.text, run.style))
        run = { x, text, key, style }
      }
    }
    if (run?.text.trim()) spans.push(span(run.x, run.text, run.style))
    if (spans.length > 0) last = y + 2
    rows.push(spans)
  }
  const shown = rows.slice(0, last + 1)
  const width = terminal.cols * CELL.width + 2 * MARGIN
  const height = shown.length * CELL.height + 2 * MARGIN
  const body = shown.map(
    (spans, y) =>
      `<g transform="translate(0 ${(MARGIN + (y + 0.75) * CELL.height).toFixed(1)})">${spans.join('')}</g>`,
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" width="${width.toFixed(0)}" height="${height}" role="img" aria-label="A terminal with mathesarctl db add">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    ...body.filter((row) => !row.includes('"></g>')),
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

interface Style {
  fill: string
  isBold?: boolean
}

function styleOf(cell: IBufferCell | undefined): Style {
  if (!cell) return { fill: TEXT }
  const color = cell.isFgPalette() ? COLORS[cell.getFgColor() % 8] : undefined
  const fill = cell.isDim() ? DIM : (color ?? TEXT)
  return cell.isBold() ? { fill, isBold: true } : { fill }
}

function span(x: number, text: string, { fill, isBold }: Style): string {
  const trimmed = text.replace(/ +$/, '')
  const escaped = trimmed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const left = (MARGIN + x * CELL.width).toFixed(1)
  const length = ([...trimmed].length * CELL.width).toFixed(1)
  return `<text x="${left}" textLength="${length}" fill="${fill}"${isBold ? ' font-weight="bold"' : ''}>${escaped}</text>`
}
