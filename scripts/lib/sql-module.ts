import { readFileSync } from 'node:fs'
import { cutSql } from '../../src/schema/sources/pieces.ts'

/** The suffix of an import that returns a script cut into pieces. */
const PIECES = '?pieces'

/**
 * Returns the JavaScript module for an import of a `.sql` file: `import query from './query.sql'` returns the
 * text, and `import script from './script.sql?pieces'` an `SqlFile`, which the build cuts rather than the
 * program at run time.
 *
 * The text lacks the lines that contain only a comment. A comment after code stays, since only a parser can
 * distinguish it from a string. Errors: an Error if the file contains a character that is not ASCII.
 */
export function sqlModule(path: string): string {
  const isCut = path.endsWith(PIECES)
  const file = isCut ? path.slice(0, -PIECES.length) : path
  const script = readFileSync(file, 'utf8')
  const odd = /\P{ASCII}/u.exec(script)
  if (odd)
    throw new Error(`${file} contains ${JSON.stringify(odd[0])}, which servers of some encodings cannot read`)
  return `export default ${JSON.stringify(isCut ? cutSql(script) : withoutComments(script))}`
}

function withoutComments(script: string): string {
  return script.replace(/^[ \t]*--.*\n?/gm, '').trim()
}
