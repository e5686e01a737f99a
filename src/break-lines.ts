/** Options for breaking text into lines. */
export interface LineOptions {
  /** The maximum width of a line in columns. */
  width: number
  /** The text before each line after the first. */
  indent?: string
  /** Returns the width of a text in columns; the default is its length, which is correct for ASCII. */
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
