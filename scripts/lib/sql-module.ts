import { readFileSync } from 'node:fs'
import { cutSql } from '../../src/schema/sources/pieces.ts'

/** The module that an import of a file of SQL gives: the file in pieces, cut now rather than when the program runs. */
export function sqlModule(path: string): string {
  return `export default ${JSON.stringify(cutSql(readFileSync(path, 'utf8')))}`
}
