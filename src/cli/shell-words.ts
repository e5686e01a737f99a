import { isSpace } from '../ascii-space.ts'
import { shellQuoted } from '../hint.ts'
import { hasInvisible, printable } from './render/printable.ts'

/** Reads and writes the words of a shell's command line. It expands nothing and runs nothing. */

/**
 * Quotes a text as one word for a POSIX shell, in single quotes unless it needs none. What a terminal does
 * not show becomes an escape of `$'...'`, which bash and zsh read.
 */
export function shellWord(text: string): string {
  if (hasInvisible(text)) return `$'${printable(text.replace(/[\\']/g, '\\$&'), false)}'`
  return shellQuoted(text)
}

/** A word as it stands on a command line. */
export interface ShellWord {
  /** With its quotes and backslashes. */
  readonly raw: string
  /** The argument that the program would receive. */
  readonly value: string
  /** The quote that is still open at its end. */
  readonly open: '"' | "'" | null
  /** Position of that quote in `raw`; 0 where none is open. */
  readonly openedAt: number
}

/**
 * Splits the beginning of a command line into words; the last one, which the user is typing, may be empty.
 */
export function shellWords(line: string): ShellWord[] {
  const words: ShellWord[] = []
  let at = 0
  for (;;) {
    while (isSpace(line[at])) at++
    const { word, end } = readWord(line, at)
    words.push(word)
    if (end >= line.length) return words
    at = end
  }
}

/** Removes the quotes of a word. */
export function unquoted(raw: string): string {
  return readWord(raw, 0, false).word.value
}

function readWord(line: string, from: number, shouldEndAtSpace = true): { word: ShellWord; end: number } {
  let value = ''
  let open: ShellWord['open'] = null
  let opened = from
  let at = from
  for (; at < line.length; at++) {
    const character = line[at] ?? ''
    if (open === null && shouldEndAtSpace && isSpace(character)) break
    if (character === '\\' && open !== "'") {
      const next = line[at + 1] ?? ''
      // Between double quotes a backslash escapes only the characters that are special there.
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
 * Returns the text that turns the word that the user is typing into `candidate` in bash. bash breaks words at
 * the characters of COMP_WORDBREAKS (`=` and `:` are among them), and replaces only the part after the last
 * of them.
 *
 * @param breaks the characters of COMP_WORDBREAKS
 */
export function forBash(candidate: string, typed: ShellWord, breaks: string): string {
  // After an open quote bash keeps quoting, and keeps the part before the quote.
  const between = candidate.slice(unquoted(typed.raw.slice(0, typed.openedAt)).length)
  if (typed.open === '"') return between.replace(/["\\$`]/g, '\\$&')
  if (typed.open === "'") return between.replaceAll("'", `'\\''`)
  const standing = unquoted(typed.raw.slice(0, lastBreak(typed.raw, breaks) + 1))
  return candidate.slice(standing.length).replace(/[^\p{L}\p{N}_%+,./:=@^-]/gu, '\\$&')
}

/** Position of the last character at which bash breaks a word; -1 if there is none. */
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
