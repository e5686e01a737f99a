import { compose } from '../../postgres/compose.ts'
import { type CountedRows, exceedingRows } from '../django/exceeding.ts'
import type { DjangoSession, Layout } from '../django/types.ts'
import type { Belongings, ConnectionTarget, Deletion } from '../types.ts'
import deleteSql from './delete.sql'
import { leavingFragments, leftWithoutUse } from './fragments.ts'

/** A table whose rows belong to a database, by their column `database_id`. */
interface OwnTable {
  table: string
  belonging: keyof Belongings
}

const OWN_TABLES: readonly OwnTable[] = [
  { table: 'mathesar_form', belonging: 'forms' },
  { table: 'mathesar_userdatabaserolemap', belonging: 'access' },
  { table: 'mathesar_columnmetadata', belonging: 'columnSettings' },
  { table: 'mathesar_tablemetadata', belonging: 'tableSettings' },
  { table: 'mathesar_explorations', belonging: 'explorations' },
]

/**
 * Deletes a database with everything that Mathesar keeps about it, and the roles and the server that nothing
 * else uses then, in one statement. Returns `null`, and deletes nothing, if the database moved to another
 * server meanwhile.
 */
export async function deleteDatabase(
  session: DjangoSession,
  id: number,
  target: ConnectionTarget | undefined,
  agreed: Belongings | undefined,
): Promise<Deletion | null> {
  const [row] = await session.write<{ found: number; joined: number; is_grown: boolean; deleted: number }>(
    deleteStatement(session.layout),
    [
      id,
      target?.host ?? null,
      target?.port ?? null,
      target?.database ?? null,
      agreed ? JSON.stringify(agreed) : null,
    ],
  )
  if (!row || row.found === 0) return 'missing'
  if (row.deleted > 0) return 'deleted'
  if (row.is_grown) return 'grown'
  return row.joined === 0 ? null : 'changed'
}

/**
 * Returns the statement that deletes a database: its id, the host, port and database it must have, and what
 * may go with it.
 */
export function deleteStatement(layout: Layout): string {
  const { schema } = leavingFragments(layout)
  const own = ownTables(layout).map(
    ({ table }) =>
      `deleted_${table} AS (DELETE FROM ${schema}.${table} AS o USING leaving AS l WHERE o.database_id = l.database_id),`,
  )
  return compose(deleteSql, {
    schema,
    exceeding: exceedingRows(countsOf(layout, 'candidate'), '$5'),
    form_fields: layout.tables.has('mathesar_formfield') ? formFields(schema) : '',
    belongings: own.join('\n'),
    left_without_use: leftWithoutUse(layout),
  })
}

function formFields(schema: string): string {
  return `deleted_fields AS (
  DELETE FROM ${schema}.mathesar_formfield AS o
  USING leaving AS l JOIN ${schema}.mathesar_form AS f ON f.database_id = l.database_id
  WHERE o.form_id = f.id
),`
}

/** Counts what `deleteDatabase` deletes beside the row itself; all counts are 0 if there is no such row. */
export async function countBelongings(session: DjangoSession, id: number): Promise<Belongings> {
  const [row] = await session.query<Record<string, number>>(belongingsQuery(session.layout), [id])
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, count]) => count > 0))
}

/** Returns the query for what belongs to a database, given by its id. */
function belongingsQuery(layout: Layout): string {
  const { schema } = leavingFragments(layout)
  const columns = countsOf(layout, 'leaving').map(({ kind, count }) => `${count}::integer AS "${kind}"`)
  return `WITH leaving AS MATERIALIZED (
  SELECT d.id AS database_id, d.server_id FROM ${schema}.mathesar_database AS d WHERE d.id = $1
)
SELECT
${columns.join(',\n')}`
}

/** Returns subqueries that count what goes with the database of a table expression. */
function countsOf(layout: Layout, leaving: string): CountedRows[] {
  const { schema, role_leaves, server_leaves } = leavingFragments(layout)
  const counts: [keyof Belongings, string][] = [
    ['roles', `${schema}.mathesar_configuredrole AS r CROSS JOIN ${leaving} AS l WHERE ${role_leaves}`],
    ['servers', `${schema}.mathesar_server AS s CROSS JOIN ${leaving} AS l WHERE ${server_leaves}`],
    ...ownTables(layout).map(({ table, belonging }): [keyof Belongings, string] => [
      belonging,
      `${schema}.${table} AS o JOIN ${leaving} AS l ON l.database_id = o.database_id`,
    ]),
  ]
  return counts.map(([kind, from]) => ({ kind, count: `(SELECT pg_catalog.count(*) FROM ${from})` }))
}

function ownTables({ tables }: Layout): readonly OwnTable[] {
  return OWN_TABLES.filter(({ table }) => tables.has(table))
}
