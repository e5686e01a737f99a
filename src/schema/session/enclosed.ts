import { dollarQuote } from '../../postgres/quote.ts'

/**
 * Returns a statement that runs a script that is not this program's own. The server refuses commands in it
 * that would end the transaction (SQLSTATE 0A000, and 2D000 for code that the script calls), and parses it
 * when the statement runs, so that an error in it follows the notices of what ran before.
 */
export function enclosedStatement(script: string): string {
  return `DO ${dollarQuote(`BEGIN EXECUTE ${dollarQuote(script.trim())}; END`)};`
}
