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
