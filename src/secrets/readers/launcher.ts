import type { Reader } from './types.ts'

/**
 * Reads an `.env` file as the launcher of Mathesar 0.3.0 and later does: it passes each line through xargs,
 * which removes quotes and backslashes and joins the words with single spaces, and splits it at the first
 * `=`. A line with a lone quote, at which the launcher stops, is left out.
 */
export const readLikeLauncher: Reader = (text) => {
  const entries: [string, string][] = []
  for (const line of text.split(/\r?\n/)) {
    const joined = wordsOf(line)?.join(' ') ?? ''
    const split = joined.indexOf('=')
    if (split === -1 || joined.startsWith('#')) continue
    entries.push([joined.slice(0, split).replace(/^export /, ''), joined.slice(split + 1)])
  }
  return Object.fromEntries(entries)
}

/** Splits a line into words as xargs does (POSIX, "xargs"); `null` if a quote is not closed. */
export function wordsOf(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index)
    if (character === ' ' || character === '\t') {
      if (word !== null) words.push(word)
      word = null
    } else if (character === '"' || character === "'") {
      const close = line.indexOf(character, index + 1)
      if (close === -1) return null
      word = (word ?? '') + line.slice(index + 1, close)
      index = close
    } else {
      // A backslash makes the next character an ordinary one.
      word = (word ?? '') + (character === '\\' ? line.charAt(++index) : character)
    }
  }
  return word === null ? words : [...words, word]
}
