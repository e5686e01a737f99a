/** One statement of a script. */
export interface Statement {
  /** As written, with its semicolon and the comments before it. */
  text: string
  /** The same without comments, strings, quoted names and bodies, as far as one space each. */
  code: string
  /** How many objects it creates inside a schema. */
  objects: number
  /** Where it ends in the script. */
  end: number
  /** Whether a semicolon ends it; only the last of a script may have none. */
  isTerminated: boolean
}

/** What kinds of `CREATE` put an object into a schema; schemas themselves are not counted. */
const CREATES =
  /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+|FOREIGN\s+|MATERIALIZED\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|DOMAIN|TYPE|TABLE|VIEW|SEQUENCE|OPERATOR|COLLATION|CONVERSION)\b/giu

/** The statements that may have a body of the SQL standard. */
const CREATES_ROUTINE = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b/iu

/**
 * A lexical element that may hold a semicolon that ends no statement, or a word that decides where one ends.
 * For PostgreSQL every character outside of ASCII is a letter.
 */
const TOKEN =
  /--[^\r\n]*|\/\*|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?:[A-Za-z_\u{80}-\u{10FFFF}][\w\u{80}-\u{10FFFF}]*)?\$|[A-Za-z_\u{80}-\u{10FFFF}][\w$\u{80}-\u{10FFFF}]*|\d+|;/gu

/**
 * Splits a script of plain SQL (no psql commands) into its statements, by the lexical rules of PostgreSQL
 * (manual, section 4.1): comments that nest, quoted names, strings, dollar quotes, and SQL-standard bodies
 * (`BEGIN ATOMIC`). Assumes `standard_conforming_strings = on`. The texts joined are the script, less what
 * follows the last statement.
 */
export function splitStatements(script: string): Statement[] {
  const statements: Statement[] = []
  let start = 0
  // What is left of the statement once comments, strings and bodies are taken out; blocks of DO are kept.
  let code = ''
  let codeStart = 0
  // Inside a BEGIN ATOMIC body: how many END are still to come.
  let depth = 0
  let previous = ''
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(script); match !== null; match = TOKEN.exec(script)) {
    const token = match[0]
    const first = token[0]
    const word = token.toUpperCase()
    if (token === ';' && depth === 0) {
      code += script.slice(codeStart, match.index)
      const text = script.slice(start, TOKEN.lastIndex)
      if (code.trim() !== '') {
        statements.push({ text, code, objects: countCreates(code), end: TOKEN.lastIndex, isTerminated: true })
      }
      start = TOKEN.lastIndex
      codeStart = start
      code = ''
      previous = ''
      continue
    }
    if (first === '-' || token === '/*') {
      code += `${script.slice(codeStart, match.index)} `
      if (token === '/*') TOKEN.lastIndex = endOfComment(script, match.index)
      codeStart = TOKEN.lastIndex
      continue
    }
    if (first === '$') {
      const end = script.indexOf(token, TOKEN.lastIndex)
      const close = end === -1 ? script.length : end
      code += `${script.slice(codeStart, match.index)} `
      // The block of a DO statement is code that runs now; any other dollar quote is a string.
      if (/^\s*DO\b/iu.test(code)) code += blockCode(script.slice(TOKEN.lastIndex, close))
      TOKEN.lastIndex = Math.min(close + token.length, script.length)
      codeStart = TOKEN.lastIndex
    } else if (first === "'" || first === '"' || /^[eE]'/u.test(token)) {
      code += `${script.slice(codeStart, match.index)} `
      codeStart = TOKEN.lastIndex
    } else if (word === 'ATOMIC' && previous === 'BEGIN') {
      if (depth === 0 && CREATES_ROUTINE.test(code + script.slice(codeStart, match.index))) depth = 1
    } else if (depth > 0 && (word === 'CASE' || word === 'END') && !isName(script, match.index, previous)) {
      depth += word === 'CASE' ? 1 : -1
    }
    previous = word
  }
  code += script.slice(codeStart)
  if (code.trim() !== '')
    statements.push({
      text: script.slice(start),
      code,
      objects: countCreates(code),
      end: script.length,
      isTerminated: false,
    })
  return statements
}

/** Returns whether a reserved word is the name of a column: after a dot, or after AS. */
function isName(script: string, start: number, previous: string): boolean {
  return previous === 'AS' || /\.\s*$/u.test(script.slice(Math.max(0, start - 20), start))
}

/** Returns how many objects a script creates inside schemas, counted from its `CREATE` statements. */
export function countObjects(script: string): number {
  return splitStatements(script).reduce((sum, statement) => sum + statement.objects, 0)
}

function countCreates(code: string): number {
  return code.match(CREATES)?.length ?? 0
}

/** Returns the code of a DO block without comments and strings. */
function blockCode(block: string): string {
  return block.replace(/--[^\r\n]*|'(?:[^']|'')*'/gu, ' ')
}

/** Returns where a comment ends that starts at `start`; comments of this form nest. */
export function endOfComment(script: string, start: number): number {
  let depth = 0
  const mark = /\/\*|\*\//gu
  mark.lastIndex = start
  for (let match = mark.exec(script); match !== null; match = mark.exec(script)) {
    depth += match[0] === '/*' ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return script.length
}
