import { quoteLiteral } from '../quote.ts'
import type { Session } from '../types.ts'
import TABLES_QUERY from './tables.sql'

/** Something that was created or changed in a database since it was created. */
export interface Find {
  /** The table that contains it: a system catalog, or a table of the template. */
  table: string
  /** The object in words, such as `table public.t`; `null` if the catalog has no objects of its own. */
  object: string | null
  /** The role may not read the table, so whether it was changed is unknown. */
  isHidden: boolean
}

/** The time limit of one statement in milliseconds: no other session may have to wait. */
const LOOK_TIMEOUT_MS = 2_000

interface TableRow {
  name: string
  isTelling: boolean
  isReadable: boolean
}

/**
 * Finds anything that was created or changed in the session's database since a transaction: a row of any
 * table, system catalogs first, that a later transaction wrote and committed. A new database is a copy of its
 * template, whose rows are all older than the database. What was removed from the copy leaves no row, and
 * does not count.
 *
 * @param since the number of the transaction (xid8), as text
 */
export async function lookInside(session: Session, since: string): Promise<Find | null> {
  const begin = `ROLLBACK;
BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL search_path = '';
SET LOCAL statement_timeout = ${LOOK_TIMEOUT_MS};
SET LOCAL quote_all_identifiers = off;`
  const tables = await session.run<TableRow>(`${begin}
${TABLES_QUERY}`)
  // Rows that are older than some two thousand million transactions count as newer, and keep the database.
  const isNewer = `age(t.xmin) BETWEEN -1000000 AND age(${quoteLiteral(since)}::xid8::xid)`
  const looks = tables
    .filter(({ isReadable }) => isReadable)
    .map(({ name, isTelling }, index) => {
      const object = isTelling
        ? `(SELECT o.type || ' ' || o.identity FROM pg_identify_object('${name}'::regclass, t.oid, 0) o)`
        : 'NULL::text'
      const order = name === 'pg_class' ? " ORDER BY t.relkind IN ('i', 't', 'S', 'I', 'c'), t.oid" : ''
      return `(SELECT ${index} AS place, ${quoteLiteral(name)} AS "table", ${object} AS object
      FROM ${name} t WHERE ${isNewer}${order} LIMIT 1)`
    })
  const rows = await session.run<Pick<Find, 'table' | 'object'>>(
    `${looks.join('\nUNION ALL ')}\nORDER BY place LIMIT 1;`,
  )
  const [first] = rows
  if (first !== undefined) return { table: first.table, object: first.object, isHidden: false }
  const hidden = tables.find(({ isReadable }) => !isReadable)
  return hidden === undefined ? null : { table: hidden.name, object: null, isHidden: true }
}
