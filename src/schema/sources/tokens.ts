/**
 * A lexical element of a script that may hold a semicolon which ends no statement, or that decides where one
 * ends. What lies between two of them is white space, operators and numbers' ends.
 */
export interface Token {
  kind: 'comment' | 'string' | 'quoted name' | 'dollar quote' | 'word' | 'semicolon'
  start: number
  end: number
}

/** What follows the quote of a string with backslash escapes, up to the end of the string. */
const ESCAPED_BODY = /[^'\\]*(?:(?:''|\\[^])[^'\\]*)*'?/y

/**
 * The start of an element, or the whole of it: comments, strings and quoted names, whose prefixes are no
 * words of their own; dollar quotes; words, which may end in a letter that would be a prefix; numbers, which
 * are skipped. For PostgreSQL every character outside of ASCII is a letter. Where the script ends inside of
 * an element, the element ends with it.
 */
const START =
  /--[^\r\n]*|\/\*|[eE]'|(?:[uU]&|[bBxXnN])?'[^']*(?:''[^']*)*'?|(?:[uU]&)?"[^"]*(?:""[^"]*)*"?|\$(?:[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$|[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*|\d+|;/g

/**
 * Returns the lexical elements of a script of plain SQL (no psql commands), by the rules of PostgreSQL
 * (manual, section 4.1), in their order: comments that nest, strings of every prefix and their continuations,
 * quoted names, dollar quotes. Assumes `standard_conforming_strings = on`.
 */
export function* tokensOf(script: string): Generator<Token> {
  const starts = new RegExp(START)
  // Where the last string with backslash escapes ended: its continuation has them too.
  let escapedEnd = -1
  for (let match = starts.exec(script); match !== null; match = starts.exec(script)) {
    const { 0: text, index: start } = match
    const first = text[0] ?? ''
    const isContinued = first === "'" && escapedEnd >= 0 && isContinuation(script.slice(escapedEnd, start))
    let kind: Token['kind']
    if (/^\d/.test(first)) continue
    else if (text.startsWith('--')) kind = 'comment'
    else if (text === '/*') {
      kind = 'comment'
      starts.lastIndex = endOfComment(script, start)
    } else if (isContinued || /^[eE]'/.test(text)) {
      kind = 'string'
      ESCAPED_BODY.lastIndex = start + text.indexOf("'") + 1
      ESCAPED_BODY.test(script)
      starts.lastIndex = ESCAPED_BODY.lastIndex
      escapedEnd = ESCAPED_BODY.lastIndex
    } else if (/^(?:..?)?'/.test(text)) kind = 'string'
    else if (/^(?:..)?"/.test(text)) kind = 'quoted name'
    else if (first === '$') {
      kind = 'dollar quote'
      const close = script.indexOf(text, starts.lastIndex)
      starts.lastIndex = close === -1 ? script.length : close + text.length
    } else kind = first === ';' ? 'semicolon' : 'word'
    if (kind !== 'comment' && starts.lastIndex !== escapedEnd) escapedEnd = -1
    yield { kind, start, end: starts.lastIndex }
  }
}

/** Returns whether a string continues another one, by what lies between them. */
function isContinuation(between: string): boolean {
  return /[\r\n]/.test(between) && /^[ \t\r\n\f\v]*$/.test(between.replace(/--[^\r\n]*/g, ''))
}

/** Returns the delimiter of a dollar quote, and where what it quotes ends. */
export function dollarQuoted(script: string, { start, end }: Token): { delimiter: string; bodyEnd: number } {
  const delimiter = script.slice(start, script.indexOf('$', start + 1) + 1)
  const isClosed = end - start >= delimiter.length * 2 && script.endsWith(delimiter, end)
  return { delimiter, bodyEnd: isClosed ? end - delimiter.length : end }
}

/** Returns where a comment ends that starts at `start`; comments of this form nest. */
function endOfComment(script: string, start: number): number {
  let depth = 0
  const mark = /\/\*|\*\//g
  mark.lastIndex = start
  for (let match = mark.exec(script); match !== null; match = mark.exec(script)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return script.length
}
