import { dollarQuoted, type Token, tokensOf } from './tokens.ts'

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
 * Splits a script of plain SQL (no psql commands) into its statements, by the lexical rules of PostgreSQL
 * (see `tokensOf`), and with SQL-standard bodies (`BEGIN ATOMIC`). The texts joined are the script, less what
 * follows the last statement.
 */
export function splitStatements(script: string): Statement[] {
  const statements: Statement[] = []
  let start = 0
  // What is left of the statement once comments, strings and bodies are taken out; blocks of DO are kept.
  let code = ''
  let codeStart = 0
  let isInBody = false
  // The word or the semicolon before, in upper case.
  let previous = ''
  const push = (end: number, isTerminated: boolean) => {
    if (code.trim() === '') return
    const text = script.slice(start, end)
    statements.push({ text, code, objects: countCreates(code), end, isTerminated })
  }
  for (const token of tokensOf(script)) {
    switch (token.kind) {
      case 'semicolon':
        previous = ';'
        if (isInBody) continue
        code += script.slice(codeStart, token.start)
        push(token.end, true)
        start = token.end
        codeStart = token.end
        code = ''
        continue
      case 'word': {
        const word = script.slice(token.start, token.end).toUpperCase()
        const before = () => code + script.slice(codeStart, token.start)
        if (word === 'ATOMIC' && previous === 'BEGIN' && !isInBody) isInBody = beginsBody(before())
        // A statement of the body can't begin with END: elsewhere it ends a CASE, or is a name.
        else if (word === 'END' && (previous === ';' || previous === 'ATOMIC')) isInBody = false
        previous = word
        continue
      }
      case 'comment':
        break
      default:
        previous = ''
    }
    code += `${script.slice(codeStart, token.start)} `
    // The block of a DO statement is code that runs now; any other dollar quote is a string.
    if (token.kind === 'dollar quote' && /^\s*DO\b/iu.test(code)) code += blockCode(bodyOf(script, token))
    codeStart = token.end
  }
  code += script.slice(codeStart)
  push(script.length, false)
  return statements
}

/** Returns whether `BEGIN ATOMIC` begins the body of a routine, and not the name and type of a parameter. */
function beginsBody(code: string): boolean {
  const count = (character: string) => code.split(character).length
  return CREATES_ROUTINE.test(code) && count('(') === count(')')
}

/** Returns how many objects a script creates inside schemas, counted from its `CREATE` statements. */
export function countObjects(script: string): number {
  return splitStatements(script).reduce((sum, statement) => sum + statement.objects, 0)
}

function countCreates(code: string): number {
  return code.match(CREATES)?.length ?? 0
}

/** Returns the code of a block without comments and strings, but with what it quotes by dollars. */
function blockCode(block: string): string {
  let code = ''
  let from = 0
  for (const token of tokensOf(block)) {
    if (token.kind === 'word' || token.kind === 'semicolon' || token.kind === 'quoted name') continue
    code += `${block.slice(from, token.start)} `
    if (token.kind === 'dollar quote') code += `${blockCode(bodyOf(block, token))} `
    from = token.end
  }
  return code + block.slice(from)
}

function bodyOf(script: string, token: Token): string {
  const { delimiter, bodyEnd } = dollarQuoted(script, token)
  return script.slice(token.start + delimiter.length, bodyEnd)
}
