import { readFileSync } from 'node:fs'
import { cutSql } from '../../src/schema/sources/pieces.ts'

/** The suffix of an import that asks for a script cut into pieces. */
const PIECES = '?pieces'

/**
 * Returns the module that an import of a `.sql` file yields: `import query from './query.sql'` yields its
 * text, `import script from './script.sql?pieces'` an `SqlFile`, cut now rather than when the program runs.
 *
 * The text has no lines that are a comment alone: they are for readers of the file. A comment after code
 * stays, for only a parser could tell it from a string. Errors: the file holds a character that is not ASCII.
 */
export function sqlModule(path: string): string {
  const isCut = path.endsWith(PIECES)
  const file = isCut ? path.slice(0, -PIECES.length) : path
  const script = readFileSync(file, 'utf8')
  const odd = /\P{ASCII}/u.exec(script)
  if (odd) throw new Error(`${file} holds ${JSON.stringify(odd[0])}: servers of any encoding must read it`)
  return `export default ${JSON.stringify(isCut ? cutSql(script) : withoutComments(script))}`
}

function withoutComments(script: string): string {
  return script.replace(/^[ \t]*--.*\n?/gm, '').trim()
}
