import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import { INSIDE, identity, insideOf, nameList, writtenNow } from '../inspect/catalog.ts'
import isHstoreCastSql from '../inspect/is-hstore-cast.sql'
import { DOOMED_SETTING, refuseDanglingStatements } from '../session/dangling.ts'
import { raiseProgressStatement } from '../session/progress.ts'
import { MATHESAR_SCHEMAS } from '../sources/schemas.ts'
import type { SourceDescription } from '../sources/types.ts'
import dropContentsSql from './drop-contents.sql'
import dropHstoreCastsSql from './drop-hstore-casts.sql'
import isKeptSql from './is-kept.sql'
import refuseLeftoversSql from './refuse-leftovers.sql'
import rememberContentsSql from './remember-contents.sql'

/** The objects that an install of the source keeps if they exist. */
export type KeptObjects = Pick<SourceDescription, 'types' | 'keptTables'>

/** Returns an expression: whether an install keeps an object; `classid` and `objid` are expressions too. */
export function isKeptExpression({ types, keptTables }: KeptObjects, classid: string, objid: string): string {
  return compose(isKeptSql, { classid, objid, types: nameList(types), tables: nameList(keptTables) })
}

/**
 * Returns a statement that drops the contents of the schemas, whoever installed them, and never by CASCADE:
 * an object outside that depends on something inside, even if it was created a moment ago, stops it (SQLSTATE
 * 2BP01).
 *
 * PostgreSQL drops a list of objects of one kind in one command, whatever their order among each other.
 * Between kinds no order is always right (a view may call a function that returns the view's row type), so
 * the statement retries what the server refused until a whole pass drops nothing, and then raises the last
 * refusal. First it drops the few things that let kinds depend on each other in circles: checks of domains,
 * defaults and checks of tables.
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
 * Returns a statement that keeps the OIDs of everything in these schemas for `refuseDanglingStatements`, at
 * the end of a transaction in which the SQL of a source drops it.
 */
export function rememberContentsStatement(names: readonly string[]): string {
  return compose(rememberContentsSql, {
    doomedSetting: quoteLiteral(DOOMED_SETTING),
    schemas: nameList(names),
  })
}

/**
 * A statement that drops the casts from hstore of a release before 0.2.0, but for those that something
 * depends on: no later release knows them.
 */
export const DROP_HSTORE_CASTS = compose(dropHstoreCastsSql, { isHstoreCast: isHstoreCastSql })

/**
 * Returns a statement that drops everything in these schemas, or fails. At its end it looks for what other
 * sessions created meanwhile: see `refuseDanglingStatements`.
 *
 * @param droppedOids the OIDs of types and routines outside that the transaction has already dropped
 */
export function dropAllStatement(names: readonly string[], droppedOids: readonly string[]): string {
  return dropContentsStatement(names, {
    unless: 'false',
    isTypeKept: 'false',
    isTableKept: 'false',
    isKept: 'false',
    dropsLists: 'true',
    report: raiseProgressStatement('drop', 'done', 'total'),
    giveUp: 'EXECUTE refused',
    end: refuseDanglingStatements(
      `(doomed || '{${droppedOids.join(',')}}'::oid[]
  || coalesce(nullif(current_setting('${DOOMED_SETTING}', true), ''), '{}')::oid[])`,
    ),
  })
}

/**
 * Returns a statement that clears all Mathesar schemas for the install that follows. It keeps the types and
 * tables that the install keeps, and every object on which something outside depends: the install replaces
 * these in place, and `refuseLeftoversStatement` finds those that it did not replace. The install itself
 * looks for what other sessions created, and reports the progress.
 *
 * @param unless a condition in SQL under which the statement does nothing
 */
export function dropForReplacementStatement(keptObjects: KeptObjects, unless = 'false'): string {
  return dropContentsStatement(MATHESAR_SCHEMAS, {
    unless,
    isTypeKept: isKeptExpression(keptObjects, "'pg_catalog.pg_type'::regclass", 't.oid'),
    isTableKept: isKeptExpression(keptObjects, "'pg_catalog.pg_class'::regclass", 'r.oid'),
    isKept: isKeptExpression(keptObjects, 'i.classid', 'i.objid'),
    dropsLists: 'false',
    report: '',
    giveUp: 'EXIT',
    end: `PERFORM set_config('${DOOMED_SETTING}', coalesce(doomed, '{}')::text, true);`,
  })
}

/**
 * Returns a statement that fails (SQLSTATE 2BP01) if the schemas contain an object that this transaction did
 * not write and that the install does not keep: `dropForReplacementStatement` could not drop it, and the
 * install did not replace it.
 *
 * @param unless a condition in SQL under which the statement does nothing
 */
export function refuseLeftoversStatement(keptObjects: KeptObjects, unless = 'false'): string {
  return compose(refuseLeftoversSql, {
    unless,
    inside: INSIDE,
    identity: identity('i.classid', 'i.objid'),
    writtenNow: writtenNow('i.classid', 'i.objid'),
    isKept: isKeptExpression(keptObjects, 'i.classid', 'i.objid'),
  })
}

/**
 * Returns a statement that drops these schemas, which must be empty.
 *
 * @param mayBeGone whether something before it may have dropped them
 */
export function dropSchemasStatement(names: readonly string[], mayBeGone = false): string {
  return `DROP SCHEMA ${mayBeGone ? 'IF EXISTS ' : ''}${names.join(', ')} RESTRICT;`
}
