/** How running text is broken into lines. */
export interface LineOptions {
  /** Columns of a line. */
  width: number
  /** Begins each line after the first. */
  indent?: string
  /** Columns that a text takes; by default its length, which is right for ASCII. */
  measure?: (text: string) => number
}

/** Breaks one line of text between words. A word that is wider than `width` stays whole. */
export function breakLine(
  text: string,
  { width, indent = '', measure = (line) => line.length }: LineOptions,
): string {
  if (measure(text) <= width) return text
  const lead = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  for (const word of text.slice(lead.length).split(' ')) {
    const current = lines.at(-1)
    if (current !== undefined && measure(`${current} ${word}`) <= width)
      lines[lines.length - 1] = `${current} ${word}`
    else lines.push((lines.length === 0 ? lead : lead + indent) + word)
  }
  return lines.join('\n')
}
