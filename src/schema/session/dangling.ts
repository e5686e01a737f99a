import { compose } from '../../postgres/compose.ts'
import refuseDanglingSql from './refuse-dangling.sql'

/**
 * Returns the statements of a PL/pgSQL block for the end of a transaction that drops objects: see
 * refuse-dangling.sql. They raise SQLSTATE 55P03 and 2BP01.
 *
 * @param doomed an SQL expression, an array of OIDs
 */
export function refuseDanglingStatements(doomed: string): string {
  return compose(refuseDanglingSql, { doomed })
}

/**
 * The setting, of the transaction alone, that passes the OIDs of dropped objects to the end of an install.
 * After the transaction the session still knows the name, with an empty value.
 */
export const DOOMED_SETTING = 'mathesarctl.doomed'

/** The setting, likewise, that passes the manifest of an earlier install to the end of an install. */
export const EARLIER_SETTING = 'mathesarctl.earlier'
