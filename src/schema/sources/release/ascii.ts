import { endOfComment } from '../statements.ts'
import type { SchemaSource } from '../types.ts'

/** A comment, the start of one that may nest, a string, a quoted name, or the start of a dollar quote. */
const TOKEN =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$\u0080-\uFFFF])\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$/g

/** What stands before a dollar quote of code that runs at once; `AS` stands before a body, which is kept. */
const BEFORE_BLOCK = /\bDO\s*$/i
const BEFORE_CODE = /\b(?:AS|DO)\s*$/i

/**
 * Returns a script with a question mark for each character in a comment that is not ASCII. A server converts
 * comments to the encoding of the database as well, and refuses a character that the encoding lacks. What is
 * not a comment stays.
 *
 * @param inBodies whether comments in the bodies of routines change too, which the server keeps
 */
export function withAsciiComments(script: string, inBodies = false): string {
  if (!/\P{ASCII}/u.test(script)) return script
  let result = ''
  let from = 0
  const tokens = new RegExp(TOKEN)
  for (let match = tokens.exec(script); match !== null; match = tokens.exec(script)) {
    const [token] = match
    const before = script.slice(from, match.index)
    const end = endOf(script, token, match.index)
    const text = script.slice(match.index, end)
    result += before
    if (token.startsWith('--') || token === '/*') result += text.replace(/\P{ASCII}/gu, '?')
    else if (token.startsWith('$') && (inBodies ? BEFORE_CODE : BEFORE_BLOCK).test(before)) {
      const body = text.slice(token.length, -token.length)
      result += `${token}${withAsciiComments(body, true)}${token}`
    } else result += text
    from = end
    tokens.lastIndex = end
  }
  return result + script.slice(from)
}

/** Returns where a lexical element ends that starts with a token. */
function endOf(script: string, token: string, start: number): number {
  if (token === '/*') return endOfComment(script, start)
  if (!token.startsWith('$')) return start + token.length
  const close = script.indexOf(token, start + token.length)
  return close === -1 ? script.length : close + token.length
}

/**
 * Returns a source without characters in the comments of its routines that are not ASCII, for a database of
 * another encoding than UTF-8.
 */
export function withAsciiBodies(source: SchemaSource): SchemaSource {
  const parts = source.parts.map((part) => ({
    ...part,
    pieces: part.pieces.map(({ sql, objects }) => ({ sql: withAsciiComments(sql, true), objects })),
  }))
  return { ...source, parts }
}
