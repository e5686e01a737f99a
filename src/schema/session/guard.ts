import { randomBytes } from 'node:crypto'
import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts'
import { SAFE_SETTINGS } from '../inspect/catalog.ts'
import refuseDeferredSql from './refuse-deferred.sql'

/**
 * The role that runs statements without a way back to the role of the session: the owner of the objects whose
 * code the statements run.
 */
export interface Guard {
  owner: string
}

/**
 * The SQLSTATE of the error for code of an owner that left triggers to fire later, with other privileges than
 * the owner's.
 */
export const DEFERRED_SQLSTATE = 'MC002'

/**
 * Settings, of the transaction alone, under which PostgreSQL prints definitions and reads them again. They
 * override the settings of roles and databases, which could change the meaning of a definition, or cut digits
 * off values that are text for a while. Code of other users may change them, so they are set again after it.
 */
export const CONVERSION_SETTINGS = `${SAFE_SETTINGS}
SET LOCAL check_function_bodies = off;
SET LOCAL default_tablespace = '';
SET LOCAL array_nulls = on;
SET LOCAL transform_null_equals = off;
SET LOCAL xmloption = content;
SET LOCAL row_security = on;`

/**
 * Returns the statements that run other statements with the privileges of an owner. SET ROLE is not enough:
 * code that runs under it may execute RESET ROLE, and then has the role of the session. Inside a SECURITY
 * DEFINER function PostgreSQL refuses that (manual, SET ROLE).
 *
 * The function is a temporary object, which every role with TEMPORARY on the database may create. A superuser
 * transfers it to the owner; any other role creates it as the owner. It has a new name each time and is
 * called once, so that no code that it runs can have changed it before. Triggers that this code deferred fire
 * inside the function. Afterwards the statements drop the temporary objects, cursors and prepared statements
 * of that code, and set the settings again.
 */
export function guardStatements(
  { owner }: Guard,
  statements: readonly string[],
  isSuperuser: boolean,
): string[] {
  const name = `pg_temp.mathesarctl_guard_${randomBytes(12).toString('hex')}`
  const role = quoteIdentifier(owner)
  const create = `CREATE FUNCTION ${name}(pg_catalog.text) RETURNS pg_catalog.void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS 'BEGIN EXECUTE $1; SET CONSTRAINTS ALL IMMEDIATE; END'`
  const signature = `${name}(pg_catalog.text)`
  const revoke = `REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`
  const asOwner = (list: readonly string[]) => [`SET LOCAL ROLE ${role}`, ...list, 'RESET ROLE']
  return [
    ...(isSuperuser
      ? [create, revoke, `ALTER FUNCTION ${signature} OWNER TO ${role}`]
      : asOwner([create, revoke, `GRANT EXECUTE ON FUNCTION ${signature} TO SESSION_USER`])),
    `SELECT ${name}(${quoteLiteral(statements.join(';\n'))})`,
    // This drops the function too. Code of other users with an empty search_path would find temporary objects
    // before all others.
    'DISCARD TEMP',
    'CLOSE ALL',
    'DEALLOCATE ALL',
    CONVERSION_SETTINGS.replace(/;$/, ''),
  ]
}

/**
 * A statement that fails (DEFERRED_SQLSTATE) if triggers are still to fire at COMMIT, where PostgreSQL before
 * 18 runs them with the privileges of the session: code that ran in a guard queued them, and deferred them
 * again when the guard fired them.
 *
 * PostgreSQL has no list of pending triggers, but refuses to alter a table that has some. Only a table to
 * which the transaction wrote rows can have any. Until its end the transaction holds ROW EXCLUSIVE on such a
 * table, and our own statements write no rows of tables with deferrable triggers. The ALTER TABLE that finds
 * pending triggers leaves the table as it is, and lets other sessions read and write it.
 */
export const REFUSE_DEFERRED = `DO ${quoteLiteral(compose(refuseDeferredSql, { sqlstate: DEFERRED_SQLSTATE }))}`
