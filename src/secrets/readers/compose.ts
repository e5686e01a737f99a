import { interpolate } from '../compose/interpolate.ts'
import type { Reader } from './types.ts'

const NAME = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*/
const SINGLE_QUOTED = /^'((?:[^'\\]|\\.)*)'/s
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"/s

/** What an escape sequence in double quotes stands for. */
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/**
 * Reads an `.env` file as Docker Compose does (Docker's manual, "Interpolation", `.env` file syntax): a `#`
 * after a space begins a comment, single-quoted values are literal, double-quoted ones have escape sequences,
 * and variables are filled in, except in single quotes. Of the variables, only those of the file itself are
 * known. A value with which Compose does not start is left out.
 */
export const readLikeCompose: Reader = (text) => {
  const variables: Record<string, string> = Object.create(null)
  let rest = text.replaceAll('\r\n', '\n')
  while (rest !== '') {
    const [start, name] = /^[ \t]*#/.test(rest) ? [] : (NAME.exec(rest) ?? [])
    if (start !== undefined && name !== undefined) {
      const { value, length } = readValue(rest.slice(start.length), variables)
      if (value !== null) variables[name] = value
      rest = rest.slice(start.length + length)
    }
    const end = rest.indexOf('\n')
    rest = end === -1 ? '' : rest.slice(end + 1)
  }
  return Object.fromEntries(Object.entries(variables))
}

/** Returns a value, and the length of its text; what follows on its line is a comment. */
function readValue(
  text: string,
  variables: Readonly<Record<string, string>>,
): { value: string | null; length: number } {
  const single = SINGLE_QUOTED.exec(text)
  if (single !== null) {
    const [whole, inner = ''] = single
    return { value: inner.replace(/\\'/g, "'"), length: whole.length }
  }
  const double = DOUBLE_QUOTED.exec(text)
  if (double !== null) {
    const [whole, inner = ''] = double
    return { value: expand(inner, variables), length: whole.length }
  }
  const [line = ''] = text.split('\n', 1)
  // A quote that is not closed: Compose does not start.
  if (/^["']/.test(line)) return { value: null, length: line.length }
  const plain = line.replace(/(?:^|[ \t]+)#.*$/, '').trim()
  return { value: interpolate(plain, variables), length: line.length }
}

/** Fills variables into the text of double quotes, and replaces its escape sequences. */
function expand(inner: string, variables: Readonly<Record<string, string>>): string | null {
  // An escaped dollar sign is doubled, so that it is no reference.
  const escaped = inner.replace(/\\(.)/gs, (sequence, character: string) => {
    if (character === '$') return '$$'
    return ESCAPED[character] ?? (character === '"' || character === '\\' ? character : sequence)
  })
  return interpolate(escaped, variables)
}
