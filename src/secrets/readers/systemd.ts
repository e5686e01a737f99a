import type { Reader, Variables } from './types.ts'

/** What a backslash in double quotes makes an ordinary character. */
const ESCAPABLE = '"\\`$'

/**
 * Reads an `.env` file as systemd reads an `EnvironmentFile` (systemd.exec(5)): comments begin with `#` or
 * `;`, values may be quoted and go on over several lines, a backslash at the end of a line continues it, and
 * nothing is expanded. Names that no shell could use are left out, `export NAME` for one.
 */
export const readLikeSystemd: Reader = (text) => {
  const entries: [string, string][] = []
  let rest = text.replaceAll('\r\n', '\n')
  while (rest !== '') {
    const end = rest.indexOf('\n')
    const line = end === -1 ? rest : rest.slice(0, end)
    const split = line.indexOf('=')
    const isComment = /^[ \t]*[#;]/.test(line)
    if (isComment || split === -1) {
      rest = isComment ? afterContinued(rest) : rest.slice(line.length + 1)
      continue
    }
    const { value, length } = readValue(rest.slice(split + 1))
    const name = line.slice(0, split).trim()
    if (/^[A-Za-z_]\w*$/.test(name)) entries.push([name, value])
    rest = rest.slice(split + 1 + length)
  }
  return Object.fromEntries(entries) satisfies Variables
}

/** A backslash at the end of a comment continues the comment. */
function afterContinued(text: string): string {
  const end = /(?<!\\)\n/.exec(text)
  return end === null ? '' : text.slice(end.index + 1)
}

/** Returns a value, and the length of its text with the end of its line. */
function readValue(text: string): { value: string; length: number } {
  let value = ''
  // Trailing white space is dropped, unless it was quoted.
  let kept = 0
  let isPlain = false
  let index = 0
  for (; index < text.length && text[index] !== '\n'; index++) {
    const character = text.charAt(index)
    if (!isPlain && (character === '"' || character === "'")) {
      const quoted = readQuoted(text.slice(index + 1), character)
      value += quoted.value
      index += quoted.length
      kept = value.length
    } else if (character === '\\') {
      isPlain = true
      const next = text.charAt(++index)
      if (next !== '\n') value += next
      kept = value.length
    } else if (/[ \t]/.test(character)) {
      if (isPlain) value += character
    } else {
      isPlain = true
      value += character
      kept = value.length
    }
  }
  return { value: value.slice(0, kept), length: index + 1 }
}

/** Reads what follows an opening quote, to the closing one or to the end of the file. */
function readQuoted(text: string, quote: string): { value: string; length: number } {
  let value = ''
  let index = 0
  for (; index < text.length && text[index] !== quote; index++) {
    const character = text.charAt(index)
    if (quote === "'" || character !== '\\') {
      value += character
      continue
    }
    const next = text.charAt(++index)
    if (next === '\n') continue
    value += ESCAPABLE.includes(next) ? next : `\\${next}`
  }
  return { value, length: index + 1 }
}
