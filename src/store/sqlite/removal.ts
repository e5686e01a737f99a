import type Database from 'better-sqlite3'
import type { Belongings } from '../types.ts'
import { tablesOf } from './schema.ts'

interface Step {
  /** Tables that the statement names; it is skipped if one of them is missing. */
  tables: readonly string[]
  sql: string
}

const TABLES_OF_DATABASE = `
  SELECT t.id FROM mathesar_table t JOIN mathesar_schema s ON s.id = t.schema_id WHERE s.database_id = @id`
const SCHEMAS_OF_DATABASE = 'SELECT id FROM mathesar_schema WHERE database_id = @id'
const REFLECTED = ['mathesar_schema', 'mathesar_table'] as const

/** The previews must be read before the settings that name them are deleted. */
const COLLECT_PREVIEWS: Step = {
  tables: [...REFLECTED, 'mathesar_tablesettings'],
  sql: `SELECT preview_settings_id FROM mathesar_tablesettings WHERE table_id IN (${TABLES_OF_DATABASE})`,
}

/**
 * Deletes what Mathesar 0.1.4–0.1.7 keeps about a database, from the leaves to the root, because it declares
 * no ON DELETE action.
 */
const STEPS: readonly Step[] = [
  {
    tables: REFLECTED,
    sql: `UPDATE mathesar_table SET import_target_id = NULL
      WHERE import_target_id IN (${TABLES_OF_DATABASE})`,
  },
  {
    tables: [...REFLECTED, 'mathesar_datafile'],
    sql: `UPDATE mathesar_datafile SET table_imported_to_id = NULL
      WHERE table_imported_to_id IN (${TABLES_OF_DATABASE})`,
  },
  {
    tables: [...REFLECTED, 'mathesar_uiquery', 'mathesar_sharedquery'],
    sql: `DELETE FROM mathesar_sharedquery WHERE query_id IN
      (SELECT id FROM mathesar_uiquery WHERE base_table_id IN (${TABLES_OF_DATABASE}))`,
  },
  {
    tables: [...REFLECTED, 'mathesar_uiquery'],
    sql: `DELETE FROM mathesar_uiquery WHERE base_table_id IN (${TABLES_OF_DATABASE})`,
  },
  ...['mathesar_sharedtable', 'mathesar_column', 'mathesar_constraint', 'mathesar_tablesettings'].map(
    (table): Step => ({
      tables: [...REFLECTED, table],
      sql: `DELETE FROM ${table} WHERE table_id IN (${TABLES_OF_DATABASE})`,
    }),
  ),
  { tables: REFLECTED, sql: `DELETE FROM mathesar_table WHERE id IN (${TABLES_OF_DATABASE})` },
  {
    tables: ['mathesar_schema', 'mathesar_schemarole'],
    sql: `DELETE FROM mathesar_schemarole WHERE schema_id IN (${SCHEMAS_OF_DATABASE})`,
  },
  { tables: ['mathesar_schema'], sql: 'DELETE FROM mathesar_schema WHERE database_id = @id' },
  { tables: ['mathesar_databaserole'], sql: 'DELETE FROM mathesar_databaserole WHERE database_id = @id' },
  { tables: ['mathesar_database'], sql: 'DELETE FROM mathesar_database WHERE id = @id' },
]

/**
 * Deletes a stored database with everything that Mathesar keeps about it: its reflection, explorations,
 * shares and roles. Call this inside a transaction. SQLite deletes what this program keeps beside it (ON
 * DELETE CASCADE).
 */
export function deleteRow(connection: Database.Database, id: number): void {
  const tables = tablesOf(connection)
  const isApplicable = (step: Step) => step.tables.every((table) => tables.has(table))
  const previews = isApplicable(COLLECT_PREVIEWS)
    ? connection.prepare<{ id: number }, number | null>(COLLECT_PREVIEWS.sql).pluck().all({ id })
    : []
  for (const step of STEPS.filter(isApplicable)) connection.prepare(step.sql).run({ id })
  if (!tables.has('mathesar_previewcolumnsettings')) return
  const removePreview = connection.prepare('DELETE FROM mathesar_previewcolumnsettings WHERE id = ?')
  for (const preview of previews) removePreview.run(preview)
}

interface Count {
  belonging: keyof Belongings
  tables: readonly string[]
  sql: string
}

/** What people made of a database in Mathesar; the reflection of its tables is not counted. */
const COUNTS: readonly Count[] = [
  {
    belonging: 'explorations',
    tables: [...REFLECTED, 'mathesar_uiquery'],
    sql: `SELECT count(*) FROM mathesar_uiquery WHERE base_table_id IN (${TABLES_OF_DATABASE})`,
  },
  {
    belonging: 'shares',
    tables: [...REFLECTED, 'mathesar_uiquery', 'mathesar_sharedquery', 'mathesar_sharedtable'],
    sql: `SELECT (SELECT count(*) FROM mathesar_sharedtable WHERE table_id IN (${TABLES_OF_DATABASE})) +
      (SELECT count(*) FROM mathesar_sharedquery q JOIN mathesar_uiquery u ON u.id = q.query_id
        WHERE u.base_table_id IN (${TABLES_OF_DATABASE}))`,
  },
  {
    belonging: 'access',
    tables: ['mathesar_schema', 'mathesar_databaserole', 'mathesar_schemarole'],
    sql: `SELECT (SELECT count(*) FROM mathesar_databaserole WHERE database_id = @id) +
      (SELECT count(*) FROM mathesar_schemarole WHERE schema_id IN (${SCHEMAS_OF_DATABASE}))`,
  },
  {
    belonging: 'tableSettings',
    tables: [...REFLECTED, 'mathesar_tablesettings'],
    sql: `SELECT count(*) FROM mathesar_tablesettings WHERE table_id IN (${TABLES_OF_DATABASE})`,
  },
]

/** Counts what `deleteRow` deletes beside the row itself. */
export function countBelongings(connection: Database.Database, id: number): Belongings {
  const tables = tablesOf(connection)
  const belongings: Belongings = {}
  for (const { belonging, tables: needed, sql } of COUNTS) {
    if (!needed.every((table) => tables.has(table))) continue
    const count = connection.prepare<{ id: number }, number>(sql).pluck().get({ id }) ?? 0
    if (count > 0) belongings[belonging] = count
  }
  return belongings
}
