/** The words of a shell's command line, read and written. Nothing is expanded, and nothing is run. */

/** A text as one word that a POSIX shell reads: in single quotes unless it needs none. */
export function shellWord(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** A word as it stands on a command line. */
export interface ShellWord {
  /** With its quotes and backslashes. */
  readonly raw: string
  /** What the program would get. */
  readonly value: string
  /** The quote that is still open at its end. */
  readonly open: '"' | "'" | null
  /** Where in `raw` that quote stands; 0 where none is open. */
  readonly openedAt: number
}

/** The words of the beginning of a command line; the last one, which is being typed, may be empty. */
export function shellWords(line: string): ShellWord[] {
  const words: ShellWord[] = []
  let at = 0
  for (;;) {
    while (/\s/.test(line[at] ?? '')) at++
    const { word, end } = readWord(line, at)
    words.push(word)
    if (end >= line.length) return words
    at = end
  }
}

/** A word whose quotes are taken off. */
export function unquoted(raw: string): string {
  return readWord(raw, 0, false).word.value
}

function readWord(line: string, from: number, endsAtSpace = true): { word: ShellWord; end: number } {
  let value = ''
  let open: ShellWord['open'] = null
  let opened = from
  let at = from
  for (; at < line.length; at++) {
    const character = line[at] ?? ''
    if (open === null && endsAtSpace && /\s/.test(character)) break
    if (character === '\\' && open !== "'") {
      const next = line[at + 1] ?? ''
      // Between double quotes a backslash is one, but before what would mean something there.
      if (open === '"' && !/["\\$`]/.test(next)) value += character
      value += next
      at++
    } else if (character === open) open = null
    else if (open === null && (character === '"' || character === "'")) {
      open = character
      opened = at
    } else value += character
  }
  const end = Math.min(at, line.length)
  const openedAt = open === null ? 0 : opened - from
  return { word: { raw: line.slice(from, end), value, open, openedAt }, end }
}

/**
 * What bash has to put in the place of the word that is being typed, so that it becomes `candidate`. It breaks words at
 * some characters (COMP_WORDBREAKS: `=` and `:` are among them), and replaces only what stands behind the last of them.
 */
export function forBash(candidate: string, typed: ShellWord, breaks: string): string {
  // Behind an open quote, bash goes on writing between quotes, and leaves what stands before it.
  const between = candidate.slice(unquoted(typed.raw.slice(0, typed.openedAt)).length)
  if (typed.open === '"') return between.replace(/["\\$`]/g, '\\$&')
  if (typed.open === "'") return between.replaceAll("'", `'\\''`)
  const standing = unquoted(typed.raw.slice(0, lastBreak(typed.raw, breaks) + 1))
  return candidate.slice(standing.length).replace(/[^\p{L}\p{N}_%+,./:=@^-]/gu, '\\$&')
}

/** The place of the last character in a word at which bash breaks it; -1 where there is none. */
function lastBreak(raw: string, breaks: string): number {
  let last = -1
  for (let at = 0; at < raw.length; at++) {
    const character = raw[at] ?? ''
    if (character === '\\') at++
    else if (/["'\s]/.test(character)) continue
    else if (breaks.includes(character)) last = at
  }
  return last
}
