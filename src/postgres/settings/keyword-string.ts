import { isSpace } from '../../ascii-space.ts'
import { usageError } from '../../errors.ts'

export interface KeywordPairs {
  pairs: [string, string][]
  /** The parameter right after an unquoted password: its name may be the rest of a password with spaces. */
  suspect: string | null
}

/**
 * Splits libpq's `name=value name='va lue'` into parameters (PostgreSQL manual, "Keyword/Value Connection
 * Strings"): white space of ASCII separates them, and is optional around `=`; values may be in single quotes;
 * `\` escapes the next character.
 * Errors: `USAGE`; no message contains a piece of the string, since a misplaced word may be a piece of a
 * password.
 */
export function splitKeywordString(text: string): KeywordPairs {
  const pairs: [string, string][] = []
  let suspect: string | null = null
  let isAfterUnquotedPassword = false
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const nameEnd = skip(text, at, (character) => character !== '=' && !isSpace(character))
    const name = text.slice(at, nameEnd)
    at = skipSpace(text, nameEnd)
    if (name === '' || text[at] !== '=') {
      throw usageError(
        'The connection string has a word that is not followed by "=".',
        "Write parameters as name=value; put a value with spaces between ' and ', as in password='my secret'.",
        'dsn',
      )
    }
    if (isAfterUnquotedPassword) suspect = name
    at = skipSpace(text, at + 1)
    const isQuoted = text[at] === "'"
    const value = isQuoted ? readQuoted(text, at + 1) : readBare(text, at)
    pairs.push([name, value.text])
    isAfterUnquotedPassword = name === 'password' && !isQuoted
    at = skipSpace(text, value.end)
  }
  return { pairs, suspect }
}

function readQuoted(text: string, start: number): { text: string; end: number } {
  let value = ''
  for (let at = start; at < text.length; at++) {
    if (text[at] === "'") return { text: value, end: at + 1 }
    if (text[at] === '\\') at++
    value += text[at] ?? ''
  }
  throw usageError(
    'A value in the connection string starts with a single quote that is not closed.',
    "Close it with '; inside such a value write ' as \\' and \\ as \\\\.",
    'dsn',
  )
}

function readBare(text: string, start: number): { text: string; end: number } {
  let value = ''
  let at = start
  for (; at < text.length && !isSpace(text[at]); at++) {
    if (text[at] === '\\') at++
    value += text[at] ?? ''
  }
  return { text: value, end: at }
}

function skipSpace(text: string, from: number): number {
  return skip(text, from, isSpace)
}

/** Returns where the first character stands that is not to be skipped. */
function skip(text: string, from: number, isSkipped: (character: string) => boolean): number {
  let at = from
  while (at < text.length && isSkipped(text.charAt(at))) at++
  return at
}
