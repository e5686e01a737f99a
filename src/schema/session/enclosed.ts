import { dollarQuote, quoteLiteral } from '../../postgres/quote.ts'

/** The setting, of the transaction alone, that passes a script to the block that runs it. */
const SCRIPT_SETTING = 'mathesarctl.script'

/**
 * Returns statements that run a script that is not this program's own. The server refuses commands in it
 * that would end the transaction (SQLSTATE 0A000, and 2D000 for code that the script calls), and parses it
 * when the last statement runs, so that an error in it follows the notices of what ran before.
 *
 * A block with the script in it would do as well, but the server would read its text four times.
 */
export function enclosedStatements(script: string): string {
  const setting = quoteLiteral(SCRIPT_SETTING)
  return `SET LOCAL ${SCRIPT_SETTING} = ${dollarQuote(script.trim())};
DO $enclosed$ BEGIN EXECUTE pg_catalog.current_setting(${setting}); END $enclosed$;`
}
