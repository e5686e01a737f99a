/** Begins a line of a hint that is a statement or a command: an operator copies it as it is. */
const LEAD = '  '

/**
 * Returns a sentence, and below it the statements or commands that it is about: each on a line of its own,
 * which terminals show unbroken.
 *
 * @param sentence ends with a colon
 */
export function toRun(sentence: string, ...lines: readonly string[]): string {
  return [sentence, ...lines.map((line) => LEAD + line)].join('\n')
}

/** Joins sentences and the results of `toRun` to one hint; empty ones are left out. */
export function joinHints(...parts: readonly string[]): string {
  return parts
    .filter((part) => part !== '')
    .reduce(
      (hint, part) => (hint === '' ? part : `${hint}${endsWithLineToRun(hint) ? '\n' : ' '}${part}`),
      '',
    )
}

/** Returns whether a line of a hint is one to copy. */
export function isLineToRun(line: string): boolean {
  return line.startsWith(LEAD)
}

function endsWithLineToRun(hint: string): boolean {
  const start = hint.lastIndexOf('\n') + 1
  return start > 0 && isLineToRun(hint.slice(start))
}

/** Returns a path, or other text, as one word for a POSIX shell: in single quotes unless it needs none. */
export function shellQuoted(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
