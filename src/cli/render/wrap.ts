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

/** Breaks each line that is still wider than `width` columns, inside a word: a checksum, for instance. */
export function foldWords(text: string, width: number | null): string {
  if (width === null) return text
  return text
    .split('\n')
    .map((line) => (stringWidth(line) <= width ? line : folded(line, width)))
    .join('\n')
}

function folded(line: string, width: number): string {
  const lines: string[] = ['']
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    const current = lines.at(-1) ?? ''
    if (current === '' || stringWidth(current + segment) <= width) lines[lines.length - 1] = current + segment
    else lines.push(segment)
  }
  return lines.join('\n')
}
