import { randomUUID } from 'node:crypto'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings, Session } from '../../src/postgres/types.ts'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import type { Dependent, InstallOptions, SchemaRecord, SurveyOptions } from '../../src/schema/types.ts'
import { sharedCluster, sql } from '../support/database.ts'
import { copyInstalledDatabase } from '../support/installed-template.ts'
import type { Cluster } from '../support/postgres.ts'

/** Runs work in a session of its own. */
export async function withSession<T>(
  settings: ConnectionSettings,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(settings, { timeoutMs: 10_000 })
  try {
    return await action(session)
  } finally {
    await session.close()
  }
}

/** Options of an install with a new id. */
export function installOptions(options: Partial<InstallOptions> = {}): InstallOptions {
  return { lockTimeoutMs: 5_000, installId: randomUUID(), replace: false, ...options }
}

/** Installs the bundled schemas the way every caller does: reads the state, then installs upon it. */
export async function install(
  settings: ConnectionSettings,
  options: Partial<InstallOptions> = {},
): Promise<SchemaRecord> {
  return withSession(settings, async (session) =>
    installSchema(session, bundledSource(), await readSchemaState(session), installOptions(options)),
  )
}

/** Returns a new database with the bundled schemas, and its owner's settings. */
export function installedDatabase(cluster: Cluster = sharedCluster()): Promise<ConnectionSettings> {
  return copyInstalledDatabase(cluster)
}

/** Runs statements in a database as its settings' role. */
export async function as<Row extends object = Record<string, unknown>>(
  settings: ConnectionSettings,
  text: string,
): Promise<Row[]> {
  return sql<Row>(settings.database, text, [], settings)
}

/** Returns the names and owners of the Mathesar schemas that exist. */
export async function schemaOwners(database: string): Promise<Record<string, string>> {
  const rows = await sql<{ name: string; owner: string }>(
    database,
    `SELECT n.nspname AS name, r.rolname AS owner FROM pg_catalog.pg_namespace n
     JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
     WHERE n.nspname IN ('msar', '__msar', 'mathesar_types') ORDER BY 1`,
  )
  return Object.fromEntries(rows.map(({ name, owner }) => [name, owner]))
}

/** Returns whether a session waits for others that change relations, or for a lock of theirs. */
export async function waiting(database: string): Promise<boolean> {
  const rows = await sql<{ waiting: boolean }>(
    database,
    `SELECT EXISTS (SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND (wait_event = 'PgSleep' OR wait_event_type = 'Lock')) AS waiting`,
  )
  return rows[0]?.waiting ?? false
}

/**
 * Returns what depends on the schemas in a new database in which the superuser, or the owner, has run these
 * statements.
 */
export async function dependentsOf(
  text: string,
  options: SurveyOptions & { superuser?: boolean } = {},
): Promise<Dependent[]> {
  const settings = await installedDatabase()
  await sql(settings.database, text, [], options.superuser ? null : settings)
  return withSession(settings, (session) => listDependents(session, options))
}

/** Kind, place and reference as one line each, for reading. */
export function lines(dependents: readonly Dependent[]): string[] {
  return dependents.map(({ kind, schema, relation, column, name, type, reference }) => {
    const place = [schema?.replace(/^pg_temp_\d+$/, 'pg_temp'), relation, column].filter(
      (part) => part != null,
    )
    return [kind, place.join('.'), name, type, `-> ${reference}`].filter((part) => part !== null).join(' ')
  })
}
