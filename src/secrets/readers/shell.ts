import type { Reader } from './types.ts'

/** An assignment at the start of a line, with what follows the equals sign. */
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)=(.*)$/

/**
 * Reads an `.env` file as a shell does that sources it, as the installer of Mathesar does. Only plain words
 * and quotes are read: what would have to be evaluated, such as a `$`, is left out.
 */
export const readLikeShell: Reader = (text) => {
  const entries: [string, string][] = []
  for (const line of text.split('\n')) {
    const [, name, rest = ''] = ASSIGNMENT.exec(line) ?? []
    const value = name === undefined ? null : wordAt(rest)
    if (name !== undefined && value !== null) entries.push([name, value])
  }
  return Object.fromEntries(entries)
}

/** What has a meaning of its own outside of quotes, or has to be evaluated. */
const SPECIAL = /[$`;&|<>()~*?![\]{}\r]/

/** Returns the only word of a text, without its quotes; `null` if it is no plain word. */
function wordAt(text: string): string | null {
  let value = ''
  let rest = text
  while (rest !== '' && !/^[ \t]/.test(rest)) {
    const [first = ''] = rest
    const quoted = first === "'" ? /^'([^']*)'/.exec(rest) : /^"((?:[^"\\$`]|\\.)*)"/.exec(rest)
    if (quoted !== null) {
      const [whole, inner = ''] = quoted
      value += first === "'" ? inner : inner.replace(/\\([$`"\\])/g, '$1')
      rest = rest.slice(whole.length)
    } else if (first === '\\' && rest.length > 1) {
      value += rest.charAt(1)
      rest = rest.slice(2)
    } else {
      if (first === '\\' || first === '"' || first === "'" || SPECIAL.test(first)) return null
      value += first
      rest = rest.slice(1)
    }
  }
  // A comment may follow. Any other word would be a command, for which alone the variable is set.
  return /^[ \t]*(?:#.*)?$/.test(rest) ? value : null
}
