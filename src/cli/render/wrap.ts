import stringWidth from 'string-width'
import { breakLine } from '../../break-lines.ts'

/**
 * Breaks running text between words so that no line is wider than `width` columns; lines after the first
 * begin with `indent`. A word that is wider by itself stays whole. Without a width (no terminal) nothing is
 * broken.
 */
export function wrap(text: string, width: number | null, indent = ''): string {
  if (width === null) return text
  const options = { width: Math.max(width, 20), indent, measure: stringWidth }
  return text
    .split('\n')
    .map((line) => breakLine(line, options))
    .join('\n')
}

/**
 * Breaks each line that is still wider than `width` columns, inside a word: behind a separator of a URL or a
 * path if there is one in the second half of the line, otherwise anywhere, as in a checksum.
 */
export function foldWords(text: string, width: number | null): string {
  if (width === null) return text
  return text
    .split('\n')
    .map((line) => (stringWidth(line) <= width ? line : folded(line, width)))
    .join('\n')
}

const SEPARATOR = /^[/@:?&,;=]$/

function folded(line: string, width: number): string {
  const lines: string[] = []
  let current: string[] = []
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (current.length > 0 && stringWidth(current.join('') + segment) > width) {
      const separator = current.findLastIndex((one) => SEPARATOR.test(one))
      const end = separator >= current.length / 2 ? separator + 1 : current.length
      lines.push(current.slice(0, end).join(''))
      current = current.slice(end)
    }
    current.push(segment)
  }
  return [...lines, current.join('')].join('\n')
}
