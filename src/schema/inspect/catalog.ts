import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { MATHESAR_SCHEMAS } from '../sources/schemas.ts'
import columnsSql from './columns-of.sql'
import constraintsSql from './constraints-of.sql'
import describedSql from './described.sql'
import identitySql from './identity.sql'
import insideSql from './inside.sql'
import routineFactsSql from './routine-facts.sql'
import writtenNowSql from './written-now.sql'

/**
 * Fragments of SQL that several modules share. Relations are qualified throughout; the queries run with a
 * `search_path` of PostgreSQL's own schema, so that unqualified functions, types and operators can only be
 * its own, and so that the names which the catalog functions print are always qualified. The temporary schema
 * is named last: unnamed it would come first for types and relations, whatever the path.
 */

/** Names as a list of SQL constants, for `IN` or `ARRAY[]`. */
export function nameList(names: readonly string[]): string {
  return names.map(quoteLiteral).join(', ')
}

/** OIDs as an array of SQL. */
export function oidArray(oids: readonly (string | number)[]): string {
  return `'{${oids.join(',')}}'::pg_catalog.oid[]`
}

/** The names of the schemas that any Mathesar may have. */
export const SCHEMA_NAMES = nameList(MATHESAR_SCHEMAS)

/**
 * Makes a query that follows in the same message safe against any `search_path`, and its texts the same in
 * every session, whatever settings the role or the database has for the constants in them. A message of
 * several statements is one transaction, with which these settings end.
 */
export const SAFE_SETTINGS = `SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
SET LOCAL DateStyle = ISO;
SET LOCAL IntervalStyle = postgres;
SET LOCAL extra_float_digits = 3;
SET LOCAL bytea_output = hex;
SET LOCAL jit = off;`

/** The common table expressions `schemas` and `inside` about the schemas of these names: see inside.sql. */
export const insideOf = (names: readonly string[]) => compose(insideSql, { names: nameList(names) })

/** The same for all schemas of a Mathesar. */
export const INSIDE = insideOf(MATHESAR_SCHEMAS)

/**
 * Returns an expression about a row of pg_proc: kind and qualified name, such as `function
 * mathesar_types.uri_parts(text)`.
 */
export function routineIdentity(row: string): string {
  return `(CASE ${row}.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END
    || ' ' || ${row}.oid::regprocedure)`
}

/** Returns an expression: kind and qualified name of an object: see identity.sql. */
export function identity(classid: string, objid: string): string {
  return compose(identitySql, { classid, objid, routineIdentity: routineIdentity('p') })
}

/** Returns an expression: whether this transaction wrote an object: see written-now.sql. */
export function writtenNow(classid: string, objid: string): string {
  return compose(writtenNowSql, { classid, objid })
}

/** An expression: the facts of a routine that a change of it would change: see routine-facts.sql. */
export const ROUTINE_FACTS = routineFactsSql

/** The common table expression `described`, after `INSIDE`: see described.sql. */
export const DESCRIBED = compose(describedSql, {
  identity: identity('i.classid', 'i.objid'),
  routineIdentity: routineIdentity('p'),
  routineFacts: ROUTINE_FACTS,
  typeConstraints: compose(constraintsSql, { owner: 'contypid', oid: 't.oid' }),
  typeColumns: compose(columnsSql, { relation: 't.typrelid' }),
  relationConstraints: compose(constraintsSql, { owner: 'conrelid', oid: 'r.oid' }),
  relationColumns: compose(columnsSql, { relation: 'r.oid' }),
})
