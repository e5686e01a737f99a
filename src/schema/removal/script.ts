import { compose } from '../compose.ts'
import { INSIDE, identity, insideOf, nameList, writtenNow } from '../inspect/catalog.ts'
import { DOOMED_SETTING, refuseDanglingStatements } from '../session/dangling.ts'
import { raiseProgressStatement } from '../session/progress.ts'
import { MATHESAR_SCHEMAS } from '../sources/schemas.ts'
import type { SourceDescription } from '../sources/types.ts'
import dropContentsSql from './drop-contents.sql'
import isKeptSql from './is-kept.sql'
import refuseLeftoversSql from './refuse-leftovers.sql'

/** What an install of the source keeps where it exists. */
export type Kept = Pick<SourceDescription, 'types' | 'keptTables'>

/** Returns an expression: whether an install keeps an object; `classid` and `objid` are expressions too. */
function isKept({ types, keptTables }: Kept, classid: string, objid: string): string {
  return compose(isKeptSql, { classid, objid, types: nameList(types), tables: nameList(keptTables) })
}

/**
 * Returns what drops the contents of the schemas, whoever installed them, and never by CASCADE: what is
 * outside and depends on something inside, even if it was created a moment ago, stops it (SQLSTATE 2BP01).
 *
 * PostgreSQL drops a list of objects of one kind in one command, whatever their order among each other.
 * Between kinds no order is always right (a view may call a function that returns the view's row type), so
 * what is refused is tried again until a whole pass drops nothing; the last refusal is then the error. First
 * go the few things that tie kinds together in circles: checks of domains, defaults and checks of tables.
 */
function dropContentsStatement(
  names: readonly string[],
  values: Record<
    'unless' | 'isTypeKept' | 'isTableKept' | 'isKept' | 'dropsLists' | 'report' | 'giveUp' | 'end',
    string
  >,
): string {
  return compose(dropContentsSql, { ...values, schemas: nameList(names), inside: insideOf(names) })
}

/**
 * Returns a statement that drops everything in these schemas, or fails. At its end it looks for what other
 * sessions created meanwhile: see `refuseDanglingStatements`. `gone` are OIDs of types and routines outside
 * that the transaction has dropped before.
 */
export function dropAllStatement(names: readonly string[], gone: readonly string[]): string {
  return dropContentsStatement(names, {
    unless: 'false',
    isTypeKept: 'false',
    isTableKept: 'false',
    isKept: 'false',
    dropsLists: 'true',
    report: raiseProgressStatement('drop', 'done', 'total'),
    giveUp: 'EXECUTE refused',
    end: refuseDanglingStatements(`(doomed || '{${gone.join(',')}}'::oid[])`),
  })
}

/**
 * Returns a statement that clears all Mathesar schemas for an install that follows. It keeps the types and
 * tables that the install keeps, and whatever something outside depends on: the install replaces that in
 * place, and `refuseLeftoversStatement` finds what it did not. The look for what other sessions created is
 * that of the install. `unless` is a condition in SQL under which the statement does nothing. It reports no
 * progress: the install does.
 */
export function dropForReplacementStatement(kept: Kept, unless = 'false'): string {
  return dropContentsStatement(MATHESAR_SCHEMAS, {
    unless,
    isTypeKept: isKept(kept, "'pg_catalog.pg_type'::regclass", 't.oid'),
    isTableKept: isKept(kept, "'pg_catalog.pg_class'::regclass", 'r.oid'),
    isKept: isKept(kept, 'i.classid', 'i.objid'),
    dropsLists: 'false',
    report: '',
    giveUp: 'EXIT',
    end: `PERFORM set_config('${DOOMED_SETTING}', coalesce(doomed, '{}')::text, true);`,
  })
}

/**
 * Returns a statement that fails (SQLSTATE 2BP01) where something is left inside the schemas that neither
 * this transaction wrote nor the install keeps: `dropForReplacementStatement` could not drop it, and the
 * install did not replace it. `unless` is a condition in SQL under which the statement does nothing.
 */
export function refuseLeftoversStatement(kept: Kept, unless = 'false'): string {
  return compose(refuseLeftoversSql, {
    unless,
    inside: INSIDE,
    identity: identity('i.classid', 'i.objid'),
    writtenNow: writtenNow('i.classid', 'i.objid'),
    isKept: isKept(kept, 'i.classid', 'i.objid'),
  })
}

/** Returns a statement that drops these schemas, empty by then. */
export function dropSchemasStatement(names: readonly string[]): string {
  return `DROP SCHEMA ${names.join(', ')} RESTRICT;`
}
