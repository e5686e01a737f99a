import { compose } from '../compose.ts'
import refuseDanglingSql from './refuse-dangling.sql'

/**
 * Returns statements inside a block of PL/pgSQL for the end of a transaction that drops; `doomed` is an
 * expression, an array of OIDs: see refuse-dangling.sql. They raise SQLSTATE 55P03 and 2BP01.
 */
export function refuseDanglingStatements(doomed: string): string {
  return compose(refuseDanglingSql, { doomed })
}

/**
 * The setting, of the transaction alone, that passes the OIDs of what was dropped on to the end of an
 * install. Its name stays known to a session that has replaced schemas, with an empty value.
 */
export const DOOMED_SETTING = 'mathesarctl.doomed'
