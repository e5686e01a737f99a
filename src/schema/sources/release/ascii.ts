import { dollarQuoted, type Token, tokensOf } from '../tokens.ts'
import type { SourcePart } from '../types.ts'

/** The languages whose comments are those of SQL. */
const LANGUAGES = ['plpgsql', 'sql']

/**
 * Returns a script with a question mark for each character in a comment that is not ASCII. A server converts
 * comments to the encoding of the database as well, and refuses a character that the encoding lacks. What is
 * not a comment stays.
 *
 * @param inBodies whether comments in the bodies of routines change too, which the server keeps
 */
export function withAsciiComments(script: string, inBodies = false): string {
  if (isAscii(script)) return script
  let result = ''
  let from = 0
  let statement: Token[] = []
  const convert = () => {
    for (const [at, token] of statement.entries()) {
      const text = script.slice(token.start, token.end)
      if (isAscii(text)) continue
      if (token.kind === 'comment') {
        result += script.slice(from, token.start) + text.replace(/\P{ASCII}/gu, '?')
        from = token.end
      } else if (token.kind === 'dollar quote' && isCode(script, statement, at, inBodies)) {
        const { delimiter, bodyEnd } = dollarQuoted(script, token)
        const bodyStart = token.start + delimiter.length
        const body = withAsciiComments(script.slice(bodyStart, bodyEnd), inBodies)
        result += script.slice(from, bodyStart) + body
        from = bodyEnd
      }
    }
    statement = []
  }
  for (const token of tokensOf(script)) {
    statement.push(token)
    if (token.kind === 'semicolon') convert()
  }
  convert()
  return result + script.slice(from)
}

function isAscii(text: string): boolean {
  return !/\P{ASCII}/u.test(text)
}

/**
 * Returns whether a dollar quote of a statement is code in a language with comments of SQL: the block of a DO
 * statement, which runs at once, or the body of a routine, if those change too.
 */
function isCode(script: string, statement: readonly Token[], at: number, inBodies: boolean): boolean {
  const texts = statement
    .slice(0, at)
    .filter(({ kind }) => kind !== 'comment')
    .map(({ start, end }) => script.slice(start, end).toUpperCase())
  const before = texts.at(-1)
  if (texts[0] === 'DO')
    return before !== 'LANGUAGE' && LANGUAGES.includes(languageOf(script, statement) ?? 'plpgsql')
  return inBodies && before === 'AS' && LANGUAGES.includes(languageOf(script, statement) ?? '')
}

/** Returns the language that a statement names; `null` if it names none. */
function languageOf(script: string, statement: readonly Token[]): string | null {
  const tokens = statement.filter(({ kind }) => kind !== 'comment')
  const at = tokens.findIndex(
    ({ kind, start, end }) => kind === 'word' && script.slice(start, end).toUpperCase() === 'LANGUAGE',
  )
  const name = at === -1 ? undefined : tokens[at + 1]
  return name === undefined
    ? null
    : script
        .slice(name.start, name.end)
        .replace(/^\W|\W$/g, '')
        .toLowerCase()
}

/**
 * Returns what has parts without characters in comments that are not ASCII, for a database of another
 * encoding than UTF-8, or of one that nobody knows.
 *
 * @param inBodies as for `withAsciiComments`
 */
export function withAsciiParts<T extends { parts: readonly SourcePart[] }>(source: T, inBodies: boolean): T {
  const parts = source.parts.map((part) => ({
    ...part,
    pieces: part.pieces.map(({ sql, objects }) => ({ sql: withAsciiComments(sql, inBodies), objects })),
  }))
  return { ...source, parts }
}
