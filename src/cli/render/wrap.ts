import stringWidth from 'string-width'

/**
 * Breaks running text between words so that no line is wider than `width` columns; lines after the first begin with
 * `indent`. A word that is too long by itself is left whole. Without a width (no terminal) nothing is broken.
 */
export function wrap(text: string, width: number | null, indent = ''): string {
  if (width === null) return text
  return text
    .split('\n')
    .map((line) => wrapLine(line, Math.max(width, 20), indent))
    .join('\n')
}

function wrapLine(line: string, width: number, indent: string): string {
  if (stringWidth(line) <= width) return line
  const lead = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  for (const word of line.slice(lead.length).split(' ')) {
    const current = lines.at(-1)
    if (current !== undefined && stringWidth(`${current} ${word}`) <= width)
      lines[lines.length - 1] = `${current} ${word}`
    else lines.push((lines.length === 0 ? lead : lead + indent) + word)
  }
  return lines.join('\n')
}
