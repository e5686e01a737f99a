import { describe, expect, test } from 'vitest'
import { ownedDatabase, sql } from '../support/database.ts'
import { migrate } from '../support/django-project.ts'
import {
  createInternalDatabase,
  type MathesarStep,
  MODERN_MIGRATIONS,
  MODERN_STEPS,
} from '../support/mathesar-database.ts'

/** The columns and constraints of tables, without the names that Django derives from a digest. */
const PARTS = `
  SELECT c.relname AS "table", 'column ' || a.attname AS part,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
      CASE a.attidentity WHEN 'd' THEN 'identity' END, pg_get_expr(d.adbin, d.adrelid)) AS definition
  FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  UNION ALL
  SELECT c.relname, CASE WHEN k.conname LIKE '%\\_________\\_%' THEN 'constraint' ELSE k.conname END,
    pg_get_constraintdef(k.oid)
  FROM pg_class AS c JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype <> 'n'
  WHERE c.relnamespace = 'public'::regnamespace
  UNION ALL
  SELECT c.relname, 'index',
    regexp_replace(pg_get_indexdef(x.indexrelid), 'INDEX (?!unique_)\\S+ ON', 'INDEX ON')
  FROM pg_class AS c JOIN pg_index AS x ON x.indrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace
    AND c.relname IN ('mathesar_server', 'mathesar_database', 'mathesar_configuredrole',
      'mathesar_userdatabaserolemap', 'mathesar_user')`

/** Tables that the models of the project describe with all columns. */
const WHOLE = [
  'mathesar_server',
  'mathesar_database',
  'mathesar_configuredrole',
  'mathesar_userdatabaserolemap',
  'mathesar_user',
  'mathesar_schema',
  'mathesar_databaserole',
  'mathesar_table',
  'django_migrations',
  'django_session',
]

async function partsOf(database: string): Promise<string[]> {
  const rows = await sql<Record<'table' | 'part' | 'definition', string>>(database, PARTS)
  return rows.map(({ table, part, definition }) => `${table}: ${part}: ${definition}`).sort()
}

async function migrationsOf(database: string): Promise<string[]> {
  const rows = await sql<{ migration: string }>(
    database,
    "SELECT app || ' ' || name AS migration FROM django_migrations WHERE app NOT LIKE '%account' ORDER BY 1",
  )
  return rows.map(({ migration }) => migration)
}

/** Compares an internal database of the tests with the one that Django itself creates. */
async function expectSameTables(step: MathesarStep, generation: 'legacy' | 'modern', migration?: string) {
  const settings = await ownedDatabase()
  await migrate({ generation, secretKey: 'k', database: settings }, migration)
  const internal = await createInternalDatabase({ step })
  const byDjango = await partsOf(settings.database)
  const byTests = await partsOf(internal.settings.database)
  expect(byDjango.length).toBeGreaterThan(80)
  expect(byDjango.filter((part) => !byTests.includes(part))).toEqual([])
  const isWhole = (part: string) => WHOLE.some((table) => part.startsWith(`${table}:`))
  expect(byTests.filter((part) => isWhole(part) && !byDjango.includes(part))).toEqual([])
  expect(await migrationsOf(internal.settings.database)).toEqual(await migrationsOf(settings.database))
}

describe('the internal databases of the tests have the tables that Django creates', () => {
  test.each(MODERN_STEPS)('in the modern layout up to %s', async (step) => {
    const migration = MODERN_MIGRATIONS.find((name) => name.startsWith(step))
    await expectSameTables(step, 'modern', migration)
  })

  test('in the legacy layout of Django 4.2', async () => {
    await expectSameTables('legacy-identity', 'legacy')
  })
})
