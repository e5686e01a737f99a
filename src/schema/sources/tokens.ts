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
const ESCAPED_BODY = /[^'\\]*(?:(?:''|\\[\s\S])[^'\\]*)*'?/y

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
export function tokensOf(script: string): Token[] {
  const tokens: Token[] = []
  const starts = new RegExp(START)
  // Where the last string with backslash escapes ended: its continuation has them too.
  let escapedEnd = -1
  for (let match = starts.exec(script); match !== null; match = starts.exec(script)) {
    const { 0: text, index: start } = match
    let kind = kindOf(text)
    if (kind === 'escaped' || isContinuation(script, text, escapedEnd, start)) {
      ESCAPED_BODY.lastIndex = start + text.indexOf("'") + 1
      ESCAPED_BODY.test(script)
      escapedEnd = ESCAPED_BODY.lastIndex
      starts.lastIndex = escapedEnd
      kind = 'string'
    } else {
      if (text === '/*') starts.lastIndex = endOfComment(script, start)
      else if (kind === 'dollar quote') {
        const close = script.indexOf(text, starts.lastIndex)
        starts.lastIndex = close === -1 ? script.length : close + text.length
      }
      if (kind !== 'comment') escapedEnd = -1
    }
    if (kind !== 'number') tokens.push({ kind, start, end: starts.lastIndex })
  }
  return tokens
}

function kindOf(text: string): Token['kind'] | 'escaped' | 'number' {
  const first = text[0] ?? ''
  switch (first) {
    case '-':
    case '/':
      return 'comment'
    case ';':
      return 'semicolon'
    case '$':
      return 'dollar quote'
    case "'":
      return 'string'
    case '"':
      return 'quoted name'
    default:
      if (text[1] === "'") return first === 'e' || first === 'E' ? 'escaped' : 'string'
      if (text[1] === '&') return text[2] === '"' ? 'quoted name' : 'string'
      return first >= '0' && first <= '9' ? 'number' : 'word'
  }
}

/** Returns whether a text is that of a string which continues another one, by what lies between them. */
function isContinuation(script: string, text: string, end: number, start: number): boolean {
  if (end < 0 || text[0] !== "'") return false
  const between = script.slice(end, start)
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
