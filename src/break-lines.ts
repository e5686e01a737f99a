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

/**
 * Breaks a command for a POSIX shell between flags, with a backslash at the end of each line but the last, so
 * that it can be copied as it is. Words in quotation marks stay whole. Lines after the first are indented. A
 * command whose own lines are narrow enough stays as it is.
 */
export function breakCommand(command: string, width: number): string {
  if (command.split('\n').every((line) => line.length <= width)) return command
  return command
    .replaceAll(/ \\\n */g, ' ')
    .split('\n')
    .map((line) => breakWords(line, width).join(' \\\n'))
    .join('\n')
}

/** A word of a command; a flag or a redirection together with the word after it. */
const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"])+/.source
const UNIT = new RegExp(`(?:--?\\w${WORD}|[<>]) (?![-<>|])${WORD}|${WORD}`, 'g')

function breakWords(line: string, width: number): string[] {
  const lead = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  const room = width - lead.length - 4
  const units = (line.match(UNIT) ?? []).flatMap((unit) =>
    unit.length <= room ? [unit] : (unit.match(new RegExp(WORD, 'g')) ?? []),
  )
  for (const word of units) {
    const current = lines.at(-1)
    // Two columns stay free for the space and the backslash.
    if (current !== undefined && `${current} ${word}`.length <= width - 2) {
      lines[lines.length - 1] = `${current} ${word}`
    } else lines.push((lines.length === 0 ? lead : `${lead}  `) + word)
  }
  return lines
}
