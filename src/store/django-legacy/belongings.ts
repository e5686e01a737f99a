import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { type CountedRows, exceedingRows } from '../django/exceeding.ts'
import type { DjangoSession, Layout } from '../django/types.ts'
import type { Belongings } from '../types.ts'
import deleteSql from './delete.sql'

/** A part of the removal of a database, and the tables that it names beside those of the reflection. */
interface Part {
  tables: readonly string[]
  /** A statement on the rows that belong to the databases of the table expression `{{leaving}}`. */
  sql: string
}

/** What people made of a database in Mathesar; the reflection of its tables is not counted. */
interface Count {
  belonging: keyof Belongings
  tables: readonly string[]
  /** A table expression with a row for each one. */
  from: string
}

const TABLES = `(SELECT t.id
    FROM {{schema}}.mathesar_table AS t JOIN {{schema}}.mathesar_schema AS s ON s.id = t.schema_id
    WHERE s.database_id IN (SELECT id FROM {{leaving}}))`
const SCHEMAS =
  '(SELECT id FROM {{schema}}.mathesar_schema WHERE database_id IN (SELECT id FROM {{leaving}}))'
const QUERIES = `(SELECT id FROM {{schema}}.mathesar_uiquery WHERE base_table_id IN ${TABLES})`
const PREVIEWS = `(SELECT preview_settings_id
    FROM {{schema}}.mathesar_tablesettings WHERE table_id IN ${TABLES})`

const PARTS: readonly Part[] = [
  {
    tables: ['mathesar_table'],
    // A row that is deleted by the same statement must not be changed by it too.
    sql: `UPDATE {{schema}}.mathesar_table SET import_target_id = NULL
    WHERE import_target_id IN ${TABLES} AND id NOT IN ${TABLES}`,
  },
  {
    tables: ['mathesar_datafile'],
    sql: `UPDATE {{schema}}.mathesar_datafile SET table_imported_to_id = NULL
    WHERE table_imported_to_id IN ${TABLES}`,
  },
  {
    tables: ['mathesar_uiquery', 'mathesar_sharedquery'],
    sql: `DELETE FROM {{schema}}.mathesar_sharedquery WHERE query_id IN ${QUERIES}`,
  },
  {
    tables: ['mathesar_uiquery'],
    sql: `DELETE FROM {{schema}}.mathesar_uiquery WHERE base_table_id IN ${TABLES}`,
  },
  ...['mathesar_sharedtable', 'mathesar_column', 'mathesar_constraint', 'mathesar_tablesettings'].map(
    (table): Part => ({
      tables: [table],
      sql: `DELETE FROM {{schema}}.${table} WHERE table_id IN ${TABLES}`,
    }),
  ),
  {
    tables: ['mathesar_tablesettings', 'mathesar_previewcolumnsettings'],
    // Mathesar itself leaves these behind.
    sql: `DELETE FROM {{schema}}.mathesar_previewcolumnsettings WHERE id IN ${PREVIEWS}`,
  },
  { tables: ['mathesar_table'], sql: `DELETE FROM {{schema}}.mathesar_table WHERE id IN ${TABLES}` },
  {
    tables: ['mathesar_schemarole'],
    sql: `DELETE FROM {{schema}}.mathesar_schemarole WHERE schema_id IN ${SCHEMAS}`,
  },
  { tables: ['mathesar_schema'], sql: `DELETE FROM {{schema}}.mathesar_schema WHERE id IN ${SCHEMAS}` },
  {
    tables: ['mathesar_databaserole'],
    sql: 'DELETE FROM {{schema}}.mathesar_databaserole WHERE database_id IN (SELECT id FROM {{leaving}})',
  },
]

const COUNTS: readonly Count[] = [
  {
    belonging: 'explorations',
    tables: ['mathesar_uiquery'],
    from: QUERIES,
  },
  {
    belonging: 'shares',
    tables: ['mathesar_uiquery', 'mathesar_sharedquery', 'mathesar_sharedtable'],
    from: `(SELECT id FROM {{schema}}.mathesar_sharedtable WHERE table_id IN ${TABLES}
    UNION ALL SELECT id FROM {{schema}}.mathesar_sharedquery WHERE query_id IN ${QUERIES})`,
  },
  {
    belonging: 'access',
    tables: ['mathesar_databaserole', 'mathesar_schemarole'],
    from: `(SELECT id FROM {{schema}}.mathesar_databaserole WHERE database_id IN (SELECT id FROM {{leaving}})
    UNION ALL SELECT id FROM {{schema}}.mathesar_schemarole WHERE schema_id IN ${SCHEMAS})`,
  },
  {
    belonging: 'tableSettings',
    tables: ['mathesar_tablesettings'],
    from: `(SELECT id FROM {{schema}}.mathesar_tablesettings WHERE table_id IN ${TABLES})`,
  },
]

/** Returns the statement that deletes a row, by its id and, unless they are NULL, the values it must have. */
export function deleteStatement(layout: Layout): string {
  const schema = quoteIdentifier(layout.schema)
  const parts = PARTS.filter((part) => hasTables(layout, part))
  const belongings = parts.map(({ sql }, index) => `part_${index} AS (\n  ${sql}\n),`).join('\n')
  return compose(deleteSql, {
    schema,
    exceeding: compose(exceedingRows(countsOf(layout), '$3'), { schema, leaving: 'candidate' }),
    belongings: compose(belongings, { schema, leaving: 'leaving' }),
  })
}

/** Counts what a deletion deletes beside the row itself. */
export async function countBelongings({ layout, query }: DjangoSession, id: number): Promise<Belongings> {
  const counts = countsOf(layout)
  if (counts.length === 0) return {}
  const schema = quoteIdentifier(layout.schema)
  const columns = counts.map(({ kind, count }) => `${count}::integer AS "${kind}"`)
  const text = `WITH leaving AS (SELECT $1::integer AS id)\nSELECT ${columns.join(',\n')}`
  const [row] = await query<Record<string, number>>(compose(text, { schema, leaving: 'leaving' }), [id])
  return Object.fromEntries(Object.entries(row ?? {}).filter(([, count]) => count > 0))
}

/** Returns subqueries that count what goes with the databases of `leaving`, with both names left open. */
function countsOf(layout: Layout): CountedRows[] {
  return COUNTS.filter((count) => hasTables(layout, count)).map(({ belonging, from }) => ({
    kind: belonging,
    count: `(SELECT pg_catalog.count(*) FROM ${from} AS b)`,
  }))
}

/** The reflection of a database are its schemas and their tables; most statements name both. */
function hasTables({ tables }: Layout, { tables: needed }: { tables: readonly string[] }): boolean {
  return ['mathesar_schema', 'mathesar_table', ...needed].every((table) => tables.has(table))
}
