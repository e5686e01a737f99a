import { randomBytes } from 'node:crypto'
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { compose } from '../compose.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import refuseDeferredSql from './refuse-deferred.sql'

/**
 * A role that statements run as without a way back to the session's own: the owner of the objects whose code
 * they run.
 */
export interface Guard {
  owner: string
}

/**
 * SQLSTATE of the error where code of an owner left triggers that would fire later, with other rights than
 * the owner's.
 */
export const DEFERRED_SQLSTATE = 'MC002'

/**
 * Settings, of the transaction alone, under which definitions are printed and read again: nothing that a role
 * or a database has set may change their meaning, nor cut digits off values that are written as text for a
 * while. Code of others may have set others, so that they are set again after it.
 */
export const CONVERSION_SETTINGS = `${SAFE_SETTINGS}
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL default_tablespace = '';
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 3;
SET LOCAL array_nulls = on;
SET LOCAL transform_null_equals = off;
SET LOCAL xmloption = content;
SET LOCAL row_security = on;`

/**
 * Makes the statements that run others with the rights of an owner. SET ROLE would not do: whatever runs
 * under it may say RESET ROLE, and is the session's role again. Within a SECURITY DEFINER function PostgreSQL
 * refuses that (manual, SET ROLE).
 *
 * The function lies among the temporary objects, where every role may create that has TEMPORARY on the
 * database; a superuser gives it to the owner, anybody else creates it as the owner. It has a new name each
 * time and is called once, so that code which it ran can't have changed it before. Triggers that this code
 * has put off fire within it. Afterwards the temporary objects, cursors and prepared statements of that code
 * go, and the settings are set again.
 */
export function guardStatements(
  { owner }: Guard,
  statements: readonly string[],
  superuser: boolean,
): string[] {
  const name = `pg_temp.mathesarctl_guard_${randomBytes(12).toString('hex')}`
  const role = quoteIdentifier(owner)
  const create = `CREATE FUNCTION ${name}(pg_catalog.text) RETURNS pg_catalog.void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS 'BEGIN EXECUTE $1; SET CONSTRAINTS ALL IMMEDIATE; END'`
  const signature = `${name}(pg_catalog.text)`
  const revoke = `REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`
  const asOwner = (list: readonly string[]) => [`SET LOCAL ROLE ${role}`, ...list, 'RESET ROLE']
  return [
    ...(superuser
      ? [create, revoke, `ALTER FUNCTION ${signature} OWNER TO ${role}`]
      : asOwner([create, revoke, `GRANT EXECUTE ON FUNCTION ${signature} TO SESSION_USER`])),
    `SELECT ${name}(${quoteLiteral(statements.join(';\n'))})`,
    // The function too. What that code left there would be found first by code of others with an empty
    // search_path.
    'DISCARD TEMP',
    'CLOSE ALL',
    'DEALLOCATE ALL',
    CONVERSION_SETTINGS.replace(/;$/, ''),
  ]
}

/**
 * A statement that fails (DEFERRED_SQLSTATE) where triggers are still to fire at COMMIT, with the rights of
 * the session before PostgreSQL 18: code that ran in a guard queued them, and put them off once more when the
 * guard made them fire.
 *
 * PostgreSQL lists pending triggers nowhere, but refuses to alter a table that has some. Only tables that the
 * transaction wrote rows to can have any; until its end it holds a lock of this mode on them, and statements
 * of our own write no rows of tables with such triggers. The command that tells leaves the table as it is,
 * and lets others read and write it.
 */
export const REFUSE_DEFERRED = `DO ${quoteLiteral(compose(refuseDeferredSql, { sqlstate: DEFERRED_SQLSTATE }))}`
